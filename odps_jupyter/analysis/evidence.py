"""What the rules stand on: for every shipped callable the bodies that run with it, and what their names are there."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import overload

from odps_jupyter.notebook.cell import Cell

from .filing import Item, Make
from .model import CallSite, Kind, NotebookModel
from .record import ShippedKey
from .scopes import Import
from .sources import Filed, Sources
from .values import Binding, DefKey, Value


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

    ``closed`` are those of them that the functions and comprehensions around it bind; the others are global. ``key`` is
    that of the :class:`Function` values it is the body of: its cell has another number there than in the document.
    """

    key: DefKey
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
class Grounds:
    """What somebody looked at: cells, the cells that bind a name; or everything.

    Of ``texts``, patterns and ``words`` it is which cells hold them, of ``filed`` what of all cells is filed there.
    ``shipped`` is what was asked of the bodies that ship: names and paths they use, cells they stand in.
    """

    cells: set[int] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    texts: set[str | re.Pattern[str]] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    filed: set[Filed] = field(default_factory=set)
    shipped: set[str | int] = field(default_factory=set)
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Since:
    """What edits did since the evidence of the same ``origin`` that was numbered one less.

    ``cells`` have another source, ``names`` are bound by other cells, the journeys of ``shipped`` and what is ``filed``
    are others; with ``everything``, all may be another.
    """

    origin: object
    number: int
    everything: bool
    cells: frozenset[int]
    names: frozenset[str]
    shipped: frozenset[ShippedKey] = frozenset()
    filed: frozenset[Filed] = frozenset()


@dataclass(frozen=True)
class Evidence:
    """One notebook at one moment.

    ``imports_of`` a cell and ``writers``, by global name the cells that bind it, in document order, are of the
    statements outside functions. ``sizes`` are the bytes that the values of global names take in the kernel.
    ``places`` are the cells of the document that the cells stand for, where those are runs; else it is empty.
    ``shipped`` holds the journeys of each shipped callable, the same objects for as long as nothing about them changes.
    """

    cells: Sequence[Cell]
    told: NotebookModel
    shipped: Mapping[ShippedKey, tuple[Journey, ...]]
    imports_of: Callable[[int], Sequence[Import]]
    writers: Mapping[str, Sequence[int]]
    sources: Sources
    since: Since
    #: Whether some cell is no Python.
    broken: bool = False
    sizes: Mapping[str, int] = field(default_factory=dict)
    places: Sequence[int] = ()
    grounds: Grounds = field(default_factory=Grounds, compare=False)

    @property
    def model(self) -> NotebookModel:
        self.grounds.everything = True
        return self.told

    @property
    def journeys(self) -> tuple[Journey, ...]:
        """Every callable of the notebook on every way it is shipped, in the order of the calls that hand it over."""
        self.grounds.everything = True
        return tuple(sorted(chain.from_iterable(self.shipped.values()), key=place_of))

    def watched(self, grounds: Grounds) -> Evidence:
        """The same, which notes in ``grounds`` what is looked at."""
        cells, writers = _Cells(self.cells, grounds), _Writers(self.writers, grounds)
        return replace(self, cells=cells, writers=writers, grounds=grounds)

    def imported(self, name: str, cell: int) -> str | None:
        """The dotted path that the last import up to the end of ``cell`` bound ``name`` to; None where none did."""
        item = self.import_of(name, cell)
        return None if item is None else item.module if item.member is None else f"{item.module}.{item.member}"

    def import_of(self, name: str, cell: int) -> Import | None:
        """The last import up to the end of ``cell`` that bound ``name``."""
        writers = self.writers.get(name, ())
        for index in reversed(writers[: bisect_right(writers, cell)]):
            self.grounds.cells.add(index)
            for item in reversed(self.imports_of(index)):
                if item.bound == name:
                    return item
        return None

    def speaking_of(self, text: str) -> Sequence[int]:
        """The cells whose source holds ``text``."""
        self.grounds.texts.add(text)
        return self.sources.holding(text)

    def matching(self, pattern: re.Pattern[str]) -> Sequence[int]:
        """The cells in whose source ``pattern`` is found."""
        self.grounds.texts.add(pattern)
        return self.sources.matching(pattern)

    def naming(self, word: str) -> Sequence[int]:
        """The cells whose source holds ``word`` as a word."""
        self.grounds.words.add(word)
        return self.sources.naming(word)

    def filed(self, text: str, make: Make[Item], name: str) -> Sequence[tuple[int, Item]]:
        """What ``make`` made of the cells that hold ``text`` and filed under ``name``, each with its cell, in order."""
        self.grounds.filed.add((text, make, name))
        return self.sources.filed(text, make, name)

    def lines(self, cell: int) -> Sequence[str]:
        return self.sources.lines(self.cells[cell].source)

    def tree(self, cell: int) -> ast.Module:
        return self.sources.tree(self.cells[cell].source)

    def held(self, cell: int, make: Callable[[ast.Module], object]) -> object:
        """What ``make`` made of a cell's tree, made once for as long as the cell stays as it is."""
        return self.sources.held(self.cells[cell].source, make)


def place_of(journey: Journey) -> tuple[object, ...]:
    """What journeys are ordered by: where the call that hands the callable over ends, then all that may differ."""
    call, body, execution = journey.call, journey.bodies[:1], journey.execution
    return (
        call.cell, call.end_line, call.end_column, call.text, journey.name,
        [(each.cell, each.line, each.column) for each in body],
        () if execution is None else (execution.cell, execution.line, execution.column, execution.end_column),
    )  # fmt: skip


class _Cells(Sequence[Cell]):
    """The cells, each look noted; how many they are stays as it is for as long as only sources are edited."""

    def __init__(self, cells: Sequence[Cell], grounds: Grounds) -> None:
        self._cells = cells
        self._grounds = grounds

    @overload
    def __getitem__(self, index: int) -> Cell: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Cell]: ...

    def __getitem__(self, index: int | slice) -> Cell | Sequence[Cell]:
        if isinstance(index, slice):
            self._grounds.everything = True
        else:
            self._grounds.cells.add(index)
        return self._cells[index]

    def __iter__(self) -> Iterator[Cell]:
        self._grounds.everything = True
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)


class _Writers(Mapping[str, Sequence[int]]):
    """The cells by the names they bind, each look noted."""

    def __init__(self, writers: Mapping[str, Sequence[int]], grounds: Grounds) -> None:
        self._writers = writers
        self._grounds = grounds

    def __getitem__(self, name: str) -> Sequence[int]:
        self._grounds.names.add(name)
        return self._writers[name]

    def __iter__(self) -> Iterator[str]:
        self._grounds.everything = True
        return iter(self._writers)

    def __len__(self) -> int:
        self._grounds.everything = True
        return len(self._writers)
