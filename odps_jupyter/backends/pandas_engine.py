"""The ``pandas`` backend: PyODPS's own pandas engine, on samples of the expression's tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from odps_jupyter.errors import UserError

from .background import Background, StopHere
from .detach import Detached, detach
from .engines import Engine, Expr
from .execution import Execution
from .facts import describe, error_line, rows_of
from .libraries import ImportedLibraries
from .options import libraries_now
from .overlay import Overlay, Partitions
from .printed import bounded
from .progress import Begun, Listen, Manner, Watch, no_instances
from .sample import Sample, SampledTable, read_table
from .stopping import Stoppable, Stopped, interruption

if TYPE_CHECKING:
    import pandas as pd

Report = Callable[[Execution], None]
#: One call of a ``Delay``: action, expression, arguments.
Call = tuple[str, Expr, tuple[Any, ...], dict[str, Any]]
#: How MaxCompute's errors about a text of SQL begin: semantic analysis and parse exceptions.
NOT_UNDERSTOOD = ("ODPS-0130071", "ODPS-0130161")
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

    def execution(self, error: BaseException | None, result: Any = None) -> Execution:
        facts = describe(self.expr, backend="pandas", action=self.action, seconds=perf_counter() - self.started)
        return replace(facts, sampled=self.sampled, error=error_line(error), rows=rows_of(result))


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
        progress: Listen,
        advise: Callable[[Exception], str | None] = lambda _: None,
    ) -> None:
        """Args: ``advise`` says what to do about an error of the project."""
        self._advise = advise
        self._choice = choice
        self.sample = sample
        self.overlay = overlay
        self._report = report
        self._progress = progress

    def over(self, overlay: Overlay) -> SampleEngine:
        """The same engine, with ``overlay`` over the tables."""
        return SampleEngine(self._choice, self.sample, overlay, self._report, self._progress, self._advise)

    def rows(
        self, table: Any, partitions: Partitions | None, *, marked: bool = False
    ) -> tuple[pd.DataFrame, SampledTable]:
        """What expressions read of ``table``: what was persisted as it, else a sample.

        Args: ``marked`` as :class:`Sample` has it.

        Raises:
            UserError: it cannot be read, and it is known what to do about it.
        """
        from odps.errors import BaseODPSError
        from requests import RequestException

        __tracebackhide__ = True
        try:
            return self.overlay.read(table, partitions) or read_table(
                table, replace(self.sample, marked=marked), partitions
            )
        except (BaseODPSError, RequestException) as error:
            if self.sample.where is not None and str(getattr(error, "code", "")).startswith(NOT_UNDERSTOOD):
                raise UserError(
                    f"No sample of {table.name} could be read: MaxCompute does not take {self.sample.where!r} as a "
                    f"condition: {error_line(error)}",
                    hint="Correct the condition, or take a number of rows: `--sample 100`.",
                ) from error
            advice = self._advise(error)
            if advice is None:
                raise
            by_job = self.sample.where is not None or getattr(error, "instance_id", None) is not None
            hint = "Rows by a condition are found by a job: `--sample 100` needs none." if by_job else None
            raise UserError(f"No sample of {table.name} could be read: {advice}", hint=hint) from error

    def execute(self, expr: Expr, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.execute``; a ``Future`` where ``async_`` is asked for."""
        __tracebackhide__ = True
        return self._run(expr, "execute", kwargs, lambda result: result)

    def persist(self, expr: Expr, name: Any, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.persist``, without the write: a collection over the table as the sample makes it."""
        __tracebackhide__ = True
        keep = partial(self._keep, expr, name, kwargs)
        running: dict[str, Any] = {key: kwargs[key] for key in EXECUTE_OPTIONS if key in kwargs}
        return self._run(expr, "persist", running, keep)

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

    def _run(self, expr: Expr, action: str, kwargs: dict[str, Any], convert: Callable[[Any], Any]) -> Any:
        from odps.df.backends.pd.engine import PandasEngine

        __tracebackhide__ = True
        options = dict(kwargs)
        waited = not (options.pop("async_", False) | options.pop("async", False))
        manner: Manner = "elsewhere" if options.get("ui") else "waited" if waited else "background"
        stoppable = Stoppable()
        begun = _begun(expr, action, manner, stoppable.stop)
        watch = Watch(self._progress(begun), no_instances, at_once=manner == "background")
        watch.status("Reading a sample")
        try:
            run = stoppable.here(partial(self._start, expr, action))
        except BaseException as ended:
            watch.close()
            told = _told(ended, stoppable)
            if told is ended:
                raise
            raise told from None
        if not waited:
            options["libraries"] = libraries_now(options.get("libraries"))

        def work() -> Any:
            __tracebackhide__ = True
            libraries = ImportedLibraries()
            error: BaseException | None = None
            result = None
            try:
                stoppable.check()
                ui = options.get("ui") or watch
                engine = PandasEngine(self._choice._odps)
                with bounded(spawning=options.get("n_parallel", 1) > 1):
                    result = convert(engine.execute(run.detached.root, **{**options, "ui": ui}))
            except BaseException as ended:
                error = _told(ended, stoppable)
                if error is ended:
                    raise
                raise error from None
            finally:
                watch.close()
                run.detached.release()
                libraries.forget()
                self._report(run.execution(error, result))
            return result

        if waited:
            return stoppable.here(work)
        background = Background(work, "odps-jupyter execution")
        stoppable.there(background)
        background.start()
        if options.get("timeout"):
            wait([background.future], options["timeout"])  # as PyODPS does before it gives the Future away
        return background.future

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


def _begun(expr: Expr, action: str, manner: Manner, stop: Callable[[], None]) -> Begun:
    facts = describe(expr, backend="pandas", action=action, seconds=0.0)
    return Begun("pandas", "", (facts.operation,), facts.tables, facts.functions, manner, stop)


def _told(error: BaseException, stoppable: Stoppable) -> BaseException:
    """The error that the user gets for ``error``."""
    if isinstance(error, StopHere) or (stoppable.stopped and interruption(error) is not None):
        return Stopped()
    return interruption(error) or error
