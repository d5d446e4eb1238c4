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
from .overlay import Overlay, Partitions
from .progress import Listener, Watch, no_instances
from .sample import Sample, SampledTable, read_table

if TYPE_CHECKING:
    import pandas as pd

Report = Callable[[Execution], None]
#: One call of a ``Delay``: action, expression, arguments.
Call = tuple[str, Expr, tuple[Any, ...], dict[str, Any]]
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
        self.sample = sample
        self.overlay = overlay
        self._report = report
        self._progress = progress

    def over(self, overlay: Overlay) -> SampleEngine:
        """The same engine, with ``overlay`` over the tables."""
        return SampleEngine(self._choice, self.sample, overlay, self._report, self._progress)

    def rows(self, table: Any, partitions: Partitions | None) -> tuple[pd.DataFrame, SampledTable]:
        """What expressions read of ``table``: what was persisted as it, else a sample."""
        return self.overlay.read(table, partitions) or read_table(table, self.sample, partitions)

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

    def batch(self, *calls: Call, **kwargs: Any) -> list[Any]:
        """As PyODPS's ``Engine.batch``: one result, or one ``Future``, for each call of a ``Delay``."""
        __tracebackhide__ = True
        return in_turn(self, calls, kwargs)

    def __getattr__(self, name: str) -> Any:
        # compile, visualize and stop speak of the SQL: PyODPS's own choice answers.
        return getattr(self._choice, name)

    def _start(self, expr: Expr, action: str) -> _Run:
        __tracebackhide__ = True
        sampled: dict[str, SampledTable] = {}

        def read(table: Any, partitions: Partitions | None) -> pd.DataFrame:
            frame, sampled[table.full_table_name] = self.rows(table, partitions)
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
        return self.overlay.write(expr, name, result.to_pandas(), options, odps=self._choice._odps, sample=self.sample)


def in_turn(engine: Any, calls: Sequence[Call], options: Mapping[str, Any]) -> list[Any]:
    """What ``engine`` makes of each call of a ``Delay``; ``options`` hold for all and win."""
    __tracebackhide__ = True
    results = []
    for action, expr, args, own in calls:
        act = engine.persist if action.lstrip("_") == "persist" else engine.execute
        results.append(act(expr, *args, **{**own, **options}))
    return results


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
