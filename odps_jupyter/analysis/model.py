"""What the analysis of a notebook says: plain data, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .values import Role

Side = Literal["local", "executor", "both"]
Kind = Literal["function", "class", "lambda"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one named function, class or lambda runs, and why.

    ``cell`` counts code cells from 0, lines count from 1 in the cell as written; ``line`` is that of the word ``def``,
    ``class`` or ``lambda``. In ``reason`` cells count from 1, as people do.
    """

    cell: int
    line: int
    end_line: int
    name: str
    kind: Kind
    side: Side
    reason: str


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call that hands a callable over to the executor, from the name of the method to its closing bracket.

    Columns are 0-based UTF-8 bytes, as `ast` counts. ``target`` names the definitions of the notebook handed over as
    (cell, line, name), ``library`` what travels by name ("pricing.gross"), ``text`` the argument as written.
    """

    cell: int
    line: int
    column: int
    end_line: int
    end_column: int
    method: str
    role: Role
    receiver: str
    target: tuple[tuple[int, int, str], ...]
    library: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Shipped:
    """A callable of the notebook that is handed over, with everything it takes along, transitively.

    Attributes:
        name: of the function, of the class for a callable instance or an aggregate, or ``Class.method`` for a bound
            method.
        kind: ``method`` marks a bound method, which PyODPS 0.13.2 cannot load on the executor.
        imports: modules, dotted. ``captures``: names whose values travel. ``functions``: helper functions and classes.
        calls: the calls that hand it over, in document order.
        details: JSON-ready: ``imports`` (module to where it is bound: inside or outside the body, and the line),
            ``captures`` (name to origin and to the cell and line that last set it before execution), ``functions``.
    """

    cell: int
    line: int
    name: str
    kind: Literal["function", "class", "lambda", "method"]
    imports: tuple[str, ...]
    captures: tuple[str, ...]
    functions: tuple[str, ...]
    calls: tuple[CallSite, ...]
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell that is no Python: 1-based line, 0-based column in UTF-8 bytes, and Python's own message.

    ``refused``: no mistake of the kind people make while they write, but a text that no parser takes (null bytes,
    nesting deeper than its stack).
    """

    line: int
    column: int
    message: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class CellModel:
    """One cell: what it sets and imports, and what it defines and hands over."""

    id: str
    index: int
    source: str
    error: CellError | None
    sets: tuple[str, ...]
    imports: tuple[str, ...]
    definitions: tuple[Placement, ...]
    calls: tuple[CallSite, ...]


@dataclass(frozen=True, slots=True)
class NotebookModel:
    cells: tuple[CellModel, ...]
    placement: tuple[Placement, ...]
    shipped: tuple[Shipped, ...]
    calls: tuple[CallSite, ...]
