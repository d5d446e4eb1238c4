"""What an error in a cell was: where in the notebook, and under which code of MaxCompute."""

from __future__ import annotations

import re
import traceback

from odps_jupyter.backends.payload import Locate
from odps_jupyter.workflow.preflight import PreflightError
from odps_jupyter.workflow.shown import displaying
from odps_jupyter.workflow.tracebacks import innermost

from .outcome import CellError

_CODE = re.compile(r"ODPS-\d{7}")
#: Characters of a message that are told; a log is no place for more.
_LONGEST = 10_000

Place = tuple[int | None, int | None]


def error_of(error: BaseException, locate: Locate) -> CellError:
    """What is told of ``error``.

    Args:
        locate: knows the cells by the names they were compiled under.

    The place is the user's innermost line: in the function that failed, here or on the executor, else in the cell,
    which may have displayed a value.
    """
    error = _meant(error)
    number, line = _place(error, locate)
    return CellError(type(error).__name__, _message(error), number, line, _code(error))


def _meant(error: BaseException) -> BaseException:
    """``%%odps`` shows a syntax error as IPython does, and then raises what IPython has for that."""
    context = error.__context__
    return context if type(error).__name__ == "UsageError" and isinstance(context, SyntaxError) else error


def _message(error: BaseException) -> str:
    render = getattr(error, "_render_traceback_", None)
    try:
        if isinstance(error, SyntaxError):
            said = error.msg or ""
        elif _of_pyodps(error) and render is not None:
            # The extension's own sentence for a job that failed; it knows the row, and whether values are masked.
            said = render()[0]
        else:
            said = str(error)
    except Exception as broken:  # noqa: BLE001 - the user's own __str__ may raise anything
        said = f"its text cannot be told ({type(broken).__name__})"
    notes = getattr(error, "__notes__", None)
    text = "\n".join([said.strip(), *map(str, notes if isinstance(notes, list) else ())]).strip()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _place(error: BaseException, locate: Locate) -> Place:
    if isinstance(error, PreflightError) and error.cell is not None:
        return error.cell, error.line
    if isinstance(error, SyntaxError) and error.filename is not None and error.lineno is not None:
        place = locate(error.filename)
        if place is not None:
            return place.cell, error.lineno + place.above
    if _of_pyodps(error):
        told = innermost(str(error), locate)  # what a function raised on the executor
        if told is not None:
            return told.cell, told.line
    found: Place = None, None
    for frame, line in traceback.walk_tb(error.__traceback__):
        place = locate(frame.f_code.co_filename)
        if place is not None:
            found = place.cell, line + place.above
    return _displayed(error, locate) if found == (None, None) else found


def _displayed(error: BaseException, locate: Locate) -> Place:
    """The line whose value was being displayed."""
    for frame, line in displaying(error):
        place = locate(frame.f_code.co_filename)
        if place is not None:
            return place.cell, line + place.above
    return None, None


def _of_pyodps(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] == "odps"


def _code(error: BaseException) -> str | None:
    if not _of_pyodps(error):
        return None
    found = _CODE.search(f"{getattr(error, 'code', None)} {error}")
    return found[0] if found else None
