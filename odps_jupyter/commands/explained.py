"""What an error means here, told below the cell that ends with it, with ``%%odps`` or without."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.local_side import local_side
from odps_jupyter.backends.payload import Locate
from odps_jupyter.backends.stopping import SIGN
from odps_jupyter.workflow.advice import advise
from odps_jupyter.workflow.shown import of_pyodps
from odps_jupyter.workflow.surroundings import explain

from .interrupted import interrupted_line
from .kernel import Kernel

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

#: What DataWorks's editor makes of paths, and the entry object before there is a connection.
_OF_PLACES = (ModuleNotFoundError, FileNotFoundError, NameError)
_NO_ENTRY = "`o` is there after `%odps connect embedded`, `%odps connect PROJECT` or the first %%odps cell."


def note(error: BaseException, kernel: Kernel) -> None:
    """Add to ``error`` what to do about it, where there is something to say; a second call changes nothing."""
    if any(one.startswith(SIGN) for one in getattr(error, "__notes__", ())):
        return
    session = kernel.session
    advice = None
    if isinstance(error, Exception) and of_pyodps(error):
        advice = advise(error, session.connection, session.backend)
    if session.connection is None and type(error) is NameError and error.name == "o":
        advice = _NO_ENTRY
    advice = advice or explain(error, local_side(kernel.environ, session.namespace), kernel.cells())
    if advice is not None:
        error.add_note(f"{SIGN}{advice}")


class Explained:
    """IPython's ``set_custom_exc`` is there for whoever has more to say of some errors; one at a time may use it.

    What a thread does not catch is printed by ``threading.excepthook``, which may be replaced.
    """

    def __init__(self, shell: InteractiveShell, kernel: Kernel, locate: Locate) -> None:
        """Args: ``locate`` knows the cells by the names they were compiled under."""
        self._shell = shell
        self._kernel = kernel
        self._locate = locate
        self._kinds: tuple[type[BaseException], ...] = ()
        self._before: Callable[[threading.ExceptHookArgs], Any] | None = None

    def listen(self) -> None:
        """Explain the errors of the cells that follow; those of PyODPS once it is imported."""
        kinds: tuple[type[BaseException], ...] = _OF_PLACES
        if "odps" in sys.modules:
            from odps.errors import BaseODPSError
            from requests import RequestException

            kinds = (*kinds, BaseODPSError, RequestException, KeyboardInterrupt)
        now = self._shell.custom_exceptions
        if now != kinds and now in ((), self._kinds):
            self._kinds = kinds
            self._shell.set_custom_exc(kinds, self._told)
        if self._before is None and "odps" in sys.modules:
            self._before, threading.excepthook = threading.excepthook, self._told_of_thread

    def close(self) -> None:
        """Let IPython show errors as it does without us."""
        if self._kinds and self._shell.custom_exceptions == self._kinds:
            self._shell.set_custom_exc((), None)
        self._kinds = ()
        if self._before is not None and threading.excepthook == self._told_of_thread:
            threading.excepthook = self._before
            self._before = None

    def _told_of_thread(self, uncaught: threading.ExceptHookArgs) -> None:
        error = uncaught.exc_value
        render = getattr(error, "_render_traceback_", None)
        if render is not None:
            name = "a thread" if uncaught.thread is None else f"thread {uncaught.thread.name}"
            sys.stderr.write("\n".join([f"Exception in {name}:", *render(), ""]))
            return
        if isinstance(error, self._kinds):
            note(error, self._kernel)
        if self._before is not None:
            self._before(uncaught)

    def _told(
        self,
        shell: InteractiveShell,
        kind: type[BaseException],
        error: BaseException,
        traceback: TracebackType,
        tb_offset: int | None = None,
    ) -> Any:
        if isinstance(error, KeyboardInterrupt):
            self._kernel.session.interrupted(error)
            line = interrupted_line(error, traceback, self._locate)
            if line is not None:
                error._render_traceback_ = lambda: [line]  # type: ignore[attr-defined]
        else:
            note(error, self._kernel)
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset, running_compiled_code=True)
