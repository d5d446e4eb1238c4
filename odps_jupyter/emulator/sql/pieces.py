"""Groups too large for one list: their rows go to the function in pieces, and the buffers that these leave are merged.

DuckDB's list of a group and Arrow's copy take some 70 bytes for a row of one number. The function sees what it sees on
a cluster, where each worker has a part of a group's rows: buffers, which marshal carries to where they are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from .evaluation import BUFFERS, rows_of, whole
from .kept import Rows, kept
from .lanes import in_order
from .lifts import Lift, Pieces
from .protocols import UdfRunner

#: Rows of a piece, and the most that a group in one list has.
ROWS = 1 << 17
#: Groups read at once; each is a list of its rows.
GROUPS = 2_048


class _Shown:
    """What a relation shows at the moment, by Arrow's stream protocol.

    DuckDB keeps whatever was registered until the transaction ends, dropped or not: it is given this once instead of
    every part.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self.rows.__arrow_c_stream__(requested_schema)


class Parts:
    """Makes parts of dealt rows readable, one after the other, for a lift that makes groups of them."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, lift: Lift, udfs: UdfRunner, lanes: int, folder: str | None
    ) -> None:
        self._connection = connection
        self._lift = lift
        self._udfs = udfs
        self._lanes = lanes
        self._folder = folder

    def texts(self, parts: Iterable[Rows], schema: pa.Schema) -> Iterator[str]:
        """For each part, what reads its groups: DuckDB text that is right until the next is asked for.

        Of a part that has a group of more than ``ROWS`` rows, the groups are lists of buffers instead of rows.
        """
        with self._relation(self._lift.over, schema) as shown:
            for part in parts:
                shown.rows = part
                way = self._lift.pieces
                if way is None or part.table.num_rows <= ROWS or self._most(way) <= ROWS:
                    yield self._lift.sql
                    continue
                buffers = self._buffers(way, part, shown)
                shown.rows = part
                with self._relation(way.relation, buffers.schema) as gathered:
                    gathered.rows = buffers
                    yield way.merged

    @contextmanager
    def _relation(self, name: str, schema: pa.Schema) -> Iterator[_Shown]:
        shown = _Shown(Rows(schema.empty_table()))
        self._connection.register(name, shown)
        yield shown
        shown.rows = Rows(schema.empty_table())
        # Where the statement failed its transaction is rolled back, and this goes with it.
        self._connection.execute(f"DROP VIEW IF EXISTS temp.{name}").fetchall()

    def _most(self, way: Pieces) -> int:
        """The rows of the largest group."""
        [(most,)] = self._connection.execute(f"SELECT max(n) FROM ({way.heads})").fetchall()
        return int(most)

    def _buffers(self, way: Pieces, part: Rows, shown: _Shown) -> Rows:
        """Of every piece of a part, the keys of its groups and their buffers."""
        shown.rows = part.slice(0, 0)
        calls = [one.call for one in self._lift.calls if one.call.kind == "aggregate"]
        with self._connection.sql(way.lists).to_arrow_reader(1) as rows:
            given = rows.schema
        keys = len(given) - len(calls)
        schema = pa.schema([*list(given)[:keys], *(pa.field(name, BUFFERS) for name in given.names[keys:])])

        def work(batch: pa.RecordBatch) -> pa.RecordBatch:
            columns = batch.columns[:keys]
            for call, groups in zip(calls, batch.columns[keys:], strict=True):
                columns.append(self._udfs.partials(call.function, whole(groups, rows_of(call))))
            return pa.RecordBatch.from_arrays(columns, schema=schema)

        return kept(in_order(work, self._lists(way, part, shown), self._lanes), schema, self._folder)

    def _lists(self, way: Pieces, part: Rows, shown: _Shown) -> Iterator[pa.RecordBatch]:
        for start in range(0, part.table.num_rows, ROWS):
            shown.rows = part.slice(start, ROWS)
            with self._connection.sql(way.lists).to_arrow_reader(GROUPS) as rows:
                yield from rows
