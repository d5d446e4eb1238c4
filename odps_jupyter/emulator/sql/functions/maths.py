"""Mathematical functions. Source: MaxCompute's documentation, "Mathematical functions".

Of a DECIMAL, SIN, LN, POW and their like make a DECIMAL: how many of its digits are right is not documented, and it
has those of the DOUBLE here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from random import Random
from threading import Lock
from typing import Any

import pyarrow as pa

from odps_jupyter.emulator import types
from odps_jupyter.emulator.sql.conversions import convert
from odps_jupyter.emulator.sql.typed import Typed

from .bodies import Body, each, invalid
from .model import ArgumentError
from .model import Function as F

# Outside its domain MaxCompute answers NULL.
_POSITIVE = "CASE WHEN {0} > 0 THEN %s({0}) END"
_ROOT = "CASE WHEN {0} >= 0 THEN sqrt({0}) END"
_UNIT = "CASE WHEN abs({0}) <= 1 THEN %s({0}) END"
_DIGITS = "0123456789ABCDEF"
_HALF_UP = Context(prec=400, rounding=ROUND_HALF_UP)


def _conv(text: str, source: int, target: int) -> str | None:
    """A number in another base, in 64 bits; NULL for a negative one and beyond."""
    for base in (source, target):
        if base not in (2, 8, 10, 16):
            raise invalid("conv", f"{base} is not one of the bases 2, 8, 10 and 16")
    digits = text.strip().partition(".")[0].upper()
    if not digits or any(c not in _DIGITS[:source] for c in digits):
        return None
    number = int(digits, source)
    if number >= 2**64:
        return None
    result = ""
    while number:
        number, digit = divmod(number, target)
        result = _DIGITS[digit] + result
    return result or "0"


def _shift(bits: int, number: int, places: int, kind: str) -> int:
    """Java's shifts: places count modulo the width, what leaves it on the left is lost."""
    places %= bits
    if kind == "right":
        return number >> places
    whole = number & (2**bits - 1)
    moved = (whole << places) & (2**bits - 1) if kind == "left" else whole >> places
    wrapped: int = moved - 2**bits if moved >= 2 ** (bits - 1) else moved
    return wrapped


def _grouped(value: Decimal, least: int, most: int) -> str:
    shown = f"{value.quantize(Decimal(1).scaleb(-most), context=_HALF_UP):,f}"
    while most > least and shown.endswith("0"):
        shown, most = shown[:-1], most - 1
    return shown.removesuffix(".")


def _format_number(value: float, digits: int) -> str:
    if not 0 <= digits <= 340:
        raise invalid("format_number", f"{digits} is not between 0 and 340")
    return _grouped(Decimal(repr(value)), digits, digits)


def _format_number_as(value: float, pattern: str) -> str:
    """Java's decimal formats of the form ``#,###,##0.0##``."""
    whole, _, fraction = pattern.partition(".")
    if set(whole) - set("#0,") or fraction.strip("#").strip("0") or "#0" in fraction:
        raise invalid("format_number", f"the format {pattern!r} is not supported")
    shown = _grouped(Decimal(repr(value)), fraction.count("0"), len(fraction))
    shown = shown if "," in whole else shown.replace(",", "")
    return shown.replace("0.", ".", 1) if "0" not in whole and shown.lstrip("-").startswith("0.") else shown


class _Seeded:
    """RAND(seed): one series of numbers per seed."""

    def __init__(self) -> None:
        self._series: dict[int, Random] = {}
        self._lock = Lock()

    def __call__(self, seeds: pa.ChunkedArray) -> pa.Array:
        with self._lock:
            return pa.array([self._next(s) for s in seeds.to_pylist()], pa.float64())

    def _next(self, seed: int | None) -> float | None:
        return None if seed is None else self._series.setdefault(seed, Random(seed)).random()


def _shifts(kind: str, bits: int) -> Callable[[int, int], int]:
    return lambda number, places: _shift(bits, number, places, kind)


PYTHON: dict[str, Body] = {
    "mc_conv": each(_conv, types.STRING),
    "mc_format_number": each(_format_number, types.STRING),
    "mc_format_number_as": each(_format_number_as, types.STRING),
    **{
        f"mc_shift_{kind}{bits}": each(_shifts(kind, bits), types.INT if bits == 32 else types.BIGINT)
        for kind in ("left", "right", "unsigned")
        for bits in (32, 64)
    },
}


def seeded() -> Body:
    """RAND(seed) of one job."""
    return Body(_Seeded(), types.DOUBLE, volatile=True)


def _to_whole(function: str) -> Callable[[Sequence[Typed]], str]:
    return lambda arguments: f"CAST({function}({arguments[0].sql}) AS DECIMAL(38, {arguments[0].type.sizes[1]}))"


