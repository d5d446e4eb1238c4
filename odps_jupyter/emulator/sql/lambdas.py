"""Arguments written ``x -> ...``: their parameters get types from the other arguments, the body is translated then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.types import Type

from . import conversions
from .errors import semantic
from .functions.model import Function, bind, fill
from .typed import Lambda, Typed

if TYPE_CHECKING:
    from .expressions import Expressions


def is_lambda(node: exp.Expr) -> bool:
    """Whether an argument is written ``x -> ...``."""
    return isinstance(node, exp.Lambda)


def arguments(expressions: Expressions, row: Function, nodes: Sequence[exp.Expr]) -> list[Typed] | None:
    """The arguments of a call of a signature that takes functions; ``None`` if they do not fit it.

    Raises:
        OdpsError: the body of a function means nothing.
    """
    parameters = row.parameters
    if len(parameters) != len(nodes):
        return None
    bound: dict[str, Type] = {}
    values: dict[int, Typed] = {}
    for place, (pattern, node) in enumerate(zip(parameters, nodes, strict=True)):
        if (pattern.name == "lambda") != is_lambda(node):
            return None
        if pattern.name != "lambda":
            values[place] = expressions.value(node)
            if not bind(pattern, values[place].type, bound):
                return None
    for place, (pattern, node) in enumerate(zip(parameters, nodes, strict=True)):
        if pattern.name == "lambda":
            made = _function(expressions, pattern, node, bound)
            if made is None:
                return None
            values[place] = made
    return [values[place] for place in range(len(nodes))]


def _function(expressions: Expressions, pattern: Type, node: exp.Expr, bound: dict[str, Type]) -> Lambda | None:
    names = [p.name.lower() for p in node.expressions]
    *takes, gives = pattern.items
    if len(names) != len(takes):
        raise semantic(f"this function takes {len(takes)} arguments, {len(names)} are written", node)
    depth = len(expressions.scope.locals)
    variables = [f"l{depth + i}$" for i in range(len(names))]

    def result(texts: Sequence[str]) -> Typed:
        given = [Typed(t, fill(k, bound)) for t, k in zip(texts, takes, strict=True)]
        inner = {**expressions.scope.locals, **dict(zip(names, given, strict=True))}
        return expressions.inside(replace(expressions.scope, locals=inner)).value(node.this)

    made = result(variables)
    before = dict(bound)
    if not bind(gives, made.type, bound):
        return None
    if {k: bound[k] for k in before} != before:
        # What it answers is wider than what it takes (a sum that starts with 0 and adds doubles): look again.
        made = result(variables)
        if not bind(gives, made.type, bound):
            return None
    wanted = fill(gives, bound)
    if not conversions.can_convert(made.type, wanted):
        return None
    kind = Type("lambda", items=(*(fill(k, bound) for k in takes), wanted))

    def body(texts: Sequence[str]) -> str:
        value = conversions.convert(result(texts), wanted)
        # A bare literal has DuckDB's own type, which the other branches of the body may not share.
        return f"CAST({value.sql} AS {types.to_duckdb(wanted)})" if value.is_constant else value.sql

    return Lambda(f"lambda {', '.join(variables)}: {body(variables)}", kind, variables=variables, body=body)
