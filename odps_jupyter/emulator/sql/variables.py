"""Script variables of one value: ``@a BIGINT := 5;``, or ``@a BIGINT;`` and ``@a := 5;`` after it.

The value is computed once, where it is set; from there on the name stands for it as a constant. Source: MaxCompute's
documentation, "SQL in script mode".
"""

from __future__ import annotations

import re

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.types import INTEGERS, TEXTS, Type

from . import conversions
from .dialect import parse
from .errors import semantic, unsupported
from .execution import Execution
from .scope import Field, Query
from .statements.reader import Reader
from .typed import Typed
from .typed import name as quoted

_DECLARED = re.compile(
    r"\s*`@(?P<name>\w+)`\s+(?P<type>[a-z]\w*(?:\s*[(<].*?[)>]+)?)\s*(?::=(?P<value>.*))?", re.IGNORECASE | re.DOTALL
)
_TABLE = re.compile(r"\s*`@\w+`\s+table\s*\(", re.IGNORECASE)
_QUERY = re.compile(r"\s*(select|with|from|values)\b", re.IGNORECASE)
_HELD = (*INTEGERS, *TEXTS, "float", "double", "decimal", "boolean", "date", "datetime", "timestamp", "timestamp_ntz")


def declare(execution: Execution, text: str) -> None:
    """Run ``@a TYPE [:= value]``.

    Raises:
        OdpsError: the type is unknown or holds several values; the value is not of it.
    """
    if _TABLE.match(text):
        _declare_table(execution, Reader(text, execution.context.decimals))
        return
    found = _DECLARED.fullmatch(text)
    if found is None:
        raise semantic(f"a variable is written @name TYPE := value, not {text.strip().replace('`', '')[:60]!r}")
    try:
        kind = types.parse(found["type"])
    except ValueError as error:
        raise semantic(str(error)) from error
    if kind.name not in _HELD:
        raise unsupported(f"a script variable of type {kind}")
    name = f"@{found['name'].lower()}"
    execution.context.declared[name] = kind
    before = text[: found.start("value")] if found["value"] is not None else ""
    value = re.sub(r"[^\n]", " ", before) + found["value"] if found["value"] is not None else "NULL"
    assign(execution, name, value)


def _declare_table(execution: Execution, reader: Reader) -> None:
    """``@t TABLE(a bigint, ...)``: the names and types of the query that it will be given."""
    named = reader.name()
    reader.expect("TABLE")
    execution.context.tables[named] = tuple(reader.listed(lambda: Field(reader.name(), reader.type())))
    reader.end()


def shaped(execution: Execution, named: str, query: Query) -> Query:
    """A query as the variable was declared that it is given to.

    Raises:
        OdpsError: it has other columns.
    """
    wanted = execution.context.tables.get(named)
    if wanted is None:
        return query
    if len(wanted) != len(query.fields):
        raise semantic(f"variable {named} has {len(wanted)} columns, the query {len(query.fields)}")
    columns = []
    for position, (given, field) in enumerate(zip(query.fields, wanted, strict=True)):
        if not conversions.can_convert(given.type, field.type):
            raise semantic(f"cannot put {given.type} into column {field.name} of type {field.type}")
        value = conversions.convert(Typed(f"c{position}", given.type), field.type)
        columns.append(f"{value.sql} AS {quoted(field.name)}")
    return Query(f"SELECT {', '.join(columns)} FROM ({query.sql}) AS {query.positional('q')}", wanted)


def assign(execution: Execution, name: str, text: str) -> None:
    """Give a variable another value; ``text`` is an expression, or a query of one column and at most one row.

    Raises:
        OdpsError: the variable was declared without a type, or the value is not of it.
    """
    kind = execution.context.declared.get(name)
    if kind is None:
        raise unsupported(f"script variable {name}, which is no query and has no type (write {name} TYPE := value),")
    execution.context.scalars[name] = _computed(execution, text, kind, f"variable {name}")


def holds(execution: Execution, text: str) -> bool:
    """Whether the condition of an IF is true; NULL is not.

    Raises:
        OdpsError: it is no condition.
    """
    return bool(_computed(execution, text, types.BOOLEAN, "the condition of IF").args.get("this") is True)


def _computed(execution: Execution, text: str, kind: Type, target: str) -> exp.Expr:
    lead = len(text) - len(text.lstrip())
    inner = f"({text})" if _QUERY.match(text) else text
    selected = f"{text[: lead - 7]}SELECT {text[lead:]}" if inner is text and lead > 7 else f"SELECT {inner}"
    query = execution.queries.text(selected)
    if len(query.fields) != 1:
        raise semantic(f"{target} holds one value, this is {len(query.fields)}")
    given = query.fields[0].type
    if not conversions.can_convert(given, kind):
        raise semantic(f"cannot put {given} into {target} of type {kind}")
    value = conversions.convert(Typed("c0", given), kind)
    rows = execution.fetch(f"SELECT {_shown(value)} FROM ({query.sql}) AS {query.positional('q')}")
    return _constant(rows[0][0] if rows else None, kind)


def _shown(value: Typed) -> str:
    if value.type.name == "datetime":
        return f"strftime({value.sql}, '%Y-%m-%d %H:%M:%S.%g')"
    if value.type.name == "boolean":
        return f"CAST({value.sql} AS VARCHAR)"
    return conversions.convert(value, types.STRING).sql


def _constant(shown: object, kind: Type) -> exp.Expr:
    if shown is None:
        return _cast(exp.Null(), kind)
    text = str(shown)
    if kind.name == "boolean":
        return exp.Boolean(this=text == "true")
    if kind.name == "string":
        return exp.Literal.string(text)
    if kind.name in INTEGERS and abs(int(text)) < 2**63:
        number = exp.Literal.number(text.lstrip("-"))
        return _cast(exp.Neg(this=number) if text.startswith("-") else number, kind)
    return _cast(exp.Literal.string(text), kind)


def _cast(value: exp.Expr, kind: Type) -> exp.Expr:
    cast: exp.Expr = parse(f"SELECT CAST(0 AS {kind})").expressions[0]
    cast.set("this", value)
    return cast
