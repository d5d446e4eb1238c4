"""The ``maxcompute`` backend: PyODPS's own engine, watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

from .client import check_client
from .engines import Engine, Expr, forget_scalars, instance_ids
from .execution import Execution
from .facts import describe, error_line
from .progress import Listener, Watch, look_at


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
    ) -> None:
        """Args: ``embedded`` tells whether an endpoint is ours, ``persisted`` hears of each table that was written,
        ``progress`` makes who shows how far an execution is.
        """
        self._choice = choice
        self._embedded = embedded
        self._report = report
        self._persisted = persisted
        self._progress = progress

    def execute(self, expr: Expr, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.execute``."""
        __tracebackhide__ = True
        return self._run([("execute", expr)], partial(self._choice.execute, expr), kwargs)

    def persist(self, expr: Expr, name: Any, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.persist``."""
        __tracebackhide__ = True
        result = self._run([("persist", expr)], partial(self._choice.persist, expr, name), kwargs)
        self._persisted(name, kwargs)
        return result

    def batch(self, *calls: Any, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.batch``."""
        __tracebackhide__ = True
        items = [(call[0].lstrip("_"), call[1]) for call in calls]
        result = self._run(items, partial(self._choice.batch, *calls), kwargs)
        for call in calls:
            if call[0].lstrip("_") == "persist":
                self._persisted(call[2][0], call[3])
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._choice, name)

    def _run(self, items: list[tuple[str, Expr]], act: Callable[..., Any], kwargs: Mapping[str, Any]) -> Any:
        __tracebackhide__ = True
        exprs = [expr for _, expr in items]
        check_client(exprs, self._choice, self._embedded)
        forget_scalars(exprs)
        entry = self._choice._odps
        # A `ui` the user gives is closed by PyODPS; so is the one a Delay brings.
        watch = (
            None if kwargs.get("ui") else Watch(self._progress(), look_at(entry, partial(instance_ids, self._choice)))
        )
        started = perf_counter()

        def close(error: BaseException | None) -> None:
            if watch is not None:
                watch.close()
            for action, expr in items:
                facts = describe(expr, backend="maxcompute", action=action, seconds=perf_counter() - started)
                self._report(
                    replace(
                        facts,
                        instances=instance_ids(self._choice),
                        connection="embedded" if self._embedded(entry.endpoint) else entry.project,
                        error=error_line(error),
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
