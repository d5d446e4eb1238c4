"""Calls: functions of the table, registered Python functions, and the few typed by how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import COVERAGE
from odps_jupyter.executor.signature import Signature

from . import conversions
from .errors import semantic, unsupported
from .functions import REFUSED, SPECIAL, TABLE, Function, choose, render
from .lambdas import arguments as lambda_arguments
from .lambdas import is_lambda
from .typed import Typed

if TYPE_CHECKING:
    from .context import Context
    from .expressions import Expressions

#: Functions whose BIGINT is an INT in Hive (the manual, "Hive-compatible data type edition").
_INTS = ("LENGTH", "LENGTHB", "FIND_IN_SET", "INSTR", "SIGN")


def call(
    expressions: Expressions,
    name: str,
    nodes: Sequence[exp.Expr],
    node: exp.Expr,
    over: str | None = None,
    order: str = "",
) -> Typed:
    """Translate a call.

    Args:
        expressions: where names mean something.
        name, nodes, node: the function, its arguments as written, the whole call.
        over: text of its FILTER and OVER clauses, if it has any.
        order: text of the ORDER BY of its WITHIN GROUP.

    Raises:
        OdpsError: no function has the name, or none takes such arguments.
    """
    distinct = ""
    if len(nodes) == 1 and isinstance(nodes[0], exp.Distinct):
        distinct, nodes = "DISTINCT ", nodes[0].expressions
    upper = name.upper()
    if upper == "COUNT" and len(nodes) == 1 and isinstance(nodes[0], exp.Star):
        nodes = [exp.Literal.number(1)]
    signature = expressions.context.catalog.function(name)
    if signature is not None:
        return _python(expressions, name, signature, nodes, node, distinct, over)
    special = SPECIAL.get(upper)
    made = special.translate(expressions, nodes, node) if special is not None and over is None else None
    if made is not None:
        return made
    rows = TABLE.get(upper)
    if rows is None and upper in REFUSED:
        raise unsupported(f"function {upper} ({REFUSED[upper]})", node)
    if rows is None:
        raise semantic(f"function {name} cannot be resolved; {COVERAGE} lists the built-in ones", node)
    if over is None and all(r.kind == "window" for r in rows):
        raise semantic(f"window function {upper} needs an OVER clause", node)
    if over is not None and all(r.kind == "scalar" for r in rows):
        raise semantic(f"function {upper} cannot be used with OVER or FILTER", node)
    if order and not any("{order}" in str(r.to) for r in rows):
        raise unsupported(f"WITHIN GROUP of {upper}", node)
    meant = [r for r in rows if r.hive in (None, expressions.context.is_hive)]
    if any(is_lambda(n) for n in nodes):
        return _higher(expressions, meant, nodes, node)
    return _builtin(meant, expressions.values(nodes), node, distinct, over, order, expressions.context)


def _higher(expressions: Expressions, rows: Sequence[Function], nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    """A call with functions among its arguments."""
    for row in rows:
        values = lambda_arguments(expressions, row, nodes)
        if values is not None:
            return _builtin([row], values, node, "", None, "", expressions.context)
    known = "; ".join(f"{r.name}({r.signature})" for r in rows)
    raise semantic(f"function {rows[0].name} cannot match any overloaded functions, it has {known}", node)


def _builtin(
    rows: Sequence[Function],
    values: Sequence[Typed],
    node: exp.Expr,
    distinct: str,
    over: str | None,
    order: str,
    context: Context,
) -> Typed:
    found = choose(rows, values, strict=context.is_strict)
    if found is None:
        given = ", ".join(str(v.type) for v in values)
        known = "; ".join(f"{r.name}({r.signature})" for r in rows)
        raise semantic(
            f"function {rows[0].name} cannot match any overloaded functions with ({given}), it has {known}", node
        )
    row, arguments, result = found
    if row.variadic and not arguments and row.name != "ARRAY":
        raise semantic(f"function {row.name} needs at least one argument", node)
    if distinct and row.kind == "aggregate" and not callable(row.to) and "{distinct}" not in row.to:
        raise semantic(f"function {row.name} does not take DISTINCT", node)
    text = render(row, arguments, distinct, f" {over}" if over else "", f" {order}" if order else "")
    if context.is_hive and row.name in _INTS and result.type == types.BIGINT:
        return Typed(f"CAST({text} AS INTEGER)", types.INT)
    if row.name == "ARRAY" and all(a.is_constant for a in arguments):
        return Typed(text, result.type, tuple(a.constant for a in arguments), True)
    return Typed(text, result.type)


def within_group(expressions: Expressions, node: exp.Expr, over: str | None = None) -> Typed:
    """Translate ``f(...) WITHIN GROUP (ORDER BY ...)``."""
    function = node.this
    if not isinstance(function, exp.Anonymous) or not isinstance(node.expression, exp.Order):
        raise unsupported(f"WITHIN GROUP after {type(function).__name__}", node)
    items = node.expression.expressions
    if str(function.this).upper() in ("PERCENTILE_CONT", "PERCENTILE_DISC"):
        if len(items) != 1 or items[0].args.get("desc"):
            raise unsupported(f"this ORDER BY within {function.this}", node)
        return call(expressions, str(function.this), [items[0].this, *function.expressions], function, over)
    order = "ORDER BY " + ", ".join(ordered(o, expressions.value(o.this).sql) for o in items)
    return call(expressions, str(function.this), function.expressions, function, over, order)


def ordered(node: exp.Expr, text: str) -> str:
    """An ORDER BY item: NULL is smaller than every value, unless NULLS FIRST or NULLS LAST is written."""
    descending = bool(node.args.get("desc"))
    first = node.args.get("nulls_first")
    first = not descending if first is None else first
    return f"{text} {'DESC' if descending else 'ASC'} NULLS {'FIRST' if first else 'LAST'}"


def python_arguments(values: Sequence[Typed], signature: Signature, name: str, node: exp.Expr) -> list[Typed]:
    """Bring arguments to the types that a Python function declares; ``*`` takes anything.

    Raises:
        OdpsError: their number or types do not fit.
    """
    declared = signature.arguments
    if "*" not in declared and len(declared) != len(values):
        raise semantic(f"function {name} takes {len(declared)} arguments, {len(values)} given", node)
    result = []
    for position, value in enumerate(values):
        wanted = declared[position] if position < len(declared) and "*" not in declared[: position + 1] else None
        given = value.type if value.type.name != "void" else types.STRING
        target = given if wanted is None else types.parse(wanted)
        if not conversions.can_convert(value.type, target):
            raise semantic(f"argument {position + 1} of {name} is {value.type}, the function takes {target}", node)
        result.append(conversions.convert(value, target))
    return result


def _python(
    expressions: Expressions,
    name: str,
    signature: Signature,
    nodes: Sequence[exp.Expr],
    node: exp.Expr,
    distinct: str,
    over: str | None,
) -> Typed:
    if signature.kind == "table":
        raise semantic(f"table function {name} must stand alone in SELECT or in LATERAL VIEW", node)
    arguments = python_arguments(expressions.values(nodes), signature, name, node)
    target = expressions.context.python_call(name, signature, [a.type for a in arguments])
    if signature.kind == "aggregate":
        packed = "struct_pack(" + ", ".join(f"a{i} := {_typed(a)}" for i, a in enumerate(arguments)) + ")"
        rows = f"list({distinct}{packed})" + (f" {over}" if over else "")
        return Typed(f"{target.duckdb_name}(coalesce({rows}, []))", target.returns)
    if over is not None or distinct:
        raise semantic(f"function {name} is no aggregate", node)
    return Typed(f"{target.duckdb_name}({', '.join(_typed(a) for a in arguments) or '1'})", target.returns)


def _typed(value: Typed) -> str:
    """Text whose DuckDB type is certain, where a bare literal's would be DuckDB's own guess."""
    return f"CAST({value.sql} AS {types.to_duckdb(value.type)})" if value.is_constant else value.sql
