"""Partitions and rows of tables, as one connection sees and changes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import duckdb

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.store import Claims, first_row, now

from . import definition
from .models import Partition, Table
from .specs import no_such_partition, partition_value, quoted, spec_text


class PartitionCatalog:
    """What is done to partitions inside one connection's own transaction.

    Times of touched tables and partitions are written by :meth:`write_times` after the commit, so that two jobs that
    append to one table do not fail each other.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, claims: Claims) -> None:
        self._connection = connection
        self._claims = claims
        self.touched: set[int] = set()
        self.touched_partitions: set[tuple[int, str]] = set()

    def _claim(self, table: Table, *more: str) -> None:
        self._claims.take(self, table.project, table.schema, table.name, *more)

    def partitions(self, table: Table) -> Sequence[Mapping[str, str]]:
        """The partitions that exist, each as column name to text."""
        return [one.spec for one in self.described_partitions(table)]

    def described_partitions(self, table: Table) -> list[Partition]:
        """The partitions with their times and properties, in the order of their values."""
        rows = self._connection.execute(
            "SELECT spec, created, modified, definition FROM meta.partitions WHERE table_id = ?", (table.id,)
        ).fetchall()
        return sorted(map(definition.read_partition, rows), key=lambda one: list(one.spec.values()))

    def partition_key(self, table: Table, spec: Mapping[str, str]) -> str:
        """A whole partition's values in the table's order, as stored.

        Raises:
            OdpsError: a partition column is missing or unknown, or a value is none of its type.
        """
        lowered = {name.lower(): str(value) for name, value in spec.items()}
        names = [column.name for column in table.partitions]
        if sorted(lowered) != sorted(names):
            raise OdpsError(
                "ODPS-0130071",
                f"Semantic analysis exception - partition ({spec_text(spec)}) does not name exactly the partition "
                f"columns of {table.qualified}: {', '.join(names) or 'it has none'}",
            )
        values = {column.name: partition_value(column, lowered[column.name]) for column in table.partitions}
        return json.dumps(values, ensure_ascii=False)

    def has_partition(self, table: Table, spec: Mapping[str, str]) -> bool:
        row = first_row(
            self._connection,
            "SELECT 1 FROM meta.partitions WHERE table_id = ? AND spec = ?",
            (table.id, self.partition_key(table, spec)),
        )
        return row is not None

    def add_partition(self, table: Table, spec: Mapping[str, str], *, if_not_exists: bool) -> None:
        key = self.partition_key(table, spec)
        self._claim(table, key)
        if self.has_partition(table, spec):
            if if_not_exists:
                self.touched_partitions.add((table.id, key))
                return
            raise OdpsError(
                "ODPS-0110061", f"Failed to run ddltask - Partition already exists, partition: {spec_text(spec)}"
            )
        moment = now()
        self._connection.execute(
            "INSERT INTO meta.partitions (table_id, spec, created, modified) VALUES (?, ?, ?, ?)",
            (table.id, key, moment, moment),
        )

    def drop_partition(self, table: Table, spec: Mapping[str, str], *, if_exists: bool) -> None:
        if not self.has_partition(table, spec):
            if if_exists:
                return
            raise no_such_partition(table, spec)
        key = self.partition_key(table, spec)
        self._claim(table, key)
        self.truncate(table, spec)
        self._connection.execute("DELETE FROM meta.partitions WHERE table_id = ? AND spec = ?", (table.id, key))

    def rename_partition(self, table: Table, spec: Mapping[str, str], renamed: Mapping[str, str]) -> None:
        """Give a partition other values; its rows follow."""
        key, new = self._existing(table, spec), self.partition_key(table, renamed)
        self._claim(table, new)
        if self.has_partition(table, renamed):
            raise OdpsError(
                "ODPS-0110061", f"Failed to run ddltask - Partition already exists, partition: {spec_text(renamed)}"
            )
        self.move_rows(table, spec, renamed)
        self._connection.execute(
            "UPDATE meta.partitions SET spec = ?, modified = ? WHERE table_id = ? AND spec = ?",
            (new, now(), table.id, key),
        )

    def move_rows(self, table: Table, spec: Mapping[str, str], target: Mapping[str, str]) -> None:
        """Put the rows of one partition into another."""
        where, values = self.where(table, spec)
        kinds = {column.name: types.to_duckdb(types.parse(column.type)) for column in table.partitions}
        wanted = json.loads(self.partition_key(table, target))
        changes = ", ".join(f"{quoted(name)} = CAST(? AS {kinds[name]})" for name in wanted)
        self._connection.execute(f"UPDATE {table.physical} SET {changes}{where}", [*wanted.values(), *values])
        self.touch(table, target)

    def describe_partition(
        self,
        table: Table,
        spec: Mapping[str, str],
        *,
        properties: Mapping[str, str] | None = None,
        lifecycle_enabled: bool | None = None,
    ) -> None:
        """Change what is not ``None``."""
        key = self._existing(table, spec)
        self._claim(table, key)
        [found] = [one for one in self.described_partitions(table) if dict(one.spec) == json.loads(key)]
        text = definition.write_partition(
            {**found.properties, **(properties or {})},
            found.lifecycle_enabled if lifecycle_enabled is None else lifecycle_enabled,
        )
        self._connection.execute(
            "UPDATE meta.partitions SET definition = ? WHERE table_id = ? AND spec = ?", (text, table.id, key)
        )

    def _existing(self, table: Table, spec: Mapping[str, str]) -> str:
        key = self.partition_key(table, spec)
        if not self.has_partition(table, spec):
            raise no_such_partition(table, spec)
        self._claim(table, key)
        return key

    def where(self, table: Table, spec: Mapping[str, str] | None) -> tuple[str, list[str]]:
        """``WHERE`` text and parameters for the rows of a partition (whole or of the first columns)."""
        if not spec:
            return "", []
        columns = {column.name: column for column in table.partitions}
        wanted = {name.lower(): str(value) for name, value in spec.items()}
        if not wanted.keys() <= columns.keys():
            raise no_such_partition(table, spec)
        kinds = {name: types.to_duckdb(types.parse(columns[name].type)) for name in wanted}
        parts = (f"{quoted(name)} = CAST(? AS {kinds[name]})" for name in wanted)
        return f" WHERE {' AND '.join(parts)}", [partition_value(columns[name], wanted[name]) for name in wanted]

    def truncate(self, table: Table, spec: Mapping[str, str] | None) -> None:
        where, values = self.where(table, spec)
        self._connection.execute(f"DELETE FROM {table.physical}{where}", values)
        self.touch(table, spec)

    def touch(self, table: Table, spec: Mapping[str, str] | None = None) -> None:
        """Note that rows of a table, or of one of its partitions, changed."""
        self.touched.add(table.id)
        if spec and len(spec) == len(table.partitions):
            self.touched_partitions.add((table.id, self.partition_key(table, spec)))

    def write_times(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write when the touched tables and partitions changed, in a short transaction of its own."""
        moment = now()
        for identity in sorted(self.touched):
            connection.execute("UPDATE meta.tables SET modified = ? WHERE id = ?", (moment, identity))
        for identity, key in sorted(self.touched_partitions):
            connection.execute(
                "UPDATE meta.partitions SET modified = ? WHERE table_id = ? AND spec = ?", (moment, identity, key)
            )
