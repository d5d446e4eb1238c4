"""What texts of tracebacks say: the exception, and the line of a cell it came from."""

from __future__ import annotations

import linecache
import re
from typing import TYPE_CHECKING

from .failure import Place

if TYPE_CHECKING:
    from odps_jupyter.backends.payload import Locate

_FRAME = re.compile(r'^\s+File "([^"]+)", line (\d+)', re.MULTILINE)


def innermost(text: str, locate: Locate) -> Place | None:
    """The innermost line that stands in a cell, of a text that holds a traceback."""
    for file, line in reversed(_FRAME.findall(text)):
        found = place_at(file, int(line), locate)
        if found is not None:
            return found
    return None


def exception_line(text: str) -> str:
    """``ZeroDivisionError: division by zero`` of a text that holds a traceback; the text's first line without one."""
    lines = text.splitlines()
    frames = [at for at, line in enumerate(lines) if _FRAME.search(line)]
    after = lines[frames[-1] + 1 :] if frames else []
    found = next((line for line in after if line and not line[0].isspace()), None)
    # MaxCompute adds which of its instances it was.
    return (found or first_line(text)).partition(" | fatalInstance:")[0].strip()


def first_line(said: object) -> str:
    """What an error or a text says, on one line."""
    return (str(said).strip().splitlines() or [""])[0]


def place_at(file: str, line: int, locate: Locate) -> Place | None:
    """The line of the cell that was compiled as ``file``, None where it is no cell's."""
    cell = locate(file)
    return None if cell is None else Place(cell.cell, line + cell.above, linecache.getline(file, line).strip())
