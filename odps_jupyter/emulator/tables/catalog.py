"""The catalog as one connection sees it: looked up and changed inside that connection's own transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.store import Claims, first_row, next_id, now
from odps_jupyter.executor.signature import Signature

from .models import Column, Table, TableSpec

_SELECT = """SELECT id, project, schema_name, name, definition, owner, created, modified, ddl_modified
FROM meta.tables"""


def no_such_table(project: str, schema: str, name: str) -> OdpsError:
    where = f"{project}.{name}" if schema == "default" else f"{project}.{schema}.{name}"
    return OdpsError("ODPS-0130131", f"Table not found - table {where} cannot be resolved", 404)


def no_such_partition(table: Table, spec: Mapping[str, str]) -> OdpsError:
    return OdpsError(
        "NoSuchPartition", f"ODPS-0110012: Partition not found - {table.qualified}({spec_text(spec)})", 404
    )


def quoted(name: str) -> str:
    """A DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def spec_text(spec: Mapping[str, str]) -> str:
    """``pt='a',hh='b'``, as PyODPS's ``PartitionSpec`` prints it."""
    return ",".join(f"{name}='{value}'" for name, value in spec.items())


def parse_spec(text: str) -> dict[str, str]:
    """The inverse of :func:`spec_text`; values may be quoted, with commas and equal signs inside, or bare.

    Raises:
        OdpsError: the text is no partition specification.
    """
    spec: dict[str, str] = {}
    rest = text.strip()
    while rest:
        name, equals, rest = rest.partition("=")
        rest = rest.strip()
        if rest[:1] in ("'", '"'):
            quote = rest[0]
            value, closing, rest = rest[1:].partition(quote)
            equals = equals and closing
            rest = rest.strip().removeprefix(",")
        else:
            value, _, rest = rest.partition(",")
        if not equals or not name.strip() or not value.strip():
            raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - partition {text!r}")
        spec[name.strip().lower()] = value.strip()
    return spec


def _column_json(column: Column) -> list[Any]:
    return [column.name, column.type, column.comment, column.nullable]


def definition_json(table: TableSpec | Table) -> str:
    """The part of a table that is stored as JSON."""
    return json.dumps(
        {
            "columns": [_column_json(column) for column in table.columns],
            "partitions": [_column_json(column) for column in table.partitions],
            "comment": table.comment,
            "lifecycle": table.lifecycle,
            "view_text": table.view_text,
            "properties": dict(table.properties),
        }
    )


def _read(row: tuple[Any, ...]) -> Table:
    identity, project, schema, name, definition, owner, created, modified, ddl_modified = row
    stored = json.loads(definition)
    return Table(
        id=identity,
        project=project,
        schema=schema,
        name=name,
        columns=tuple(Column(*one) for one in stored["columns"]),
        partitions=tuple(Column(*one) for one in stored["partitions"]),
        comment=stored["comment"],
        lifecycle=stored["lifecycle"],
        owner=owner,
        created=created,
        modified=modified,
        ddl_modified=ddl_modified,
        view_text=stored["view_text"],
        properties=stored["properties"],
    )


def columns_ddl(columns: Iterable[Column]) -> str:
    """The column list of a physical table."""
    return ", ".join(f"{quoted(column.name)} {types.to_duckdb(types.parse(column.type))}" for column in columns)


