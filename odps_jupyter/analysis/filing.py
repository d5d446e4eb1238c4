"""What was made of each cell, filed by name, so that an edit is known to change the answer to few questions."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Generic, TypeVar

Item = TypeVar("Item")
#: What one cell gives, by name; equal items are the same answer.
Make = Callable[[ast.Module], Mapping[str, Sequence[Item]]]


class Filing(Generic[Item]):
    """By name what ``make`` made of the cells given to :meth:`put`, each item with its cell, in their order."""

    def __init__(self, make: Make[Item]) -> None:
        self._make = make
        self._of: dict[int, Mapping[str, Sequence[Item]]] = {}
        self._named: dict[str, list[tuple[int, Item]]] = {}

    def named(self, name: str) -> Sequence[tuple[int, Item]]:
        return self._named.get(name, ())

    def put(self, cell: int, tree: ast.Module | None) -> set[str]:
        """The cell is ``tree`` now, None where it has nothing to say; returns the names whose answer is another."""
        before, now = self._of.pop(cell, {}), {} if tree is None else self._make(tree)
        if now:
            self._of[cell] = now
        changed = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
        for name in changed:
            items = self._named.setdefault(name, [])
            start = bisect_left(items, cell, key=itemgetter(0))
            items[start : start + len(before.get(name, ()))] = [(cell, item) for item in now.get(name, ())]
        return changed
