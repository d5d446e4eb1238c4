"""Mathematical functions. Source: MaxCompute's documentation, "Mathematical functions"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from odps_jupyter.emulator.sql.typed import Typed

from .model import ArgumentError
from .model import Function as F

# Outside its domain MaxCompute answers NULL.
_POSITIVE = "CASE WHEN {0} > 0 THEN %s({0}) END"
_UNIT = "CASE WHEN abs({0}) <= 1 THEN %s({0}) END"


def _extreme(function: str) -> Callable[..., str]:
    """GREATEST and LEAST are NULL if an argument is; DuckDB leaves NULLs out."""

    def build(arguments: Sequence[Typed]) -> str:
        missing = " OR ".join(f"{a.sql} IS NULL" for a in arguments)
        return f"CASE WHEN {missing} THEN NULL ELSE {function}({', '.join(a.sql for a in arguments)}) END"

    return build


def _round_decimal(arguments: Sequence[Typed]) -> str:
    """DuckDB keeps a decimal exact only where the number of digits is written."""
    digits = arguments[1].constant
    if not isinstance(digits, int):
        raise ArgumentError("the number of digits of ROUND on a DECIMAL must be a constant")
    return f"CAST(round({arguments[0].sql}, {digits}) AS DECIMAL(38, 18))"


MATHS = (
    F("ABS", "N -> N", "abs({0})", "abs(-2)", 2),
    F("ACOS", "double -> double", _UNIT % "acos", "acos(1.0)", 0.0),
    F("ASIN", "double -> double", _UNIT % "asin", "asin(0.0)", 0.0),
    F("ATAN", "double -> double", "atan({0})", "atan(0.0)", 0.0),
    F("ATAN2", "double, double -> double", "atan2({0}, {1})", "atan2(0.0, 1.0)", 0.0),
    F("BIN", "bigint -> string", "bin({0})", "bin(5)", "101"),
    F("CBRT", "double -> double", "cbrt({0})", "cbrt(8.0)", 2.0),
    F("CEIL", "decimal -> decimal", "CAST(ceil({0}) AS DECIMAL(38, 18))", "ceil(1.2BD)", Decimal(2)),
    F("CEIL", "double -> bigint", "CAST(ceil({0}) AS BIGINT)", "ceil(1.2)", 2),
    F("CEILING", "double -> bigint", "CAST(ceil({0}) AS BIGINT)", "ceiling(1.2)", 2),
    F("COS", "double -> double", "cos({0})", "cos(0.0)", 1.0),
    F("COSH", "double -> double", "cosh({0})", "cosh(0.0)", 1.0),
    F("COT", "double -> double", "cot({0})", "round(cot(1.0), 4)", 0.6421),
    F("DEGREES", "double -> double", "degrees({0})", "degrees(0.0)", 0.0),
    F("E", "-> double", "CAST(exp(1) AS DOUBLE)", "round(e(), 4)", 2.7183),
    F("EXP", "double -> double", "exp({0})", "exp(0.0)", 1.0),
    F("FACTORIAL", "bigint -> bigint",
      "CASE WHEN {0} BETWEEN 0 AND 20 THEN CAST(factorial(CAST({0} AS INTEGER)) AS BIGINT) END",
      "factorial(5)", 120),
    F("FLOOR", "decimal -> decimal", "CAST(floor({0}) AS DECIMAL(38, 18))", "floor(1.8BD)", Decimal(1)),
    F("FLOOR", "double -> bigint", "CAST(floor({0}) AS BIGINT)", "floor(1.8)", 1),
    F("GREATEST", "T, T... -> T", _extreme("greatest"), "greatest(1, 3, 2)", 3),
    F("HEX", "bigint -> string", "hex({0})", "hex(255)", "FF"),
    F("HEX", "string -> string", "hex({0})", "hex('a')", "61"),
    F("ISNAN", "double -> boolean", "isnan({0})", "isnan(cast('nan' as double))", True),
    F("LEAST", "T, T... -> T", _extreme("least"), "least(3, 1, 2)", 1),
    F("LN", "double -> double", _POSITIVE % "ln", "ln(1.0)", 0.0),
    F("LOG", "double, double -> double",
      "CASE WHEN {0} > 0 AND {1} > 0 AND {0} <> 1 THEN ln({1}) / ln({0}) END", "log(2, 8)", 3.0),
    F("LOG10", "double -> double", _POSITIVE % "log10", "log10(100)", 2.0),
    F("LOG2", "double -> double", _POSITIVE % "log2", "log2(8)", 3.0),
    F("PI", "-> double", "pi()", "round(pi(), 4)", 3.1416),
    F("PMOD", "bigint, bigint -> bigint", "CASE WHEN {1} <> 0 THEN ((({0} % {1}) + {1}) % {1}) END", "pmod(-7, 3)", 2),
    F("POW", "double, double -> double", "pow({0}, {1})", "pow(2, 3)", 8.0),
    F("POWER", "double, double -> double", "pow({0}, {1})", "power(2, 3)", 8.0),
    F("RADIANS", "double -> double", "radians({0})", "radians(0.0)", 0.0),
    F("RAND", "-> double", "random()", "rand() < 1", True),
    F("RAND", "bigint -> double", "random()", "rand(7) < 1", True, "own"),
    F("ROUND", "decimal -> decimal", "CAST(round({0}) AS DECIMAL(38, 18))", "round(2.5BD)", Decimal(3)),
    F("ROUND", "double -> double", "round({0})", "round(2.5)", 3.0),
    F("ROUND", "double, bigint -> double", "round({0}, CAST({1} AS INTEGER))", "round(2.345, 1)", 2.3),
    F("ROUND", "decimal, bigint -> decimal", _round_decimal, "round(2.345BD, 1)", Decimal("2.3"), "own"),
    F("SIGN", "double -> double", "CAST(sign({0}) AS DOUBLE)", "sign(-3)", -1.0),
    F("SIN", "double -> double", "sin({0})", "sin(0.0)", 0.0),
    F("SINH", "double -> double", "sinh({0})", "sinh(0.0)", 0.0),
    F("SQRT", "double -> double", "CASE WHEN {0} >= 0 THEN sqrt({0}) END", "sqrt(4)", 2.0),
    F("TAN", "double -> double", "tan({0})", "tan(0.0)", 0.0),
    F("TANH", "double -> double", "tanh({0})", "tanh(0.0)", 0.0),
    F("TRUNC", "double -> double", "trunc({0})", "trunc(-2.7)", -2.0),
    F("TRUNC", "double, bigint -> double", "(trunc({0} * pow(10, {1})) / pow(10, {1}))", "trunc(2.789, 2)", 2.78),
    F("UNHEX", "string -> binary", "unhex({0})", "unhex('61')", b"a"),
    F("SHIFTLEFT", "bigint, bigint -> bigint", "({0} << {1})", "shiftleft(1, 3)", 8),
    F("SHIFTRIGHT", "bigint, bigint -> bigint", "({0} >> {1})", "shiftright(8, 3)", 1),
)  # fmt: skip
