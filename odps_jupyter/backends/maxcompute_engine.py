"""The ``maxcompute`` backend: PyODPS's own engine, watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any, Protocol

from .background import Background
from .client import check_client, source_tag
from .engines import Engine, Expr, forget_scalars, instance_ids, over
from .execution import Execution
from .facts import describe, error_line, rows_of
from .futures import all_done, relayed
from .options import job_options_now
from .patience import Patience
from .payload import Place
from .plan import Call
from .progress import Begun, Listen, LookAt, Manner, Watch
from .room import Room
from .shipment import Shipment
from .stopping import SIGN, Jobs, Stopped, interruption, stopped_note
from .temporary import Item, Temporary
from .watched import Extras, WatchedEntry


class Oversight(Protocol):
    """Who watches over what leaves for MaxCompute."""

    @property
    def extras(self) -> Extras:
        """What is added to each job."""

    @property
    def patience(self) -> Patience:
        """For how long a lost network is waited for."""

    @property
    def room(self) -> Room:
        """What rows that are read may take of memory."""

    @property
    def results(self) -> Temporary:
        """Takes the tables in which PyODPS keeps rows that it may read again."""

    def left(self, temporary: Temporary, refused: Sequence[Item]) -> None:
        """Called after an execution with what may still be in its project; ``refused`` could not be removed."""

    def locate(self, file: str) -> Place | None:
        """The cell that was compiled as ``file``."""

    def before(self, calls: Sequence[Call], engine: Engine) -> None:
        """Called before anything is sent; raises where it shall not be."""

    def check(self, text: str) -> None:
        """Called with each generated UDF on its way out; raises where it must not leave."""

    def shipped(self, shipment: Shipment) -> None:
        """Called with each job that was sent, on the thread that sent it."""

    def failing(self, calls: Sequence[Call], engine: Engine, *, waited: bool) -> Failing:
        """Called when an execution begins, on the thread of the cell that executes it; ``waited``: until it ends."""


class Failing(Protocol):
    """Hears how an execution failed."""

    def __call__(self, error: Exception, shipments: Sequence[Shipment]) -> None:
        """Called before the user gets the error, with the jobs sent so far, on the thread that ran into it."""


class RemoteEngine:
    """Stands where PyODPS expects an engine, lets PyODPS's own choice do the work and reports what it did."""

    def __init__(
        self,
        choice: Engine,
        *,
        embedded: Callable[[str], bool],
        report: Callable[[Execution], None],
        persisted: Callable[[Any, Mapping[str, Any]], None],
        progress: Listen,
        oversight: Oversight,
    ) -> None:
        """Args: ``embedded`` tells whether an endpoint is ours, ``persisted`` hears of each table that was written,
        ``progress`` makes who shows how far an execution is, ``oversight`` watches over what is sent.
        """
        self._shipments: list[Shipment] = []
        self._entry = choice._odps
        # PyODPS's engine is made over the watched entry, which asks whether it may send: the ids come from both.
        self._jobs = Jobs(self._entry, lambda: instance_ids(self._choice))
        watched = WatchedEntry(
            choice._odps,
            check=oversight.check,
            shipped=self._shipped,
            locate=oversight.locate,
            extras=oversight.extras,
            source=source_tag(oversight.extras, lambda: embedded(choice._odps.endpoint)),
            sending=self._jobs.sending,
            over=self._jobs.over,
            patience=oversight.patience,
            room=oversight.room,
            results=oversight.results,
            waiting=lambda status: self._watch.status(status) if self._watch is not None else None,
        )
        self._watch: Watch | None = None
        self._temporary = watched.temporary
        self._choice = over(choice, watched)
        self._oversight = oversight
        self._embedded = embedded
        self._report = report
        self._persisted = persisted
        self._progress = progress

    def execute(self, expr: Expr, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.execute``; a ``Future`` where ``async_`` is asked for."""
        __tracebackhide__ = True
        return self._one(Call("execute", expr, (), kwargs), partial(self._choice.execute, expr), lambda: None)

    def persist(self, expr: Expr, name: Any, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.persist``; a ``Future`` where ``async_`` is asked for."""
        __tracebackhide__ = True
        call = Call("persist", expr, (name,), kwargs)
        return self._one(call, partial(self._choice.persist, expr, name), lambda: self._persisted(name, kwargs))

    def batch(self, *calls: Any, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.batch``: what a ``Delay`` asks for, one ``Future`` for each of its calls."""
        __tracebackhide__ = True
        items = [Call(call[0].lstrip("_"), call[1], tuple(call[2]), {**call[3], **kwargs}) for call in calls]
        failing = self._prepare(items, waited=False)
        begun = self._begun(items, "elsewhere" if kwargs.get("ui") else "background")
        self._watch = watch = Watch(self._progress(begun), LookAt(self._entry, self._jobs.ids))
        started = perf_counter()
        options = {**kwargs, **job_options_now(kwargs), "ui": kwargs.get("ui") or watch}
        try:
            results = self._choice.batch(*calls, **options)
        except BaseException as error:
            watch.close()
            told = self._told(error, failing)
            self._clear()
            for call in items:
                self._ended(call, started, told)
            if told is error:
                raise
            raise told from None

        def closing(call: Call) -> Callable[[BaseException | None, Any], BaseException | None]:
            def close(error: BaseException | None, result: Any) -> BaseException | None:
                told = None if error is None else self._told(error, failing)
                self._ended(call, started, told, result)
                if told is None and call.action == "persist":
                    self._persisted(call.arguments[0], call.options or {})
                return told

            return close

        futures = [result if isinstance(result, Future) else _done(result) for result in results]
        all_done(futures, watch.close)
        all_done(futures, self._clear)
        return [relayed(future, closing(call)) for future, call in zip(futures, items, strict=True)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._choice, name)

    def _one(self, call: Call, act: Callable[..., Any], written: Callable[[], None]) -> Any:
        __tracebackhide__ = True
        options = dict(call.options or {})
        waited = not (options.pop("async_", False) | options.pop("async", False))
        failing = self._prepare([call], waited=waited)
        # A `ui` the user gives is closed by PyODPS.
        manner: Manner = "elsewhere" if options.get("ui") else "waited" if waited else "background"
        begun = self._begun([call], manner)
        started = perf_counter()
        if not waited:
            options.update(job_options_now(options))
        look = LookAt(self._entry, self._jobs.ids)
        self._watch = watch = Watch(self._progress(begun), look, at_once=begun.manner == "background")

        def work() -> Any:
            __tracebackhide__ = True
            try:
                result = act(**{**options, "ui": options.get("ui") or watch})
            except BaseException as error:
                watch.close()
                told = self._told(error, failing)
                self._clear()
                self._ended(call, started, told)
                if told is error:
                    raise
                raise told from None
            watch.close()
            self._clear()
            self._ended(call, started, None, result)
            written()
            return result

        if waited:
            return work()
        background = Background(work, "odps-jupyter execution")
        background.start()
        if begun.functions:
            # They are pickled as they are when the job is sent: the cells that follow may define others.
            self._until_sent(background.future)
        if options.get("timeout"):
            wait([background.future], options["timeout"])  # as PyODPS does before it gives the Future away
        return background.future

    def _until_sent(self, future: Future[Any]) -> None:
        __tracebackhide__ = True
        try:
            self._jobs.wait_first(future)
        except KeyboardInterrupt as interrupt:
            self._stop_all(interrupt)
            raise

    def _prepare(self, calls: list[Call], *, waited: bool) -> Failing:
        __tracebackhide__ = True
        from .results import check_download  # a class of PyODPS's is a base in it

        exprs = [call.expr for call in calls]
        check_client(exprs, self._choice, self._embedded, self._oversight.extras)
        self._oversight.before(calls, self._choice)
        for call in calls:
            check_download(call, self._choice, self._oversight.room)
        forget_scalars(exprs)
        return self._oversight.failing(calls, self._choice, waited=waited)

    def _begun(self, calls: Sequence[Call], manner: Manner) -> Begun:
        facts = [describe(call.expr, backend="maxcompute", action=call.action, seconds=0.0) for call in calls]
        return Begun(
            backend="maxcompute",
            connection=self._connection,
            operations=tuple(one.operation for one in facts),
            tables=tuple(dict.fromkeys(table for one in facts for table in one.tables)),
            functions=tuple(dict.fromkeys(name for one in facts for name in one.functions)),
            manner=manner,
            stop=self._jobs.stop,
            project=str(self._entry.project),
            instances=self._jobs.ids,
        )

    @property
    def _connection(self) -> str:
        return "embedded" if self._embedded(self._entry.endpoint) else str(self._entry.project)

    def _told(self, error: BaseException, failing: Failing) -> BaseException:
        """The error that the user gets for ``error``, which is told of before."""
        if (interrupt := interruption(error)) is not None:
            self._stop_all(interrupt)
            return interrupt
        if self._jobs.stopped and isinstance(error, Exception):
            return Stopped()
        if isinstance(error, Exception):
            # It may mask what the error says: nobody is told of it before.
            failing(error, tuple(self._shipments))
        return error

    def _stop_all(self, interrupt: KeyboardInterrupt) -> None:
        """PyODPS has stopped the jobs that it knew of when it was interrupted; one may just have been sent."""
        from requests import RequestException

        going = self._jobs.going()
        try:
            self._jobs.stop()
        except RequestException as lost:
            interrupt.add_note(f"{SIGN}it is not known whether the job stopped ({type(lost).__name__}).")
        else:
            if going:
                interrupt.add_note(stopped_note(going))

    def _clear(self) -> None:
        """Remove what the jobs needed for a while and PyODPS has not removed."""
        refused: tuple[Item, ...] = ()
        try:
            refused = self._temporary.clear()
        finally:
            if self._temporary.items:
                self._oversight.left(self._temporary, refused)

    def _ended(self, call: Call, started: float, error: BaseException | None, result: Any = None) -> None:
        facts = describe(call.expr, backend="maxcompute", action=call.action, seconds=perf_counter() - started)
        self._report(
            replace(
                facts,
                instances=self._jobs.ids(),
                connection=self._connection,
                error=error_line(error),
                shipments=tuple(self._shipments),
                rows=rows_of(result),
            )
        )

    def _shipped(self, shipment: Shipment) -> None:
        self._shipments.append(shipment)
        if shipment.instance is not None:
            self._jobs.sent(shipment.instance)
        self._oversight.shipped(shipment)


def _done(result: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(result)
    return future
