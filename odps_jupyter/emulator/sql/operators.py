"""Operators: arithmetic, comparison, logic. Source: MaxCompute's documentation, "Operators"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.types import INTEGERS, NUMBERS, TEXTS, Type

from . import conversions
from .decimals import PLACES
from .errors import semantic, unsupported
from .typed import Typed, once

ARITHMETIC: dict[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.IntDiv: "div",
}
COMPARISON: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
BITWISE: dict[type[exp.Expr], str] = {exp.BitwiseAnd: "&", exp.BitwiseOr: "|", exp.BitwiseXor: "xor"}


def arithmetic(symbol: str, left: Typed, right: Typed, node: exp.Expr, *, extended: bool = False) -> Typed:
    """A value of the wider type; ``/`` is DOUBLE unless a decimal takes part; by zero it is NULL.

    What a DECIMAL and a DOUBLE make together, the manual says of comparisons only: DECIMAL.

    Args:
        symbol: ``+``, ``-``, ``*``, ``/``, ``%`` or ``div``.
        left, right, node: the operands, and the whole for errors.
        extended: whether decimals have up to 38 places behind the point.

    Raises:
        OdpsError: ``ODPS-0130071``, the operator takes no such operands.
    """
    left, right = _number(left, right), _number(right, left)
    for value in (left, right):
        if value.type.name not in NUMBERS:
            raise semantic(f"operator {symbol} cannot be applied to {left.type} and {right.type}", node)
    kind = conversions.wider(left.type, right.type)
    if symbol == "div" and kind.name not in INTEGERS:
        raise semantic(f"operator DIV cannot be applied to {left.type} and {right.type}", node)
    if kind.name == "decimal":
        return _decimal(symbol, left, right, node, extended)
    if kind.name == "float":
        kind = types.DOUBLE
    if symbol == "/":
        kind = types.DOUBLE
    elif kind.name in INTEGERS and types.BIGINT in (left.type, right.type):
        kind = types.BIGINT
    a, b = conversions.convert(left, kind).sql, conversions.convert(right, kind).sql
    if symbol in "/%":
        return Typed(f"({a} {symbol} nullif({b}, 0))", kind)
    if symbol == "div":
        return Typed(f"({a} // nullif({b}, 0))", kind)
    if kind.name in INTEGERS:
        return Typed(f"CAST(({a} {symbol} {b}) AS {types.to_duckdb(kind)})", kind)
    return Typed(f"({a} {symbol} {b})", kind)


def _number(value: Typed, other: Typed) -> Typed:
    """Text takes part in arithmetic as DOUBLE, a bare NULL as what is beside it."""
    if value.type.name == "void" and other.type.name in NUMBERS:
        return conversions.convert(value, other.type)
    if value.type.name in (*TEXTS, "void"):
        return conversions.convert(value, types.DOUBLE)
    return conversions.beside(value, other.type)


def _decimal(symbol: str, left: Typed, right: Typed, node: exp.Expr, extended: bool) -> Typed:
    """Exact, with as many digits as the result of any two such values has; cut off behind 18 places.

    The precision and scale of results are those of Hive, whose types these are: the manual says only that 38 digits and
    18 places are the most. A quotient has 18 places; of more, nothing is said, and it is refused.
    """
    (p, s), (q, t) = (conversions.as_decimal(v.type).sizes for v in (left, right))
    a, b = (conversions.convert(v, conversions.as_decimal(v.type)).sql for v in (left, right))
    extended = extended or max(s, t) > PLACES
    if extended and (symbol == "/" or (symbol == "*" and s + t > 38)):
        raise unsupported(f"operator {symbol} of decimals of {s} and {t} places under an extended scale", node)
    if symbol == "/":
        return Typed(f"mc_decimal_divide({a}, {b})", types.DECIMAL)
    if symbol == "%":
        # DuckDB makes DOUBLE of two types whose digits before and behind the point are more than 38 together.
        kind = conversions.wider(left.type, right.type)
        a, b = (conversions.convert(v, kind).sql for v in (left, right))
        return _cast(f"{a} % nullif({b}, 0)", kind)
    if symbol == "*" and s + t > PLACES and not extended:
        a, b = (conversions.convert(v, types.DECIMAL).sql for v in (left, right))
        return Typed(f"mc_decimal_multiply({a}, {b})", types.DECIMAL)
    if symbol == "*":
        return _cast(f"{a} * {b}", Type("decimal", (min(38, p + q + 1), s + t)))
    return _cast(f"{a} {symbol} {b}", Type("decimal", (min(38, max(p - s, q - t) + max(s, t) + 1), max(s, t))))


def _cast(text: str, kind: Type) -> Typed:
    return Typed(f"CAST(({text}) AS {types.to_duckdb(kind)})", kind)


def compare(symbol: str, left: Typed, right: Typed, node: exp.Expr) -> Typed:
    """A boolean; the operands are brought to one type first."""
    left, right = conversions.beside(left, right.type), conversions.beside(right, left.type)
    kind = conversions.comparable(left.type, right.type)
    if kind is None:
        raise semantic(f"operator {symbol} cannot be applied to {left.type} and {right.type}", node)
    names = {left.type.name, right.type.name}
    if "decimal" in names and names & {"float", "double"}:
        return _compare_far(symbol, left, right, kind)
    a, b = conversions.convert(left, kind).sql, conversions.convert(right, kind).sql
    return Typed(f"({a} {symbol} {b})", types.BOOLEAN)


def _compare_far(symbol: str, left: Typed, right: Typed, kind: Type) -> Typed:
    """A DECIMAL with a DOUBLE: as DECIMAL, but as DOUBLE where that one is beyond every DECIMAL of the type."""
    place = 1 if left.type.name == "decimal" else 0
    limit = f"1e{kind.sizes[0] - kind.sizes[1]}"

    def build(texts: Sequence[str]) -> str:
        given = [replace(v, sql=t) for v, t in zip((left, right), texts, strict=True)]
        near, far = ([conversions.convert(v, k).sql for v in given] for k in (kind, types.DOUBLE))
        return (
            f"CASE WHEN abs({texts[place]}) < {limit} THEN {near[0]} {symbol} {near[1]}"
            f" ELSE {far[0]} {symbol} {far[1]} END"
        )

    return Typed(f"({once([left.sql, right.sql], build)})", types.BOOLEAN)


def bitwise(symbol: str, left: Typed, right: Typed, node: exp.Expr, *, hive: bool = False) -> Typed:
    """A BIGINT; where Hive's meaning holds, of the wider type of the two."""
    if not all(v.type.name in (*INTEGERS, "void") for v in (left, right)):
        raise semantic(f"operator {symbol} cannot be applied to {left.type} and {right.type}", node)
    kind = conversions.common([left.type, right.type]) if hive else types.BIGINT
    kind = types.BIGINT if kind is None or kind.name == "void" else kind
    a, b = (conversions.convert(v, kind).sql for v in (left, right))
    return Typed(f"xor({a}, {b})" if symbol == "xor" else f"({a} {symbol} {b})", kind)


def condition(value: Typed, node: exp.Expr) -> str:
    """DuckDB text of a value that must be BOOLEAN."""
    if value.type.name not in ("boolean", "void"):
        raise semantic(f"a condition must be BOOLEAN, this is {value.type}", node)
    return value.sql
