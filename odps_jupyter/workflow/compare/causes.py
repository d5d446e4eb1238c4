"""The probable cause of a difference: said only where something supports it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from .comparison import Cause
from .rows import Found
from .values import EXACT, close, is_number

#: Offsets of time zones are whole quarters of an hour, and none is further from UTC than this.
QUARTER, FARTHEST = timedelta(minutes=15), timedelta(hours=26)


@dataclass(frozen=True)
class Evidence:
    """What is known of a run beside its results.

    Attributes:
        mutated: captured values that pandas's run changed here.
        changed: captured values that were others when they were sent than when pandas ran, or once pickled and read.
        chance: what the functions use of chance and clock, such as ``random``.
        nulls: columns of the input with NULLs, which pandas hands over as NaN.
        floats: columns of integers among the input that pandas holds as floats, for their NULLs.
        aggregates: result columns that a user's aggregate computes; only the executor merges its buffers.
        sliced: the first rows of an order that does not tell all rows apart are taken.
    """

    mutated: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    chance: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    floats: tuple[str, ...] = ()
    aggregates: tuple[str, ...] = ()
    sliced: bool = False


def probable(found: Found, evidence: Evidence, error: str | None = None) -> tuple[Cause | None, str | None]:
    """The cause and the evidence for it in one sentence; None for both where there is none.

    Args: ``error`` ended the executor's side: then there are no rows to look at.
    """
    values = [(one.pandas, one.executor) for one in found.differences if one.column is not None]
    if error is not None:
        if evidence.nulls and "NoneType" in error:
            return "null-nan", f"{_columns(evidence.nulls)} has NULLs: NaN on pandas, None on the executor."
        return None, None
    if found.order_only:
        return "order", "Both sides have the same rows, in another order."
    if evidence.mutated:
        return "lost-mutation", f"The function changed {_names(evidence.mutated)} here; the executor changes its copy."
    if evidence.changed:
        return "captured-value", f"{_names(evidence.changed)} was another value on the executor than here."
    if values and all(isinstance(one, Decimal) or isinstance(other, Decimal) for one, other in values):
        return "decimal", "The executor computes decimals with a fixed number of digits, pandas with Python's."
    offset = _offset(values)
    if offset is not None:
        return "time-zone", f"All differing times are {offset} apart."
    if evidence.chance:
        return "random-time", f"The function uses {_names(evidence.chance)}."
    if evidence.floats and values and all(_integer_and_float(*pair) for pair in values):
        return "integer-float", f"{_columns(evidence.floats)} has NULLs: its integers are floats on pandas."
    if any(is_number(one) and is_number(other) and _rounded(one, other) for one, other in values):
        return "integer-float", "One side has whole numbers where the other has fractions."
    if evidence.aggregates and any(one.column in evidence.aggregates for one in found.differences):
        return "aggregate-merge", "Only the executor merges buffers of the aggregate: look at its merge."
    if evidence.nulls:
        return "null-nan", f"{_columns(evidence.nulls)} has NULLs: NaN on pandas, None on the executor."
    if evidence.sliced:
        return "order", "It takes the first rows of an order that does not tell all rows apart."
    return None, None


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _columns(names: tuple[str, ...]) -> str:
    return f"Column {names[0]}" if len(names) == 1 else f"Each of the columns {', '.join(names)}"


def _offset(values: list[tuple[Any, Any]]) -> timedelta | None:
    """What all pairs of times are apart, where zones can be that far apart."""
    offsets = set()
    for one, other in values:
        left, right = _time(one), _time(other)
        if left is None or right is None or (left.tzinfo is None) != (right.tzinfo is None):
            return None
        offsets.add(left - right)
    # Summer time makes two offsets of one zone.
    if not offsets or len(offsets) > 2 or any(one % QUARTER or not one or abs(one) > FARTHEST for one in offsets):
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
    left, right = float(one), float(other)
    if left.is_integer() == right.is_integer():
        return False
    whole, broken = (left, right) if left.is_integer() else (right, left)
    return close(whole, float(int(broken))) or close(whole, float(round(broken)))
