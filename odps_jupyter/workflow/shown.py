"""Errors that a cell shows and does not raise: those of a value that fails while it is displayed.

PyODPS executes an expression when it is displayed, and IPython's formatters show what that raises and go on. What was
shown last is kept for debuggers (https://docs.python.org/3/library/sys.html#sys.last_value), with a traceback of its
own each time, and the frames in it still know their callers.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from types import FrameType, TracebackType

from .advice import comes_through

#: Shows the value of a cell's last line, as ``sys.displayhook``; ``display`` does without it.
_DISPLAYHOOK = "IPython.core.displayhook"
#: Shows what a formatter raises, and goes on.
_FORMATTERS = "IPython.core.formatters"


class Shown:
    """What was shown since this was made."""

    def __init__(self) -> None:
        self._before: TracebackType | None = None
        self.renew()

    def renew(self) -> None:
        """What was shown so far is somebody else's: a cell inside the cell has ended with it."""
        self._before = getattr(sys, "last_traceback", None)

    @property
    def failure(self) -> BaseException | None:
        """The last error shown, if the cell failed by it; None else.

        It did where the value of its last line could not be displayed, as ipykernel 7 says too, and where PyODPS could
        not execute what was displayed. Of anything else that is displayed on its way only the user can say.
        """
        if getattr(sys, "last_traceback", None) in (None, self._before):
            return None
        error = sys.last_value
        if error is None or not (any(displaying(error)) or (of_pyodps(error) and any(_above(error, _FORMATTERS)))):
            return None
        return error


def displaying(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    """The frames, innermost first, and their lines that waited for the value of a last line to be displayed."""
    return _above(error, _DISPLAYHOOK)


def _above(error: BaseException, module: str) -> Iterator[tuple[FrameType, int]]:
    """The frames, innermost first, and their lines: code of ``module``, and what waited for it when it failed."""
    if error.__traceback__ is not None:
        below = False
        for frame, line in traceback.walk_stack(error.__traceback__.tb_frame):
            below = below or frame.f_globals.get("__name__") == module
            if below:
                yield frame, line


def of_pyodps(error: BaseException) -> bool:
    """Whether PyODPS raised it or was on the way: what the user's own requests run into is none of ours."""
    if "odps" not in sys.modules or not isinstance(error, Exception):
        return False
    from odps.errors import BaseODPSError

    return isinstance(error, BaseODPSError) or comes_through(error, "odps")
