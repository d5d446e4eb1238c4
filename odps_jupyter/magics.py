"""``%odps`` and ``%%odps``: what ``%load_ext odps_jupyter`` registers."""

from __future__ import annotations

import atexit
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.environment import Environment
from odps_jupyter.backends.namespace import describe_names
from odps_jupyter.backends.payload import Place
from odps_jupyter.backends.runs import Runs
from odps_jupyter.backends.sample import Sample
from odps_jupyter.comm import Link
from odps_jupyter.commands.asked import Asked
from odps_jupyter.commands.explained import Explained
from odps_jupyter.commands.kernel import Kernel
from odps_jupyter.commands.once import Once
from odps_jupyter.commands.typed import Typed
from odps_jupyter.errors import UserError
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.workflow.awaited import Awaited
from odps_jupyter.workflow.run import Cell as RunCell
from odps_jupyter.workflow.sent import Sent
from odps_jupyter.workflow.session import Session
from odps_jupyter.workflow.snapshot import session_state

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from odps_jupyter.analysis import Analysis
    from odps_jupyter.backends.progress import Begun, Listener
    from odps_jupyter.display.output import Output
    from odps_jupyter.display.toggle import Toggle
    from odps_jupyter.rules.checker import Report
    from odps_jupyter.rules.model import Diagnostic
    from odps_jupyter.rules.setting import Setting
    from odps_jupyter.workflow.failure import Failure

ATTRIBUTE = "odps_jupyter"
CELL_LABEL = re.compile(r"In\[(\d+)\]")
#: Set by ipykernel when it is asked to shut down.
SHUTDOWN = "exit_now"
#: A cell that says so is about to import PyODPS: only then is it worth the time to hook it.
IMPORTS_PYODPS = re.compile(r"^\s*(?:from|import)\s+odps\b", re.MULTILINE)


