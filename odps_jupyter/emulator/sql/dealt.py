"""Rows dealt to parts by their keys, so that what is made of one part fits in memory however many rows there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from .kept import MEMORY, Kept, Rows
from .lifts import Lift

_ROWS = 65_536
#: Bytes of rows that are one part: DuckDB's lists of them take several times as much.
_MEMORY = MEMORY // 2


class Dealt:
    """Rows in the order in which they came; beyond ``memory`` bytes they are dealt to ``parts``, mostly in files.

    The last column of a row says to which part it belongs. To be closed.
    """

    def __init__(self, schema: pa.Schema, folder: str | None, parts: int, memory: int = _MEMORY) -> None:
        self.schema = schema
        self._count = parts
        self._folder = folder
        self._memory = memory
        self._left = memory
        self._whole: list[pa.RecordBatch] = []
        self._parts: list[Kept] = []
        self._open = ExitStack()

    def add(self, batch: pa.RecordBatch) -> None:
        """Keep some more.

        Raises:
            OSError: the disk is full.
        """
        if self._parts:
            self._deal(batch)
            return
        self._whole.append(batch)
        self._left -= batch.nbytes
        if self._left < 0:
            share = self._memory // self._count
            self._parts = [self._open.enter_context(Kept(self.schema, self._folder, share)) for _ in range(self._count)]
            for one in self._whole:
                self._deal(one)
            self._whole.clear()

    def _deal(self, batch: pa.RecordBatch) -> None:
        numbers = batch.column(batch.num_columns - 1)
        for number, part in enumerate(self._parts):
            mine = batch.filter(pc.equal(numbers, number))
            if mine.num_rows:
                part.add(mine)

    def parts(self) -> Iterator[Rows]:
        """The parts, one at a time; asked for once."""
        if not self._parts:
            yield Rows(pa.Table.from_batches(self._whole, self.schema))
        for part in self._parts:
            yield part.rows()

    def __enter__(self) -> Dealt:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


def deal(connection: duckdb.DuckDBPyConnection, lift: Lift, folder: str | None) -> Dealt:
    """The rows of a lift that makes no calls."""
    with connection.sql(lift.sql).to_arrow_reader(_ROWS) as rows:
        fields = [pa.field(f"c{i}", rows.schema.field(i).type) for i in range(lift.carried)]
        schema = pa.schema(fields)
        dealt = Dealt(schema, folder, lift.parts)
        try:
            for batch in rows:
                dealt.add(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
        except BaseException:
            dealt.__exit__()
            raise
        return dealt
