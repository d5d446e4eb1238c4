"""What the rules stand on: for every shipped callable the bodies that run with it, and what their names are there."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.magics import blank

from .model import CallSite, Kind, NotebookModel
from .scopes import Import
from .syntax import parse
from .values import Binding, Value


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a cell: cells from 0, lines from 1, columns from 0 in UTF-8 bytes, as `ast` counts."""

    cell: int
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Body:
    """A function, lambda or method that runs on the executor; ``names`` are those it reads from outside.

    ``closed`` are those of them that the functions and comprehensions around it bind; the others are global.
    """

    cell: int
    line: int
    column: int
    name: str
    kind: Kind
    names: Mapping[str, Binding]
    closed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Journey:
    """One callable on its way: handed over by ``call``, shipped by ``execution`` (None: nothing executes it).

    ``name`` and ``kind`` are those of :class:`Shipped`; ``bodies`` start with its own.
    """

    name: str
    kind: str
    call: CallSite
    execution: Span | None
    target: Value
    bodies: tuple[Body, ...]


@dataclass(slots=True)
class Trees:
    """The parsed cells of one notebook, parsed when asked for and kept by source."""

    _kept: dict[str, ast.Module] = field(default_factory=dict)
    _made: dict[str, object] = field(default_factory=dict)

    def parse(self, source: str) -> ast.Module:
        """The tree of a cell; empty where it is no Python."""
        tree = self._kept.get(source)
        if tree is None:
            try:
                tree = parse(blank(source))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                tree = ast.Module([], [])
            self._kept[source] = tree
        return tree

    def held(self, source: str, make: Callable[[ast.Module], object]) -> object:
        """What ``make`` made of a cell's tree, made once for as long as the cell stays as it is."""
        if source not in self._made:
            self._made[source] = make(self.parse(source))
        return self._made[source]

    def only(self, sources: set[str]) -> None:
        """Forget what is in none of ``sources``."""
        for source in self._kept.keys() - sources:
            del self._kept[source]
            self._made.pop(source, None)


@dataclass(frozen=True)
class Evidence:
    """One notebook at one moment.

    ``imports`` and ``writers`` are of the statements outside functions: by cell, and by global name the cells that
    bind it, both in document order. ``sizes`` are the bytes that the values of global names take in the kernel.
    """

    cells: Sequence[Cell]
    model: NotebookModel
    journeys: tuple[Journey, ...]
    imports: Sequence[Sequence[Import]]
    writers: Mapping[str, Sequence[int]]
    trees: Trees
    sizes: Mapping[str, int] = field(default_factory=dict)
    _lines: dict[int, Sequence[str]] = field(default_factory=dict, repr=False, compare=False)
    _speaking: dict[str, Sequence[int]] = field(default_factory=dict, repr=False, compare=False)

    def speaking_of(self, text: str) -> Sequence[int]:
        """The cells whose source holds ``text``."""
        found = self._speaking.get(text)
        if found is None:
            found = self._speaking[text] = [index for index, cell in enumerate(self.cells) if text in cell.source]
        return found

    def lines(self, cell: int) -> Sequence[str]:
        found = self._lines.get(cell)
        if found is None:
            found = self._lines[cell] = self.cells[cell].source.split("\n")
        return found

    def tree(self, cell: int) -> ast.Module:
        return self.trees.parse(self.cells[cell].source)
