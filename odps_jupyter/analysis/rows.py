"""What is told of each cell, laid one behind the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class Rows(Generic[_Item]):
    """A row of items for each of ``length`` cells; most rows are empty, and most edits change none."""

    def __init__(self, length: int) -> None:
        self._rows: list[Sequence[_Item]] = [()] * length
        self._whole: tuple[_Item, ...] | None = None

    def put(self, index: int, row: Sequence[_Item]) -> None:
        """The row of the cell at ``index``."""
        if self._rows[index] != row:
            self._rows[index] = row
            self._whole = None

    def row(self, index: int) -> Sequence[_Item]:
        return self._rows[index]

    def whole(self) -> tuple[_Item, ...]:
        """All rows; the same object for as long as none changes."""
        if self._whole is None:
            self._whole = tuple(chain.from_iterable(filter(None, self._rows)))
        return self._whole
