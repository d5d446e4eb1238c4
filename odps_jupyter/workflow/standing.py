"""Whether code that was sent is what its cell ran last: a name may be another function by now, under the same text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from odps_jupyter.backends.shipment import Piece, ShippedFunction
from odps_jupyter.notebook.cell import Cell

#: What may stand behind a lambda that is told without what stands beside it. An ``if`` there would be part of it.
_BEHIND = r"(?=\s*(?:[,;)\]}#]|\b(?:async\s+)?for\b|$))"


def stands(piece: Piece, sent_as: Mapping[int, str], cells: Sequence[Cell]) -> bool | None:
    """Whether the last run of a piece's cell holds its lines as they were sent, and no more of them.

    Args:
        sent_as: ids of the cells by their numbers, when it was sent.
        cells: those executed so far; of each only the last run has a text.

    Returns:
        None where its cell or its text is not known.
    """
    known = None if piece.cell is None else sent_as.get(piece.cell)
    if known is None or piece.source is None:
        return None
    source = next((cell.source for cell in reversed(cells) if cell.id == known and cell.source), None)
    if source is None:
        return None
    if piece.kind == "lambda":
        return re.search(re.escape(piece.source) + _BEHIND, source, re.MULTILINE) is not None
    then, now = _level(piece.source.rstrip().split("\n")), source.split("\n")
    return any(
        _level(now[at : at + len(then)]) == then and _ends(now[at], now[at + len(then) :])
        for at in range(len(now) - len(then) + 1)
    )


def function_stands(function: ShippedFunction, sent_as: Mapping[int, str], cells: Sequence[Cell]) -> bool | None:
    """Of the callable and all that it took along: False where one is another by now, None where none is known."""
    found = [stands(piece, sent_as, cells) for piece in function.pieces]
    if False in found:
        return False
    return True if True in found else None


def _level(lines: Sequence[str]) -> list[str]:
    """Lines without the indent of the first, and without what is not seen at their ends."""
    indent = _indent(lines[0])
    return [line.removeprefix(indent).rstrip() for line in lines]


def _ends(first: str, following: Sequence[str]) -> bool:
    """Whether a block that begins with the line ``first`` is over before the lines that follow.

    A comment belongs to no block, however far it is indented.
    """
    after = next((line for line in following if line.strip() and not line.lstrip().startswith("#")), None)
    return after is None or len(_indent(after)) <= len(_indent(first))


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
