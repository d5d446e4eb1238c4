"""The entry point: a script's statements, one after the other, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import duckdb

from odps_jupyter.emulator.errors import OdpsError

from . import variables
from .context import Context
from .definitions import CreateFunction, DropFunction, Functions, SqlFunction, read
from .errors import unsupported
from .execution import Execution
from .lexer import Setting, Statement, split
from .macrofunctions import SqlFunctions
from .protocols import Catalog, Progress, UdfRunner
from .result import ScriptResult, told_apart
from .statements import alter, changes, create, drop, insert, show, upkeep
from .statements.reader import Reader

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
    spill: str | None = None,
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
        spill: the folder for rows that do not fit into memory; DuckDB's own unless told.

    Raises:
        OdpsError: with MaxCompute's code; nothing of the script has happened then.
    """
    parts = list(split(text))
    context = Context(catalog, {str(k): str(v) for k, v in settings.items()}, zone, splits)
    for part in parts:
        if isinstance(part, Setting):
            context.settings = {**context.settings, part.key: part.value}
    _check_zone(connection, context)
    context.check()
    statements = [p for p in parts if isinstance(p, Statement)]
    execution = Execution(connection, context, udfs, spill)
    result = ScriptResult()
    macros = SqlFunctions(functions.sql if functions is not None else dict)
    context.expand = macros.expand
    held: dict[int, bool] = {}
    connection.begin()
    try:
        for number, statement in enumerate(statements):
            if any(held.get(condition) is not wanted for condition, wanted in statement.under):
                pass  # of a branch that is not taken
            elif statement.condition is not None:
                held[statement.condition] = variables.holds(execution, statement.text)
            elif (about := read(statement.text)) is not None:
                _define(about, functions, macros)
            else:
                result = _run(execution, statement, result)
            if on_progress is not None:
                on_progress(number + 1, len(statements))
        execution.close()
        connection.commit()
    except RecursionError as error:
        connection.rollback()
        raise OdpsError("ODPS-0130071", "Semantic analysis exception - the statement is nested too deep") from error
    except BaseException:
        connection.rollback()
        raise
    return result


#: Time zones that DuckDB knows, those that were asked for: which there are belongs to its build.
_ZONES: set[str] = set()


def _check_zone(connection: duckdb.DuckDBPyConnection, context: Context) -> None:
    """Refuse a time zone that is none before anything runs, even where nothing would ask for it."""
    if context.zone in _ZONES:
        return
    try:
        connection.execute("SELECT timezone(?, TIMESTAMP '2000-01-01')", [context.zone]).fetchall()
    except duckdb.Error as error:
        raise OdpsError("ODPS-0121095", f"Invalid arguments - {context.zone!r} is no time zone") from error
    _ZONES.add(context.zone)


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


def _run(execution: Execution, statement: Statement, result: ScriptResult) -> ScriptResult:
    if statement.variable is not None:
        named = f"@{statement.variable}"
        if named in execution.context.declared or Reader(statement.text).token.upper not in QUERIES:
            variables.assign(execution, named, statement.text)
            return result
        # An uncached variable read twice would run its Python functions twice: both kinds are kept.
        query = variables.shaped(execution, named, execution.queries.text(statement.text).settled())
        execution.context.variables[named] = execution.keep(query)
        return result
    reader = Reader(statement.text, execution.context.decimals)
    word = reader.token.upper
    if word.startswith("`@"):
        variables.declare(execution, statement.text)
        return result
    if word in ACTIONS:
        reader.accept(word)
        ACTIONS[word](execution, reader)
        return result
    if word in TEXTS:
        reader.accept(word)
        return ScriptResult(message=TEXTS[word](execution, reader))
    if word == "FROM" and insert.several(execution, reader):
        return result
    if word == "WITH" and insert.with_common(execution, reader):
        return result
    if word in REFUSED:
        raise Reader(statement.text).unsupported(f"the statement {' '.join(statement.text.split()[:3])}")
    if word not in QUERIES:
        raise Reader(statement.text).invalid()
    query = execution.queries.text(statement.text).settled().arranged()
    rows = execution.select(query)
    names = told_apart([f.name for f in query.fields])
    return ScriptResult(tuple((name, str(f.type)) for name, f in zip(names, query.fields, strict=True)), rows)


#: What a query can begin with.
QUERIES = ("SELECT", "WITH", "FROM", "VALUES", "(")

#: Statements that change something, by their first word.
ACTIONS: dict[str, Callable[[Execution, Reader], None]] = {
    "INSERT": insert.insert,
    "CREATE": create.create,
    "DROP": drop.drop,
    "TRUNCATE": drop.truncate,
    "ALTER": alter.alter,
    "UPDATE": changes.update,
    "DELETE": changes.delete,
    "MERGE": changes.merge,
    "ANALYZE": upkeep.analyze,
    "MSCK": upkeep.check,
    "USE": upkeep.use,
    "CLONE": upkeep.clone,
}

#: Statements that answer with text, by their first word.
TEXTS: dict[str, Callable[[Execution, Reader], str]] = {
    "SHOW": show.show,
    "DESC": show.describe,
    "DESCRIBE": show.describe,
    "EXPLAIN": show.explain,
}

#: Statements of MaxCompute that are not here; any other first word is no statement.
REFUSED = (
    "ADD", "BEGIN", "COPY", "DECLARE", "EXPORT", "FREEZE", "GRANT", "IMPORT", "INSTALL", "KILL", "LIST", "LOAD",
    "LOOP", "PURGE", "READ", "REFRESH", "REPLACE", "RESTORE", "REVOKE", "SET", "SETPROJECT", "STATUS", "TUNNEL",
    "UNDO", "UNLOAD", "UPSERT", "WAIT", "WHOAMI",
)  # fmt: skip
