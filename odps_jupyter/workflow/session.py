"""The state of one kernel: backend, sample, connection, and the runs so far."""

from __future__ import annotations

import socket
import threading
import time
import warnings
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from odps_jupyter.backends.execution import BACKENDS, Backend, Execution
from odps_jupyter.backends.sample import Sample
from odps_jupyter.errors import UserError

from .run import RunRecord
from .terms import Terms

if TYPE_CHECKING:
    from odps_jupyter.backends.connection import Connection
    from odps_jupyter.backends.embedded import Lease
    from odps_jupyter.backends.engines import EngineHook
    from odps_jupyter.backends.overlay import Overlay
    from odps_jupyter.backends.pandas_engine import SampleEngine
    from odps_jupyter.backends.payload import Locate
    from odps_jupyter.backends.progress import Listener
    from odps_jupyter.backends.shipment import Shipment
    from odps_jupyter.backends.twin import Twin

    from .compare.comparison import Comparison
    from .compare.engine import ComparingEngine, Place
    from .compare.places import Places
    from .oversight import Diagnose, Proven, Watchman
    from .preflight import Preflight

ENTRY_NAME = "o"
USERS_OBJECT = "the object o"
ALIVE_SECONDS = 1.0
#: Jobs whose shipments are kept to be explained.
SHIPMENTS_KEPT = 50


