"""Rows of a query put into a table: whole, into static and into dynamic partitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tables.models import Column, Table

from . import conversions
from .clocks import to_stored
from .errors import semantic
from .execution import Execution
from .functions.formats import truncated
from .scope import Query
from .typed import Typed, name, quote


def write(
    execution: Execution,
    table: Table,
    query: Query,
    columns: Sequence[Column],
    static: Mapping[str, str],
    overwrite: bool,
    node: exp.Expr | None = None,
) -> None:
    """Put a query's rows into a table, or in place of what is there.

    Args:
        execution: the script that runs.
        table: where the rows go.
        query: the rows.
        columns: where each column of the query goes; the others are NULL, or what their DEFAULT says.
        static: values of partition columns, by name in lower case.
        overwrite: whether the rows replace those of the table, or of the partitions they belong to.
        node: what an error points at.

    Raises:
        OdpsError: the query does not fit the table; nothing is changed then.
    """
    if len(query.fields) != len(columns):
        raise semantic(f"{table.qualified} takes {len(columns)} columns, the query has {len(query.fields)}", node)
    context = execution.context
    known = {p.name.lower(): p for p in table.partitions}
    shown: list[str] = []
    generated: dict[str, str] = {}
    for position, (field, column) in enumerate(zip(query.fields, columns, strict=True)):
        kind = types.parse(column.type)
        value = Typed(f"c{position}", field.type)
        lossy = context.is_strict and conversions.loses(field.type, kind)
        if lossy or not conversions.can_cast(field.type, kind):
            raise semantic(f"cannot put {field.type} into column {column.name} of type {kind}", node)
        converted = conversions.convert(value, kind).sql
        # A partition is named by the text alone.
        laid = converted if column.name.lower() in known else to_stored(converted, kind, context)
        shown.append(f"{laid} AS {name(column.name)}")
        for made in table.partitions:
            if made.source == column.name and made.name not in static:
                generated[made.name] = truncated(converted, kind, made.unit or "day")
    shown += [f"{text} AS {name(key)}" for key, text in generated.items()]
    given = {c.name for c in columns} | {known[key].name for key in static}
    defaults = {c.name: c.default for c in table.columns if c.name not in given and c.default is not None}
    kinds = {c.name: types.parse(c.type) for c in table.all_columns}
    for key, text in [*((known[k].name, v) for k, v in static.items()), *defaults.items()]:
        shown.append(f"CAST({quote(text)} AS {types.to_duckdb(kinds[key])}) AS {name(key)}")
    source = f"SELECT {', '.join(shown)} FROM ({query.sql}) AS {query.positional('q')}"
    targets = [*(c.name for c in columns), *generated, *(known[k].name for k in static), *defaults]
    # The rows are computed before the old ones go: a query may read the table it overwrites.
    staged = context.fresh("insert")
    execution.execute(f"CREATE TEMP TABLE {staged} AS {source}")
    _check_nulls(execution, table, staged, targets)
    if table.partitions:
        _prepare_partitions(execution, table, staged, static, overwrite, node)
    elif overwrite:
        execution.execute(f"DELETE FROM {table.physical}")
    listed = ", ".join(name(t) for t in targets)
    rows = staged
    if table.primary_key:
        rows = _upserted(execution, table, staged)
    execution.execute(f"INSERT INTO {table.physical} ({listed}) SELECT {listed} FROM {rows}")
    execution.execute(f"DROP TABLE {staged}")
    context.catalog.touch(table)


def _check_nulls(execution: Execution, table: Table, staged: str, targets: Sequence[str]) -> None:
    for column in table.columns:
        if column.nullable:
            continue
        missing = column.name not in targets or execution.fetch(
            f"SELECT 1 FROM {staged} WHERE {name(column.name)} IS NULL LIMIT 1"
        )
        if missing:
            raise OdpsError(
                "ODPS-0121095", f"Invalid arguments - column {column.name} of {table.qualified} is NOT NULL"
            )


def _upserted(execution: Execution, table: Table, staged: str) -> str:
    """A key's last row counts, and replaces the one that is there. Answers what to insert."""
    keys = [*table.primary_key, *(p.name for p in table.partitions)]
    same = " AND ".join(f"t.{name(k)} = s.{name(k)}" for k in keys)
    execution.execute(f"DELETE FROM {table.physical} AS t USING {staged} AS s WHERE {same}")
    listed = ", ".join(name(k) for k in keys)
    return f"(FROM {staged} QUALIFY row_number() OVER (PARTITION BY {listed} ORDER BY rowid DESC) = 1)"


def _prepare_partitions(
    execution: Execution,
    table: Table,
    staged: str,
    static: Mapping[str, str],
    overwrite: bool,
    node: exp.Expr | None,
) -> None:
    """Make the partitions that the rows belong to, and empty them for OVERWRITE."""
    catalog = execution.context.catalog
    keys = [p.name for p in table.partitions]
    listed = ", ".join(name(k) for k in keys)
    found = execution.fetch(f"SELECT DISTINCT {listed} FROM {staged} ORDER BY ALL")
    if any(value is None or value == "" for row in found for value in row):
        raise semantic(f"a partition value of {table.qualified} is NULL or empty", node)
    specs = [dict(zip(keys, map(str, row), strict=True)) for row in found]
    if len(static) == len(keys):
        # Made, or emptied, even if the query has no rows.
        specs = [{k: static[k.lower()] for k in keys}]
    for spec in specs:
        catalog.add_partition(table, spec, if_not_exists=True)
        if overwrite:
            catalog.truncate(table, spec)
