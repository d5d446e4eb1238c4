"""INSERT INTO and INSERT OVERWRITE, one or several from the same FROM."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.sql.insert import write
from odps_jupyter.emulator.tables.models import Column, Table

from . import partition
from .naming import named
from .reader import Reader, blank


def insert(execution: Execution, reader: Reader, source: str | None = None, common: str = "") -> None:
    """INSERT {INTO | OVERWRITE} [TABLE] t [PARTITION (...)] [(columns)] query.

    Args:
        execution: the script that runs.
        reader: behind the word INSERT.
        source: the text of a FROM clause that stands before several INSERTs, and belongs to each.
        common: the text of a WITH clause before the INSERT.

    Raises:
        OdpsError: the query does not fit the table, or fails; nothing is changed then.
    """
    overwrite = reader.accept("OVERWRITE")
    if not overwrite:
        reader.expect("INTO")
    reader.accept("TABLE")
    place = reader.place
    table = named(execution, reader)
    if table.view_text is not None:
        raise reader.semantic(f"{table.qualified} is a view", place)
    reader.if_not_exists()
    static: dict[str, str] = {}
    dynamic: list[str] = []
    listed = None
    partitioned = reader.accept("PARTITION")
    if partitioned:
        static, dynamic = partition.clause(reader, table)
    if reader.sees("(") and not _opens_query(reader):
        listed = reader.listed(reader.name)
    if not partitioned and reader.accept("PARTITION"):
        static, dynamic = partition.clause(reader, table)
    made = [p.name for p in table.partitions if p.source is not None]
    missing = [p.name for p in table.partitions if p.name not in (*static, *dynamic, *made)]
    if missing and (static or dynamic or overwrite):
        raise reader.semantic(f"{table.qualified} is partitioned: name {', '.join(missing)} in PARTITION (...)", place)
    if missing:
        # INSERT INTO t SELECT ...: the last columns are the partition columns.
        dynamic = [n for n in missing if listed is None or n not in listed]
        if listed is not None and dynamic:
            raise reader.semantic(f"{table.qualified} is partitioned: name {', '.join(dynamic)}", place)
    tree = _query(execution, reader.until("INSERT") if source is not None else reader.rest(), source, common)
    columns = _columns(reader, table, listed, dynamic, place)
    query = execution.queries.query(_with_defaults(tree, columns)).arranged()
    write(execution, table, query, columns, static, overwrite, tree)


def _opens_query(reader: Reader) -> bool:
    return any(reader.sees("(", word) for word in ("SELECT", "WITH", "FROM", "VALUES", "("))


def _query(execution: Execution, text: str, source: str | None, common: str) -> exp.Expr:
    tree = execution.queries.parsed(common + text[len(common) :] if common else text)
    if source is not None:
        given = execution.queries.parsed(source)
        if isinstance(tree, exp.Select):
            for clause in ("from_", "joins", "laterals", "sample"):
                if given.args.get(clause):
                    tree.set(clause, given.args[clause])
    return tree


def _with_defaults(tree: exp.Expr, columns: Sequence[Column]) -> exp.Expr:
    """VALUES with what the columns have by default in place of the word DEFAULT: NULL where nothing was said."""
    for row in tree.expressions if isinstance(tree, exp.Values) else ():
        for value, column in zip(row.expressions, columns, strict=False):
            if isinstance(value, exp.Var) and value.name.upper() == "DEFAULT":
                value.replace(_default(column))
    return tree


def _default(column: Column) -> exp.Expr:
    if column.default is None:
        return exp.Null()
    # As text, "false" would be true.
    truth = column.type == "boolean"
    return exp.Boolean(this=column.default.lower() == "true") if truth else exp.Literal.string(column.default)


def _columns(
    reader: Reader, table: Table, listed: Sequence[str] | None, dynamic: Sequence[str], place: str
) -> list[Column]:
    """The columns that the query's columns go to, in their order."""
    known = {c.name: c for c in table.all_columns}
    if listed is None:
        return [*table.columns, *(known[d] for d in dynamic)]
    missing = [c for c in listed if c not in known]
    if missing:
        raise reader.semantic(f"column {missing[0]} of {table.qualified} cannot be resolved", place)
    return [known[c] for c in [*listed, *(d for d in dynamic if d not in listed)]]


def several(execution: Execution, reader: Reader) -> bool:
    """``FROM source INSERT ... SELECT ... [INSERT ...]``; False where no INSERT follows the FROM clause.

    The reader stands at the word FROM.
    """
    start = reader.token.start
    source = reader.until("INSERT", "SELECT")
    if not reader.sees("INSERT"):
        return False
    selected = "SELECT 1 " + source[start:]
    while reader.accept("INSERT"):
        insert(execution, reader, selected)
    reader.end()
    return True


def with_common(execution: Execution, reader: Reader) -> bool:
    """``WITH a AS (...) INSERT ...``; False where the statement is a query."""
    start = reader.token.start
    text = reader.until("INSERT", "SELECT", "FROM")
    if not reader.sees("INSERT"):
        return False
    reader.accept("INSERT")
    insert(execution, reader, None, blank(text[:start]) + text[start:])
    return True
