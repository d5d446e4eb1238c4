"""How many bytes of memory rows take in Python: by their types, or by the values of the first ones."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: Bytes of a row that is a list or a named tuple, of a place in it, and of a number in Python.
ROW, PLACE, NUMBER = 56, 8, 32
#: Types whose values have a bound, with the most bytes that one takes in Python (`sys.getsizeof`).
_MOST = {
    **dict.fromkeys(("int", "smallint", "tinyint", "double", "float", "boolean", "date"), NUMBER),
    "bigint": 36,
    "datetime": 48,
    **dict.fromkeys(("timestamp", "timestamp_ntz"), 128),
}


def widest_of(types: Iterable[Any]) -> int | None:
    """The most bytes of a row with values of these MaxCompute types in Python; None where one of them has no bound."""
    widths = [_MOST.get(str(kind).lower()) for kind in types]
    if None in widths:
        return None
    return ROW + sum(PLACE + width for width in widths if width is not None)


def width_of_frame(frame: pd.DataFrame) -> float:
    """Bytes of one of its rows in pandas."""
    if not len(frame):
        return 0.0
    total = 0
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        total += int(column.memory_usage(index=False))
        if column.dtype == object:
            total += sum(map(weight, column))
    return total / len(frame)


def width_of_records(records: Iterable[Any]) -> float:
    """Bytes of one of PyODPS's records as the list it becomes in a result."""
    weights = [ROW + sum(PLACE + weight(value) for value in record.values) for record in records]
    return sum(weights) / len(weights) if weights else 0.0


def weight(value: Any) -> int:
    """Bytes of a value of MaxCompute's in Python, with those inside of it."""
    import numpy as np

    inner: Iterable[Any] = ()
    shown = 0
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    elif isinstance(value, list | tuple):
        inner = value
    elif isinstance(value, np.ndarray):
        inner = value if value.dtype == object else ()
        shown = 0 if value.flags.owndata else value.nbytes  # arrays of a column are views of one that nobody counts
    return sys.getsizeof(value) + shown + sum(map(weight, inner))
