"""Cells, ids and positions; magics and shell lines blanked, line numbers kept."""

from __future__ import annotations

from .cell import Cell
from .magics import blank
from .positions import utf16_column
from .reading import from_notebook, from_script, read

__all__ = ["Cell", "blank", "from_notebook", "from_script", "read", "utf16_column"]
