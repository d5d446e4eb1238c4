"""The line of a cell that a traceback came from."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING

from odps_jupyter.backends.messages import FRAME

from .failure import Place

if TYPE_CHECKING:
    from odps_jupyter.backends.payload import Locate


def innermost(text: str, locate: Locate) -> Place | None:
    """The innermost line that stands in a cell, of a text that holds a traceback."""
    for file, line in reversed(FRAME.findall(text)):
        found = place_at(file, int(line), locate)
        if found is not None:
            return found
    return None


def place_at(file: str, line: int, locate: Locate) -> Place | None:
    """The line of the cell that was compiled as ``file``, None where it is no cell's."""
    cell = locate(file)
    return None if cell is None else Place(cell.cell, line + cell.above, linecache.getline(file, line).strip())