class Session:
    """What ``%odps`` sets and ``%%odps`` runs under; one per kernel, made by whoever loads the extension.

    Nothing heavy is imported until a cell needs PyODPS.
    """

    def __init__(
        self,
        namespace: MutableMapping[str, Any],
        environ: Mapping[str, str],
        notify: Callable[[str], None] = warnings.warn,
        progress: Callable[[], Listener] | None = None,
        locate: Locate = lambda _: None,
        diagnose: Diagnose | None = None,
    ) -> None:
        """Args: ``namespace`` is the user's, where ``o`` lives; ``environ`` names credentials; ``notify`` tells the
        user something that is no error; ``progress`` makes who shows how far an execution is,
        nobody where None; ``locate`` knows the cells by the names they were compiled under, ``diagnose`` what the
        rules say of them.
        """
        self.namespace = namespace
        self.backend: Backend = "maxcompute"
        self.sample = Sample()
        self.connection: Connection | None = None
        self.runs: list[RunRecord] = []
        self.terms = Terms()
        self.shipments: deque[Shipment] = deque(maxlen=SHIPMENTS_KEPT)
        self._environ = environ
        self._notify = notify
        self._progress = progress
        self._locate = locate
        self._diagnose = diagnose
        self._twin: Twin | None = None
        self._proven: Proven | None = None
        self._places: Places | None = None
        self._doubted: set[str] = set()
        self._said = False
        self._lease: Lease | None = None
        self._hook: EngineHook | None = None
        self._overlay: Overlay | None = None
        self._executed: list[weakref.ref[Any]] = []
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()

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
        self._forget_results()
        self._changed()

    def set_terms(self, terms: Terms) -> None:
        """What holds for executions from now on."""
        self.terms = terms
        self._changed()

    def connect(self, connection: Connection, *, said: bool) -> None:
        """Speak to ``connection`` from now on and put its entry object into the namespace as ``o``."""
        self._drop_lease()
        self.connection, self._said = connection, said
        self.namespace[ENTRY_NAME] = connection.entry
        # What PyODPS does for the last ODPS object made: its %sql and its pandas frames use it.
        connection.entry.to_global(overwritable=True)
        if connection.service is not None:
            from odps_jupyter.backends.embedded import Lease

            self._lease = Lease(connection.entry, connection.service)
            self._lease.start()
        if self._overlay is not None:
            self._overlay.clear()
        self._forget_results()
        self._changed()

    # -- what runs ----------------------------------------------------------------------------------------------

    def prepare(self) -> Connection:
        """Make the next execution obey the toggle, over a connection that answers.

        Raises:
            UserError: PyODPS is of an untested version, or the embedded MaxCompute does not start.
        """
        self.hook()
        self.revive()
        connection = self._resolve()
        if connection is not self.connection:
            self.connect(connection, said=False)
        return connection

    def hook(self) -> None:
        """Let PyODPS ask this session for its engine; imports PyODPS."""
        if self._hook is None:
            from odps_jupyter.backends.engines import EngineHook
            from odps_jupyter.backends.overlay import Overlay

            self._hook, self._overlay = EngineHook(self._choose), Overlay()
        self._hook.install()

    @property
    def hooked(self) -> bool:
        return self._hook is not None and self._hook.installed

    def revive(self) -> None:
        """Start the embedded MaxCompute again if it died since; tables and the objects made with it stay good.

        Where they cannot, because it keeps its data in memory or its port is taken, the user is told.
        """
        connection = self.connection
        if connection is None or connection.service is None or _listens(connection.endpoint):
            return
        from odps_jupyter.backends import connection as connections

        revived = connections.to_embedded(connection.origin, connection.data_dir, connection.service)
        if (revived.endpoint, revived.service) == (connection.endpoint, connection.service) and connection.keeps_data:
            revived = replace(revived, entry=connection.entry)
        else:
            self._notify("The embedded MaxCompute was started anew: get tables again from `o`.")
        self.connect(revived, said=self._said)

    @contextmanager
    def run(self) -> Iterator[None]:
        """Record one cell: every execution inside belongs to a new :class:`RunRecord`, the last of ``runs``."""
        label = "none" if self.connection is None else self.connection.label
        started = time.time()
        number = len(self.runs)
        self.runs.append(RunRecord(number + 1, self.backend, self.sample, label, started))
        self._changed()
        try:
            yield
        except BaseException as error:
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
            first = (str(error).strip().splitlines() or [""])[0]
            ended = {"status": status, "error": f"{type(error).__name__}: {first}"}
            self._update(number, seconds=time.time() - started, **ended)
            raise
        self._update(number, seconds=time.time() - started, status="ok")

    def close(self) -> None:
        """Give PyODPS its own engines back and leave the embedded MaxCompute."""
        if self._hook is not None:
            self._hook.remove()
        if self._twin is not None:
            self._twin.close()
        if self._places is not None:
            self._places.close()
        self._drop_lease()
        if (
            self.connection is not None
            and self.namespace.get(ENTRY_NAME) is self.connection.entry
            and (self.connection.origin != USERS_OBJECT)
        ):
            del self.namespace[ENTRY_NAME]

    # -- inside -------------------------------------------------------------------------------------------------

    def _resolve(self) -> Connection:
        """``%odps connect`` if it was said, else the user's ``o``, else the environment, else embedded."""
        from odps import ODPS

        from odps_jupyter.backends import connection as connections

        entry = self.namespace.get(ENTRY_NAME)
        if self.connection is not None and entry is self.connection.entry:
            return self.connection
        if isinstance(entry, ODPS):
            # Assigned after `%odps connect`, it is the later word: the cell's code will use it.
            return connections.from_entry(entry, USERS_OBJECT)
        if self.connection is not None and self._said:
            self.namespace[ENTRY_NAME] = self.connection.entry
            return self.connection
        found = connections.from_environment(self._environ, "the environment")
        if found is not None:
            connections.verify(found)
            return found
        return connections.to_embedded("default")

    def _choose(self, choice: Any, exprs: tuple[Any, ...]) -> Any:
        from odps_jupyter.backends import embedded
        from odps_jupyter.backends.detach import source_tables
        from odps_jupyter.backends.maxcompute_engine import RemoteEngine
        from odps_jupyter.backends.pandas_engine import SampleEngine
        from odps_jupyter.backends.progress import Silent

        if next(source_tables(exprs), None) is None:
            return choice  # pandas frames and constants run here under either backend
        alive = [known for known in self._executed if known() is not None]
        self._executed = [*alive, *(weakref.ref(expr) for expr in exprs)]
        progress = self._progress or Silent
        assert self._overlay is not None
        if self.terms.compare is not None:
            return self._comparing(SampleEngine(choice, self.sample, self._overlay, self._recorder(), progress), choice)
        if self.backend == "pandas":
            return SampleEngine(choice, self.sample, self._overlay, self._recorder(), progress)
        overlay, entry = self._overlay, choice._odps

        def persisted(name: Any, options: Mapping[str, Any]) -> None:
            overlay.forget(name, options, entry)

        return RemoteEngine(
            choice,
            embedded=embedded.answers,
            report=self._recorder(),
            persisted=persisted,
            progress=progress,
            oversight=self._watchman(entry, self.terms),
        )

    def _comparing(self, engine: SampleEngine, choice: Any) -> ComparingEngine:
        from odps_jupyter.backends import embedded
        from odps_jupyter.backends.engines import over
        from odps_jupyter.backends.maxcompute_engine import RemoteEngine
        from odps_jupyter.backends.progress import Silent

        from .compare.engine import ComparingEngine, Place
        from .compare.places import Places

        places = self._places = self._places or Places()
        terms = self.terms

        def place() -> Place:
            entry, name = places.entry(terms.compare or "twin", choice._odps)
            engine = RemoteEngine(
                over(choice, entry),
                embedded=embedded.answers,
                report=lambda _: None,  # the comparison tells of it
                persisted=lambda _name, _options: None,
                progress=Silent,
                # The executor itself is about to try the functions.
                oversight=self._watchman(entry, replace(terms, preflight=False)),
            )
            return Place(name, entry, engine)

        return ComparingEngine(engine, place=place, compared=self._comparer())

    def _comparer(self) -> Callable[[Comparison], None]:
        """Adds comparisons to the run they start in."""
        run = self._running()

        def record(comparison: Comparison) -> None:
            if run is not None:
                self._update(run, comparisons=(*self.runs[run].comparisons, comparison))

        return record

    def _watchman(self, entry: Any, terms: Terms) -> Watchman:
        from odps_jupyter.backends.secrets import secrets_in, secrets_of
        from odps_jupyter.backends.twin import Twin

        from .oversight import Proven, Watchman

        entries = [entry] if self.connection is None else [entry, self.connection.entry]
        self._twin, self._proven = self._twin or Twin(), self._proven or Proven()
        return Watchman(
            entry,
            terms,
            secrets=[*(secret for one in entries for secret in secrets_of(one)), *secrets_in(self._environ)],
            twin=self._twin,
            proven=self._proven,
            locate=self._locate,
            diagnose=self._diagnose,
            shipped=self._ship,
            checked=self._checker(),
        )

    def _ship(self, shipment: Shipment) -> None:
        self.shipments.append(shipment)
        self._changed()

    def _checker(self) -> Callable[[Preflight], None]:
        """Adds preflights to the run they start in; where there is none, the user hears of a doubt once."""
        run = self._running()

        def record(preflight: Preflight) -> None:
            if run is not None:
                self._update(run, preflights=(*self.runs[run].preflights, preflight))
            else:
                for doubt in set(preflight.doubts) - self._doubted:
                    self._notify(f"preflight: {doubt}.")
                self._doubted.update(preflight.doubts)

        return record

    def _running(self) -> int | None:
        return len(self.runs) - 1 if self.runs and self.runs[-1].status == "running" else None

    def _recorder(self) -> Callable[[Execution], None]:
        """Adds executions to the run they start in, though an asynchronous one may end after it."""
        run = self._running()

        def record(execution: Execution) -> None:
            if run is not None:
                self._update(run, executions=(*self.runs[run].executions, execution))

        return record

    def _update(self, run: int, **changes: Any) -> None:
        with self._lock:
            self.runs[run] = replace(self.runs[run], **changes)
        self._changed()

    def _forget_results(self) -> None:
        """PyODPS shows an expression's last result again: after a change it would be the other backend's."""
        if not self._executed:
            return
        from odps_jupyter.backends.engines import forget_result

        for reference in self._executed:
            expr = reference()
            if expr is not None:
                forget_result(expr)
        self._executed.clear()

    def _drop_lease(self) -> None:
        if self._lease is not None:
            self._lease.close()
            self._lease = None

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()


def _listens(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    with socket.socket() as probe:
        probe.settimeout(ALIVE_SECONDS)
        return probe.connect_ex((parts.hostname or "", parts.port or 80)) == 0
