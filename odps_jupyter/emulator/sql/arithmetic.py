"""Arithmetic that DuckDB's types cannot do: decimals beyond 38 digits in between, Java's text of a double.

Source: MaxCompute's documentation, "DECIMAL data type": results are cut off behind 18 decimal places.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal

import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError

from .functions.bodies import Body, each

_EXACT = Context(prec=120, rounding=ROUND_DOWN)
_ROUNDED = Context(prec=120, rounding=ROUND_HALF_UP)
_SCALE = Decimal(1).scaleb(-18)
_LIMIT = Decimal(10) ** 20


def cut(value: Decimal) -> Decimal:
    """The value as DECIMAL(38,18): further places are cut off.

    Raises:
        OdpsError: ``ODPS-0121145``, more than 20 digits stand before the point.
    """
    # abs() would round to the 28 digits of the thread's own context.
    if value.copy_abs() >= _LIMIT:
        raise OdpsError("ODPS-0121145", f"Data overflow - {value:f} is out of the range of decimal(38,18)")
    return value.quantize(_SCALE, context=_EXACT)


def _decimals(operation: Callable[[Decimal, Decimal], Decimal | None]) -> Body:
    def function(left: Decimal, right: Decimal) -> Decimal | None:
        value = operation(left, right)
        return None if value is None else cut(value)

    return each(function, types.DECIMAL)


def _product() -> Body:
    """Multiplication of whole columns by Arrow; a column with a value too large for it is done row by row."""
    slow = _decimals(_EXACT.multiply)
    # The digits of a product are those of both factors and one more, and Arrow has 76.
    wide, narrow = pa.decimal256(38, 18), pa.decimal256(37, 18)

    def run(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        try:
            exact = pc.multiply(left.cast(wide), right.cast(narrow))
            return pc.round(exact, 18, round_mode="towards_zero").cast(types.to_arrow(types.DECIMAL))
        except pa.ArrowInvalid:
            return slow.run(left, right)

    return Body(run, types.DECIMAL)


def _divide(left: Decimal, right: Decimal) -> Decimal | None:
    return None if right == 0 else _EXACT.divide(left, right)


def _digits(text: str, scale: int) -> str:
    """A number without an exponent, and without the places behind so many."""
    value = Decimal(text)
    if value.adjusted() >= types.DECIMAL.sizes[0]:
        raise OdpsError("ODPS-0121145", f"Data overflow - {text} is out of the range of decimal")
    return f"{value.quantize(Decimal(1).scaleb(-scale), context=_EXACT):f}"


def _rounded(text: str, scale: int) -> str | None:
    """A number without an exponent, rounded to so many places; none where it has too many digits."""
    value = Decimal(text)
    if value.adjusted() >= types.DECIMAL.sizes[0]:
        return None
    return f"{value.quantize(Decimal(1).scaleb(-scale), context=_ROUNDED):f}"


def _scientific(value: float) -> str:
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    tail = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{tail}E{int(exponent) + len(digits) - 1}"


# DECIMAL(38,18) * DECIMAL(38,18) has 36 decimals in DuckDB and overflows at once; a quotient becomes a DOUBLE.
PYTHON: dict[str, Body] = {
    "mc_decimal_multiply": _product(),
    "mc_decimal_divide": _decimals(_divide),
    "mc_digits": each(_digits, types.STRING),
    "mc_rounded": each(_rounded, types.STRING),
    "mc_scientific": each(_scientific, types.STRING),
}
