"""Runs lifted calls: large batches of their rows over several workers at once, results in the order of the rows."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import chain

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator import types

from .dealt import Dealt
from .evaluation import evaluate
from .kept import Rows, kept
from .lanes import in_order
from .lifts import Lift
from .pieces import GROUPS, Parts
from .protocols import UdfRunner

#: Rows read at once, and the most that a worker gets at once.
MOST_ROWS = 32_768


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
) -> Rows:
    """The rows of a lift: what it carries (``c0`` ...), then the results of its calls (``r0`` ...).

    Args:
        over: the rows that the lift reads, if they were dealt before.

    Raises:
        OdpsError, ExecutorError: whatever the runner raises for the first row that fails; no other batch begins then.
    """
    lists = next((one.arguments[0] for one in lift.calls if one.call.kind == "aggregate"), None)
    pace = Pace()
    size = MOST_ROWS if lists is None else GROUPS
    parts = Parts(connection, lift, udfs, lanes, folder)
    texts = iter([lift.sql]) if over is None else parts.texts(over.parts(), over.schema)
    with closing(_readers(connection, texts, size)) as readers:
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
    connection: duckdb.DuckDBPyConnection, texts: Iterator[str], size: int
) -> Generator[pa.RecordBatchReader, None, None]:
    for text in texts:
        with connection.sql(text).to_arrow_reader(size) as rows:
            yield rows


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
