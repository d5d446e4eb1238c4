"""Arithmetic that DuckDB's types cannot do: decimals beyond 38 digits in between, Java's text of a double.

Source: MaxCompute's documentation, "DECIMAL data type": results are cut off behind 18 decimal places.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, Context, Decimal

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError

from .functions.bodies import Body, each

_EXACT = Context(prec=120, rounding=ROUND_DOWN)
_SCALE = Decimal(1).scaleb(-18)
_LIMIT = Decimal(10) ** 20


def cut(value: Decimal) -> Decimal:
    """The value as DECIMAL(38,18): further places are cut off.

    Raises:
        OdpsError: ``ODPS-0121145``, more than 20 digits stand before the point.
    """
    if abs(value) >= _LIMIT:
        raise OdpsError("ODPS-0121145", f"Data overflow - {value:f} is out of the range of decimal(38,18)")
    return value.quantize(_SCALE, context=_EXACT)


def _decimals(operation: Callable[[Decimal, Decimal], Decimal | None]) -> Body:
    def function(left: Decimal, right: Decimal) -> Decimal | None:
        value = operation(left, right)
        return None if value is None else cut(value)

    return each(function, types.DECIMAL)


def _divide(left: Decimal, right: Decimal) -> Decimal | None:
    return None if right == 0 else _EXACT.divide(left, right)


def _of_text(text: str) -> Decimal:
    return cut(Decimal(text))


def _scientific(value: float) -> str:
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    tail = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{tail}E{int(exponent) + len(digits) - 1}"


# DECIMAL(38,18) * DECIMAL(38,18) has 36 decimals in DuckDB and overflows at once; a quotient becomes a DOUBLE.
PYTHON: dict[str, Body] = {
    "mc_decimal_multiply": _decimals(_EXACT.multiply),
    "mc_decimal_divide": _decimals(_divide),
    "mc_decimal_of_text": each(_of_text, types.DECIMAL),
    "mc_scientific": each(_scientific, types.STRING),
}
