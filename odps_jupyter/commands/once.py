"""A cell that the panel runs for once on another backend, compared, or untried; its text stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from odps_jupyter.backends.execution import BACKENDS
from odps_jupyter.display.output import Output
from odps_jupyter.display.report import show_run
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.executor import name_now
from odps_jupyter.workflow.session import Session

from .options import Options, for_this_cell

CELL_MAGIC = "%%odps"
#: What a cell can be asked to do for once, and the options of ``%%odps`` that say so.
WAYS: dict[str, Options] = {backend: Options(backend=backend) for backend in BACKENDS}
WAYS["compare"] = Options(backend="pandas", compare="twin")
#: What a preflight has stopped; a function that would take a secret along is still refused.
WAYS["regardless"] = Options(preflight=False)


class Once:
    """What was asked of the next run of a cell; called before and after each cell."""

    def __init__(self, session: Session, show: Callable[[Output], None], notify: Callable[[str], None]) -> None:
        self._session = session
        self._show = show
        self._notify = notify
        self._asked: tuple[str, Options] | None = None
        self._under_way: tuple[str, ExitStack, int | None] | None = None

    def ask(self, params: dict[str, Any]) -> dict[str, Any]:
        """``{"cell": id, "how": "pandas" | "maxcompute" | "compare" | "regardless" | null}``; null takes it back.

        Raises:
            UserError: there is no such way, or PyODPS is of an untested version and would not obey.
        """
        cell, how = params.get("cell"), params.get("how")
        if not isinstance(cell, str):
            raise UserError("Which cell is not said.", hint="Name it by its id.")
        if how is None:
            if self._asked is not None and self._asked[0] == cell:
                self._asked = None
            return {}
        if how not in WAYS:
            raise UserError(f"No cell can be run {how!r}.", hint=f"Choose {', '.join(WAYS)}.")
        # Before the cell is sent: where this fails, it must not run on whatever holds else.
        self._session.hook()
        self._asked = cell, WAYS[how]
        return {}

    def before(self, cell: str | None, source: str) -> None:
        """A cell begins."""
        asked = self._asked
        if cell is None or asked is None or cell != asked[0]:
            return
        self._asked = None
        stack, run = ExitStack(), None
        stack.enter_context(for_this_cell(self._session, asked[1]))
        if not source.lstrip().startswith(CELL_MAGIC):  # the magic makes its own run and shows it
            try:
                self._session.prepare()
            except UserError as error:
                self._notify(str(error))
            stack.enter_context(self._session.run(self._session.cells.innermost))
            run = self._session.runs[-1].number
        self._under_way = cell, stack, run

    def after(self, cell: str | None, error: BaseException | None) -> None:
        """A cell has ended, with this error; one that it ran inside itself is not it."""
        if self._under_way is None or self._under_way[0] != cell:
            return
        (_, stack, number), self._under_way = self._under_way, None
        session, masked = self._session, self._session.terms.masked
        if error is None:
            stack.close()
        else:
            stack.__exit__(type(error), error, error.__traceback__)
        run = next((run for run in reversed(session.runs) if run.number == number), None)
        if run is not None:
            self._show(show_run(run, name_now(session), masked=masked))
