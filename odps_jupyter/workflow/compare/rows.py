"""Two results side by side: aligned by key or by order, else matched as bags of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .comparison import Difference
from .values import is_number, plain, rough, same

if TYPE_CHECKING:
    import pandas as pd

Row = tuple[Any, ...]
#: Differences that are looked at for a cause; a report shows fewer.
LOOKED_AT = 500
#: Rows without a counterpart that are paired with the likeliest one; each is compared with each.
PAIRED = 100


@dataclass(frozen=True)
class Alignment:
    """How rows of an expression's result are told apart.

    Attributes:
        keys: columns that name a row, such as the keys of a group.
        sorted_by: columns the result is sorted by, empty for others; None where its order means nothing.
    """

    keys: tuple[str, ...] = ()
    sorted_by: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Found:
    """Attributes:

    rows: of the result on pandas.
    differences: the first of them; none where the results are equal.
    order_only: both sides have the same rows, in another order.
    """

    rows: int
    differences: tuple[Difference, ...] = ()
    order_only: bool = False


def as_frame(value: Any, name: str = "value") -> pd.DataFrame:
    """A result as a frame: one cell for a scalar, one column for a sequence."""
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        return value
    if isinstance(value, pd.Series):
        return value.to_frame(name)
    return pd.DataFrame({name: pd.Series([value], dtype=object)})


def compare_frames(left: pd.DataFrame, right: pd.DataFrame, alignment: Alignment) -> Found:
    """Compare what pandas computed, ``left``, with what the executor did."""
    names = [str(name).lower() for name in left.columns]
    others = [str(name).lower() for name in right.columns]
    if sorted(names) != sorted(others):
        only = next(name for name in [*names, *others] if names.count(name) != others.count(name))
        here = only if only in names else None
        there = only if only in others else None
        return Found(len(left), (Difference(0, only, here, there),))
    ours = _rows(left)
    theirs = [tuple(row[others.index(name)] for name in names) for row in _rows(right)]
    if alignment.sorted_by is not None:
        found = _by_order(ours, theirs, names, alignment.sorted_by)
        if found is not None:
            return found
    keys = [names.index(key.lower()) for key in alignment.keys if key.lower() in names]
    at = keys if keys and len(keys) == len(alignment.keys) else _unique(ours, theirs, len(names))
    by_key = _by_key(ours, theirs, names, at) if at else None
    return Found(len(ours), tuple(_as_bags(ours, theirs, names) if by_key is None else by_key))


def _rows(frame: pd.DataFrame) -> list[Row]:
    columns = [[plain(value) for value in frame.iloc[:, at].tolist()] for at in range(frame.shape[1])]
    return list(zip(*columns, strict=True))


def _same_rows(left: Row, right: Row) -> bool:
    return all(same(one, other) for one, other in zip(left, right, strict=True))


def _by_order(ours: list[Row], theirs: list[Row], names: list[str], sorted_by: Sequence[str]) -> Found | None:
    """The comparison in order; None where the rows themselves differ, which order does not explain."""
    if len(ours) != len(theirs):
        return None
    if all(map(_same_rows, ours, theirs)):
        return Found(len(ours))
    only_ours, only_theirs = _unmatched(ours, theirs)
    if only_ours or only_theirs:
        return None
    at = [names.index(name.lower()) for name in sorted_by if name.lower() in names]
    # Rows with equal sort keys may stand in any order: nobody promises more.
    if at and all(same(one[i], other[i]) for one, other in zip(ours, theirs, strict=True) for i in at):
        return Found(len(ours))
    differences = [
        one for row, pair in enumerate(zip(ours, theirs, strict=True)) for one in _cells(row, *pair, names, ())
    ]
    return Found(len(ours), tuple(differences[:LOOKED_AT]), order_only=True)


def _unique(ours: list[Row], theirs: list[Row], width: int) -> list[int]:
    """A column that names the rows: the same values on both sides, each once."""
    if len(ours) < 2 or len(ours) != len(theirs):
        return []
    for at in range(width):
        left, right = [rough(row[at]) for row in ours], {rough(row[at]) for row in theirs}
        if not any(isinstance(row[at], float) for row in ours) and len(right) == len(ours) and set(left) == right:
            return [at]
    return []


def _by_key(ours: list[Row], theirs: list[Row], names: list[str], at: list[int]) -> list[Difference] | None:
    """None where the columns do not name rows after all."""
    left = {tuple(rough(row[i]) for i in at): (n, row) for n, row in enumerate(ours)}
    right = {tuple(rough(row[i]) for i in at): (n, row) for n, row in enumerate(theirs)}
    if len(left) != len(ours) or len(right) != len(theirs):
        return None
    differences: list[Difference] = []
    for key, (n, row) in left.items():
        called = tuple((names[i], row[i]) for i in at)
        if key in right:
            differences += _cells(n, row, right[key][1], names, called)
        else:
            differences.append(Difference(n, None, row, None, called))
    for key, (n, row) in right.items():
        if key not in left:
            differences.append(Difference(n, None, None, row, tuple((names[i], row[i]) for i in at)))
    return differences[:LOOKED_AT]


def _as_bags(ours: list[Row], theirs: list[Row], names: list[str]) -> list[Difference]:
    only_ours, only_theirs = _unmatched(ours, theirs)
    differences: list[Difference] = []
    for n, row in only_ours[:PAIRED]:
        # The likeliest counterpart is the one that shares most values.
        best = max(only_theirs[:PAIRED], key=lambda other: sum(map(same, row, other[1])), default=None)
        if best is None:
            differences.append(Difference(n, None, row, None))
        else:
            only_theirs.remove(best)
            differences += _cells(n, row, best[1], names, ())
    differences += [Difference(n, None, row, None) for n, row in only_ours[PAIRED:]]
    # Theirs are left over only where there are more of them, or more than are paired.
    differences += [Difference(n, None, None, row) for n, row in only_theirs]
    return differences[:LOOKED_AT]


def _unmatched(ours: list[Row], theirs: list[Row]) -> tuple[list[tuple[int, Row]], list[tuple[int, Row]]]:
    """The rows that have no counterpart on the other side, each with its index."""
    groups: dict[Any, tuple[list[tuple[int, Row]], list[tuple[int, Row]]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((ours, theirs)):
        for n, row in enumerate(rows):
            groups[tuple("number" if _inexact(value) else rough(value) for value in row)][side].append((n, row))
    left: list[tuple[int, Row]] = []
    right: list[tuple[int, Row]] = []
    for mine, others in groups.values():
        one, other = _walk(sorted(mine, key=_numbers), sorted(others, key=_numbers))
        left += one
        right += other
    return sorted(left, key=lambda pair: pair[0]), sorted(right, key=lambda pair: pair[0])


def _walk(
    mine: list[tuple[int, Row]], others: list[tuple[int, Row]]
) -> tuple[list[tuple[int, Row]], list[tuple[int, Row]]]:
    """Two sorted groups from their smallest on; what has no counterpart falls out."""
    left, right, i, j = [], [], 0, 0
    while i < len(mine) and j < len(others):
        if _same_rows(mine[i][1], others[j][1]):
            i, j = i + 1, j + 1
        elif _numbers(mine[i]) <= _numbers(others[j]):
            left.append(mine[i])
            i += 1
        else:
            right.append(others[j])
            j += 1
    return left + mine[i:], right + others[j:]


def _inexact(value: Any) -> bool:
    """An integer of one side may be a float of the other."""
    return is_number(value) and not isinstance(value, bool)


def _numbers(pair: tuple[int, Row]) -> tuple[float, ...]:
    return tuple(float(value) for value in pair[1] if _inexact(value))


def _cells(n: int, left: Row, right: Row, names: list[str], key: tuple[tuple[str, Any], ...]) -> list[Difference]:
    return [
        Difference(n, name, one, other, key)
        for name, one, other in zip(names, left, right, strict=True)
        if not same(one, other)
    ]
