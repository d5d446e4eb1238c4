"""The cells of one notebook as text and as trees, kept from check to check."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, cast

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.magics import blank

from .filing import Filing, Item, Make
from .syntax import parse

#: What is filed: of the cells that hold a text, what was made of each, under a name.
Filed: TypeAlias = tuple[str, Make[Any], str]
_WORD = re.compile(r"\w+")
#: So many words are looked for one by one; who asks for more gets an index of all.
_FEW = 8


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
        #: By word the cells that hold it: of the words asked for, and of all words once those are many.
        self._asked: dict[str, list[int]] = {}
        self._words: dict[str, list[int]] | None = None
        self._filings: dict[tuple[str, Make[Any]], Filing[Any]] = {}
        self._unfiled: set[int] = set()
        self._refiled: set[Filed] = set()
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
            found = self._where_it_is[what] = [i for i, cell in enumerate(self._cells) if is_in(what, cell.source)]
        return found

    def naming(self, word: str) -> Sequence[int]:
        """The cells that hold ``word`` as a word, in their order: code, comments and texts alike."""
        found = (self._asked if self._words is None else self._words).get(word)
        if found is None and self._words is None:
            if len(self._asked) < _FEW:
                found = [i for i, cell in enumerate(self._cells) if word in cell.source and word in words(cell.source)]
                self._asked[word] = found
            else:
                found = self._index().get(word)
        return found or ()

    def _index(self) -> dict[str, list[int]]:
        self._words, self._asked = {}, {}
        for index, cell in enumerate(self._cells):
            for each in words(cell.source):
                self._words.setdefault(each, []).append(index)
        return self._words

    def filed(self, text: str, make: Make[Item], name: str) -> Sequence[tuple[int, Item]]:
        """What ``make`` made of the cells that hold ``text`` and filed under ``name``, each with its cell."""
        self._file()
        filing = self._filings.get((text, make))
        if filing is None:
            filing = self._filings[text, make] = Filing(make)
            for cell in self.holding(text):
                filing.put(cell, self.tree(self._cells[cell].source))
        return cast("Filing[Item]", filing).named(name)

    def refiled(self) -> frozenset[Filed]:
        """What is another answer since the last call."""
        self._file()
        refiled, self._refiled = frozenset(self._refiled), set()
        return refiled

    def _file(self) -> None:
        for cell in self._unfiled:
            source = self._cells[cell].source
            for (text, make), filing in self._filings.items():
                changed = filing.put(cell, self.tree(source) if text in source else None)
                self._refiled.update([(text, make, name) for name in changed])
        self._unfiled.clear()

    def edited(self, cells: Sequence[Cell], changed: Iterable[int]) -> None:
        """The notebook is ``cells``; those at ``changed`` have another source than before, all others are as before."""
        for index in changed:
            before, now = self._cells[index].source, cells[index].source
            self._count[before] -= 1
            self._count[now] += 1
            if not self._count[before]:
                self._forget(before)
            if any(text in before or text in now for text, _ in self._filings):
                self._unfiled.add(index)
            for what, found in self._where_it_is.items():
                _put(found, index, is_in(what, before), is_in(what, now))
            if self._words is not None or self._asked:
                held, holds = words(before), words(now)
                for word in held ^ holds:
                    if self._words is not None:
                        _put(self._words.setdefault(word, []), index, word in held, word in holds)
                    elif word in self._asked:
                        _put(self._asked[word], index, word in held, word in holds)
        self._cells = cells

    def replaced(self, cells: Sequence[Cell]) -> None:
        """The notebook is ``cells``, whatever it was."""
        self._cells = cells
        self._where_it_is.clear()
        self._asked, self._words = {}, None
        self._filings.clear()
        self._unfiled.clear()
        self._refiled.clear()
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


def words(source: str) -> set[str]:
    """The words of a cell, names among them."""
    return set(_WORD.findall(source))


def _put(cells: list[int], index: int, held: bool, holds: bool) -> None:
    """A cell holds something now, or no longer does."""
    if holds and not held:
        insort(cells, index)
    elif held and not holds:
        del cells[bisect_left(cells, index)]
