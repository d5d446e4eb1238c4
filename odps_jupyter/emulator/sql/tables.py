"""Tables and views by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tables.models import Table

from .dialect import parse
from .errors import place, semantic
from .protocols import Catalog
from .relations import stored
from .scope import Query

if TYPE_CHECKING:
    from .queries import Queries


def find(catalog: Catalog, parts: Sequence[str], node: exp.Expr) -> Table:
    """The table that ``name``, ``project.name``, ``schema.name`` or ``project.schema.name`` means.

    Raises:
        OdpsError: ``ODPS-0130131`` with the place, where there is none.
    """
    *before, table = (p.lower() for p in parts)
    project, schema = (None, None)
    if len(before) == 2:
        project, schema = before
    elif before:
        project = before[0]
    try:
        return catalog.table(project, schema, table)
    except OdpsError as error:
        if error.code != "ODPS-0130131" or error.message.startswith("["):
            raise
        raise OdpsError(error.code, f"{place(node)} {error.message}", error.status) from error


def rows(queries: Queries, parts: Sequence[str], node: exp.Expr) -> Query:
    """All rows of a table, or of the query behind a view."""
    table = find(queries.context.catalog, parts, node)
    if table.view_text is None:
        return stored(queries.context, table)
    inner = queries.query(parse(table.view_text))
    if len(inner.fields) != len(table.columns):
        raise semantic(f"view {table.qualified} no longer fits its query", node)
    return inner.renamed([c.name.lower() for c in table.columns])
