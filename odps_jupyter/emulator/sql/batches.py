"""Runs lifted calls: large batches of their rows over several workers at once, results in the order of the rows."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import chain
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator import types

from .context import PythonCall
from .dealt import Dealt
from .kept import kept
from .lifting import Lift
from .protocols import UdfRunner

#: Rows read at once, and the most that a worker gets at once.
MOST_ROWS = 32_768
#: Groups read at once; each is a list of its rows.
_GROUPS = 2_048
#: Batches under way for each worker, the one at work included.
_AHEAD = 2


class Pace:
    """How many rows a worker gets at once: what it does in a tenth of a second.

    So a fast function costs little on the way, while a slow one is shared among the workers, shows how far it is, and
    is held to its time limit for as few rows as MaxCompute (``odps.sql.executionengine.batch.rowcount``, 1024).
    """

    SECONDS = 0.1
    FEWEST = 1_024
    GROWTH = 4

    def __init__(self) -> None:
        self.rows = self.FEWEST

    def note(self, rows: int, seconds: float) -> None:
        """Take into account how long some rows took."""
        fitting = min(rows * self.SECONDS / max(seconds, 1e-9), self.rows * self.GROWTH)
        self.rows = min(max(int(fitting), self.FEWEST), MOST_ROWS)

    def slices(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The rows of some batches in pieces of the size that is right when each is taken."""
        for batch in batches:
            start = 0
            while start < batch.num_rows:
                piece = batch.slice(start, self.rows)
                yield piece
                start += piece.num_rows


def run(
    connection: duckdb.DuckDBPyConnection,
    lift: Lift,
    udfs: UdfRunner,
    lanes: int,
    folder: str | None,
    over: Dealt | None = None,
) -> pa.Table:
    """The rows of a lift: what it carries (``c0`` ...), then the results of its calls (``r0`` ...).

    Args:
        over: the rows that the lift reads, if they were dealt before.

    Raises:
        OdpsError, ExecutorError: whatever the runner raises for the first row that fails; no other batch begins then.
    """
    lists = next((one.arguments[0] for one in lift.calls if one.call.kind == "aggregate"), None)
    pace = Pace()
    size = MOST_ROWS if lists is None else _GROUPS
    with closing(_readers(connection, lift, size, over)) as readers:
        first = next(readers)
        rows = chain(first, chain.from_iterable(readers))
        fields = [pa.field(f"c{i}", first.schema.field(i).type) for i in range(lift.carried)]
        fields += [pa.field(f"r{i}", types.to_arrow(one.call.returns)) for i, one in enumerate(lift.calls)]
        schema = pa.schema(fields)

        def work(batch: pa.RecordBatch) -> pa.RecordBatch:
            begun = time.monotonic()
            columns = batch.columns[: lift.carried]
            for one in lift.calls:
                columns.append(evaluate(one.call, [batch.column(at) for at in one.arguments], udfs))
            size = batch.num_rows if lists is None else pc.sum(pc.list_value_length(batch.column(lists))).as_py()
            pace.note(size or 0, time.monotonic() - begun)
            return pa.RecordBatch.from_arrays(columns, schema=schema)

        pieces = pace.slices(rows) if lists is None else _groups(rows, lists, pace)
        return kept(in_order(work, pieces, lanes), schema, folder)


def _readers(
    connection: duckdb.DuckDBPyConnection, lift: Lift, size: int, over: Dealt | None
) -> Generator[pa.RecordBatchReader, None, None]:
    """Readers of a lift's rows, one after the other: of every part where they were dealt, else one."""
    if over is None:
        with connection.sql(lift.sql).to_arrow_reader(size) as rows:
            yield rows
        return
    for part in over.parts():
        connection.register(lift.over, part)
        with connection.sql(lift.sql).to_arrow_reader(size) as rows:
            yield rows
        connection.execute(f"DROP VIEW IF EXISTS temp.{lift.over}").fetchall()


def evaluate(call: PythonCall, columns: list[Any], udfs: UdfRunner) -> pa.Array:
    """The results of one call over a batch of its arguments, brought to their declared types."""
    kinds = [types.to_arrow(t) for t in call.arguments]
    if call.kind == "aggregate":
        rows = pa.list_(pa.struct([pa.field(f"a{i}", k) for i, k in enumerate(kinds)]))
        found = udfs.aggregate(call.function, whole(columns[0], rows))
    elif not kinds:
        # DuckDB calls no function without arguments: it is given a column that only tells how many rows there are.
        counted = pa.record_batch([whole(columns[0], pa.int32())], names=["row"])
        found = udfs.evaluate(call.function, counted.select([]))
    else:
        arrays = [whole(c, k) for c, k in zip(columns, kinds, strict=True)]
        names = [f"a{i}" for i in range(len(arrays))]
        found = udfs.evaluate(call.function, pa.RecordBatch.from_arrays(arrays, names=names))
    wanted = types.to_arrow(call.returns)
    return found if found.type == wanted else found.cast(wanted)


def whole(column: Any, kind: pa.DataType) -> pa.Array:
    """One array of the agreed type from the chunks DuckDB gives."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    return array if array.type == kind else array.cast(kind)


def in_order(
    work: Callable[[pa.RecordBatch], pa.RecordBatch], batches: Iterable[pa.RecordBatch], lanes: int
) -> Iterator[pa.RecordBatch]:
    """``work`` over every batch, in several threads at once; results come in the order of the batches."""
    under_way: deque[Future[pa.RecordBatch]] = deque()
    with ThreadPoolExecutor(lanes, thread_name_prefix="lane") as threads:
        try:
            for batch in batches:
                under_way.append(threads.submit(work, batch))
                # Bounded: rows that nobody works on yet stay in the database.
                if len(under_way) >= lanes * _AHEAD:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for one in under_way:
                one.cancel()


def _groups(batches: Iterable[pa.RecordBatch], lists: int, pace: Pace) -> Iterator[pa.RecordBatch]:
    """Groups by the number of their rows: a piece ends with the group that fills it."""
    for batch in batches:
        ends = pc.cumulative_sum(pc.fill_null(pc.list_value_length(batch.column(lists)), 0)).to_pylist()
        start, before = 0, 0
        for index, end in enumerate(ends):
            if end - before >= pace.rows:
                yield batch.slice(start, index + 1 - start)
                start, before = index + 1, end
        if start < len(ends):
            yield batch.slice(start)
