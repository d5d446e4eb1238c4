"""The catalog as one connection sees it: looked up and changed inside that connection's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import duckdb

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.projects import models as projects
from odps_jupyter.emulator.store import Claims, first_row, new_id, now
from odps_jupyter.executor.signature import Signature

from . import definition
from .models import Column, Table, TableSpec
from .partitions import PartitionCatalog
from .specs import (
    already_exists,
    check_table_name,
    columns_ddl,
    no_such_partition,
    no_such_table,
    parse_spec,
    quoted,
    semantic,
    spec_text,
)

__all__ = ["SessionCatalog", "no_such_partition", "no_such_table", "parse_spec", "quoted", "spec_text"]

_SELECT = """SELECT id, project, schema_name, name, definition, owner, created, modified, ddl_modified
FROM meta.tables"""


class SessionCatalog(PartitionCatalog):
    """Implements the SQL engine's ``Catalog`` on one connection.

    Names are case-insensitive and kept in lower case, as MaxCompute keeps them.
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
        super().__init__(connection, claims)
        self.project = project
        self.schema = schema
        self.owner = owner
        self.function = function

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
        return None if row is None else definition.read(row)

    def by_id(self, identity: int) -> Table | None:
        """The table or view that has an id, or ``None``: it was dropped."""
        row = first_row(self._connection, f"{_SELECT} WHERE id = ?", (identity,))
        return None if row is None else definition.read(row)

    def table(self, project: str | None, schema: str | None, name: str) -> Table:
        found = self.find(project, schema, name)
        if found is None:
            raise no_such_table(*self._name(project, schema, name))
        return found

    def tables(
        self,
        schema: str,
        prefix: str = "",
        after: str = "",
        limit: int = 1000,
        *,
        owner: str = "",
        kind: str = "",
        project: str | None = None,
    ) -> list[Table]:
        """A page of a project's tables by name; ``kind`` is one of ``Table.kind``."""
        found: list[Table] = []
        while len(found) < limit:
            rows = self._connection.execute(
                f"{_SELECT} WHERE project = ? AND schema_name = ? AND starts_with(name, ?) AND name > ? "
                "AND (? = '' OR owner = ?) ORDER BY name LIMIT ?",
                ((project or self.project).lower(), schema.lower(), prefix.lower(), after, owner, owner, limit),
            ).fetchall()
            page = [definition.read(row) for row in rows]
            found += [table for table in page if not kind or table.kind == kind]
            if len(page) < limit:
                break
            after = page[-1].name
        return found[:limit]

    def has_schema(self, project: str | None, schema: str) -> bool:
        """Whether a project has a schema."""
        row = first_row(
            self._connection,
            "SELECT 1 FROM meta.schemas WHERE project = ? AND name = ?",
            ((project or self.project).lower(), schema.lower()),
        )
        return row is not None

    def create_table(self, spec: TableSpec, *, if_not_exists: bool) -> Table:
        project, schema, name = self._name(spec.project, spec.schema, spec.name)
        projects.get_project(self._connection, project)
        projects.get_schema(self._connection, project, schema)
        check_table_name(name)
        self._claims.take(self, project, schema, name)
        existing = self.find(project, schema, name)
        if existing is not None:
            if if_not_exists:
                return existing
            raise already_exists(existing)
        lowered = replace(
            spec,
            columns=tuple(replace(column, name=column.name.lower()) for column in spec.columns),
            partitions=tuple(replace(column, name=column.name.lower()) for column in spec.partitions),
        )
        _check_columns(lowered.columns + lowered.partitions)
        identity, moment = new_id(), now()
        self._connection.execute(
            "INSERT INTO meta.tables VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (identity, project, schema, name, definition.write(lowered), self.owner, moment, moment, moment),
        )
        table = self.table(project, schema, name)
        if not table.is_view:
            self._connection.execute(f"CREATE TABLE {table.physical} ({columns_ddl(table.all_columns)})")
        return table

    def drop_table(
        self, project: str | None, schema: str | None, name: str, *, if_exists: bool, kind: str = "MANAGED_TABLE"
    ) -> None:
        table = self.find(project, schema, name)
        if table is None:
            if if_exists:
                return
            raise no_such_table(*self._name(project, schema, name))
        if table.kind != kind:
            raise semantic(f"{table.qualified} is a {table.kind.replace('_', ' ')}")
        self._claim(table)
        self._connection.execute("DELETE FROM meta.tables WHERE id = ?", (table.id,))
        self._connection.execute("DELETE FROM meta.partitions WHERE table_id = ?", (table.id,))
        if not table.is_view:
            self._connection.execute(f"DROP TABLE {table.physical}")

    def rename_table(self, table: Table, name: str) -> None:
        check_table_name(name)
        self._claim(table)
        self._claims.take(self, table.project, table.schema, name.lower())
        taken = self.find(table.project, table.schema, name)
        if taken is not None:
            raise already_exists(taken)
        self._connection.execute(
            "UPDATE meta.tables SET name = ?, ddl_modified = ? WHERE id = ?", (name.lower(), now(), table.id)
        )

    def redefine(self, table: Table) -> None:
        """Keep a changed description of a table; columns change by :meth:`lay_columns`."""
        self._claim(table)
        self._connection.execute(
            "UPDATE meta.tables SET definition = ?, owner = ?, ddl_modified = ? WHERE id = ?",
            (definition.write(table), table.owner, now(), table.id),
        )

    def lay_columns(self, table: Table, columns: Sequence[Column], kept: Mapping[str, str]) -> Table:
        """Give a table other columns.

        The physical order is columns, then partition columns; DuckDB only appends, so the table is laid anew.

        Args:
            table: the table as it is.
            columns: all its columns (not those of the partitions) as they shall be.
            kept: name after the change to name before it, for columns whose values stay.
        """
        changed = replace(table, columns=tuple(replace(column, name=column.name.lower()) for column in columns))
        _check_columns(changed.all_columns)
        self.redefine(changed)
        if table.is_view:
            return changed
        fresh = quoted(f"t_{table.id}_new")
        self._connection.execute(f'CREATE TABLE "data".{fresh} ({columns_ddl(changed.all_columns)})')
        pairs = [*kept.items(), *((column.name, column.name) for column in table.partitions)]
        kinds = {column.name: types.to_duckdb(types.parse(column.type)) for column in changed.all_columns}
        if pairs:
            names = ", ".join(quoted(new) for new, _ in pairs)
            values = ", ".join(f"CAST({quoted(old)} AS {kinds[new]})" for new, old in pairs)
            self._connection.execute(f'INSERT INTO "data".{fresh} ({names}) SELECT {values} FROM {table.physical}')
        self._connection.execute(f"DROP TABLE {table.physical}")
        self._connection.execute(f'ALTER TABLE "data".{fresh} RENAME TO "t_{table.id}"')
        return changed

    def schemas(self, project: str | None) -> list[projects.Schema]:
        """The schemas of a project by name."""
        return projects.list_schemas(
            self._connection, projects.get_project(self._connection, project or self.project).name
        )

    def create_schema(self, project: str | None, name: str, comment: str, *, if_not_exists: bool) -> None:
        """Make a schema."""
        if if_not_exists and self.has_schema(project, name):
            return
        found = projects.get_project(self._connection, project or self.project)
        projects.create_schema(self._connection, found.name, name, self.owner, comment)

    def drop_schema(self, project: str | None, name: str, *, if_exists: bool) -> None:
        """Drop an empty schema."""
        if if_exists and not self.has_schema(project, name):
            return
        projects.drop_schema(self._connection, (project or self.project).lower(), name)

    def functions(self, project: str | None) -> list[tuple[str, str, str]]:
        """Name, class and resources of the registered functions."""
        rows = self._connection.execute(
            "SELECT name, class_type, resources FROM meta.functions WHERE project = ? AND schema_name = ? "
            "ORDER BY name",
            ((project or self.project).lower(), self.schema),
        ).fetchall()
        return [(str(name), str(class_type), str(resources)) for name, class_type, resources in rows]


def _check_columns(columns: Sequence[Column]) -> None:
    names = [column.name for column in columns]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise semantic(f"column repeated in creation: {repeated}")
    for column in columns:
        try:
            types.parse(column.type)
        except ValueError as error:
            raise OdpsError("ODPS-0130071", f"Semantic analysis exception - {error}") from error
