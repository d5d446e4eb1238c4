"""LATERAL VIEW of a Python table function: every row of the input goes to the function, its rows come back beside it.

What ``close()`` forwards stands beside the last row of its stream, as in Hive.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise

import duckdb
import pyarrow as pa

from odps_jupyter.emulator import types

from .batches import MOST_ROWS, Pace
from .context import Stage
from .kept import MEMORY, Kept, Rows, kept
from .outputs import check_width
from .protocols import UdfRunner


def run(connection: duckdb.DuckDBPyConnection, stage: Stage, udfs: UdfRunner, splits: int, folder: str | None) -> Rows:
    """The rows of the input as often as the function answered for them, and its answers, as ``c0``, ``c1``, ...

    Rows are dealt to streams in contiguous parts, so that their order is kept. Under OUTER a row without an answer
    stands beside NULLs.

    Raises:
        OdpsError: whatever the runner raises.
    """
    width = len(stage.arguments)
    with connection.sql(stage.sql).to_arrow_reader(MOST_ROWS) as reader:
        rows = kept(reader, reader.schema, folder)
    types_of = [*rows.schema.types[width:], *(types.to_arrow(t) for t in stage.returns)]
    schema = pa.schema([pa.field(f"c{i}", kind) for i, kind in enumerate(types_of)])
    count = rows.table.num_rows
    ends = [at * count // splits for at in range(splits + 1)]
    parts = [rows.slice(start, end - start) for start, end in pairwise(ends) if start < end]
    pace = Pace()
    with ExitStack() as open_, ThreadPoolExecutor(splits, thread_name_prefix="lateral view") as threads:
        outputs = [open_.enter_context(Kept(schema, folder, MEMORY // splits)) for _ in parts]
        streams = [_Stream(stage, schema, output) for output in outputs]
        list(threads.map(lambda stream, part: stream.run(udfs, part.batches(), pace), streams, parts))
        table = pa.concat_tables([schema.empty_table(), *(output.table() for output in outputs)])
    return Rows(table, [pages for output in outputs for pages in output.pages])


class _Stream:
    """One run of the function over a part of the rows."""

    def __init__(self, stage: Stage, schema: pa.Schema, output: Kept) -> None:
        self._stage = stage
        self._schema = schema
        self._output = output
        self._width = len(schema) - len(stage.returns)
        self._kinds = [types.to_arrow(t) for t in stage.arguments]
        #: What is carried of the rows that the function has at the moment.
        self._rows = pa.RecordBatch.from_arrays([], names=[])
        #: The first of them that has no answer yet and may get none.
        self._next = 0
        #: Whether the last of them has had no answer, which ``close()`` may still give.
        self._open = False

    def run(self, udfs: UdfRunner, part: Iterable[pa.RecordBatch], pace: Pace) -> None:
        for numbers, made in udfs.beside(self._stage.function, self._batches(part, pace)):
            check_width(made, len(self._stage.returns))
            if numbers is None:
                self._open = False
                numbers = [self._rows.num_rows - 1] * made.num_rows
            self._add(numbers if isinstance(numbers, list) else numbers.to_pylist(), made.columns)
        self._end()

    def _batches(self, part: Iterable[pa.RecordBatch], pace: Pace) -> Iterator[pa.RecordBatch]:
        # The runner answers for a batch before it asks for the next one (UdfRunner.beside).
        for piece in pace.slices(part):
            self._end()
            count = len(self._kinds)
            self._rows, self._next = piece.select(range(count, piece.num_columns)), 0
            begun = time.monotonic()
            yield _arguments(piece, self._kinds)
            pace.note(piece.num_rows, time.monotonic() - begun)
            self._settle()

    def _add(self, numbers: list[int], made: Sequence[pa.Array]) -> None:
        """Add answers; under OUTER, before them the rows that got none."""
        if not numbers:
            return
        columns = [
            c if c.type == k else c.cast(k) for c, k in zip(made, self._schema.types[self._width :], strict=True)
        ]
        if self._stage.outer:
            answered = set(numbers)
            without = [at for at in range(self._next, numbers[-1]) if at not in answered]
            if without:
                places = [*numbers, *without]
                order = sorted(range(len(places)), key=places.__getitem__)
                columns = [pa.concat_arrays([c, pa.nulls(len(without), c.type)]).take(pa.array(order)) for c in columns]
                numbers = sorted(places)
        self._next = max(self._next, numbers[-1] + 1)
        self._put(numbers, columns)

    def _settle(self) -> None:
        """The function has answered for its rows: those without an answer have none, but for the last one."""
        last = self._rows.num_rows - 1
        if self._stage.outer and self._next <= last:
            self._without(range(self._next, last))
            self._next = last
            self._open = True

    def _end(self) -> None:
        """Nothing can come any more for the last row of the rows before."""
        if self._open:
            self._open = False
            last = self._rows.num_rows - 1
            self._without(range(last, last + 1))

    def _without(self, numbers: range) -> None:
        if numbers:
            self._put(list(numbers), [pa.nulls(len(numbers), kind) for kind in self._schema.types[self._width :]])

    def _put(self, numbers: list[int], columns: Sequence[pa.Array]) -> None:
        at = pa.array(numbers, pa.int64())
        carried = [column.take(at) for column in self._rows.columns]
        self._output.add(pa.RecordBatch.from_arrays([*carried, *columns], schema=self._schema))


def _arguments(rows: pa.RecordBatch, kinds: Sequence[pa.DataType]) -> pa.RecordBatch:
    """The function's arguments; of a function without any, rows without columns, which Arrow counts all the same."""
    if not kinds:
        return rows.select([])
    arrays = [c if c.type == k else c.cast(k) for c, k in zip(rows.columns, kinds, strict=False)]
    return pa.RecordBatch.from_arrays(arrays, names=[f"a{i}" for i in range(len(arrays))])
