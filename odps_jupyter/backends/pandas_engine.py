"""The ``pandas`` backend: PyODPS's own pandas engine, on samples of the expression's tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from .detach import Detached, detach
from .engines import Engine, Expr
from .execution import Execution
from .facts import describe, error_line
from .libraries import ImportedLibraries
from .overlay import Overlay
from .progress import Listener, Watch, no_instances
from .sample import Sample, SampledTable, read_table

if TYPE_CHECKING:
    import pandas as pd

Report = Callable[[Execution], None]
#: The arguments of ``persist`` that say how to run; the others say how to write.
EXECUTE_OPTIONS = ("ui", "async_", "n_parallel", "timeout", "libraries")


@dataclass(frozen=True)
class _Run:
    """One expression on its way through the pandas engine."""

    expr: Expr
    detached: Detached
    sampled: tuple[SampledTable, ...]
    action: str
    started: float

    def execution(self, error: BaseException | None) -> Execution:
        facts = describe(self.expr, backend="pandas", action=self.action, seconds=perf_counter() - self.started)
        return replace(facts, sampled=self.sampled, error=error_line(error))


class SampleEngine:
    """Stands where PyODPS expects an engine: computes the user's expressions on samples and leaves them untouched.

    ``persist`` writes nothing to MaxCompute, where a sample's result would stand for the whole: it lays the result
    over the table (:class:`Overlay`), for as long as expressions run on pandas.
    """

    def __init__(
        self,
        choice: Engine,
        sample: Sample,
        overlay: Overlay,
        report: Report,
        progress: Callable[[], Listener],
    ) -> None:
        self._choice = choice
        self._sample = sample
        self._overlay = overlay
        self._report = report
        self._progress = progress

    def execute(self, expr: Expr, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.execute``; a ``Future`` where ``async_`` is asked for."""
        __tracebackhide__ = True
        return self._finish(self._start(expr, "execute"), kwargs, lambda result: result)

    def persist(self, expr: Expr, name: Any, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.persist``, without the write: a collection over the table as the sample makes it."""
        __tracebackhide__ = True
        keep = partial(self._keep, expr, name, kwargs)
        running: dict[str, Any] = {key: kwargs[key] for key in EXECUTE_OPTIONS if key in kwargs}
        return self._finish(self._start(expr, "persist"), running, keep)

    def batch(self, *calls: tuple[str, Expr, tuple[Any, ...], dict[str, Any]], **kwargs: Any) -> list[Any]:
        """As PyODPS's ``Engine.batch``: one result, or one ``Future``, for each call of a ``Delay``."""
        __tracebackhide__ = True
        results = []
        for action, expr, args, options in calls:
            act = self.persist if action.lstrip("_") == "persist" else self.execute
            results.append(act(expr, *args, **{**options, **kwargs}))
        return results

    def __getattr__(self, name: str) -> Any:
        # compile, visualize and stop speak of the SQL: PyODPS's own choice answers.
        return getattr(self._choice, name)

    def _start(self, expr: Expr, action: str) -> _Run:
        __tracebackhide__ = True
        sampled: dict[str, SampledTable] = {}

        def read(table: Any, partitions: Sequence[Mapping[str, str]] | None) -> pd.DataFrame:
            kept = self._overlay.read(table, partitions)
            frame, fact = kept if kept is not None else read_table(table, self._sample, partitions)
            sampled[table.full_table_name] = fact
            return frame

        started = perf_counter()
        return _Run(expr, detach(expr, read), tuple(sampled.values()), action, started)

    def _finish(self, run: _Run, kwargs: dict[str, Any], convert: Callable[[Any], Any]) -> Any:
        from odps.df.backends.pd.engine import PandasEngine

        __tracebackhide__ = True
        libraries = ImportedLibraries()
        watch = None if kwargs.get("ui") else Watch(self._progress(), no_instances)

        def close(error: BaseException | None) -> None:
            if watch is not None:
                watch.close()
            run.detached.release()
            libraries.forget()
            self._report(run.execution(error))

        try:
            result = PandasEngine(self._choice._odps).execute(
                run.detached.root, **{**kwargs, "ui": watch or kwargs["ui"]}
            )
            if not isinstance(result, Future):
                result = convert(result)
        except BaseException as error:
            close(error)
            raise
        if isinstance(result, Future):
            return _when_done(result, convert, close)
        close(None)
        return result

    def _keep(self, expr: Expr, name: Any, options: Mapping[str, Any], result: Any) -> Expr:
        return self._overlay.write(
            expr, name, result.to_pandas(), options, odps=self._choice._odps, sample=self._sample
        )


def _when_done(
    source: Future[Any], convert: Callable[[Any], Any], close: Callable[[BaseException | None], None]
) -> Any:
    target: Future[Any] = Future()
    target.set_running_or_notify_cancel()

    def relay(done: Future[Any]) -> None:
        try:
            result = convert(done.result())
        except BaseException as error:  # noqa: BLE001 - a Future carries whatever ended the work
            close(error)
            target.set_exception(error)
        else:
            close(None)
            target.set_result(result)

    source.add_done_callback(relay)
    return target
