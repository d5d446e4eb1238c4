"""The ``maxcompute`` backend: PyODPS's own engine, watched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any, Protocol

from .client import check_client, source_tag
from .engines import Engine, Expr, forget_scalars, instance_ids, over
from .execution import Execution
from .facts import describe, error_line
from .payload import Place
from .plan import Call
from .progress import Listener, Watch, look_at
from .shipment import Shipment
from .watched import Extras, WatchedEntry


class Oversight(Protocol):
    """Who watches over what leaves for MaxCompute."""

    @property
    def extras(self) -> Extras:
        """What is added to each job."""

    def locate(self, file: str) -> Place | None:
        """The cell that was compiled as ``file``."""

    def before(self, calls: Sequence[Call], engine: Engine) -> None:
        """Called before anything is sent; raises where it shall not be."""

    def check(self, text: str) -> None:
        """Called with each generated UDF on its way out; raises where it must not leave."""

    def shipped(self, shipment: Shipment) -> None:
        """Called with each job that was sent, on the thread that sent it."""

    def failed(self, calls: Sequence[Call], engine: Engine, error: Exception, shipments: Sequence[Shipment]) -> None:
        """Called when an execution ended with an error that the user is about to get, with the jobs it had sent.

        Not for one that goes on in the background: the row is looked for by PyODPS's pandas engine, which is the
        kernel's while that goes on.
        """


class RemoteEngine:
    """Stands where PyODPS expects an engine, lets PyODPS's own choice do the work and reports what it did."""

    def __init__(
        self,
        choice: Engine,
        *,
        embedded: Callable[[str], bool],
        report: Callable[[Execution], None],
        persisted: Callable[[Any, Mapping[str, Any]], None],
        progress: Callable[[], Listener],
        oversight: Oversight,
    ) -> None:
        """Args: ``embedded`` tells whether an endpoint is ours, ``persisted`` hears of each table that was written,
        ``progress`` makes who shows how far an execution is, ``oversight`` watches over what is sent.
        """
        self._shipments: list[Shipment] = []
        self._entry = choice._odps
        watched = WatchedEntry(
            choice._odps,
            check=oversight.check,
            shipped=self._shipped,
            locate=oversight.locate,
            extras=oversight.extras,
            source=source_tag(oversight.extras, lambda: embedded(choice._odps.endpoint)),
        )
        self._choice = over(choice, watched)
        self._oversight = oversight
        self._embedded = embedded
        self._report = report
        self._persisted = persisted
        self._progress = progress

    def execute(self, expr: Expr, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.execute``."""
        __tracebackhide__ = True
        return self._run([Call("execute", expr, (), kwargs)], partial(self._choice.execute, expr), kwargs)

    def persist(self, expr: Expr, name: Any, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.persist``."""
        __tracebackhide__ = True
        calls = [Call("persist", expr, (name,), kwargs)]
        result = self._run(calls, partial(self._choice.persist, expr, name), kwargs)
        self._persisted(name, kwargs)
        return result

    def batch(self, *calls: Any, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.batch``."""
        __tracebackhide__ = True
        items = [Call(call[0].lstrip("_"), call[1], tuple(call[2]), {**call[3], **kwargs}) for call in calls]
        result = self._run(items, partial(self._choice.batch, *calls), kwargs)
        for call in calls:
            if call[0].lstrip("_") == "persist":
                self._persisted(call[2][0], call[3])
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._choice, name)

    def _run(self, items: list[Call], act: Callable[..., Any], kwargs: Mapping[str, Any]) -> Any:
        __tracebackhide__ = True
        exprs = [call.expr for call in items]
        check_client(exprs, self._choice, self._embedded, self._oversight.extras)
        self._oversight.before(items, self._choice)
        forget_scalars(exprs)
        entry = self._entry
        # A `ui` the user gives is closed by PyODPS; so is the one a Delay brings.
        watch = (
            None if kwargs.get("ui") else Watch(self._progress(), look_at(entry, partial(instance_ids, self._choice)))
        )
        started, asking = perf_counter(), threading.current_thread()

        def close(error: BaseException | None) -> None:
            seconds = perf_counter() - started
            if watch is not None:
                watch.close()
            if isinstance(error, Exception) and threading.current_thread() is asking:
                # It may mask what the error says: nobody is told of it before.
                self._oversight.failed(items, self._choice, error, tuple(self._shipments))
            for call in items:
                facts = describe(call.expr, backend="maxcompute", action=call.action, seconds=seconds)
                self._report(
                    replace(
                        facts,
                        instances=instance_ids(self._choice),
                        connection="embedded" if self._embedded(entry.endpoint) else entry.project,
                        error=error_line(error),
                        shipments=tuple(self._shipments),
                    )
                )

        try:
            result = act(**{**kwargs, "ui": watch or kwargs["ui"]})
        except BaseException as error:
            close(error)
            raise
        if isinstance(result, Future):
            result.add_done_callback(lambda done: close(done.exception()))
        else:
            close(None)
        return result

    def _shipped(self, shipment: Shipment) -> None:
        self._shipments.append(shipment)
        self._oversight.shipped(shipment)