class SessionCatalog:
    """Implements the SQL engine's ``Catalog`` on one connection.

    Names are case-insensitive and kept in lower case, as MaxCompute keeps them. Times of touched tables are written
    by :meth:`touched` after the commit, so that two jobs that append to one table do not fail each other.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        claims: Claims,
        *,
        project: str,
        schema: str = "default",
        owner: str = "",
        function: Callable[[str], Signature | None] = lambda name: None,
    ) -> None:
        self._connection = connection
        self._claims = claims
        self.project = project
        self.schema = schema
        self.owner = owner
        self.function = function
        self.touched: set[int] = set()

    def close(self) -> None:
        """Give up the claimed names; call it when the transaction ended either way."""
        self._claims.release(self)

    def _name(self, project: str | None, schema: str | None, name: str) -> tuple[str, str, str]:
        return (project or self.project).lower(), (schema or self.schema).lower(), name.lower()

    def find(self, project: str | None, schema: str | None, name: str) -> Table | None:
        """The table or view, or ``None``."""
        row = first_row(
            self._connection,
            f"{_SELECT} WHERE project = ? AND schema_name = ? AND name = ?",
            self._name(project, schema, name),
        )
        return None if row is None else _read(row)

    def table(self, project: str | None, schema: str | None, name: str) -> Table:
        found = self.find(project, schema, name)
        if found is None:
            raise no_such_table(*self._name(project, schema, name))
        return found

    def tables(self, schema: str, prefix: str = "", after: str = "", limit: int = 1000) -> list[Table]:
        """A page of the project's tables by name."""
        rows = self._connection.execute(
            f"{_SELECT} WHERE project = ? AND schema_name = ? AND starts_with(name, ?) AND name > ? "
            "ORDER BY name LIMIT ?",
            (self.project, schema, prefix.lower(), after, limit),
        ).fetchall()
        return [_read(row) for row in rows]

    def create_table(self, spec: TableSpec, *, if_not_exists: bool) -> Table:
        project, schema, name = self._name(spec.project, spec.schema, spec.name)
        self._claims.take(self, project, schema, name)
        existing = self.find(project, schema, name)
        if existing is not None:
            if if_not_exists:
                return existing
            raise OdpsError("ODPS-0121145", f"Table already exists - {existing.qualified} has been created before")
        lowered = replace(
            spec,
            columns=tuple(replace(column, name=column.name.lower()) for column in spec.columns),
            partitions=tuple(replace(column, name=column.name.lower()) for column in spec.partitions),
        )
        identity, moment = next_id(self._connection), now()
        self._connection.execute(
            "INSERT INTO meta.tables VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (identity, project, schema, name, definition_json(lowered), self.owner, moment, moment, moment),
        )
        table = self.table(project, schema, name)
        if not table.is_view:
            self._connection.execute(f"CREATE TABLE {table.physical} ({columns_ddl(table.all_columns)})")
        return table

    def drop_table(self, project: str | None, schema: str | None, name: str, *, if_exists: bool, view: bool) -> None:
        table = self.find(project, schema, name)
        if table is None:
            if if_exists:
                return
            raise no_such_table(*self._name(project, schema, name))
        if table.is_view != view:
            kind = "VIEW" if table.is_view else "TABLE"
            raise OdpsError("ODPS-0130071", f"Semantic analysis exception - {table.qualified} is a {kind}")
        self._claims.take(self, table.project, table.schema, table.name)
        self._connection.execute("DELETE FROM meta.tables WHERE id = ?", (table.id,))
        self._connection.execute("DELETE FROM meta.partitions WHERE table_id = ?", (table.id,))
        if not table.is_view:
            self._connection.execute(f"DROP TABLE {table.physical}")

    def rename_table(self, table: Table, name: str) -> None:
        self._claims.take(self, table.project, table.schema, table.name)
        self._claims.take(self, table.project, table.schema, name.lower())
        if self.find(table.project, table.schema, name) is not None:
            raise OdpsError("ODPS-0121145", f"Table already exists - {table.project}.{name} has been created before")
        self._connection.execute(
            "UPDATE meta.tables SET name = ?, ddl_modified = ? WHERE id = ?", (name.lower(), now(), table.id)
        )

    def alter_table(self, table: Table, *, comment: str | None = None, lifecycle: int | None = None) -> None:
        self._redefine(
            replace(
                table,
                comment=table.comment if comment is None else comment,
                lifecycle=table.lifecycle if lifecycle is None else lifecycle,
            )
        )

    def _redefine(self, table: Table) -> None:
        self._claims.take(self, table.project, table.schema, table.name)
        self._connection.execute(
            "UPDATE meta.tables SET definition = ?, ddl_modified = ? WHERE id = ?",
            (definition_json(table), now(), table.id),
        )

    def add_columns(self, table: Table, columns: Sequence[Column], *, if_not_exists: bool) -> None:
        known = {column.name for column in table.all_columns}
        new = tuple(replace(column, name=column.name.lower()) for column in columns)
        for column in new:
            if column.name in known and not if_not_exists:
                raise OdpsError("ODPS-0130071", f"Semantic analysis exception - column {column.name} already exists")
        new = tuple(column for column in new if column.name not in known)
        if not new:
            return
        changed = replace(table, columns=table.columns + new)
        self._redefine(changed)
        # The physical order is columns, then partition columns; DuckDB only appends, so the table is laid anew.
        old, fresh = table.physical, quoted(f"t_{table.id}_new")
        self._connection.execute(f'CREATE TABLE "data".{fresh} ({columns_ddl(changed.all_columns)})')
        names = ", ".join(quoted(column.name) for column in table.all_columns)
        self._connection.execute(f'INSERT INTO "data".{fresh} ({names}) SELECT {names} FROM {old}')
        self._connection.execute(f"DROP TABLE {old}")
        self._connection.execute(f'ALTER TABLE "data".{fresh} RENAME TO "t_{table.id}"')

    def partitions(self, table: Table) -> Sequence[Mapping[str, str]]:
        rows = self._connection.execute(
            "SELECT spec FROM meta.partitions WHERE table_id = ? ORDER BY spec", (table.id,)
        ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def partition_key(self, table: Table, spec: Mapping[str, str]) -> str:
        """A whole partition's values in the table's order, as stored.

        Raises:
            OdpsError: a partition column is missing or unknown.
        """
        lowered = {name.lower(): str(value) for name, value in spec.items()}
        names = [column.name for column in table.partitions]
        if sorted(lowered) != sorted(names):
            raise OdpsError(
                "ODPS-0130071",
                f"Semantic analysis exception - partition ({spec_text(spec)}) does not name exactly the partition "
                f"columns of {table.qualified}: {', '.join(names) or 'it has none'}",
            )
        return json.dumps({name: lowered[name] for name in names}, ensure_ascii=False)

    def has_partition(self, table: Table, spec: Mapping[str, str]) -> bool:
        row = first_row(
            self._connection,
            "SELECT 1 FROM meta.partitions WHERE table_id = ? AND spec = ?",
            (table.id, self.partition_key(table, spec)),
        )
        return row is not None

    def add_partition(self, table: Table, spec: Mapping[str, str], *, if_not_exists: bool) -> None:
        key = self.partition_key(table, spec)
        self._claims.take(self, table.project, table.schema, table.name, key)
        if self.has_partition(table, spec):
            if if_not_exists:
                return
            raise OdpsError(
                "ODPS-0110061", f"Failed to run ddltask - Partition already exists, partition: {spec_text(spec)}"
            )
        moment = now()
        self._connection.execute("INSERT INTO meta.partitions VALUES (?, ?, ?, ?)", (table.id, key, moment, moment))

    def drop_partition(self, table: Table, spec: Mapping[str, str], *, if_exists: bool) -> None:
        if not self.has_partition(table, spec):
            if if_exists:
                return
            raise no_such_partition(table, spec)
        key = self.partition_key(table, spec)
        self._claims.take(self, table.project, table.schema, table.name, key)
        self.truncate(table, spec)
        self._connection.execute("DELETE FROM meta.partitions WHERE table_id = ? AND spec = ?", (table.id, key))

    def where(self, table: Table, spec: Mapping[str, str] | None) -> tuple[str, list[str]]:
        """``WHERE`` text and parameters for the rows of a partition (whole or of the first columns)."""
        if not spec:
            return "", []
        kinds = {column.name: types.to_duckdb(types.parse(column.type)) for column in table.partitions}
        unknown = [name for name in spec if name.lower() not in kinds]
        if unknown:
            raise no_such_partition(table, spec)
        parts = (f"{quoted(name.lower())} = CAST(? AS {kinds[name.lower()]})" for name in spec)
        return f" WHERE {' AND '.join(parts)}", [str(value) for value in spec.values()]

    def truncate(self, table: Table, spec: Mapping[str, str] | None) -> None:
        where, values = self.where(table, spec)
        self._connection.execute(f"DELETE FROM {table.physical}{where}", values)
        self.touch(table)

    def touch(self, table: Table) -> None:
        self.touched.add(table.id)
