"""The outcome of one comparison, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .values import is_number, shown

Cause = Literal[
    "lost-mutation",
    "captured-value",
    "null-nan",
    "integer-float",
    "decimal",
    "overflow",
    "time-zone",
    "aggregate-merge",
    "random-time",
    "order",
]


@dataclass(frozen=True)
class Difference:
    """Two values that should be the same.

    Attributes:
        row: index from 0 in pandas's result, or in the executor's where pandas has no such row.
        column: its name; None where a whole row is on one side only.
        pandas: the value, None for NULL; the whole row as a tuple, or None for no row, where ``column`` is None.
        executor: likewise.
        key: what the rows were aligned by, column and value.
    """

    row: int
    column: str | None
    pandas: Any
    executor: Any
    key: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Comparison:
    """One expression on pandas and on the executor.

    Attributes:
        operation: PyODPS's name of its outermost operation.
        action: ``"execute"`` or ``"persist"``.
        where: which executor: ``embedded``, or a project's name.
        rows: of the result on pandas.
        differences: the first ones, in the order of pandas's rows.
        cause: the probable one; None where nothing supports any.
        because: the evidence for it, one sentence.
        error: what ended the executor's side, one line.
    """

    operation: str
    action: str
    where: str
    equal: bool
    rows: int
    differences: tuple[Difference, ...] = ()
    cause: Cause | None = None
    because: str | None = None
    error: str | None = None


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """The form of ``odps-jupyter run --format json``; what ended the executor's side is the first difference."""
    first = None
    if comparison.error is not None:
        first = {"error": comparison.error}
    elif comparison.differences:
        first = _difference_json(comparison.differences[0])
    return {
        "equal": comparison.equal,
        "rows": comparison.rows,
        "first_difference": first,
        "cause": comparison.cause,
    }


def _difference_json(difference: Difference) -> dict[str, Any]:
    return {
        "row": difference.row,
        "key": {name: _value_json(value) for name, value in difference.key},
        "column": difference.column,
        "pandas": _value_json(difference.pandas),
        "executor": _value_json(difference.executor),
    }


def _value_json(value: Any) -> Any:
    """JSON has no decimals, dates or infinities: these are said as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if is_number(value) and isinstance(value, float) and abs(value) != float("inf"):
        return value
    return shown(value)
