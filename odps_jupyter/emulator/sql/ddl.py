"""CREATE, DROP, ALTER and TRUNCATE: the catalog does the work, this reads what is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.tables.models import Column, Table, TableSpec

from . import tables
from .errors import semantic, unsupported
from .execution import Execution
from .insert import literal_text, write


def create(execution: Execution, node: exp.Create, text: str) -> None:
    """CREATE TABLE (plain, AS, LIKE) and CREATE VIEW."""
    kind = str(node.args.get("kind")).upper()
    if kind not in ("TABLE", "VIEW"):
        raise unsupported(f"CREATE {kind}", node)
    schema = node.this if isinstance(node.this, exp.Schema) else None
    target = schema.this if schema is not None else node.this
    project, namespace, name = _named(target)
    properties = _Properties(node.args.get("properties"))
    catalog = execution.context.catalog
    exists = bool(node.args.get("exists"))
    if properties.like is not None:
        like = tables.find(catalog, [p.name for p in properties.like.parts], node)
        spec = TableSpec(project, namespace, name, like.columns, like.partitions, like.comment, properties.lifecycle)
        catalog.create_table(spec, if_not_exists=exists)
        return
    query = execution.queries.query(node.expression).settled() if node.expression is not None else None
    if kind == "VIEW":
        if query is None:
            raise semantic("a view needs a query", node)
        names = [(c.name.lower(), _comment(c)) for c in schema.expressions] if schema is not None else None
        names = names or [(f.name, None) for f in query.fields]
        columns = tuple(Column(n, str(f.type), c) for (n, c), f in zip(names, query.fields, strict=True))
        body = text[re.search(r"\bas\b\s*(?=select|with|\()", text, re.IGNORECASE).end() :]  # type: ignore[union-attr]
        if node.args.get("replace"):
            catalog.drop_table(project, namespace, name, if_exists=True, view=True)
        spec = TableSpec(project, namespace, name, columns, (), properties.comment, properties.lifecycle,
                         properties.table, body.strip())  # fmt: skip
        catalog.create_table(spec, if_not_exists=exists)
        return
    if query is not None:
        columns = tuple(Column(f.name, str(f.type)) for f in query.fields)
    elif schema is not None:
        columns = tuple(column(c) for c in schema.expressions if isinstance(c, exp.ColumnDef))
    else:
        raise semantic("a table needs columns", node)
    spec = TableSpec(project, namespace, name, columns, properties.partitions, properties.comment,
                     properties.lifecycle, properties.table)  # fmt: skip
    made = catalog.create_table(spec, if_not_exists=exists)
    if query is not None:
        write(execution, made, query, list(made.columns), {}, False, node)


def drop(execution: Execution, node: exp.Drop) -> None:
    """DROP TABLE and DROP VIEW."""
    kind = str(node.args.get("kind")).upper()
    if kind not in ("TABLE", "VIEW"):
        raise unsupported(f"DROP {kind}", node)
    for target in node.args.get("tables") or [node.this]:
        project, schema, name = _named(target)
        execution.context.catalog.drop_table(
            project, schema, name, if_exists=bool(node.args.get("exists")), view=kind == "VIEW"
        )


def truncate(execution: Execution, node: exp.TruncateTable) -> None:
    """TRUNCATE TABLE [PARTITION (...)]."""
    catalog = execution.context.catalog
    partition = node.args.get("partition")
    for target in node.expressions:
        table = tables.find(catalog, [p.name for p in target.parts], target)
        catalog.truncate(table, _partition(partition, table) if partition is not None else None)


def alter(execution: Execution, node: exp.Alter) -> None:
    """ALTER TABLE: partitions, name, comment, lifecycle, new columns."""
    table = tables.find(execution.context.catalog, [p.name for p in node.this.parts], node.this)
    for action in node.args.get("actions") or []:
        change = _ALTERATIONS.get(type(action))
        if change is None:
            raise unsupported(f"ALTER TABLE ... {action.sql('maxcompute')}", node)
        change(execution, table, action)


def _add_partition(execution: Execution, table: Table, action: exp.Expr) -> None:
    # sqlglot reads the first clause as a call; further ones follow as a list.
    clauses = action.this if isinstance(action.this, list) else [action.this]
    for clause in clauses:
        spec = _partition(clause, table)
        execution.context.catalog.add_partition(table, spec, if_not_exists=bool(action.args.get("exists")))


def _drop_partition(execution: Execution, table: Table, action: exp.Expr) -> None:
    for clause in action.expressions:
        spec = _partition(clause, table)
        execution.context.catalog.drop_partition(table, spec, if_exists=bool(action.args.get("exists")))


def _rename(execution: Execution, table: Table, action: exp.Expr) -> None:
    execution.context.catalog.rename_table(table, action.this.name.lower())


def _set(execution: Execution, table: Table, action: exp.Expr) -> None:
    for item in action.expressions:
        properties = _Properties(item if isinstance(item, exp.Properties) else exp.Properties(expressions=[item]))
        execution.context.catalog.alter_table(table, comment=properties.comment, lifecycle=properties.lifecycle)


_ALTERATIONS: dict[type, Callable[[Execution, Table, Any], None]] = {
    exp.AddPartition: _add_partition,
    exp.DropPartition: _drop_partition,
    exp.AlterRename: _rename,
    exp.AlterSet: _set,
}


def _partition(clause: exp.Expr, table: Table) -> dict[str, str]:
    """``PARTITION (a='x', b='y')`` as a mapping; every partition column must be there."""
    spec = {}
    for item in clause.expressions:
        if not isinstance(item, exp.EQ):
            raise semantic("a partition is written PARTITION (column='value', ...)", clause)
        spec[item.this.name.lower()] = literal_text(item.expression)
    wanted = [p.name.lower() for p in table.partitions]
    if sorted(spec) != sorted(wanted):
        raise semantic(f"the partition columns of {table.qualified} are {', '.join(wanted) or 'none'}", clause)
    return {p.name: spec[p.name.lower()] for p in table.partitions}


def _named(target: exp.Expr) -> tuple[str | None, str | None, str]:
    *before, name = (p.name.lower() for p in target.parts)  # type: ignore[attr-defined]
    if len(before) == 2:
        return before[0], before[1], name
    return (before[0] if before else None), None, name


def column(node: exp.ColumnDef) -> Column:
    """A column definition: name, type, comment, NOT NULL."""
    kind = node.args.get("kind")
    try:
        written = str(types.from_sqlglot(kind)) if kind is not None else "string"
    except ValueError as error:
        raise semantic(str(error), node) from error
    constraints = [c.args.get("kind") for c in node.args.get("constraints") or []]
    nullable = not any(isinstance(c, exp.NotNullColumnConstraint) and not c.args.get("allow_null") for c in constraints)
    return Column(node.name.lower(), written, _comment(node), nullable)


def _comment(node: exp.Expr) -> str | None:
    for constraint in node.args.get("constraints") or []:
        kind = constraint.args.get("kind")
        if isinstance(kind, exp.CommentColumnConstraint):
            return str(kind.this.this)
    return None


class _Properties:
    """What stands after the columns of a CREATE: partitions, comment, lifecycle, table properties."""

    def __init__(self, node: exp.Expr | None) -> None:
        self.partitions: tuple[Column, ...] = ()
        self.comment: str | None = None
        self.lifecycle: int | None = None
        self.like: exp.Table | None = None
        self.table: Mapping[str, str] = {}
        table: dict[str, str] = {}
        for item in node.expressions if node is not None else []:
            if isinstance(item, exp.PartitionedByProperty):
                definitions = item.this.expressions if isinstance(item.this, exp.Schema) else []
                if not definitions or not all(isinstance(d, exp.ColumnDef) for d in definitions):
                    raise unsupported("AUTO PARTITIONED BY", item)
                self.partitions = tuple(column(d) for d in definitions)
            elif isinstance(item, exp.SchemaCommentProperty):
                self.comment = str(item.this.this)
            elif isinstance(item, exp.LikeProperty):
                self.like = item.this
            elif isinstance(item, exp.Property):
                key = item.this.name
                value = item.args["value"].name
                if key.upper() == "LIFECYCLE":
                    self.lifecycle = int(value)
                else:
                    table[key] = value
            else:
                raise unsupported(item.sql("maxcompute"), item)
        self.table = table
