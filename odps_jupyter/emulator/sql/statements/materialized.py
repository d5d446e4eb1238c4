"""Materialized views: filled from their query, told apart from what their tables hold since.

The ids and times of change of the tables read are kept with the view; the view is outdated once one differs.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.sql import tables
from odps_jupyter.emulator.sql.dialect import parse
from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.sql.insert import write
from odps_jupyter.emulator.sql.scope import Query
from odps_jupyter.emulator.tables.models import Table


def fill(execution: Execution, view: Table, query: Query) -> None:
    """Put the query's rows in place of what the view holds."""
    catalog = execution.context.catalog
    catalog.redefine(replace(view, sources=_sources(execution, view)))
    if view.partitions:
        for spec in catalog.partitions(view):
            catalog.drop_partition(view, spec, if_exists=True)
    write(execution, view, query, list(view.all_columns), {}, True)


def rebuild(execution: Execution, view: Table) -> None:
    """Run the view's query again."""
    if view.view_text is None or not view.materialized:
        raise OdpsError("ODPS-0130071", f"[0,0] Semantic analysis exception - {view.qualified} is no materialized view")
    fill(execution, view, execution.queries.text(view.view_text).settled().arranged())


def _sources(execution: Execution, view: Table) -> tuple[str, ...]:
    """The tables that a view reads, those behind other views too, each with its time of change."""
    tree = parse(view.view_text or "")
    common = {c.alias.lower() for c in tree.find_all(exp.CTE)}
    found: list[str] = []
    for node in tree.find_all(exp.Table):
        parts = [p.name.lower() for p in node.parts]
        if len(parts) == 1 and parts[0] in common:
            continue
        table = tables.find(execution.context, parts, node)
        found += _sources(execution, table) if table.is_view else [f"{table.id}@{table.modified.isoformat()}"]
    return tuple(dict.fromkeys(found))
