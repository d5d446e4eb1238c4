"""The state of one kernel: backend, sample, terms, connection, and the runs so far.

The session is what faces speak to. :mod:`.connected` finds the connection, :mod:`.choosing` answers PyODPS's question
which engine runs an expression, :mod:`.records` keeps the runs.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.direct import Listening
from odps_jupyter.backends.execution import BACKENDS, Backend
from odps_jupyter.backends.progress import Begun, Listener, Silent
from odps_jupyter.backends.sample import Sample
from odps_jupyter.backends.threads import Threads
from odps_jupyter.errors import UserError

from .background import BackgroundRun
from .cells import Cells, Filed
from .connected import Connected
from .direct import Direct
from .history.keeper import History
from .records import Records
from .run import Cell, RunRecord
from .terms import Terms
from .underway import Live, Underway

if TYPE_CHECKING:
    from odps_jupyter.backends.connection import Connection
    from odps_jupyter.backends.payload import Locate
    from odps_jupyter.backends.shipment import Shipment

    from .choosing import Chooser, Failed
    from .oversight import Diagnose
    from .postmortem import Suspect

#: Jobs whose shipments are kept to be explained.
SHIPMENTS_KEPT = 50
#: Seconds that runs may take to end with the kernel: Jupyter terminates one that takes 2.5.
END_SECONDS = 2.0


class Session:
    """What ``%odps`` sets and ``%%odps`` runs under; one per kernel, made by whoever loads the extension.

    Nothing heavy is imported until a cell needs PyODPS.
    """

    def __init__(
        self,
        namespace: MutableMapping[str, Any],
        environ: Mapping[str, str],
        notify: Callable[[str], None] = warnings.warn,
        progress: Callable[[Begun], Listener] = lambda _: Silent(),
        locate: Locate = lambda _: None,
        diagnose: Diagnose | None = None,
        failed: Failed = lambda _error, _failure, _shown, _searched: None,
    ) -> None:
        """Args: ``namespace`` is the user's, where ``o`` lives; ``environ`` names credentials; ``notify`` tells the
        user something that is no error; ``progress`` makes who shows in its cell how far an execution is;
        ``locate`` knows the cells by the names they were compiled under, ``diagnose`` what the rules say of them;
        ``failed`` hears of a job's error before the user gets it: what it means, whether its cell tells so, and how to
        find out more.
        """
        self.namespace = namespace
        self.backend: Backend = "maxcompute"
        self.sample = Sample()
        self.terms = Terms()
        self.suspect: Suspect | None = None
        self.shipments: deque[Shipment] = deque(maxlen=SHIPMENTS_KEPT)
        self._environ = environ
        self._notify = notify
        self._progress = progress
        self._locate = locate
        self._diagnose = diagnose
        self._failed = failed
        self._connected = Connected(namespace, environ)
        self.history = History(environ, namespace, notify)
        self.underway = Underway(self._changed)
        self._records = Records(self._changed, self._note, self.underway.is_going)
        #: Those that are executed now; whoever executes them tells.
        self.cells = Cells()
        self._direct = Direct(
            self._records, self.underway, self._sending, lambda: self.cell, lambda: self.cells.are_of_this_thread
        )
        self._listening = Listening(self._direct, lambda file: locate(file) is not None)
        self._threads = Threads(self._thread_begins)
        #: The run that a job of the cell's own began, before any expression was executed in it.
        self._begun_directly: int | None = None
        #: Of what a cell without ``%%odps`` executed last: it may be of no connection.
        self._entry: Any = None
        #: Where an execution that is waited for is refused, as in a cell whose last line goes on in the background.
        self.refuses_waiting = False
        self._chooser: Chooser | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def connection(self) -> Connection | None:
        return self._connected.connection

    @property
    def cell(self) -> int | None:
        """Index of the cell that is executed now, from 0, of its number In[n]; None outside of cells."""
        innermost = self.cells.innermost
        return None if innermost is None else innermost.index

    @property
    def runs(self) -> list[RunRecord]:
        return self._records.runs

    # -- what changes -------------------------------------------------------------------------------------------

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after each change of backend, sample, connection or run."""
        self._listeners.append(listener)

    def set_backend(self, backend: str, sample: Sample | None = None) -> None:
        """Choose where expressions run from now on, whenever they were built.

        Raises:
            UserError: there is no such backend.
        """
        if backend not in BACKENDS:
            raise UserError(f"{backend!r} is no backend.", hint=f"Choose {' or '.join(BACKENDS)}.")
        self.backend = next(known for known in BACKENDS if known == backend)
        self.sample = sample or self.sample
        if self._chooser is not None:
            self._chooser.forget_results()
        self._changed()

    def set_terms(self, terms: Terms) -> None:
        """What holds for executions from now on."""
        self.terms = terms
        self._changed()

    def connect(self, connection: Connection, *, said: bool) -> None:
        """Speak to ``connection`` from now on and put its entry object into the namespace as ``o``."""
        self._connected.hold(connection, said=said)
        self._listening.watch(connection.entry)
        if self._chooser is not None:
            self._chooser.forget_tables()
            self._chooser.forget_results()
        self.history.settle(connection)
        self._changed()

    # -- what runs ----------------------------------------------------------------------------------------------

    def prepare(self) -> Connection:
        """Make the next execution obey the toggle, over a connection that answers.

        Raises:
            UserError: PyODPS is of an untested version, or the embedded MaxCompute does not start.
        """
        self.hook()
        self.revive()
        connection = self._connected.find()
        if connection is not self.connection:
            self.connect(connection, said=False)
        return connection

    def hook(self) -> None:
        """Let PyODPS ask this session for its engine; imports PyODPS.

        Raises:
            UserError: PyODPS is of an untested version.
        """
        if self._chooser is None:
            from .choosing import Chooser

            self._chooser = Chooser(
                self,
                self._records,
                self._environ,
                notify=self._notify,
                progress=self._progress,
                underway=self.underway,
                locate=self._locate,
                diagnose=self._diagnose,
                shipped=self._ship,
                suspected=self._suspect,
                failed=self._failed,
            )
        self._chooser.install()
        self._threads.install()

    @property
    def hooked(self) -> bool:
        return self._chooser is not None and self._chooser.installed

    def revive(self) -> None:
        """Start the embedded MaxCompute again if it died since; tables and the objects made with it stay good.

        Where they cannot, because it keeps its data in memory or its port is taken, the user is told.
        """
        revived = self._connected.revived()
        if revived is None:
            return
        if self.connection is None or revived.entry is not self.connection.entry:
            self._notify("The embedded MaxCompute was started anew: get tables again from `o`.")
        self.connect(revived, said=self._connected.said)

    @contextmanager
    def run(self, cell: Cell | None = None, *, dry: bool = False) -> Iterator[int]:
        """Record one cell: every execution inside belongs to a new :class:`RunRecord`, whose number is given.

        Args: ``dry``: whether nothing of it is sent.
        """
        label = "none" if self.connection is None else self.connection.label
        with self._direct.within(self._records.run(self.backend, self.sample, label, cell, dry=dry)) as number:
            self.cells.ran(number)
            yield number

    def listen(self) -> None:
        """Hear of the jobs that the next cell sends itself, by any entry object that is there before it."""
        if "odps" not in sys.modules:
            return
        from odps import ODPS

        entries = [] if self.connection is None else [self.connection.entry]
        self._threads.install()
        for entry in [*entries, *(one for one in list(self.namespace.values()) if issubclass(type(one), ODPS))]:
            self._listening.watch(entry)

    def executing(self, entry: Any, embedded: Callable[[str], bool]) -> Filed:
        """An expression over ``entry`` is about to be executed: from there on its cell is recorded, whatever it is.

        Args: ``embedded`` tells whether an endpoint is ours.

        Returns:
            What it belongs to; on a thread whose cell has ended, that cell.
        """

        def late(cell: Cell) -> int:
            self._entry = entry
            return self._records.late(self.backend, self.sample, _label(entry, embedded), cell)

        gone_on = self.cells.gone_on(late)
        if gone_on is not None:
            return gone_on
        if self._records.open is None:
            self._record(entry, self.backend, _label(entry, embedded))
        elif self._records.open == self._begun_directly:
            # It is a run of where expressions run, once one does.
            self._records.amend(self._begun_directly, backend=self.backend)
            self._begun_directly = None
        return Filed(self._records.open, self.cell)

    @contextmanager
    def refusing_waits(self, refuse: bool = True) -> Iterator[None]:
        """Refuse inside to execute what is waited for, or allow it again."""
        before, self.refuses_waiting = self.refuses_waiting, refuse
        try:
            yield
        finally:
            self.refuses_waiting = before

    def in_background(self, number: int, future: Future[Any]) -> BackgroundRun:
        """Let the run ``number`` go on after its cell, until ``future`` ends."""
        ending = self._records.in_background(number, future)
        return BackgroundRun(number, ending, lambda: self.runs[number - 1], self.underway)

    def stop(self, wanted: Callable[[Live], bool]) -> list[int]:
        """Ask executions that are under way to end; their keys.

        Raises:
            UserError: the service of one cannot be reached.
        """
        return [live.key for live in self.underway.stop(wanted)]

    def interrupted(self, interrupt: KeyboardInterrupt) -> None:
        """Stop what the interrupted cell began and PyODPS did not stop: a ``Delay`` waits for threads of its own.

        The notes of ``interrupt`` say what became of it; a second call changes nothing.
        """
        if self.cell is not None:
            wanted = self._direct.awaits
            self.underway.interrupt(lambda live: live.cell == self.cell and wanted(live.begun.instances()), interrupt)

    def close(self) -> None:
        """Stop what is under way, give PyODPS its own engines back and leave the embedded MaxCompute."""
        self._threads.remove()
        self._listening.close()
        self.end_runs()
        self.history.close()
        if self._chooser is not None:
            self._chooser.close()
        self._connected.leave()

    def end(self) -> None:
        """The kernel was asked to end, and is killed where it takes long."""
        ordered = [] if self._chooser is None else self._chooser.order_drops()
        until = time.monotonic() + END_SECONDS
        self.end_runs()
        for thread in ordered:
            thread.join(max(0.0, until - time.monotonic()))

    def end_runs(self) -> None:
        """A run ends with its kernel: nobody could take its result, or remove what it needed in the project."""
        for live in self.underway.all():
            try:
                live.stop()
            except UserError as error:
                self._notify(str(error))
        self._records.join(END_SECONDS)

    # -- inside -------------------------------------------------------------------------------------------------

    def _thread_begins(self) -> None:
        self.cells.adopt()
        self._listening.here()

    def _sending(self, entry: Any) -> str:
        """The running cell sends a job itself: from there on it is recorded. The label of where it sends it to."""
        from odps_jupyter.backends import embedded

        label = _label(entry, embedded.answers)
        if self._records.open is None:
            self._record(entry, "maxcompute", label)
            self._begun_directly = self._records.open
        return label

    def _record(self, entry: Any, backend: Backend, label: str) -> None:
        self._entry = entry

        def record(cell: Cell) -> AbstractContextManager[int]:
            return self._direct.within(self._records.run(backend, self.sample, label, cell, reported=False))

        self.cells.record(record)

    def _note(self, run: RunRecord) -> None:
        entry = self._entry if self.connection is None else self.connection.entry
        sender = None if entry is None else lambda instance: self._direct.sender(instance) or entry
        self.history.note(run, sender, self._records.amend)

    def _ship(self, shipment: Shipment) -> None:
        self.shipments.append(shipment)
        self._changed()

    def _suspect(self, suspect: Suspect | None) -> None:
        self.suspect = suspect

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()


def _label(entry: Any, embedded: Callable[[str], bool]) -> str:
    return "embedded" if embedded(entry.endpoint) else str(entry.project)
