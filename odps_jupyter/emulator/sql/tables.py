"""Tables and views by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tables.models import Table

from .context import Context
from .errors import place, semantic
from .relations import stored
from .scope import Query

if TYPE_CHECKING:
    from .queries import Queries

Place = tuple[str | None, str | None, str]


def place_of(context: Context, parts: Sequence[str]) -> Place:
    """Project, schema and name; ``None`` stands for the job's own.

    ``a.b`` is a table of project ``a``; where the job works with schemas (hint ``odps.namespace.schema``) and there is
    a schema of that name, it is a table of that.
    """
    *before, name = (p.lower() for p in parts)
    if len(before) > 2:
        raise semantic(f"{'.'.join(parts)} has too many parts for the name of a table")
    if len(before) == 2:
        return before[0], before[1], name
    if not before:
        return None, None, name
    if context.settings.get("odps.namespace.schema", "").lower() == "true" and context.catalog.has_schema(
        None, before[0]
    ):
        return None, before[0], name
    # A schema set for the job is one of its own project's.
    return before[0], None if before[0] == context.catalog.project else "default", name


def find(context: Context, parts: Sequence[str], at: exp.Expr | str | None) -> Table:
    """The table that ``name``, ``project.name``, ``schema.name`` or ``project.schema.name`` means.

    Args:
        context: the script that runs.
        parts: the parts of the name.
        at: where it is written: a node, or ``[line,column]``.

    Raises:
        OdpsError: ``ODPS-0130131`` with the place, where there is none.
    """
    try:
        return context.catalog.table(*place_of(context, parts))
    except OdpsError as error:
        if error.code != "ODPS-0130131" or error.message.startswith("["):
            raise
        where = at if isinstance(at, str) else place(at)
        raise OdpsError(error.code, f"{where} {error.message}", error.status) from error


def exists(context: Context, parts: Sequence[str | None]) -> bool:
    """Whether project, schema and name (the first two may be ``None``) mean a table or view."""
    project, schema, name = parts
    try:
        context.catalog.table(project, schema, str(name))
    except OdpsError as error:
        if error.code != "ODPS-0130131":
            raise
        return False
    return True


def rows(queries: Queries, parts: Sequence[str], node: exp.Expr) -> Query:
    """All rows of a table, or of the query behind a view."""
    table = find(queries.context, parts, node)
    if not table.is_view:
        return stored(queries.context, table)
    inner = queries.text(table.view_text or "").settled()
    if len(inner.fields) != len(table.columns):
        raise semantic(f"view {table.qualified} no longer fits its query", node)
    return inner.renamed([c.name.lower() for c in table.columns])
