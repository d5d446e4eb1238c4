"""Whether code that was sent is what its cell ran last: a name may be another function by now, under the same text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from odps_jupyter.backends.shipment import Piece, ShippedFunction
from odps_jupyter.backends.sources import definitions_in
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.magics import blank


def stands(piece: Piece, sent_as: Mapping[int, str], cells: Sequence[Cell]) -> bool | None:
    """Whether the last run of a piece's cell holds its text as it was sent, and no more of it.

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
    now = _definitions(source)
    return None if now is None else _bare(piece.source) in now


def function_stands(function: ShippedFunction, sent_as: Mapping[int, str], cells: Sequence[Cell]) -> bool | None:
    """Of the callable and all that it took along: False where one is another by now, None where none is known."""
    found = [stands(piece, sent_as, cells) for piece in function.pieces]
    if False in found:
        return False
    return True if True in found else None


@lru_cache(maxsize=64)
def _definitions(source: str) -> frozenset[str] | None:
    found = definitions_in(blank(source))
    return None if found is None else frozenset(map(_bare, found))


def _bare(text: str) -> str:
    """Without what is not seen at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.rstrip().split("\n"))
