"""``%%odps --async``: a run that goes on while the kernel is free, and the engine that keeps its cell from waiting."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from odps_jupyter.errors import UserError

if TYPE_CHECKING:
    from odps_jupyter.backends.engines import Engine, Expr

    from .failure import Place
    from .run import RunRecord, Status
    from .underway import Underway

#: Which of the methods that execute take ``async_``.
ASYNC = ("async_", "async")


class BackgroundRun:
    """A run begun by ``%%odps --async``; the value of its cell.

    A run ends with its kernel, and an interrupt of the kernel does not end it: :meth:`stop` does.
    """

    def __init__(self, number: int, future: Future[Any], record: Callable[[], RunRecord], underway: Underway) -> None:
        self.number = number
        self._future = future
        self._record = record
        self._underway = underway

    @property
    def status(self) -> Status:
        """``running``, ``ok``, ``error`` or ``stopped``."""
        return self._record().status

    @property
    def instances(self) -> tuple[str, ...]:
        """Ids of the MaxCompute instances it has sent so far, oldest first."""
        return tuple(job.instance for job in self._record().jobs)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended, or for ``timeout`` seconds; whether it has ended."""
        return bool(concurrent.futures.wait([self._future], timeout).done)

    def result(self, timeout: float | None = None) -> Any:
        """What the expression gave; waits for it.

        Raises:
            TimeoutError: it has not ended after ``timeout`` seconds; it goes on.
            Stopped: it was stopped.
            Exception: what it ended with.
        """
        __tracebackhide__ = True
        return self._future.result(timeout)

    def stop(self) -> None:
        """Ask that it ends soon; nothing where it has ended. On MaxCompute its instance is stopped, on pandas the
        user's function as soon as what it calls returns to Python.

        Raises:
            UserError: the service cannot be reached.
        """
        self._underway.stop(lambda live: live.run == self.number)

    def __repr__(self) -> str:
        run = self._record()
        where = "pandas" if run.backend == "pandas" else f"MaxCompute {run.connection}"
        if run.status == "running":
            return f"<run {run.number} on {where}: running; .wait(), .result() and .stop() say when to go on>"
        error = f" {run.kind}" if run.status == "error" and run.kind else ""
        return f"<run {run.number} on {where}: {run.status}{error}, {run.seconds:.2f} s>"


class NoWaiting:
    """Stands before an engine in a cell that must return at once, and refuses what would wait."""

    def __init__(self, engine: Engine, place: Callable[[], Place | None]) -> None:
        """Args: ``place`` says which line of a cell executes now."""
        self._engine = engine
        self._place = place

    def execute(self, expr: Expr, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.execute``.

        Raises:
            UserError: it would be waited for.
        """
        __tracebackhide__ = True
        self._check(kwargs)
        return self._engine.execute(expr, **kwargs)

    def persist(self, expr: Expr, name: Any, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.persist``.

        Raises:
            UserError: it would be waited for.
        """
        __tracebackhide__ = True
        self._check(kwargs)
        return self._engine.persist(expr, name, **kwargs)

    def batch(self, *_: Any, **__: Any) -> Any:
        """What a ``Delay`` asks for, which does not say whether it is going to wait.

        Raises:
            UserError: always.
        """
        __tracebackhide__ = True
        self._check({})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def _check(self, options: dict[str, Any]) -> None:
        __tracebackhide__ = True
        if any(options.get(name) for name in ASYNC):
            return
        place = self._place()
        where = "A line before the last" if place is None else f"Line {place.line}"
        raise UserError(
            f"{where} waits for an execution, and a cell with --async waits for none.",
            hint="Only what its last line executes goes on in the background: move the other into a cell of its own.",
        )
