"""UPDATE, DELETE and MERGE INTO of transactional tables.

Source: MaxCompute's documentation, "UPDATE | DELETE" and "MERGE INTO": the table must be transactional, partition and
key columns stay as they are, and a row of the target may be matched once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.sql import conversions
from odps_jupyter.emulator.sql.clocks import to_stored
from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.sql.insert import write
from odps_jupyter.emulator.sql.joins import From
from odps_jupyter.emulator.sql.relations import Relations, stored
from odps_jupyter.emulator.sql.scope import Field, Query, Scope, Source
from odps_jupyter.emulator.sql.typed import Typed, name
from odps_jupyter.emulator.tables.models import Column, Table

from .naming import named
from .reader import Reader


@dataclass(frozen=True)
class _Target:
    """The table that is changed, its rows known by ``rid``."""

    table: Table
    alias: str
    source: Source
    sql: str


def _target(execution: Execution, reader: Reader, *stops: str) -> _Target:
    """The table that comes next, and its alias, if any word but these follows."""
    place = reader.place
    table = named(execution, reader)
    if not table.is_transactional or table.view_text is not None:
        raise reader.semantic(f"{table.qualified} is not a transactional table", place)
    alias = _alias(reader, *stops)
    label = alias or table.name
    rows = stored(execution.context, table)
    text = rows.sql.replace("SELECT ", "SELECT rowid AS rid, ", 1)
    return _Target(table, label, Source.of(label, rows.fields), f"({text}) AS {name(label)}")


def _alias(reader: Reader, *stops: str) -> str | None:
    if reader.accept("AS"):
        return reader.name()
    if reader.done or reader.token.kind == "symbol" or reader.token.upper in stops:
        return None
    return reader.name()


def _condition(execution: Execution, text: str) -> exp.Expr:
    """The tree of a condition, from text with blanks before it."""
    at = len(text) - len(text.lstrip())
    tree = execution.queries.parsed(text[: max(at - 7, 0)] + "SELECT " + text[at:])
    [condition] = tree.expressions
    return condition  # type: ignore[no-any-return]


def _assignments(execution: Execution, reader: Reader, target: _Target, *stops: str) -> dict[str, exp.Expr]:
    """``a = x, b = y``."""
    known = {c.name for c in target.table.columns} - set(target.table.primary_key)
    found: dict[str, exp.Expr] = {}
    for item in execution.queries.parsed("SELECT " + reader.until(*stops).strip()).expressions:
        if not isinstance(item, exp.EQ) or not isinstance(item.this, exp.Column):
            raise reader.invalid()
        column = item.this.name.lower()
        if column not in known:
            raise reader.semantic(f"column {column} of {target.table.qualified} cannot be changed")
        found[column] = item.expression
    return found


def delete(execution: Execution, reader: Reader) -> None:
    """DELETE FROM t [alias] [WHERE condition]."""
    reader.expect("FROM")
    target = _target(execution, reader, "WHERE")
    where = ""
    if reader.accept("WHERE"):
        expressions = execution.queries.expressions(Scope((target.source,)))
        where = f" WHERE {expressions.condition(_condition(execution, reader.rest()))}"
    reader.end()
    _delete(execution, target, f"SELECT rid FROM {target.sql}{where}")


def update(execution: Execution, reader: Reader) -> None:
    """UPDATE t [alias] SET a = x, ... [FROM source] [WHERE condition]."""
    target = _target(execution, reader, "SET")
    reader.expect("SET")
    changes = _assignments(execution, reader, target, "WHERE", "FROM")
    sources: tuple[Source, ...] = (target.source,)
    text = target.sql
    if reader.accept("FROM"):
        tree = execution.queries.parsed("SELECT 1 FROM " + reader.until("WHERE").strip())
        other = Relations(execution.queries, None, {}).translate(tree)
        if other is not None:
            sources, text = (target.source, *other.sources), f"{target.sql} CROSS JOIN {other.sql}"
    expressions = execution.queries.expressions(Scope(sources))
    where = f" WHERE {expressions.condition(_condition(execution, reader.rest()))}" if reader.accept("WHERE") else ""
    reader.end()
    values = {c: expressions.value(v) for c, v in changes.items()}
    _update(execution, target, values, _prepared(execution, target, values, text + where))


def _stored(execution: Execution, table: Table, column: str, value: Typed) -> str:
    kind = types.parse(next(c.type for c in table.all_columns if c.name == column))
    if not conversions.can_cast(value.type, kind):
        raise OdpsError(
            "ODPS-0130071",
            f"[0,0] Semantic analysis exception - cannot put {value.type} into column {column} of type {kind}",
        )
    return to_stored(conversions.convert(value, kind).sql, kind, execution.context)


def _prepared(execution: Execution, target: _Target, values: Mapping[str, Typed], source: str) -> str:
    """The new values by row, computed before anything changes; answers the name of their table."""
    table, staged = target.table, execution.context.fresh("update")
    shown = ", ".join(f"{_stored(execution, table, c, v)} AS {name(f'new_{c}')}" for c, v in values.items())
    execution.execute(f"CREATE TEMP TABLE {staged} AS SELECT {name(target.alias)}.rid AS rid, {shown} FROM {source}")
    if execution.fetch(f"SELECT 1 FROM {staged} GROUP BY rid HAVING count(*) > 1 LIMIT 1"):
        raise OdpsError(
            "ODPS-0130071",
            f"[0,0] Semantic analysis exception - a row of {table.qualified} is matched by several rows of the source",
        )
    return staged


def _update(execution: Execution, target: _Target, columns: Iterable[str], staged: str) -> None:
    changes = ", ".join(f"{name(c)} = s.{name(f'new_{c}')}" for c in columns)
    table = target.table
    execution.execute(f"UPDATE {table.physical} AS t SET {changes} FROM {staged} AS s WHERE t.rowid = s.rid")
    execution.execute(f"DROP TABLE {staged}")
    _touch(execution, table)


def _delete(execution: Execution, target: _Target, rows: str) -> None:
    execution.execute(f"DELETE FROM {target.table.physical} WHERE rowid IN ({rows})")
    _touch(execution, target.table)


def _touch(execution: Execution, table: Table) -> None:
    catalog = execution.context.catalog
    catalog.touch(table)
    for spec in catalog.partitions(table):
        catalog.touch(table, spec)


@dataclass(frozen=True)
class _When:
    """One WHEN clause of a MERGE."""

    matched: bool
    condition: exp.Expr | None
    action: str
    changes: Mapping[str, exp.Expr]
    columns: Sequence[str]
    values: Sequence[exp.Expr]


def merge(execution: Execution, reader: Reader) -> None:
    """MERGE INTO t USING s ON condition WHEN [NOT] MATCHED [AND condition] THEN UPDATE | DELETE | INSERT ..."""
    reader.expect("INTO")
    reader.accept("TABLE")
    target = _target(execution, reader, "USING")
    reader.expect("USING")
    tree = execution.queries.parsed("SELECT 1 FROM " + reader.until("ON").strip())
    other = Relations(execution.queries, None, {}).translate(tree)
    reader.expect("ON")
    on = _condition(execution, reader.until("WHEN"))
    clauses = []
    while reader.accept("WHEN"):
        clauses.append(_when(execution, reader, target))
    reader.end()
    if other is None or not clauses:
        raise reader.invalid()
    _merge(execution, target, other, on, clauses)


def _when(execution: Execution, reader: Reader, target: _Target) -> _When:
    matched = not reader.accept("NOT")
    reader.expect("MATCHED")
    condition = _condition(execution, reader.until("THEN")) if reader.accept("AND") else None
    reader.expect("THEN")
    if matched and reader.accept("DELETE"):
        return _When(True, condition, "delete", {}, (), ())
    if matched and reader.accept("UPDATE"):
        reader.expect("SET")
        return _When(True, condition, "update", _assignments(execution, reader, target, "WHEN"), (), ())
    if not matched and reader.accept("INSERT"):
        columns = reader.listed(reader.name) if reader.sees("(") else [c.name for c in target.table.all_columns]
        reader.expect("VALUES")
        values = execution.queries.parsed("SELECT " + reader.skip_brackets().strip()).expressions
        if len(values) != len(columns):
            raise reader.semantic(f"MERGE inserts {len(values)} values into {len(columns)} columns")
        return _When(False, condition, "insert", {}, columns, values)
    raise reader.invalid()


def _merge(execution: Execution, target: _Target, other: From, on: exp.Expr, clauses: Sequence[_When]) -> None:
    both = execution.queries.expressions(Scope((target.source, *other.sources)))
    condition = both.condition(on)
    joined = f"{target.sql} JOIN {other.sql} ON {condition}"
    missing = f"{other.sql} WHERE NOT EXISTS (SELECT 1 FROM {target.sql} WHERE {condition})"
    alone = execution.queries.expressions(Scope(other.sources))
    inserts, deletes, updates = [], [], []
    taken = {True: "", False: ""}
    for clause in clauses:
        expressions = both if clause.matched else alone
        test = "true" if clause.condition is None else expressions.condition(clause.condition)
        # The first clause whose condition holds is the one that applies.
        holds = f"({test}){taken[clause.matched]}"
        taken[clause.matched] += f" AND NOT coalesce({test}, false)"
        if clause.action == "insert":
            values = expressions.values(clause.values)
            shown = ", ".join(f"{v.sql} AS {name(c)}" for c, v in zip(clause.columns, values, strict=True))
            fields = tuple(Field(c, v.type) for c, v in zip(clause.columns, values, strict=True))
            inserts.append(execution.keep(Query(f"SELECT {shown} FROM {missing} AND {holds}", fields)))
        elif clause.action == "delete":
            rows = execution.keep(
                Query(
                    f"SELECT {name(target.alias)}.rid AS rid FROM {joined} WHERE {holds}", (Field("rid", types.BIGINT),)
                )
            )
            deletes.append(rows)
        else:
            changes = {c: expressions.value(v) for c, v in clause.changes.items()}
            updates.append((changes, _prepared(execution, target, changes, f"{joined} WHERE {holds}")))
    # What each clause does is known before anything changes.
    for changes, staged in updates:
        _update(execution, target, changes, staged)
    for rows in deletes:
        _delete(execution, target, rows.sql)
    known: dict[str, Column] = {c.name: c for c in target.table.all_columns}
    for query in inserts:
        write(execution, target.table, query, [known[f.name] for f in query.fields], {}, False)
    _touch(execution, target.table)