def _to_digits(function: str) -> Callable[[Sequence[Typed]], str]:
    """DuckDB keeps a decimal exact only where the number of digits is written."""

    def to(arguments: Sequence[Typed]) -> str:
        digits: Any = arguments[1].constant
        if not isinstance(digits, int):
            raise ArgumentError(f"the number of digits of {function.upper()} on a DECIMAL must be a constant")
        scale = arguments[0].type.sizes[1]
        return f"CAST({function}({arguments[0].sql}, {min(digits, scale)}) AS DECIMAL(38, {scale}))"

    return to


def _of_decimals(name: str, text: str, example: str, expects: str) -> tuple[F, ...]:
    """What a function of doubles, given as text, makes of decimals."""
    count = 1 + text.count("{1}")

    def to(arguments: Sequence[Typed]) -> str:
        doubles = [convert(a, types.DOUBLE).sql for a in arguments]
        return convert(Typed(text.format(*doubles), types.DOUBLE), types.DECIMAL).sql

    signatures = ("D",) if count == 1 else ("D, D", "D, N", "N, D")
    return tuple(F(name, f"{given} -> decimal(38,18)", to, example, Decimal(expects)) for given in signatures)


def _shift_rows(name: str, kind: str, example: str, expects: int) -> tuple[F, ...]:
    return (
        F(name, "int, bigint -> int", f"mc_shift_{kind}32({{0}}, {{1}})", f"{name.lower()}(cast({example}", expects),
        F(name, "bigint, bigint -> bigint", f"mc_shift_{kind}64({{0}}, {{1}})",
          f"{name.lower()}({example.replace(' as int)', '')}", expects),
    )  # fmt: skip