class Magics:
    """The extension in one shell: the session, the cells executed so far, and the line to the panel."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        environment = Environment(os.environ)
        self.session = Session(
            shell.user_ns,
            environment,
            say,
            self.progress,
            locate=self.locate,
            diagnose=self.diagnose,
            failed=self.failed,
        )
        self.kernel = Kernel(
            self.session,
            environment,
            self.cells,
            self.analyze,
            self.diagnose,
            self.judge,
            lambda: self._sent,
            shell.set_next_input,
            self.toggle,
        )
        self._toggle: Toggle | None = None
        self._explained = Explained(shell, self.kernel, self.locate)
        self._analysis: Analysis | None = None
        self._executed: list[Cell] = []
        # The cell that loads us is in the history already.
        self._runs = Runs(shell.history_manager.input_hist_raw[1:])
        self._sent = Sent(self.session, self.cells)
        self._once = Once(self.session, show, say)
        methods = {
            "set_backend": self._set_backend,
            "facts": self._facts,
            "sent": lambda _: self._sent.told(),
            "opened": self._opened,
            "once": self._once.ask,
            **Asked(self.session).methods,
        }
        self._awaited = Awaited(self.cells, lambda: self.session.connection, lambda: self._link.publish())
        self._link = Link(shell, methods, lambda: {**session_state(self.session), "unsubmitted": self._awaited.told()})
        self.session.on_change(self._link.publish)
        shell.register_magic_function(self.line, "line", "odps")
        shell.register_magic_function(self.cell, "cell", "odps")
        shell.events.register("pre_run_cell", self.before_cell)
        shell.events.register("post_run_cell", self.after_cell)
        self._typed = Typed(shell, self.kernel)
        atexit.register(self.session.close)
        if shell.has_trait(SHUTDOWN):
            shell.observe(self._shutting_down, SHUTDOWN)
        self._say_left()

    def close(self) -> None:
        """Take everything back that loading put into the shell and into PyODPS."""
        atexit.unregister(self.session.close)
        if self.shell.has_trait(SHUTDOWN):
            self.shell.unobserve(self._shutting_down, SHUTDOWN)
        self.shell.events.unregister("pre_run_cell", self.before_cell)
        self.shell.events.unregister("post_run_cell", self.after_cell)
        for kind in ("line", "cell"):
            self.shell.magics_manager.magics[kind].pop("odps", None)
        self._typed.close()
        self._explained.close()
        if self._toggle is not None:
            self._toggle.close()
        self._awaited.close()
        self._link.close()
        self.session.close()

    def line(self, line: str) -> Any:
        """`%odps SUBCOMMAND`, such as status or backend; `%odps help` lists them."""
        __tracebackhide__ = True
        from odps_jupyter.commands.line import run_line

        return run_line(line, self.kernel)

    def cell(self, line: str, body: str) -> None:
        """`%%odps`: show what of the cell runs where, run it under the backend, report what ran where."""
        __tracebackhide__ = True
        from IPython.display import display

        from odps_jupyter.commands.cell import run_cell

        run_cell(line, body, self.shell, self.kernel, display)

    def cells(self) -> Sequence[Cell]:
        """The cells executed so far, each where its number In[n] puts it, so that the two are the same for readers.

        What ran before the extension was loaded, or was run again since, is blank; the running cell is the last.
        """
        return tuple(self._executed)

    def analyze(self, cells: Sequence[Cell]) -> Mapping[str, Any]:
        from odps_jupyter.analysis import Analysis, to_json
        from odps_jupyter.rules.by_value import as_it_travels

        self._analysis = self._analysis or Analysis()
        model = self._analysis.update(cells)
        setting = self._setting()
        return to_json(model if setting is None else as_it_travels(model, self._analysis.evidence(), setting))

    def locate(self, file: str) -> Place | None:
        """The cell that IPython compiled as ``file``; it drops blank lines above a cell's first."""
        label = self.shell.compile.format_code_name(file)
        number = None if label is None else CELL_LABEL.fullmatch(label[1])
        if number is None:
            return None
        cell = int(number[1])
        source = self._executed[cell - 1].source if cell <= len(self._executed) else ""
        return Place(cell, len(source) - len(source.lstrip("\n")))

    def diagnose(self) -> tuple[Sequence[Diagnostic], int]:
        """What the rules say of the cells executed so far, and the index of the running one."""
        return self.judge().diagnostics, len(self.cells()) - 1

    def judge(self) -> Report:
        """What the rules say of the cells executed so far, and what they predict.

        Nothing where the image asked for is one whose packages are not known here.
        """
        from odps_jupyter.analysis import Analysis
        from odps_jupyter.rules.checker import Report, check

        setting = self._setting()
        if setting is None:
            return Report((), {"pandas": "unknown", "executor": "unknown"})
        self._analysis = self._analysis or Analysis()
        self._analysis.update(self.cells())
        return check(self._analysis.evidence(), setting)

    def _setting(self) -> Setting | None:
        """Under what notebooks are judged here; None where the packages of the image asked for are not known."""
        from pathlib import Path

        from odps import options

        from odps_jupyter.executor.profiles import UnknownProfile
        from odps_jupyter.rules.setting import Setting
        from odps_jupyter.workflow.executor import by_source, profile_now

        try:
            profile = profile_now(self.session, options.df.image)
        except UnknownProfile:
            return None
        try:
            folder = Path.cwd()
        except FileNotFoundError:
            folder = None  # it was removed under the kernel: nothing can be beside it
        source = by_source(self.session)
        # What travels as source is of no Python but the executor's.
        client = profile.python if source else sys.version_info[:2]
        return Setting(profile, client, folder, source=source)

    def progress(self, begun: Begun) -> Listener:
        from odps_jupyter.display.listening import listener_for

        def stop() -> None:
            self.session.stop(lambda live: live.begun is begun)

        return listener_for(self.shell, begun, stop=stop, restore=self._link.restore_parent)

    def toggle(self) -> Toggle | Output:
        """What shows where expressions run, and changes it where there are widgets and somebody to use them."""
        from odps_jupyter.display.audience import uses_widgets

        kernel = getattr(self.shell, "kernel", None)
        if kernel is None or not uses_widgets(kernel.get_parent("shell"), os.environ):
            from odps_jupyter.display.holding import show_holding

            return show_holding(self.session)
        if self._toggle is None:
            from odps_jupyter.display.reachable import Front
            from odps_jupyter.display.toggle import Toggle

            self._toggle = Toggle(self.session, Front(kernel, self._link.restore_parent))
        return self._toggle

    def failed(
        self, error: Exception, failure: Failure, recorded: bool, searched: Callable[[], Failure] | None
    ) -> None:
        """Let IPython show what the error means here, in the place of PyODPS's frames; more of it is found out then.

        The error stays PyODPS's own, for a program that expects it. ``InteractiveShell.showtraceback`` asks errors so.
        """
        from odps_jupyter.display.failure import failure_lines

        def render() -> list[str]:
            found = failure if searched is None else searched()
            return failure_lines(found, masked=self.session.terms.masked, whole=not recorded)

        self._sent.failed(failure)
        error._render_traceback_ = render  # type: ignore[attr-defined]
        if self.session.terms.masked:
            # The error's own text is kept in the notebook beside what is shown.
            error.args = ("What the service says is masked: `%odps mask off`, and run it again, to see it.",)

    def before_cell(self, info: Any) -> None:
        """Remember the cell, and let plain cells obey the toggle too."""
        self._remember(info.cell_id, info.raw_cell)
        self._runs.add(info.cell_id, info.raw_cell)
        self.session.cells.begin(RunCell(len(self._executed) - 1, info.cell_id))
        self.session.listen()
        self._once.before(info.cell_id, info.raw_cell)
        # One of ours prepares the session itself, and shows what goes wrong as its own error.
        if not info.raw_cell.lstrip().startswith(("%odps", "%%odps")):
            self._prepare(info.raw_cell)
        self._explained.listen()

    def _prepare(self, cell: str) -> None:
        try:
            if not self.session.hooked and ("odps.df" in sys.modules or IMPORTS_PYODPS.search(cell)):
                self.session.hook()
            self.session.revive()
        except UserError as error:
            # The cell is not ours and may need none of it.
            say(str(error))

    def after_cell(self, result: Any) -> None:
        """What was asked for this cell alone holds no more, and values may be others now."""
        error = result.error_before_exec or result.error_in_exec or self.session.cells.failure
        if isinstance(error, KeyboardInterrupt):
            self.session.interrupted(error)
        self._sent.after_cell(error)
        self._awaited.after_cell()
        self._once.after(result.info.cell_id, error)
        self.session.cells.end(error)

    def _shutting_down(self, _: Any) -> None:
        """A kernel waits for the threads of a ``Delay`` before it asks what is to be done at its exit."""
        self.session.end()

    def _say_left(self) -> None:
        left = self.session.history.left()
        if left:
            runs = "A run of it was" if len(left) == 1 else f"{len(left)} runs of it were"
            say(
                f"this notebook's kernel was killed. {runs} under way: what still runs is stopped when this kernel "
                "connects to the same MaxCompute, by `%odps connect` or the first %%odps cell."
            )

    def _remember(self, cell_id: str | None, source: str) -> None:
        # Versions of IPython count the cell before or after this event; the history holds all cells before it.
        place = len(self.shell.history_manager.input_hist_parsed) - 1
        del self._executed[place:]
        for index, cell in enumerate(self._executed):
            if cell.id == cell_id:
                self._executed[index] = blank_cell(index)
        self._executed += [blank_cell(index) for index in range(len(self._executed), place)]
        self._executed.append(Cell(cell_id or f"In[{place + 1}]", source))

    def _facts(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "runs": self._runs.told(),
            "names": describe_names(self.shell.user_ns, self.shell.user_ns_hidden),
            "source": self._by_source(),
        }

    def _by_source(self) -> bool:
        """Whether functions travel as source; nothing travels before there is a client."""
        if "odps" not in sys.modules:
            return False
        from odps_jupyter.workflow.executor import by_source

        return by_source(self.session)

    def _opened(self, params: dict[str, Any]) -> dict[str, Any]:
        from odps_jupyter.commands.opened import opened

        return opened(params, self._sent, self.session)

    def _set_backend(self, params: dict[str, Any]) -> dict[str, Any]:
        sample = None if params.get("sample") is None else Sample.parse(str(params["sample"]))
        self.session.set_backend(str(params.get("backend")), sample)
        return session_state(self.session)


def show(output: Output) -> None:
    """Show something below the running cell."""
    from IPython.display import display

    display(output)


def say(text: str) -> None:
    """Tell the user something beside what the cell shows."""
    sys.stderr.write(f"odps-jupyter: {text}\n")


def blank_cell(index: int) -> Cell:
    return Cell(f"blank-{index}", "")


def load(shell: InteractiveShell) -> None:
    """Register the magics in ``shell``; a second load changes nothing."""
    if getattr(shell, ATTRIBUTE, None) is None:
        setattr(shell, ATTRIBUTE, Magics(shell))


def unload(shell: InteractiveShell) -> None:
    """Undo :func:`load`."""
    magics = getattr(shell, ATTRIBUTE, None)
    if magics is not None:
        magics.close()
        delattr(shell, ATTRIBUTE)
