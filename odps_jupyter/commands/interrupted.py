"""What the stop button ended, in one line: PyODPS waits far below the cell, in its HTTP client."""

from __future__ import annotations

from traceback import walk_tb
from types import TracebackType
from typing import TYPE_CHECKING

from odps_jupyter.backends.stopping import SIGN
from odps_jupyter.workflow.tracebacks import place_at

if TYPE_CHECKING:
    from odps_jupyter.backends.payload import Locate
    from odps_jupyter.workflow.failure import Place

_PYODPS = "odps"


def interrupted_line(error: KeyboardInterrupt, traceback: TracebackType | None, locate: Locate) -> str | None:
    """Which line of a cell waited, and what became of its jobs; None where the interrupt came outside of PyODPS.

    Args: ``locate`` knows the cells by the names they were compiled under.
    """
    before: Place | None = None
    inside: tuple[str, Place] | None = None
    reached = False
    for frame, line in walk_tb(traceback):
        reached = reached or str(frame.f_globals.get("__name__", "")).partition(".")[0] == _PYODPS
        place = place_at(frame.f_code.co_filename, line, locate)
        if place is not None and reached:
            inside = (frame.f_code.co_name, place)
        elif place is not None:
            before = place
    if not reached or before is None:
        return None
    where = f"{type(error).__name__}: interrupted in cell {before.cell}, line {before.line}"
    if inside is not None:
        name, place = inside
        where += f", in {name} (cell {place.cell}, line {place.line})"
    notes = [note.removeprefix(SIGN) for note in getattr(error, "__notes__", ())]
    return " ".join([f"{where}.", *(note[:1].upper() + note[1:] for note in notes)])