MATHS = (
    F("ABS", "N -> N", "abs({0})", "abs(-2)", 2),
    F("ABS", "double -> double", "abs({0})", "abs('-2')", 2.0),
    *_of_decimals("ACOS", _UNIT % "acos", "acos(1BD)", "0"),
    F("ACOS", "double -> double", _UNIT % "acos", "acos(1.0)", 0.0),
    *_of_decimals("ASIN", _UNIT % "asin", "asin(0BD)", "0"),
    F("ASIN", "double -> double", _UNIT % "asin", "asin(0.0)", 0.0),
    F("ATAN", "double -> double", "atan({0})", "atan(0.0)", 0.0),
    F("ATAN2", "double, double -> double", "atan2({0}, {1})", "atan2(0.0, 1.0)", 0.0),
    F("BIN", "bigint -> string", "bin({0})", "bin(5)", "101"),
    F("CBRT", "double -> double", "cbrt({0})", "cbrt(8.0)", 2.0),
    F("CEIL", "D -> bigint", "CAST(ceil({0}) AS BIGINT)", "ceil(1.2BD)", 2, hive=False),
    F("CEIL", "D -> decimal(38,D)", _to_whole("ceil"), "ceil(1.2BD)", Decimal(2), hive=True),
    F("CEIL", "double -> bigint", "CAST(ceil({0}) AS BIGINT)", "ceil(-1.2)", -1),
    F("CEILING", "D -> bigint", "CAST(ceil({0}) AS BIGINT)", "ceiling(1.2BD)", 2, hive=False),
    F("CEILING", "D -> decimal(38,D)", _to_whole("ceil"), "ceiling(1.2BD)", Decimal(2), hive=True),
    F("CEILING", "double -> bigint", "CAST(ceil({0}) AS BIGINT)", "ceiling(1.2)", 2),
    F("CONV", "string, bigint, bigint -> string", "mc_conv({0}, {1}, {2})", "conv('1100', 2, 16)", "C",
      lax=(1, 2)),
    *_of_decimals("COS", "cos({0})", "cos(0BD)", "1"),
    F("COS", "double -> double", "cos({0})", "cos(0.0)", 1.0),
    *_of_decimals("COSH", "cosh({0})", "cosh(0BD)", "1"),
    F("COSH", "double -> double", "cosh({0})", "cosh(0.0)", 1.0),
    *_of_decimals("COT", "cot({0})", "round(cot(1BD), 4)", "0.6421"),
    F("COT", "double -> double", "cot({0})", "round(cot(1.0), 4)", 0.6421),
    F("DEGREES", "double -> double", "degrees({0})", "degrees(0.0)", 0.0),
    F("E", "-> double", "CAST(exp(1) AS DOUBLE)", "round(e(), 4)", 2.7183),
    *_of_decimals("EXP", "exp({0})", "exp(0BD)", "1"),
    F("EXP", "double -> double", "exp({0})", "exp(0.0)", 1.0),
    F("FACTORIAL", "bigint -> bigint",
      "CASE WHEN {0} BETWEEN 0 AND 20 THEN CAST(factorial(CAST({0} AS INTEGER)) AS BIGINT) END",
      "factorial(5)", 120),
    F("FLOOR", "D -> bigint", "CAST(floor({0}) AS BIGINT)", "floor(1.8BD)", 1, hive=False),
    F("FLOOR", "D -> decimal(38,D)", _to_whole("floor"), "floor(1.8BD)", Decimal(1), hive=True),
    F("FLOOR", "double -> bigint", "CAST(floor({0}) AS BIGINT)", "floor(-1.8)", -2),
    F("FORMAT_NUMBER", "double, bigint -> string", "mc_format_number({0}, {1})", "format_number(12332.123456, 4)",
      "12,332.1235"),
    F("FORMAT_NUMBER", "double, string -> string", "mc_format_number_as({0}, {1})",
      "format_number(12332.123456, '#,###,###.##')", "12,332.12"),
    F("ISNAN", "double -> boolean", "isnan({0})", "isnan(cast('nan' as double))", True),
    *_of_decimals("LN", _POSITIVE % "ln", "ln(1BD)", "0"),
    F("LN", "double -> double", _POSITIVE % "ln", "ln(1.0)", 0.0),
    F("LOG", "double, double -> double",
      "CASE WHEN {0} > 0 AND {1} > 0 AND {0} <> 1 THEN ln({1}) / ln({0}) END", "log(2, 8)", 3.0),
    F("LOG10", "double -> double", _POSITIVE % "log10", "log10(100)", 2.0),
    F("LOG2", "double -> double", _POSITIVE % "log2", "log2(8)", 3.0),
    F("NEGATIVE", "N -> N", "(- {0})", "negative(3)", -3),
    F("PI", "-> double", "pi()", "round(pi(), 4)", 3.1416),
    F("PMOD", "bigint, bigint -> bigint", "CASE WHEN {1} <> 0 THEN ((({0} % {1}) + {1}) % {1}) END", "pmod(-7, 3)", 2),
    F("POSITIVE", "N -> N", "{0}", "positive(3)", 3),
    *_of_decimals("POW", "pow({0}, {1})", "pow(1.5BD, 2BD)", "2.25"),
    F("POW", "double, double -> double", "pow({0}, {1})", "pow(2, 3)", 8.0),
    *_of_decimals("POWER", "pow({0}, {1})", "power(1.5BD, 2BD)", "2.25"),
    F("POWER", "double, double -> double", "pow({0}, {1})", "power(2, 3)", 8.0),
    F("RADIANS", "double -> double", "radians({0})", "radians(0.0)", 0.0),
    F("RAND", "-> double", "random()", "rand() < 1", True),
    # The numbers are not the cloud's, only the same every time.
    F("RAND", "bigint -> double", "mc_random({0})", "rand(7) < 1", True, "own"),
    F("ROUND", "D -> decimal(38,D)", _to_whole("round"), "round(2.5BD)", Decimal(3)),
    F("ROUND", "double -> double", "round({0})", "round(-2.5)", -3.0),
    F("ROUND", "double, bigint -> double", "round({0}, CAST({1} AS INTEGER))", "round(125.315, 2)", 125.32),
    F("ROUND", "D, bigint -> decimal(38,D)", _to_digits("round"), "round(2.345BD, 1)", Decimal("2.3"), "own"),
    *_shift_rows("SHIFTLEFT", "left", "1 as int), 4)", 16),
    *_shift_rows("SHIFTRIGHT", "right", "-8 as int), 2)", -2),
    *_shift_rows("SHIFTRIGHTUNSIGNED", "unsigned", "8 as int), 2)", 2),
    F("SIGN", "double -> double", "CAST(sign({0}) AS DOUBLE)", "sign(-3)", -1.0),
    *_of_decimals("SIN", "sin({0})", "sin(0BD)", "0"),
    F("SIN", "double -> double", "sin({0})", "sin(0.0)", 0.0),
    *_of_decimals("SINH", "sinh({0})", "sinh(0BD)", "0"),
    F("SINH", "double -> double", "sinh({0})", "sinh(0.0)", 0.0),
    *_of_decimals("SQRT", _ROOT, "sqrt(2.25BD)", "1.5"),
    F("SQRT", "double -> double", _ROOT, "sqrt(4)", 2.0),
    *_of_decimals("TAN", "tan({0})", "tan(0BD)", "0"),
    F("TAN", "double -> double", "tan({0})", "tan(0.0)", 0.0),
    *_of_decimals("TANH", "tanh({0})", "tanh(0BD)", "0"),
    F("TANH", "double -> double", "tanh({0})", "tanh(0.0)", 0.0),
    F("TRUNC", "D -> decimal(38,D)", _to_whole("trunc"), "trunc(-2.7BD)", Decimal(-2)),
    F("TRUNC", "D, bigint -> decimal(38,D)", _to_digits("trunc"), "trunc(125.815BD, 2)", Decimal("125.81"), "own"),
    F("TRUNC", "double -> double", "trunc({0})", "trunc(-2.7)", -2.0),
    F("TRUNC", "double, bigint -> double", "trunc({0}, CAST({1} AS INTEGER))", "trunc(125.815, 1)", 125.8),
    F("WIDTH_BUCKET", "double, double, double, bigint -> bigint",
      "CASE WHEN {0} < {1} THEN 0 WHEN {0} > {2} THEN {3} + 1"
      " ELSE CAST(floor({3} * ({0} - {1}) / ({2} - {1}) + 1) AS BIGINT) END", "width_bucket(199, 100, 500, 5)", 2,
      "guard"),
)  # fmt: skip
