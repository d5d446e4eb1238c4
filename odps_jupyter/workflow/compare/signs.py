"""What the differing values themselves say of the cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from math import isfinite, isinf
from typing import Any

from .comparison import Cause
from .values import EXACT, close, is_number

#: Offsets of time zones are whole quarters of an hour, and none is further from another than this.
QUARTER, FARTHEST = timedelta(minutes=15), timedelta(hours=26)
DAY = timedelta(days=1)
#: By multiples of which integers are apart of which one was wrapped around.
WRAPPED = 2**32
DIVIDING = frozenset({"Divide", "FloorDivide", "Mod"})
COMPARING = frozenset({"Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual", "IsIn", "NotIn", "Between"})
#: As what pandas has for NULL becomes a text.
NULL_TEXTS = frozenset({"nan", "NaN", "NaT", "None", "<NA>"})

Pair = tuple[Any, Any]


@dataclass(frozen=True)
class Signs:
    """What the values are judged by.

    Attributes:
        nulls: whether something of the input is missing.
        floats: the sentence about integers that pandas holds as floats; None where there are none.
        decimals: whether the input holds decimals.
        operations: PyODPS's names of what the expression does.
        functions: whether functions of the user's are called.
    """

    nulls: bool = False
    floats: str | None = None
    decimals: bool = False
    operations: frozenset[str] = frozenset()
    functions: bool = False


def told_by_values(values: list[Pair], signs: Signs) -> tuple[Cause, str] | None:
    """The cause of which all pairs, pandas's value and the executor's, are a sign, and the sentence for it."""
    if all(_is_integer(one) and _is_integer(other) and not (one - other) % WRAPPED for one, other in values):
        return "overflow", "The values are multiples of 2**32 apart: pandas wraps integers around that are too great."
    if all(_other_digits(one, other) for one, other in values):
        return "decimal", "The executor computes decimals with a fixed number of digits, pandas with Python's."
    if signs.decimals and not signs.floats and all(_same_as_text(one, other) for one, other in values):
        return "decimal", "The texts are the same decimals with another number of digits."
    offset = _offset(values)
    if offset is not None:
        return "time-zone", f"All differing times are {offset} apart."
    if signs.floats and all(_integer_and_float(*pair) for pair in values):
        return "integer-float", signs.floats
    if all(_is_integer(one) != _is_integer(other) and _rounded(one, other) for one, other in values):
        return "integer-float", "One side has whole numbers where the other has fractions."
    if signs.functions:
        return None
    because = _of_null(values, signs)
    return None if because is None else ("null-nan", because)


def _of_null(values: list[Pair], signs: Signs) -> str | None:
    """What operations of PyODPS's own make of NULL, where the executor has NULL throughout."""
    if any(other is not None for _, other in values):
        return None
    if signs.operations & DIVIDING and all(isinstance(one, float) and isinf(one) for one, _ in values):
        return "Dividing by zero is infinite on pandas and NULL on MaxCompute."
    if signs.nulls and all(isinstance(one, str) and one in NULL_TEXTS for one, _ in values):
        return "As a text NULL is nan or None on pandas, and NULL on MaxCompute."
    if signs.nulls and signs.operations & COMPARING and all(isinstance(one, bool) for one, _ in values):
        return "What is compared with NULL is true or false on pandas, and NULL on MaxCompute."
    return None


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _same_as_text(one: Any, other: Any) -> bool:
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def _other_digits(one: Any, other: Any) -> bool:
    """Decimals that are the same as far as both have digits after the point."""
    if not (isinstance(one, Decimal) or isinstance(other, Decimal)) or not (is_number(one) and is_number(other)):
        return False
    pair = [value if isinstance(value, Decimal) else Decimal(repr(value)) for value in (one, other)]
    if not all(value.is_finite() for value in pair):
        return False
    digits = min(-min(int(value.normalize().as_tuple().exponent), 0) for value in pair)
    with localcontext(prec=100):
        return any(
            pair[0].quantize(Decimal(1).scaleb(-digits), how) == pair[1].quantize(Decimal(1).scaleb(-digits), how)
            for how in (ROUND_DOWN, ROUND_HALF_UP, ROUND_HALF_EVEN)
        )


def _offset(values: list[tuple[Any, Any]]) -> timedelta | None:
    """What all pairs of times are apart, where zones can be that far apart."""
    offsets = set()
    for one, other in values:
        left, right = _time(one), _time(other)
        if left is None or right is None or (left.tzinfo is None) != (right.tzinfo is None):
            return None
        offsets.add(left - right)
    # Summer time makes two offsets of one zone.
    if not offsets or len(offsets) > 2 or any(one % QUARTER or not one % DAY or abs(one) > FARTHEST for one in offsets):
        return None
    return abs(min(offsets))


def _time(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            # A text without a clock is a date, and dates are apart for other reasons.
            return datetime.fromisoformat(value) if not _is_date(value) else None
        except ValueError:
            return None
    return None


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _integer_and_float(one: Any, other: Any) -> bool:
    """``'3.0'`` and ``'3'``, ``3.5`` and ``3``, or integers too great for a double."""
    if is_number(one) and is_number(other):
        return _rounded(one, other) or abs(one) >= EXACT or abs(other) >= EXACT
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    return one.replace(".0", "") == other.replace(".0", "")


def _rounded(one: Any, other: Any) -> bool:
    """Whether one is what is left of the other without its fraction."""
    if not (is_number(one) and is_number(other)):
        return False
    left, right = float(one), float(other)
    if not (isfinite(left) and isfinite(right)):
        return False
    if left.is_integer() == right.is_integer():
        return False
    whole, broken = (left, right) if left.is_integer() else (right, left)
    return close(whole, float(int(broken))) or close(whole, float(round(broken)))
