"""What the panel is told of a notebook, and what follows from it; looked up once for all sections of the report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from odps_jupyter.workflow.captures import Capture

#: Something of the wire: JSON-ready, positions from 0.
Wire = Mapping[str, Any]
#: How sure one is of what stands in a box, as in the panel's picture.
Standing = Literal["predicted", "planned", "verified", "failing", "failed", "unfinished"]


@dataclass(frozen=True)
class Inspected:
    """What the panel reads, in the wire's form, of the cells as the kernel counts them.

    Attributes:
        sources: texts of the cells; blank where a cell ran again since, or before the extension was loaded.
        analysis: what ``POST /odps-jupyter/analyze`` answers. ``state``: of the events.
        sent: the request ``sent``. ``opened``: the request ``opened``, by job and function.
        history: the request ``history``. ``runs``: of this kernel, each as the state's ``run``, oldest first.
        captures: what captured names are worth now, where they are known.
    """

    sources: Sequence[str]
    analysis: Wire
    state: Wire
    sent: Wire
    opened: Mapping[tuple[int, int], Mapping[str, str]]
    history: Wire
    runs: Sequence[Wire]
    captures: Mapping[str, Capture] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """A function, class or lambda; with what it takes along if it is handed over itself."""

    placement: Wire
    shipped: Wire | None

    @property
    def at(self) -> tuple[int, int]:
        """Its cell and line."""
        return self.placement["cell"], self.placement["line"]


class Facts:
    """Lookups over one :class:`Inspected`."""

    def __init__(self, told: Inspected) -> None:
        self.told = told
        analysis = told.analysis
        self.cells: list[Wire] = [cell for cell in analysis["cells"] if told.sources[cell["index"]].strip()]
        shipped_at = {(item["cell"], item["line"], item["name"]): item for item in analysis["shipped"]}
        self.pieces = [
            Piece(item, shipped_at.get((item["cell"], item["line"], item["name"]))) for item in analysis["placement"]
        ]
        self._pieces: dict[int, list[Piece]] = defaultdict(list)
        for piece in sorted(self.pieces, key=lambda piece: piece.at):
            self._pieces[piece.placement["cell"]].append(piece)
        self._calls: dict[int, list[tuple[Wire, Wire]]] = defaultdict(list)
        for item in analysis["shipped"]:
            for call in item["calls"]:
                self._calls[call["cell"]].append((item, call))
        self._travels: dict[tuple[int, int], list[Wire]] = defaultdict(list)
        for item in analysis["shipped"]:
            for known in item["details"].get("functions", {}).values():
                self._travels[known["cell"], known["line"]].append(item)
        self._ids = {cell["id"]: cell["index"] for cell in self.cells}
        self._sent = {(one["cell"], one["line"], one["name"]): one for one in told.sent["functions"]}
        self.findings = [one for one in told.sent["findings"] if self._stands(one)]

    def pieces_of(self, cell: Wire) -> Sequence[Piece]:
        """In the order of their lines."""
        return self._pieces.get(cell["index"], ())

    def calls_in(self, cell: Wire) -> list[tuple[Wire, Wire]]:
        """What the cell hands over, and by which calls."""
        return sorted(self._calls.get(cell["index"], ()), key=lambda each: (each[1]["line"], each[1]["column"]))

    def roots_of(self, piece: Piece) -> Sequence[Wire]:
        """What a piece travels with."""
        return self._travels.get(piece.at, ())

    def along(self, shipped: Wire) -> list[Piece]:
        """The pieces that travel with ``shipped`` first."""
        return [piece for piece in self.pieces if piece.shipped is None and shipped in self.roots_of(piece)[:1]]

    def problems_of(self, piece: Piece) -> list[Wire]:
        """Errors and warnings inside of it, or that name it."""
        cell, line = piece.at
        return [
            item
            for item in self.told.analysis["diagnostics"]
            if item["severity"] in {"error", "warning"}
            and (
                (item["cell"] == cell and line <= item["line"] <= piece.placement["end_line"])
                or (piece.shipped is not None and piece.shipped["name"] in item["functions"])
            )
        ]

    def sent_of(self, shipped: Wire) -> Wire | None:
        """As what a function was sent last."""
        cell = self.told.analysis["cells"][shipped["cell"]]["id"]
        return self._sent.get((cell, shipped["line"], shipped["name"]))

    @staticmethod
    def is_as_sent(shipped: Wire, sent: Wire) -> bool:
        """Whether what the kernel ran last of its code, and of what it took along, is what was sent."""
        return bool(sent["stands"] if sent["stands"] is not None else sent["index"] == shipped["cell"])

    def standing_of(self, piece: Piece) -> Standing:
        """How sure one is of it: what was seen on the executor, then what is wrong with it, then what was sent."""
        roots = [piece.shipped] if piece.shipped is not None else self.roots_of(piece)
        sent = next((one for root in roots if (one := self.sent_of(root)) and self.is_as_sent(root, one)), None)
        if sent is not None and sent["outcome"] == "failed":
            return "failed"
        if any(item["severity"] == "error" for item in self.problems_of(piece)):
            return "failing"
        if sent is None:
            return "predicted"
        if sent["standing"] == "planned":
            return "planned"
        return "unfinished" if sent["outcome"] == "unfinished" else "verified"

    def proof_of(self, item: Wire) -> Wire | None:
        """What was seen to fail of the line of a problem, and of its kind where that is known."""
        finding: Wire
        for finding in self.findings:
            if (self._ids[finding["cell"]], finding["line"]) != (item["cell"], item["line"]):
                continue
            if finding["kind"] == item["kind"] or (
                finding["kind"] is None and item["severity"] in {"error", "warning"}
            ):
                return finding
        return None

    @property
    def unforeseen(self) -> list[Wire]:
        """What was seen to fail and no rule had said."""
        proven = [self.proof_of(item) for item in self.told.analysis["diagnostics"]]
        return [finding for finding in self.findings if finding not in proven]

    def unsubmitted_of(self, shipped: Wire) -> list[Wire]:
        """Resources that the project lacks and that are named where a callable is defined or handed over, or for all
        jobs."""
        cells = {shipped["cell"], *(call["cell"] for call in shipped["calls"])}
        named = self.told.state["unsubmitted"]
        return [one for one in named if one["cell"] is None or self.index_of(one["cell"]) in cells]

    def index_of(self, cell: str | None) -> int | None:
        """Of a cell, by its id."""
        return None if cell is None else self._ids.get(cell)

    def _stands(self, finding: Wire) -> bool:
        """Whether its line is as it was."""
        at = self.index_of(finding["cell"])
        if at is None or finding["line"] is None:
            return False
        lines = self.told.sources[at].split("\n")
        return bool(finding["line"] < len(lines) and lines[finding["line"]].strip() == finding["text"].strip())


def cell_name(index: int) -> str:
    """As the messages of the kernel name it."""
    return f"cell {index + 1}"
