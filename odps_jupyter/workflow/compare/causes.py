"""The probable cause of a difference: said only where something supports it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from .comparison import Cause
from .rows import Found
from .shape import Reduction
from .values import EXACT, close, is_number

#: Offsets of time zones are whole quarters of an hour, and none is further from UTC than this.
QUARTER, FARTHEST = timedelta(minutes=15), timedelta(hours=26)
#: Columns that a sentence names.
SAID = 5
#: What pandas makes of no values at all, by PyODPS's name of the aggregate.
NEUTRAL: dict[str, Any] = {"Sum": 0, "Any": False, "All": True}


@dataclass(frozen=True)
class Evidence:
    """What is known of a run beside its results.

    Attributes:
        mutated: captured values that pandas's run changed here.
        changed: captured values that were others when they were sent than when pandas ran, or once pickled and read.
        chance: what the functions use of chance and clock, such as ``random``.
        nulls: columns of the input with NULLs, which pandas hands over as NaN; ``times`` as NaT.
        floats: columns of integers among the input that pandas holds as floats, for their NULLs.
        missing: columns of the input with NULLs, of whatever type.
        empty: no table of the input has a row.
        joined: columns that a join compares.
        reductions: what of PyODPS's own aggregates the expression computes.
        aggregates: result columns that a user's aggregate computes; only the executor merges its buffers.
        sliced: the first rows of an order that does not tell all rows apart are taken.
    """

    mutated: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    chance: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    floats: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    empty: bool = False
    joined: tuple[str, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    aggregates: tuple[str, ...] = ()
    sliced: bool = False


def probable(found: Found, evidence: Evidence, error: str | None = None) -> tuple[Cause | None, str | None]:
    """The cause and the evidence for it in one sentence; None for both where there is none.

    Args: ``error`` ended the executor's side: then there are no rows to look at.
    """
    values = [(one.pandas, one.executor) for one in found.differences if one.column is not None]
    if error is not None:
        handed = _handed_over(evidence) if "NoneType" in error else None
        return (None, None) if handed is None else ("null-nan", handed)
    if found.order_only:
        return "order", "Both sides have the same rows, in another order."
    if evidence.mutated:
        return "lost-mutation", f"The function changed {_names(evidence.mutated)} here; the executor changes its copy."
    if evidence.changed:
        return "captured-value", f"{_names(evidence.changed)} was another value on the executor than here."
    if values and all(_other_digits(one, other) for one, other in values):
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
    if (
        because := _by_null(found, evidence) or _no_values(values, evidence) or _aggregated(found, evidence)
    ) is not None:
        return "null-nan", because
    if (handed := _handed_over(evidence)) is not None:
        return "null-nan", handed
    if evidence.sliced:
        return "order", "It takes the first rows of an order that does not tell all rows apart."
    return None, None


def _by_null(found: Found, evidence: Evidence) -> str | None:
    """Whole rows of one side, for a key of a group or a join that is NULL."""
    rows = [one for one in found.differences if one.column is None]
    if not rows or len(rows) < len(found.differences):
        return None
    keys = {name for one in rows if one.pandas is None for name, value in one.key if value is None}
    if keys and all(one.pandas is None for one in rows):
        return f"MaxCompute groups rows whose {' and '.join(sorted(keys))} is NULL, pandas leaves them out."
    if set(evidence.joined) & set(evidence.missing) and all(one.executor is None for one in rows):
        return "pandas joins rows by NULL, MaxCompute does not."
    return None


def _no_values(values: list[tuple[Any, Any]], evidence: Evidence) -> str | None:
    """Aggregates over no values that have a value on pandas: SQL's are NULL."""
    if not values or any(ours is None or theirs is not None for ours, theirs in values):
        return None
    told = {kind: neutral for kind, neutral in NEUTRAL.items() if any(one.kind == kind for one in evidence.reductions)}
    for kind, neutral in told.items():
        # A sum that is False is no sum.
        if evidence.empty or all(
            is_number(ours) and isinstance(ours, bool) == isinstance(neutral, bool) and ours == neutral
            for ours, _ in values
        ):
            what = "A sum" if kind == "Sum" else kind
            return f"{what} over no values is {neutral} on pandas and NULL on MaxCompute."
    return None


def _aggregated(found: Found, evidence: Evidence) -> str | None:
    """NULLs in the very columns that the differing values are aggregated of."""
    differing = {one.column for one in found.differences}
    named = [one for one in evidence.reductions if one.name.lower() in differing]
    columns = {column for one in named or evidence.reductions for column in one.columns}
    missing = tuple(column for column in evidence.missing if column in columns)
    if not missing:
        return None
    return f"{_columns(missing)} has NULLs, which pandas and MaxCompute do not aggregate alike."


def _handed_over(evidence: Evidence) -> str | None:
    """What functions get for NULL on one side only."""
    for columns, sign in ((evidence.nulls, "NaN"), (evidence.times, "NaT")):
        if columns:
            return f"{_columns(columns)} has NULLs: {sign} on pandas, None on the executor."
    return None


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _columns(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return f"Column {names[0]}"
    more = f" and {len(names) - SAID} more" if len(names) > SAID else ""
    return f"Each of the columns {', '.join(names[:SAID])}{more}"


def _other_digits(one: Any, other: Any) -> bool:
    """Decimals that are the same as far as both have digits after the point."""
    if not (isinstance(one, Decimal) or isinstance(other, Decimal)) or not (is_number(one) and is_number(other)):
        return False
    pair = [value if isinstance(value, Decimal) else Decimal(repr(value)) for value in (one, other)]
    if not all(value.is_finite() for value in pair):
        return False
    digits = min(-min(int(value.normalize().as_tuple().exponent), 0) for value in pair)
    return abs(pair[0] - pair[1]) < Decimal(1).scaleb(-digits)


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
