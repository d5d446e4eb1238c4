"""When a value that pandas computed and one that the executor computed are the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

#: Sums of doubles differ in their last digits by the order of their rows, which no executor promises.
RELATIVE, ABSOLUTE = 1e-9, 1e-12
#: Doubles hold no greater integer exactly.
EXACT = 2**53
#: Characters of a value in a report.
SHOWN = 80


def plain(value: Any) -> Any:
    """``value`` without NumPy's types; what is missing (NULL, NaN, NaT, NA) is None.

    pandas has one sign for NULL and NaN in a column of doubles, so a result cannot tell them apart.
    """
    import numpy as np
    import pandas as pd

    if isinstance(value, np.ndarray):
        return [plain(one) for one in value.tolist()]
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)  # NaT, of whatever unit, is missing
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {plain(name): plain(one) for name, one in value.items()}
    return None if pd.api.types.is_scalar(value) and pd.isna(value) else value


def same(left: Any, right: Any) -> bool:
    """Whether two plain values are equal: floats by tolerance, decimals by value, and missing is missing."""
    if left is None or right is None:
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(one, other) for one, other in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(one, right[name]) for name, one in left.items())
    if is_number(left) and is_number(right):
        if isinstance(left, float) or isinstance(right, float):
            return close(float(left), float(right))
        return bool(left == right)
    return bool(left == right)


def close(left: float, right: float) -> bool:
    return math.isclose(left, right, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def is_number(value: Any) -> bool:
    return isinstance(value, Integral | Real | Decimal)


def rough(value: Any) -> Any:
    """A hashable stand-in by which equal values are found; floats lose the digits that may differ."""
    if isinstance(value, float | Decimal):
        # An integer of one side may be a float of the other.
        number = float(value)
        return int(value) if abs(number) < EXACT and value == int(value) else f"{number:.8g}"
    if isinstance(value, list):
        return tuple(rough(one) for one in value)
    if isinstance(value, dict):
        return frozenset((rough(name), rough(one)) for name, one in value.items())
    return value


def shown(value: Any) -> str:
    """A value for a reader; NULL is said as MaxCompute says it."""
    text = "NULL" if value is None else repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
