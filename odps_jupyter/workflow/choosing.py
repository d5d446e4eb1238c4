"""Which engine runs an expression: PyODPS asks at each execution, and what the kernel's session says then holds.

Imported with the first cell that needs PyODPS, and not before.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol

from odps_jupyter.backends import embedded
from odps_jupyter.backends.client import decided
from odps_jupyter.backends.detach import source_tables
from odps_jupyter.backends.engines import Engine, EngineHook, forget_result, over
from odps_jupyter.backends.maxcompute_engine import RemoteEngine
from odps_jupyter.backends.overlay import Overlay
from odps_jupyter.backends.pandas_engine import SampleEngine
from odps_jupyter.backends.progress import Begun, Listener, Silent
from odps_jupyter.backends.secrets import Secrets, Unsaid
from odps_jupyter.backends.temporary import Temporary
from odps_jupyter.backends.twin import Twin

from .advice import advise
from .background import NoWaiting
from .cells import Filed
from .compare.engine import ComparingEngine, Place
from .compare.mutations import Mutations
from .compare.places import Places
from .late import LateEngine
from .leftovers import Leftovers
from .oversight import Proven, Told, Watchman
from .postmortem import place_now
from .run import SentJob, plain
from .underway import Underway

if TYPE_CHECKING:
    from odps_jupyter.backends.connection import Connection
    from odps_jupyter.backends.execution import Backend
    from odps_jupyter.backends.payload import Locate
    from odps_jupyter.backends.sample import Sample
    from odps_jupyter.backends.shipment import Shipment

    from .failure import Failure
    from .oversight import Diagnose
    from .postmortem import Suspect
    from .preflight import Preflight
    from .records import Records
    from .terms import Terms


#: Hears of an error before the user gets it, what it means, whether its cell tells what the service said, and how to
#: find out more of it when it is shown, on the kernel's own thread; None where all is known.
Failed = Callable[[Exception, "Failure", bool, Callable[[], "Failure"] | None], None]
#: Makes who shows an execution in its cell.
Display = Callable[[Begun], Listener]


class InForce(Protocol):
    """What holds in the kernel now."""

    backend: Backend
    sample: Sample
    terms: Terms
    #: Whether an execution that is waited for is refused.
    refuses_waiting: bool

    @property
    def connection(self) -> Connection | None: ...

    def executing(self, entry: Any, embedded: Callable[[str], bool]) -> Filed:
        """Called before an expression over ``entry`` is executed; what that belongs to."""


class Chooser:
    """Stands between PyODPS and its engines while installed, and lets the executor twin go when closed."""

    def __init__(
        self,
        force: InForce,
        records: Records,
        environ: Mapping[str, str],
        *,
        notify: Callable[[str], None],
        progress: Display,
        underway: Underway,
        locate: Locate,
        diagnose: Diagnose | None,
        shipped: Callable[[Shipment], None],
        suspected: Callable[[Suspect | None], None],
        failed: Failed,
    ) -> None:
        """Args: as of :class:`~odps_jupyter.workflow.session.Session`; ``shipped`` hears of each job sent,
        ``suspected`` of the function that failed last.
        """
        self._force = force
        self._records = records
        self._secrets, self._unsaid = Secrets(environ), Unsaid()
        self._notify = notify
        self._display = progress
        self._underway = underway
        self._locate = locate
        self._diagnose = diagnose
        self._shipped = shipped
        self._suspected = suspected
        self._failed = failed
        self._hook = EngineHook(self._choose_now)
        self._overlay = Overlay()
        self._twin, self._proven, self._places = Twin(), Proven(), Places()
        self._mutations = Mutations()
        self._leftovers = Leftovers(notify)
        self._doubted: set[str] = set()
        self._executed: list[weakref.ref[Any]] = []

    def install(self) -> None:
        """Let PyODPS ask from now on; a second call changes nothing.

        Raises:
            UserError: the installed PyODPS is not one this was tested with.
        """
        self._hook.install()
        self._unsaid.install()

    @property
    def installed(self) -> bool:
        return self._hook.installed

    def close(self) -> None:
        """Give PyODPS its own engines back, and end what was started to try or to compare functions."""
        self._hook.remove()
        self._unsaid.remove()
        self._leftovers.clear()
        self._twin.close()
        self._places.close()

    def order_drops(self) -> list[Thread]:
        """The kernel ends: see :meth:`.leftovers.Leftovers.order`."""
        return self._leftovers.order()

    def forget_results(self) -> None:
        """PyODPS shows an expression's last result again: after a change it would be the other backend's."""
        for reference in self._executed:
            expr = reference()
            if expr is not None:
                forget_result(expr)
        self._executed.clear()

    def forget_tables(self) -> None:
        """Drop what was persisted on pandas: it lay over the tables of another connection."""
        self._overlay.clear()

    def _choose_now(self, choice: Engine, exprs: tuple[Any, ...]) -> Engine:
        engine = self._choose(choice, exprs)
        if engine is choice or not self._force.refuses_waiting:
            return engine
        return NoWaiting(engine, lambda: place_now(self._locate))

    def _choose(self, choice: Engine, exprs: tuple[Any, ...]) -> Engine:
        if next(source_tables(exprs), None) is None:
            return choice  # pandas frames and constants run here under either backend
        alive = [known for known in self._executed if known() is not None]
        self._executed = [*alive, *(weakref.ref(expr) for expr in exprs)]
        answers = _asked_once()
        filed = self._force.executing(choice._odps, answers)
        engine = self._engine(choice, answers, filed)
        number = filed.run
        if number is None or not filed.late:
            return engine
        return LateEngine(engine, lambda: self._records.going_on(number))

    def _engine(self, choice: Engine, answers: Callable[[str], bool], filed: Filed) -> Engine:
        report = self._records.adder("executions", filed.run) or _nobody
        terms = self._force.terms
        if terms.compare is not None or self._force.backend == "pandas":
            sample = replace(self._force.sample, room=terms.room)
            connection = self._force.connection
            pandas = SampleEngine(
                choice,
                sample,
                self._overlay,
                report,
                self._listen(filed),
                lambda error: advise(error, connection, "pandas"),
            )
            return pandas if terms.compare is None else self._comparing(pandas, choice, terms, filed)
        overlay, entry = self._overlay, choice._odps
        self._leftovers.clear()

        def persisted(name: Any, options: Mapping[str, Any]) -> None:
            overlay.forget(name, options, entry)

        return RemoteEngine(
            choice,
            embedded=answers,
            report=report,
            persisted=persisted,
            progress=self._listen(filed),
            oversight=self._watchman(entry, terms, answers, filed, self._leftovers.results(entry)),
        )

    def _comparing(self, pandas: SampleEngine, choice: Engine, terms: Terms, filed: Filed) -> ComparingEngine:
        def place() -> Place:
            entry, name = self._places.entry(terms.compare or "twin", choice._odps)
            answers, temporary = _asked_once(), Temporary(entry)
            engine = RemoteEngine(
                over(choice, entry),
                embedded=answers,
                report=_nobody,  # the comparison tells of it
                persisted=lambda _name, _options: None,
                progress=self._listen(filed, shown=False),  # pandas's side shows how far it is
                # The executor itself is about to try the functions.
                oversight=self._watchman(entry, replace(terms, preflight=False), answers, filed, temporary),
            )
            return Place(name, entry, engine, temporary, self._leftovers.add)

        compared = self._records.adder("comparisons", filed.run) or _nobody
        return ComparingEngine(pandas, place=place, compared=compared, mutations=self._mutations)

    def _watchman(
        self, entry: Any, terms: Terms, answers: Callable[[str], bool], filed: Filed, results: Temporary
    ) -> Watchman:
        connection = self._force.connection
        entries = [entry] if connection is None else [entry, connection.entry]
        return Watchman(
            entry,
            self._deciding(terms, entry, answers),
            secrets=lambda: self._secrets.of(entries),
            twin=self._twin,
            proven=self._proven,
            locate=self._locate,
            diagnose=self._diagnose,
            shipped=self._shipper(entry.endpoint, filed.run),
            checked=self._checker(filed.run),
            advise=lambda error: advise(error, connection, "maxcompute"),
            suspected=self._suspected,
            failed=self._teller(filed.run),
            left=self._leftovers.add,
            results=results,
        )

    def _deciding(self, terms: Terms, entry: Any, answers: Callable[[str], bool]) -> Terms:
        """The terms of one execution; an embedded service that does not answer is gone, and not waited for."""
        embedded_one = answers(entry.endpoint)
        patience = terms.patience.at_most(0) if embedded_one else terms.patience
        return replace(terms, extras=decided(terms.extras, lambda: embedded_one), patience=patience)

    def _listen(self, filed: Filed, *, shown: bool = True) -> Callable[[Begun], Listener]:
        """Who hears of the executions of one engine: the cell that runs now, and whoever asks what is under way."""

        def begin(begun: Begun) -> Listener:
            display = self._display(begun) if shown and begun.manner != "elsewhere" else Silent()
            return self._underway.begin(begun, display, run=filed.run, cell=filed.cell)

        return begin

    def _shipper(self, endpoint: str, run: int | None) -> Callable[[Shipment], None]:
        record = self._records.adder("jobs", run)

        def shipped(shipment: Shipment) -> None:
            if record is not None and shipment.instance is not None:
                record(SentJob(shipment.instance, shipment.project, plain(endpoint)))
            self._shipped(shipment)

        return shipped

    def _teller(self, run: int | None) -> Told:
        record = self._records.adder("failures", run)

        def tell(error: Exception, failure: Failure, searched: Callable[[], Failure] | None) -> None:
            if record is not None:
                record(failure)
            # A cell that was left before cannot show it any more.
            shown = run is not None and run in self._records.reporting
            self._failed(error, failure, shown, None if searched is None else cache(searched))

        return tell

    def _checker(self, run: int | None) -> Callable[[Preflight], None]:
        record = self._records.adder("preflights", run)
        if record is not None and run in self._records.reporting:
            return record

        def checked(preflight: Preflight) -> None:
            if record is not None:
                record(preflight)
            self._say_doubts(preflight)

        return checked

    def _say_doubts(self, preflight: Preflight) -> None:
        """Where no report is shown, the user hears of a doubt once."""
        for doubt in set(preflight.doubts) - self._doubted:
            self._notify(f"preflight: {doubt}.")
        self._doubted.update(preflight.doubts)


def _asked_once() -> Callable[[str], bool]:
    """Whether an endpoint is embedded, as it answered first: a service that hangs takes long to say so each time."""
    return cache(embedded.answers)


def _nobody(_: Any) -> None:
    """Hears and forgets."""
