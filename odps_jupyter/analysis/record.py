"""What the evaluation of one cell found, and what it rests on."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from .model import CellError
from .names import Names
from .scopes import Import, Scope
from .values import Binding, DefKey, Site, Value

#: A shipped callable: its definition and the name it ships under (a class ships whole or by one bound method).
ShippedKey: TypeAlias = tuple[DefKey, str]


class Use(NamedTuple):
    """Something that makes a definition run: ``side`` says where, ``text`` why.

    ``guessed`` is local as far as anybody knows, and counts where nothing else is found.

    ``{where}`` in the text stands for "cell N, line M" of (``cell``, ``line``): cells move, so numbers come last.
    """

    key: DefKey
    side: Literal["local", "executor", "guessed"]
    text: str
    cell: int
    line: int
    direct: bool


class SiteText(NamedTuple):
    """Where a handing-over call stands, for people; ``api`` is the library it calls, ``pyodps`` or ``maxframe``."""

    cell: int
    line: int
    column: int
    end_line: int
    end_column: int
    method: str
    receiver: str
    target: str
    api: str = "pyodps"


class Needed(NamedTuple):
    """One thing a shipped callable takes along: the name it goes by, and facts for the details."""

    name: str
    facts: tuple[tuple[str, str | int | bool], ...]


class Code(NamedTuple):
    """A definition whose body runs on the executor, and what the names it reads from outside are there.

    ``closed`` are those of them that the functions and comprehensions around it bind.
    """

    key: DefKey
    names: tuple[tuple[str, Binding], ...]
    closed: frozenset[str]


class Execution(NamedTuple):
    """The call that executes an expression: from its first character to its closing bracket."""

    cell: int
    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def of(cls, cell: int, node: ast.expr) -> Execution:
        return cls(cell, node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0)


class Shipment(NamedTuple):
    """One callable of the notebook handed over at a site, with what it takes along when it is executed.

    ``target`` is what is handed over, ``codes`` every body it makes run on the executor, ``execution`` the call that
    ships it, None where nothing in the notebook does.
    """

    key: DefKey
    name: str
    kind: Literal["function", "class", "lambda", "method"]
    imports: tuple[Needed, ...]
    captures: tuple[Needed, ...]
    functions: tuple[Needed, ...]
    target: Value
    codes: tuple[Code, ...]
    execution: Execution | None


@dataclass(slots=True, eq=False)
class Findings:
    """Uses, sites and shipments, with the global names and the cells whose code they were found in."""

    names: dict[str, Binding] = field(default_factory=dict)
    cells: set[int] = field(default_factory=set)
    uses: dict[Use, None] = field(default_factory=dict)
    sites: dict[Site, SiteText] = field(default_factory=dict)
    shipments: dict[Site, tuple[Shipment, ...]] = field(default_factory=dict)
    #: It changed something outside itself, so what it returned once says nothing of the next time.
    effects: bool = False

    def add(self, other: Findings) -> None:
        self.names.update(other.names)
        self.cells |= other.cells
        self.uses.update(other.uses)
        self.sites.update(other.sites)
        self.shipments.update(other.shipments)
        self.effects = self.effects or other.effects


@dataclass(slots=True, eq=False)
class Summary:
    """What a call of a function of the notebook returned, and found on its way."""

    result: Value
    changed: Value
    findings: Findings
    versions: dict[int, str]


class Written(NamedTuple):
    """What others rest on that follow code of a cell: its definitions and handing-over calls, with their places.

    ``places`` are the lines and columns of the definitions in the order of their numbers, ``lines`` the source from the
    first to the last of them.
    """

    places: tuple[tuple[int, int, int], ...]
    lines: tuple[str, ...]
    sites: tuple[tuple[Site, SiteText], ...]

    @classmethod
    def of(cls, source: str, scopes: Sequence[Scope], sites: Mapping[Site, SiteText]) -> Written:
        if not scopes:
            return cls((), (), tuple(sites.items()))
        first, last = min([scope.line for scope in scopes]), max([scope.end_line for scope in scopes])
        places = tuple([(scope.line, scope.column, scope.end_line) for scope in scopes])
        # Python counts lines by carriage returns as well.
        lines = [source] if "\r" in source else source.split("\n")[first - 1 : last]
        return cls(places, tuple(lines), tuple(sites.items()))


@dataclass(slots=True, eq=False)
class Evaluation:
    """One cell evaluated: what it reads and sets, and what was found in it.

    ``versions`` are the :class:`Written` of the other cells whose code it followed.
    """

    cell: int
    source: str
    error: CellError | None = None
    scopes: list[Scope] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    reads: dict[str, Binding] = field(default_factory=dict)
    writes: Names = field(default_factory=Names)
    lines: dict[str, int] = field(default_factory=dict)
    skipped: dict[DefKey, str] = field(default_factory=dict)
    versions: dict[int, Written | None] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
