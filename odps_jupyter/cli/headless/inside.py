"""What ``odps-jupyter run`` puts into the notebook's kernel: loads the extension, lets the command line's wishes hold,
and notes what became of each cell.

The command asks by expressions that it sends with silent, empty requests: the notebook's own cells stay as they are and
are counted as they are. An answer is a text of JSON without keys of accounts.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from odps_jupyter.backends.payload import Place
from odps_jupyter.backends.secrets import secrets_in, secrets_of
from odps_jupyter.display.compare import compare_lines
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.compare.comparison import comparison_json
from odps_jupyter.workflow.run import RunRecord
from odps_jupyter.workflow.session import Session
from odps_jupyter.workflow.shown import Shown

from .cellerror import error_of
from .masking import masked
from .outcome import CellError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

#: Where a shell keeps the extension and where it keeps the observer.
EXTENSION, ATTRIBUTE = "odps_jupyter", "odps_jupyter_run"
CELL_MAGIC = "%%odps"


class Extension(Protocol):
    """What ``%load_ext odps_jupyter`` leaves in the shell."""

    session: Session

    def locate(self, file: str) -> Place | None: ...


@dataclass
class Noted:
    """One cell: its runs are those of ``session`` from ``first`` up to ``last``, which may still be added to.

    There is no session where the notebook has unloaded the extension.
    """

    session: Session | None
    first: int
    last: int | None = None
    failure: CellError | None = None

    @property
    def runs(self) -> list[RunRecord]:
        return [] if self.session is None else self.session.runs[self.first : self.last]


class Observer:
    """Stands beside the shell and makes every cell a run of the session, so that its comparisons are kept."""

    def __init__(self, shell: InteractiveShell, backend: str | None, *, compare: bool) -> None:
        self._shell = shell
        self._backend = backend
        self._compare = compare
        self._obeying: Session | None = None
        self._cells: dict[str, Noted] = {}
        #: One for each cell under way, the outermost first: `%run other.ipynb` runs cells inside a cell.
        self._runs: list[tuple[AbstractContextManager[object], Shown]] = []
        shell.events.register("pre_run_cell", self.before)
        shell.events.register("post_run_cell", self.after)

    def obeyed(self) -> Session | None:
        """The extension's session, told what the command line wants; None where the notebook has unloaded it.

        A session that the notebook made by loading the extension anew is told again.
        """
        extension = self._extension
        if extension is None:
            return None
        session = extension.session
        if session is not self._obeying:
            if self._compare:
                # As `%%odps --compare`: answers are those of pandas on the sample, and nothing is written.
                session.set_backend("pandas")
                session.set_terms(replace(session.terms, compare="twin"))
            elif self._backend is not None:
                session.set_backend(self._backend)
            self._obeying = session
        return session

    def before(self, info: Any) -> None:
        """A cell begins."""
        session = self.obeyed()
        run: AbstractContextManager[object] = nullcontext()
        if info.cell_id is not None:
            self._cells[info.cell_id] = Noted(session, 0 if session is None else len(session.runs))
        if session is not None and not info.raw_cell.lstrip().startswith(CELL_MAGIC):  # the magic makes its own
            run = session.run()
        run.__enter__()
        self._runs.append((run, Shown()))

    def after(self, result: Any) -> None:
        """The cell has ended."""
        error = result.error_before_exec or result.error_in_exec
        if self._runs:  # a cell that began before the observer has none
            run, shown = self._runs.pop()
            error = error or shown.failure
            run.__exit__(*((None, None, None) if error is None else (type(error), error, error.__traceback__)))
            for _, outer in self._runs:
                outer.renew()
        noted = self._cells.get(result.info.cell_id)
        if noted is None:
            return
        noted.last = None if noted.session is None else len(noted.session.runs)
        extension = self._extension
        if error is not None:
            noted.failure = error_of(error, (lambda _: None) if extension is None else extension.locate)

    def facts(self, cell: str) -> dict[str, Any]:
        """What is known of a cell now: a comparison of an asynchronous execution may come after its end."""
        noted = self._cells.get(cell)
        if noted is None:
            return {"error": None, "compare": []}
        compared = [one for run in noted.runs for one in run.comparisons]
        told = {
            "error": None if noted.failure is None else asdict(noted.failure),
            "compare": [{"facts": comparison_json(one), "lines": compare_lines(one)} for one in compared],
        }
        hidden: dict[str, Any] = masked(told, self._secrets())
        return hidden

    @property
    def _extension(self) -> Extension | None:
        return getattr(self._shell, EXTENSION, None)

    def _secrets(self) -> set[str]:
        held = list(self._shell.user_ns.values()) if "odps" in sys.modules else []
        if held:
            from odps import ODPS

            held = [value for value in held if isinstance(value, ODPS)]
        sessions = [noted.session for noted in self._cells.values() if noted.session is not None]
        held += [session.connection.entry for session in sessions if session.connection is not None]
        return {*secrets_in(os.environ), *(secret for entry in held for secret in secrets_of(entry))}


def begin(backend: str | None, compare: bool) -> str:
    """Load the extension into the running shell; answers the ``backend`` that holds, or what is in the way."""
    shell = _shell()
    shell.extension_manager.load_extension(EXTENSION)
    observer = Observer(shell, backend, compare=compare)
    setattr(shell, ATTRIBUTE, observer)
    try:
        session = observer.obeyed()
    except UserError as error:
        return json.dumps({"refused": str(error)})
    assert session is not None
    return json.dumps({"backend": session.backend})


def facts(*cells: str) -> str:
    """What is known of the cells, one after the other."""
    observer: Observer = getattr(_shell(), ATTRIBUTE)
    return json.dumps([observer.facts(cell) for cell in cells])


def _shell() -> InteractiveShell:
    from IPython.core.getipython import get_ipython

    shell: InteractiveShell = get_ipython()
    return shell
