"""The cells of one notebook as text and as trees, kept from check to check."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar, cast

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.magics import blank

from .syntax import parse

_Made = TypeVar("_Made")
#: So many answers to "which cells hold it" are kept.
_QUESTIONS = 1000


class Sources:
    """Trees and lines, made when asked for and kept by source; which cells hold which text.

    Analysis says of every edit what it did, by :meth:`edited` or :meth:`replaced`.
    """

    def __init__(self) -> None:
        self._cells: Sequence[Cell] = ()
        self._count: Counter[str] = Counter()
        self._trees: dict[str, ast.Module] = {}
        self._made: dict[str, object] = {}
        self._lines: dict[str, list[str]] = {}
        self._where_it_is: dict[str | re.Pattern[str], list[int]] = {}

        self._gathered: dict[tuple[str, object], object] = {}
        self._parsed: dict[str, ast.Module] = {}

    def parsed(self, source: str, tree: ast.Module) -> None:
        """Analysis parsed a cell that rules may ask about: until :meth:`settle` it need not be parsed again."""
        self._parsed[source] = tree

    def settle(self) -> None:
        """Drops the trees that nobody asked about."""
        self._parsed.clear()

    def tree(self, source: str) -> ast.Module:
        """The tree of a cell; empty where it is no Python."""
        tree = self._trees.get(source)
        if tree is None:
            tree = self._trees[source] = self._parsed.pop(source) if source in self._parsed else self._read(source)
        return tree

    @staticmethod
    def _read(source: str) -> ast.Module:
        try:
            return parse(blank(source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module([], [])

    def held(self, source: str, make: Callable[[ast.Module], object]) -> object:
        """What ``make`` made of a cell's tree, made once for as long as the cell stays as it is."""
        if source not in self._made:
            self._made[source] = make(self.tree(source))
        return self._made[source]

    def lines(self, source: str) -> Sequence[str]:
        lines = self._lines.get(source)
        if lines is None:
            lines = self._lines[source] = source.split("\n")
        return lines

    def holding(self, text: str) -> Sequence[int]:
        """The cells whose source holds ``text``, in their order."""
        return self._where(text)

    def matching(self, pattern: re.Pattern[str]) -> Sequence[int]:
        """The cells in whose source ``pattern`` is found, in their order."""
        return self._where(pattern)

    def _where(self, what: str | re.Pattern[str]) -> Sequence[int]:
        found = self._where_it_is.get(what)
        if found is None:
            if len(self._where_it_is) >= _QUESTIONS:
                self._where_it_is.clear()
            found = self._where_it_is[what] = [i for i, cell in enumerate(self._cells) if is_in(what, cell.source)]
        return found

    def gathered(self, text: str, make: Callable[[Sequence[tuple[int, ast.Module]]], _Made]) -> _Made:
        """What ``make`` made of the cells that hold ``text``, made once for as long as those stay as they are."""
        key = (text, make)
        if key not in self._gathered:
            self._gathered[key] = make([(cell, self.tree(self._cells[cell].source)) for cell in self.holding(text)])
        return cast("_Made", self._gathered[key])

    def edited(self, cells: Sequence[Cell], changed: Iterable[int]) -> None:
        """The notebook is ``cells``; those at ``changed`` have another source than before, all others are as before."""
        for index in changed:
            before, now = self._cells[index].source, cells[index].source
            self._count[before] -= 1
            self._count[now] += 1
            if not self._count[before]:
                self._forget(before)
            for key in [key for key in self._gathered if key[0] in before or key[0] in now]:
                del self._gathered[key]
            for what, found in self._where_it_is.items():
                if is_in(what, before) != is_in(what, now):
                    if is_in(what, now):
                        insort(found, index)
                    else:
                        del found[bisect_left(found, index)]
        self._cells = cells

    def replaced(self, cells: Sequence[Cell]) -> None:
        """The notebook is ``cells``, whatever it was."""
        self._cells = cells
        self._where_it_is.clear()
        self._gathered.clear()
        self._count = Counter([cell.source for cell in cells])
        for source in (self._trees.keys() | self._lines.keys()) - self._count.keys():
            self._forget(source)

    def _forget(self, source: str) -> None:
        self._trees.pop(source, None)
        self._made.pop(source, None)
        self._lines.pop(source, None)
        self._count.pop(source, None)


def is_in(what: str | re.Pattern[str], source: str) -> bool:
    """Whether a cell holds a text, or a pattern is found in it."""
    return what in source if isinstance(what, str) else what.search(source) is not None
