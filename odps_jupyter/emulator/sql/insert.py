"""INSERT INTO and INSERT OVERWRITE, into whole tables and into static and dynamic partitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.tables.models import Column, Table

from . import conversions, tables
from .errors import semantic, unsupported
from .execution import Execution
from .relations import to_stored
from .scope import Query
from .typed import Typed, name, quote


def insert(execution: Execution, node: exp.Insert) -> None:
    """Run an INSERT statement.

    Raises:
        OdpsError: the query does not fit the table, or fails; nothing is changed then.
    """
    target, listed = node.this, None
    if isinstance(target, exp.Schema):
        listed = [c.name.lower() for c in target.expressions]
        target = target.this
    table = tables.find(execution.context.catalog, [p.name for p in target.parts], target)
    if table.is_view:
        raise semantic(f"{table.qualified} is a view", target)
    static, dynamic = partition_clause(target.args.get("partition") or node.args.get("partition") or None, table, node)
    if table.partitions and not static and not dynamic:
        if listed is None and not node.args.get("overwrite"):
            dynamic = [p.name for p in table.partitions]
        else:
            raise semantic(f"{table.qualified} is partitioned: name the partition, PARTITION(...)", target)
    query = execution.queries.query(node.expression)
    columns = _columns(table, listed, dynamic, node)
    write(execution, table, query, columns, static, bool(node.args.get("overwrite")), node)


def partition_clause(clause: exp.Expr | None, table: Table, node: exp.Expr) -> tuple[dict[str, str], list[str]]:
    """``PARTITION(a='x', b)``: the values that are given, and the names that are not."""
    static: dict[str, str] = {}
    dynamic: list[str] = []
    known = [p.name.lower() for p in table.partitions]
    for item in clause.expressions if clause is not None else []:
        if isinstance(item, exp.EQ):
            key = item.this.name.lower()
            static[key] = literal_text(item.expression)
        else:
            key = item.name.lower()
            dynamic.append(key)
        if key not in known:
            raise semantic(f"{table.qualified} has no partition column {key}", node)
    return static, dynamic


def literal_text(node: exp.Expr) -> str:
    """The text of a partition value written in a statement."""
    if isinstance(node, exp.Literal):
        return str(node.this)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return f"-{node.this.this}"
    if isinstance(node, exp.Cast):
        return literal_text(node.this)
    raise unsupported("a computed partition value", node)


def _columns(table: Table, listed: Sequence[str] | None, dynamic: Sequence[str], node: exp.Expr) -> list[Column]:
    """The columns that the query's columns go to, in their order."""
    known = {c.name.lower(): c for c in table.all_columns}
    if listed is None:
        return [*table.columns, *(known[d] for d in dynamic)]
    missing = [c for c in listed if c not in known]
    if missing:
        raise semantic(f"{table.qualified} has no column {missing[0]}", node)
    return [known[c] for c in [*listed, *(d for d in dynamic if d not in listed)]]


def write(
    execution: Execution,
    table: Table,
    query: Query,
    columns: Sequence[Column],
    static: Mapping[str, str],
    overwrite: bool,
    node: exp.Expr,
) -> None:
    """Put a query's rows into a table, or in place of what is there."""
    if len(query.fields) != len(columns):
        raise semantic(f"{table.qualified} takes {len(columns)} columns, the query has {len(query.fields)}", node)
    context, catalog = execution.context, execution.context.catalog
    known = {p.name.lower(): p for p in table.partitions}
    shown = []
    for position, (field, column) in enumerate(zip(query.fields, columns, strict=True)):
        kind = types.parse(column.type)
        value = Typed(f"c{position}", field.type)
        if not conversions.can_cast(field.type, kind):
            raise semantic(f"cannot put {field.type} into column {column.name} of type {kind}", node)
        converted = conversions.convert(value, kind).sql
        shown.append(f"{to_stored(converted, kind, context)} AS {name(column.name)}")
    for key, text in static.items():
        kind = types.parse(known[key].type)
        shown.append(f"CAST({quote(text)} AS {types.to_duckdb(kind)}) AS {name(known[key].name)}")
    source = f"SELECT {', '.join(shown)} FROM ({query.sql}) AS {query.positional('q')}"
    targets = ", ".join(name(c) for c in [*(c.name for c in columns), *(known[k].name for k in static)])
    if table.partitions:
        _partitioned(execution, table, source, targets, static, overwrite, node)
    else:
        # The rows are computed before the old ones go: a query may read the table it overwrites.
        staged = context.fresh("insert")
        execution.execute(f"CREATE TEMP TABLE {staged} AS {source}")
        if overwrite:
            execution.execute(f"DELETE FROM {table.physical}")
        execution.execute(f"INSERT INTO {table.physical} ({targets}) SELECT {targets} FROM {staged}")
        execution.execute(f"DROP TABLE {staged}")
    catalog.touch(table)


def _partitioned(
    execution: Execution,
    table: Table,
    source: str,
    targets: str,
    static: Mapping[str, str],
    overwrite: bool,
    node: exp.Expr,
) -> None:
    catalog = execution.context.catalog
    staged = execution.context.fresh("insert")
    execution.execute(f"CREATE TEMP TABLE {staged} AS {source}")
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
            test = " AND ".join(
                f"{name(p.name)} = CAST({quote(spec[p.name])} AS {types.to_duckdb(types.parse(p.type))})"
                for p in table.partitions
            )
            execution.execute(f"DELETE FROM {table.physical} WHERE {test}")
    execution.execute(f"INSERT INTO {table.physical} ({targets}) SELECT {targets} FROM {staged}")
    execution.execute(f"DROP TABLE {staged}")
