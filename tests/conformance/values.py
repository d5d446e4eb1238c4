"""Answers as plain Python, so that pandas, the tunnel and a written expectation can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import isclose, isnan
from typing import Any

import numpy as np
import pandas as pd
from odps.df.backends.frame import ResultFrame

RELATIVE, ABSOLUTE = 1e-9, 1e-12


@dataclass(frozen=True)
class Rows:
    """A collection or sequence: its columns' names and types as PyODPS says them, and the values."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __str__(self) -> str:
        heads = ", ".join(f"{name}: {kind}" for name, kind in zip(self.names, self.types, strict=True))
        return "\n".join([heads, *(repr(row) for row in self.rows)])


def plain(value: Any, *, loose: bool = False) -> Any:
    """Frames as :class:`Rows`, NumPy and pandas scalars as Python's, NaN and NaT as None.

    Args:
        value: what PyODPS gave.
        loose: whether numbers of a frame are first taken for the type that PyODPS says they have: its pandas backend
            leaves the type to pandas.
    """
    if isinstance(value, ResultFrame):
        return _rows(value, loose=loose)
    if isinstance(value, pd.DataFrame):
        return _rows(ResultFrame(value, columns=_columns(value)), loose=loose)
    if isinstance(value, pd.Series):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray | list | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and isnan(value) else value


@dataclass(frozen=True)
class _Column:
    name: str
    type: str


def _columns(frame: pd.DataFrame) -> list[_Column]:
    return [_Column(str(name), str(dtype)) for name, dtype in frame.dtypes.items()]


def _rows(frame: ResultFrame, *, loose: bool) -> Rows:
    kinds = [str(kind).lower() for kind in frame.types]
    columns = []
    for position, kind in enumerate(kinds):
        values = [plain(item) for item in frame.values.iloc[:, position]]
        columns.append(_restored(values, kind) if loose or None in values else values)
    return Rows(tuple(frame.names), tuple(kinds), tuple(zip(*columns, strict=True)))


def _restored(values: list[Any], kind: str) -> list[Any]:
    """Whole numbers and booleans that pandas keeps as floats, where a NULL stands among them, as what they are."""
    if kind.startswith("int"):
        return [int(value) if isinstance(value, float) and value.is_integer() else value for value in values]
    if kind.startswith("float"):
        return [float(value) if type(value) is int else value for value in values]
    if kind == "boolean":
        return [bool(value) if value in (0.0, 1.0) else value for value in values]
    return values


def differ(actual: Any, expected: Any, *, ordered: bool) -> str | None:
    """Why the two answers are not the same; None where they are.

    Args:
        actual: what a backend gave, as :func:`plain` makes it.
        expected: another backend's answer, or the rows written in the program, as lists.
        ordered: whether rows stand in an order that counts.
    """
    if isinstance(actual, Rows):
        if isinstance(expected, Rows):
            if (actual.names, actual.types) != (expected.names, expected.types):
                return f"columns {actual.names} {actual.types} are not {expected.names} {expected.types}"
            wanted: Iterable[Any] = expected.rows
        else:
            wanted = [tuple(row) for row in expected]
        if same_rows(actual.rows, tuple(wanted), ordered=ordered):
            return None
        shown = expected if isinstance(expected, Rows) else "\n".join(map(repr, expected))
        return f"rows\n{actual}\nare not\n{shown}"
    if isinstance(actual, tuple) and isinstance(expected, tuple | list) and len(actual) == len(expected):
        reasons = [differ(one, other, ordered=ordered) for one, other in zip(actual, expected, strict=True)]
        return next((reason for reason in reasons if reason), None)
    return None if same(actual, expected) else f"{actual!r} is not {expected!r}"


def same_rows(actual: tuple[Any, ...], expected: tuple[Any, ...], *, ordered: bool) -> bool:
    if len(actual) != len(expected):
        return False
    if ordered:
        return all(same(one, other) for one, other in zip(actual, expected, strict=True))
    left = list(expected)
    for row in actual:
        position = next((i for i, other in enumerate(left) if same(row, other)), None)
        if position is None:
            return False
        del left[position]
    return True


def same(actual: Any, expected: Any) -> bool:
    """Equal, of the same type, floats to nine digits."""
    if isinstance(actual, tuple | list) and isinstance(expected, tuple | list):
        return len(actual) == len(expected) and all(map(same, actual, expected))
    if isinstance(actual, dict) and isinstance(expected, dict):
        return actual.keys() == expected.keys() and all(same(actual[key], expected[key]) for key in actual)
    if type(actual) is not type(expected):
        return False
    if isinstance(actual, float):
        return isclose(actual, expected, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    if isinstance(actual, Decimal):
        return actual.compare(expected) == 0
    return bool(actual == expected)
