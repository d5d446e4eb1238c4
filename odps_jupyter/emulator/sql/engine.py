"""The entry point: a script's statements, one after the other, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
from sqlglot import exp

from . import ddl
from .context import Context
from .definitions import CreateFunction, DropFunction, Functions, SqlFunction, read
from .dialect import parse
from .errors import semantic, unsupported
from .execution import Execution
from .insert import insert
from .lexer import Setting, Statement, split
from .macrofunctions import SqlFunctions
from .protocols import Catalog, Progress, UdfRunner
from .result import ScriptResult

DEFAULT_SPLITS = 2


def run_script(
    text: str,
    *,
    connection: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    udfs: UdfRunner,
    settings: Mapping[str, str],
    on_progress: Progress | None = None,
    zone: str = "UTC",
    splits: int = DEFAULT_SPLITS,
    functions: Functions | None = None,
) -> ScriptResult:
    """Run MaxCompute SQL.

    Args:
        text: one statement or several, divided by ``;``; ``@x := [CACHE ON] select ...`` names a query.
        connection: the job's own DuckDB connection, with no transaction open.
        catalog: tables and functions, working on the same connection.
        udfs: runs Python functions.
        settings: hints of the job; ``set k=v;`` in the script adds to them.
        on_progress: told after every statement.
        zone: time zone of stored datetime values, and of the job unless its settings name another.
        splits: how many streams a table function's input is dealt to.
        functions: what CREATE FUNCTION and DROP FUNCTION change; ``None`` refuses them.

    Raises:
        OdpsError: with MaxCompute's code; nothing of the script has happened then.
    """
    parts = list(split(text))
    context = Context(catalog, {str(k): str(v) for k, v in settings.items()}, zone, splits)
    for part in parts:
        if isinstance(part, Setting):
            context.settings = {**context.settings, part.key: part.value}
    statements = [p for p in parts if isinstance(p, Statement)]
    execution = Execution(connection, context, udfs)
    result = ScriptResult()
    macros = SqlFunctions(functions.sql if functions is not None else dict)
    connection.begin()
    try:
        for number, statement in enumerate(statements):
            about = read(statement.text)
            if about is None:
                result = _run(execution, statement, result, macros)
            else:
                _define(about, functions, macros)
            if on_progress is not None:
                on_progress(number + 1, len(statements))
        execution.close()
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return result


def _define(statement: CreateFunction | DropFunction, functions: Functions | None, macros: SqlFunctions) -> None:
    if isinstance(statement, CreateFunction) and isinstance(statement.function, SqlFunction):
        macros.define(statement.function)
        if statement.temporary:
            return
    if functions is None:
        raise unsupported("a statement about functions")
    if isinstance(statement, CreateFunction):
        functions.create(statement)
    else:
        functions.drop(statement)


def _run(execution: Execution, statement: Statement, result: ScriptResult, macros: SqlFunctions) -> ScriptResult:
    tree = macros.expand(parse(statement.text))
    if statement.variable is not None:
        if not isinstance(tree, exp.Query):
            raise semantic("a script variable names a query", tree)
        query = execution.queries.query(tree).settled()
        # An uncached variable read twice would run its Python functions twice: both kinds are kept.
        execution.context.variables[f"@{statement.variable}"] = execution.keep(query)
        return result
    if isinstance(tree, exp.Query | exp.Values):
        query = execution.queries.query(tree).settled().arranged()
        rows = execution.select(query)
        return ScriptResult(tuple((f.name, str(f.type)) for f in query.fields), rows)
    if isinstance(tree, exp.Insert):
        insert(execution, tree)
    elif isinstance(tree, exp.Create):
        ddl.create(execution, tree, statement.text)
    elif isinstance(tree, exp.Drop):
        ddl.drop(execution, tree)
    elif isinstance(tree, exp.Alter):
        ddl.alter(execution, tree)
    elif isinstance(tree, exp.TruncateTable):
        ddl.truncate(execution, tree)
    else:
        words = statement.text.split()
        raise unsupported(f"the statement {' '.join(words[:3])}", tree)
    return result
