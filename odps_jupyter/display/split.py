"""The split: what runs here, what runs on the executor, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from odps_jupyter.sizes import in_words
from odps_jupyter.workflow.captures import Capture

from . import html
from .output import Output

#: The analysis as it goes over the wire (``odps_jupyter.analysis.wire``).
Model = Mapping[str, Any]
#: What the captured names are worth in the kernel now, by name.
Captures = Mapping[str, Capture]
#: Names of a headline.
MOST_NAMED = 12


def show_split(
    model: Model, *, cell: int | None = None, captures: Captures | None = None, opened: bool = True
) -> Output:
    """What of the notebook runs where.

    Args:
        model: the analysis of the notebook's cells.
        cell: show this cell and the functions it hands over; the whole notebook where None.
        captures: type and size of captured values, where they are known.
        opened: whether the details are unfolded.
    """
    pieces = _pieces(model, cell)
    shipped = _shipped(model, cell)
    headline = _headline(pieces, shipped, "The notebook" if cell is None else "This cell")
    needs = [_needs(piece, shipped, captures or {}) for piece in pieces]
    return Output(_text(headline, pieces, needs), _html(headline, pieces, needs, opened=opened))


def split_table(model: Model, captures: Captures | None = None) -> str:
    """Every piece of the notebook with its side and the reason, as an HTML table."""
    pieces, shipped = _pieces(model, None), _shipped(model, None)
    return _table(pieces, [_needs(piece, shipped, captures or {}) for piece in pieces])


def captured_names(model: Model) -> list[str]:
    """The names the shipped functions take along, each once."""
    return list(dict.fromkeys(name for item in model["shipped"] for name in item["captures"]))


def _shipped(model: Model, cell: int | None) -> list[Mapping[str, Any]]:
    return [
        item
        for item in model["shipped"]
        if cell is None or item["cell"] == cell or any(call["cell"] == cell for call in item["calls"])
    ]


def _pieces(model: Model, cell: int | None) -> list[Mapping[str, Any]]:
    handed_over = {(item["cell"], item["line"], item["name"]) for item in _shipped(model, cell)}
    return [
        item
        for item in model["placement"]
        if cell is None or item["cell"] == cell or (item["cell"], item["line"], item["name"]) in handed_over
    ]


def _headline(pieces: Sequence[Mapping[str, Any]], shipped: Sequence[Mapping[str, Any]], whole: str) -> str:
    if not shipped:
        return f"{whole} hands no function to the executor."
    named = list(dict.fromkeys(item["name"] for item in shipped))
    names = ", ".join(named[:MOST_NAMED])
    if len(named) > MOST_NAMED:
        names += f" and {len(named) - MOST_NAMED} more"
    rest = sum(1 for piece in pieces if piece["side"] == "local")
    local = f" {rest} more {'definition' if rest == 1 else 'definitions'} and all other lines run here." if rest else ""
    return f"On the executor: {names}.{local or ' All other lines run here.'}"


def _text(headline: str, pieces: Sequence[Mapping[str, Any]], needs: Sequence[str]) -> str:
    lines = [headline]
    for piece, takes in zip(pieces, needs, strict=True):
        lines.append(f"  {piece['side']:<9}{piece['name']} ({_place(piece)}): {piece['reason']}")
        if takes:
            lines.append(f"           takes along {takes}")
    return "\n".join(lines)


def _html(headline: str, pieces: Sequence[Mapping[str, Any]], needs: Sequence[str], *, opened: bool) -> str:
    folded = html.folded(f"<b>Split</b> {html.quiet(headline)}", _table(pieces, needs), opened=opened and bool(pieces))
    return html.block(folded)


def _table(pieces: Sequence[Mapping[str, Any]], needs: Sequence[str]) -> str:
    rows = [
        (
            html.side(piece["side"]),
            f"{html.code(piece['name'])} {html.quiet(_place(piece))}",
            html.quiet(piece["reason"]),
            html.quiet(takes),
        )
        for piece, takes in zip(pieces, needs, strict=True)
    ]
    return html.table(("Runs", "Piece", "Because", "Takes along"), rows) if rows else ""


def _place(piece: Mapping[str, Any]) -> str:
    """Readers count cells and lines from 1, the wire from 0."""
    return f"cell {piece['cell'] + 1}, line {piece['line'] + 1}"


def _needs(piece: Mapping[str, Any], shipped: Sequence[Mapping[str, Any]], captures: Captures) -> str:
    key = (piece["cell"], piece["line"], piece["name"])
    for item in shipped:
        if (item["cell"], item["line"], item["name"]) == key:
            listed = {
                "imports": item["imports"],
                "captures": [weighed(name, captures.get(name)) for name in item["captures"]],
                "functions": item["functions"],
            }
            parts = [f"{label} {', '.join(names)}" for label, names in listed.items() if names]
            return "; ".join(parts) or "nothing"
    return ""


def weighed(name: str, capture: Capture | None) -> str:
    """A captured name with what its value is worth, as far as that is known."""
    if capture is None:
        return name
    if capture.size is None:
        return f"{name} ({capture.type}; cannot travel: {capture.refused})"
    return f"{name} ({capture.type}, {'more than ' if capture.more else ''}{in_words(capture.size)})"
