"""The probable cause of a difference: said only where something supports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .comparison import Cause
from .rows import Found
from .shape import Reduction
from .signs import COMPARING, Signs, told_by_values
from .values import is_number

#: Of MaxCompute's error "Data overflow", and of functions that return such a number.
OVERFLOW = ("ODPS-0121145", "is out of the range of bigint", "is out of the range of int")
NULL_TESTS = frozenset({"IsNull", "NotNull"})
#: Columns that a sentence names.
SAID = 5
#: What pandas makes of no values at all, by PyODPS's name of the aggregate.
NEUTRAL: dict[str, Any] = {"Sum": 0, "Any": False, "All": True}


@dataclass(frozen=True)
class Evidence:
    """What is known of a run beside its results.

    Attributes:
        undone: captured values that pandas's earlier runs changed here, which the executor got as they were before.
        mutated: captured values that pandas's run changed here.
        changed: captured values that were others when they were sent than when pandas ran, or once pickled and read.
        chance: what the functions use of chance and clock, such as ``random``.
        nulls: columns of the input with NULLs, which pandas hands over as NaN; ``times`` as NaT.
        floats: columns of integers among the input that pandas holds as floats, for their NULLs.
        missing: columns of the input with NULLs, of whatever type.
        nan: columns of the input with NaN, which pandas takes for NULL.
        null_rows: rows of the input that have such a NULL, where each row of the result is computed of one; else None.
        functions: functions of the user's are called.
        operations: PyODPS's names of what the expression does.
        sort_keys: columns of the input that rows are sorted by.
        decimals: columns of the input that hold decimals.
        empty: no table of the input has a row.
        joined: columns that a join compares.
        reductions: what of PyODPS's own aggregates the expression computes.
        aggregates: result columns that a user's aggregate computes; only the executor merges its buffers.
        sliced: the first rows of an order that does not tell all rows apart are taken.
    """

    undone: tuple[str, ...] = ()
    mutated: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    chance: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    floats: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    nan: tuple[str, ...] = ()
    null_rows: int | None = None
    functions: bool = False
    operations: frozenset[str] = frozenset()
    sort_keys: frozenset[str] = frozenset()
    decimals: tuple[str, ...] = ()
    empty: bool = False
    joined: tuple[str, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    aggregates: tuple[str, ...] = ()
    sliced: bool = False


def probable(found: Found, evidence: Evidence, error: str | None = None) -> tuple[Cause | None, str | None]:
    """The cause and the evidence for it in one sentence; None for both where there is none.

    Args: ``error`` ended the executor's side: then there are no rows to look at.
    """
    if error is not None:
        return _of_error(error, evidence)
    if found.order_only:
        return "order", "Both sides have the same rows, in another order."
    values = [(one.pandas, one.executor) for one in found.differences if one.column is not None]
    whole = len(values) == len(found.differences)
    told = told_by_values(values, _signs(evidence)) if values and whole else None
    if told is not None:
        return told
    handed = _handed_over(found, evidence)
    merged = any(one.column in evidence.aggregates for one in found.differences)
    others = bool(evidence.undone or evidence.mutated or evidence.changed)
    if (handed is not None and (others or evidence.chance or merged)) or (others and evidence.chance):
        return None, None  # each of them would do
    if evidence.undone:
        return "lost-mutation", _lost(evidence.undone)
    if evidence.mutated:
        return "lost-mutation", f"The function changed {_names(evidence.mutated)} here; the executor changes its copy."
    if evidence.changed:
        return "captured-value", f"{_names(evidence.changed)} was another value on the executor than here."
    if evidence.chance:
        return "random-time", f"The function uses {_names(evidence.chance)}."
    if merged:
        return "aggregate-merge", "Only the executor merges buffers of the aggregate: look at its merge."
    because = (
        _by_null(found, evidence)
        or _no_values(values, evidence)
        or _aggregated(found, evidence)
        or _of_nan(found, evidence)
        or _sorted(evidence)
        or handed
    )
    if because is not None:
        return "null-nan", because
    if evidence.sliced and not evidence.functions:
        return "order", "It takes the first rows of an order that does not tell all rows apart."
    return None, None


def _of_error(error: str, evidence: Evidence) -> tuple[Cause | None, str | None]:
    if any(sign in error for sign in OVERFLOW):
        return "overflow", (
            "A number is beyond the range of its type, which ends a job; pandas wraps integers around or takes floats."
        )
    handed = _handed_over(Found(0), evidence) if "NoneType" in error else None
    if handed is not None:
        return "null-nan", handed
    return ("lost-mutation", _lost(evidence.undone)) if evidence.undone else (None, None)


def _lost(names: tuple[str, ...]) -> str:
    return f"An earlier expression changed {_names(names)} here; on the executor such a change is lost."


def _by_null(found: Found, evidence: Evidence) -> str | None:
    """Whole rows of one side, for a key of a group or a join that is NULL."""
    rows = [one for one in found.differences if one.column is None]
    if not rows or len(rows) < len(found.differences):
        return None
    keys = {name for one in rows if one.pandas is None for name, value in one.key if value is None}
    if keys and all(one.pandas is None for one in rows):
        sign = "NaN" if keys <= set(evidence.nan) - set(evidence.missing) else "NULL"
        return f"MaxCompute groups rows whose {' and '.join(sorted(keys))} is {sign}, pandas leaves them out."
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
    columns = {column for one in named or evidence.reductions if not one.shipped for column in one.columns}
    nan = tuple(column for column in evidence.nan if column in columns)
    if nan:
        return f"{_columns(nan)} has NaN, which pandas takes for NULL."
    missing = tuple(column for column in evidence.missing if column in columns)
    if not missing:
        return None
    return f"{_columns(missing)} has NULLs, which pandas and MaxCompute do not aggregate alike."


def _of_nan(found: Found, evidence: Evidence) -> str | None:
    """Tests for NULL, and rows for which a comparison holds on the executor only: there NaN is the greatest number."""
    if not evidence.nan or evidence.functions:
        return None
    beyond = all(
        one.pandas is None and one.column is None and None in (one.executor or ()) for one in found.differences
    )
    if not evidence.operations & NULL_TESTS and not (beyond and evidence.operations & COMPARING):
        return None
    return f"{_columns(evidence.nan)} has NaN, which pandas takes for NULL."


def _sorted(evidence: Evidence) -> str | None:
    """The first rows of an order in which some have no place of their own."""
    unplaced = tuple(sorted(evidence.sort_keys & {*evidence.missing, *evidence.nan}))
    if not evidence.sliced or evidence.functions or not unplaced:
        return None
    return f"Rows are sorted by {_names(unplaced)}, whose NULLs pandas and MaxCompute sort elsewhere."


def _handed_over(found: Found, evidence: Evidence) -> str | None:
    """What functions get for NULL on one side only, unless more rows differ than that explains."""
    rows = len({(one.row, one.column is None) for one in found.differences})
    if not evidence.functions or (evidence.null_rows is not None and rows > evidence.null_rows):
        return None
    for columns, sign in ((evidence.nulls, "NaN"), (evidence.times, "NaT")):
        if columns:
            return f"{_columns(columns)} has NULLs: {sign} on pandas, None on the executor."
    return None


def _signs(evidence: Evidence) -> Signs:
    missing = {*evidence.missing, *evidence.nan}
    return Signs(
        nulls=bool(missing),
        floats=f"{_columns(evidence.floats)} has NULLs: its integers are floats on pandas."
        if evidence.floats
        else None,
        decimals=bool(evidence.decimals),
        operations=evidence.operations,
        functions=evidence.functions,
    )


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _columns(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return f"Column {names[0]}"
    more = f" and {len(names) - SAID} more" if len(names) > SAID else ""
    return f"Each of the columns {', '.join(names[:SAID])}{more}"
