"""The runs of one kernel, each a :class:`RunRecord` that is replaced as more of it is known.

An asynchronous execution may end after the cell that began it, and on a thread of its own: whoever adds to a run keeps
the run it was asked for in, records are replaced under a lock, and a run ends with the last of what it began.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

from odps_jupyter.backends.execution import Backend, Execution
from odps_jupyter.backends.futures import relayed
from odps_jupyter.backends.messages import message_of
from odps_jupyter.backends.sample import Sample
from odps_jupyter.backends.stopping import Stopped

from .failure import kind_of
from .run import Cell, RunRecord, Status

#: What is added to a run while it goes on, by the attribute that holds it.
Added = Literal["executions", "preflights", "comparisons", "failures", "jobs"]


class Records:
    """The runs so far, in the order of their starts."""

    def __init__(
        self,
        changed: Callable[[], None],
        noted: Callable[[RunRecord], None] = lambda _: None,
        going: Callable[[int], bool] = lambda _: False,
    ) -> None:
        """Args: ``changed`` is called after each change of a run; ``noted`` with each run that begins, that sent a
        job, that goes on after its cell, and that ended; ``going`` says of a run's number whether an execution of it
        is under way.
        """
        self.runs: list[RunRecord] = []
        self._changed = changed
        self._noted = noted
        self._going = going
        #: Those whose cells are being executed, by index, the innermost last.
        self._open: list[int] = []
        #: Those that go on after their cells, by index: with a Future that ends them, or with their last execution.
        self._awaited: set[int] = set()
        self._late: set[int] = set()
        #: How many threads execute something of a run after its cell, by index.
        self._executing: Counter[int] = Counter()
        #: How what failed after its cell had ended did so, by index of its run.
        self._failed: dict[int, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._ended = threading.Condition()
        #: Held while a run is noted, so that what is noted last is the last that is known of it.
        self._noting = threading.Lock()

    @contextmanager
    def run(
        self,
        backend: Backend,
        sample: Sample,
        connection: str,
        cell: Cell | None = None,
        *,
        reported: bool = True,
        dry: bool = False,
    ) -> Iterator[int]:
        """Record one cell: what is added inside belongs to a new record, whose number is given.

        Args: ``reported``: whether the cell shows it when it ends; ``dry``: whether nothing of it is sent.
        """
        started = time.time()
        with self._lock:
            index = len(self.runs)
            record = RunRecord(index + 1, backend, sample, connection, started, id=uuid.uuid4().hex, cell=cell)
            self.runs.append(replace(record, reported=reported, dry=dry))
            self._open.append(index)
        self._note(index)
        self._changed()
        try:
            yield index + 1
        except BaseException as error:
            self._open.remove(index)
            self._end(index, error)
            raise
        self._open.remove(index)
        if not self.runs[index].background:
            self._end_or_go_on(index)

    def in_background(self, number: int, future: Future[Any]) -> Future[Any]:
        """Let a run end with ``future``, and not with its cell.

        Returns:
            A Future that ends like it, and not before the run: who waits for one wakes before its callbacks are called.
        """
        self._go_on(number - 1, self._awaited)

        def end(error: BaseException | None, _: Any) -> BaseException | None:
            self._end(number - 1, error)
            return error

        return relayed(future, end)

    def join(self, seconds: float) -> None:
        """Wait for the runs in the background, but no longer than so."""
        with self._ended:
            self._ended.wait_for(lambda: not (self._awaited or self._late), seconds)

    @property
    def reporting(self) -> tuple[int, ...]:
        """Numbers of the runs whose cells are being executed, and show them when they end."""
        return tuple(index + 1 for index in self._open if self.runs[index].reported)

    @property
    def open(self) -> int | None:
        """Number of the run whose cell is being executed, the innermost one; None where none is."""
        return self._open[-1] + 1 if self._open else None

    def late(self, backend: Backend, sample: Sample, connection: str, cell: Cell) -> int:
        """The number of a new run for what a thread executes after its cell, which has none, has ended.

        Nobody hears of it before :meth:`going_on`: what is asked of an engine may execute nothing.
        """
        with self._lock:
            index = len(self.runs)
            record = RunRecord(index + 1, backend, sample, connection, time.time(), id=uuid.uuid4().hex, cell=cell)
            self.runs.append(replace(record, status="ok", background=True, reported=False))
        return index + 1

    @contextmanager
    def going_on(self, number: int) -> Iterator[None]:
        """A thread executes something of a run whose cell has ended: it runs until that has ended too."""
        index = number - 1
        with self._ended:  # what ends just now does not end the run
            self._executing[index] += 1
            before = self.runs[index]
            if before.status not in {"running", "ok"}:
                self._failed.setdefault(index, {name: getattr(before, name) for name in ("status", "error", "kind")})
            self._go_on(index, self._late, status="running", error=None, kind=None)
        try:
            yield
        except BaseException as error:
            self._failed.setdefault(index, _raised(error))
            raise
        finally:
            with self._ended:
                self._executing[index] -= 1
            self._end_late(index)

    def adder(self, what: Added, number: int | None = None) -> Callable[[Any], None] | None:
        """Adds to the run of that number, whenever it is called, or else to the innermost one whose cell is executed
        now; None where none is.
        """
        if number is None and not self._open:
            return None
        run = self._open[-1] if number is None else number - 1

        def add(item: Any) -> None:
            self._update(run, lambda record: {what: (*getattr(record, what), item)})
            if what == "executions" and run not in self._open and run not in self._awaited:
                self._failed |= {run: _ended_so(item, self.runs[run])} if item.error is not None else {}
                self._end_late(run)
            elif what == "jobs":
                self._note(run)

        return add

    def amend(self, number: int, **changes: Any) -> None:
        """Say more of a run that has ended."""
        self._update(number - 1, **changes)

    def _end(self, index: int, error: BaseException | None) -> None:
        self._ending(index, {"status": "ok"} if error is None else _raised(error))

    def _end_or_go_on(self, index: int) -> None:
        """The cell has ended: so has its run, unless it began something that goes on."""
        if self._is_under_way(index):
            self._go_on(index, self._late)
        self._end_late(index)

    def _is_under_way(self, index: int) -> bool:
        return index in self._awaited or self._executing[index] > 0 or self._going(index + 1)

    def _go_on(self, index: int, those: set[int], **changes: Any) -> None:
        with self._ended:
            those.add(index)
        self._update(index, background=True, **changes)
        self._note(index)

    def _end_late(self, index: int) -> None:
        """Nothing of a run may be under way any more; an execution may be added even after that."""
        with self._ended:
            run = self.runs[index]
            if self._is_under_way(index) or run.status not in {"running", "ok"}:
                return
            self._ending(index, self._failed.get(index) or {"status": "dry" if run.dry else "ok"})

    def _ending(self, index: int, ended: dict[str, Any]) -> None:
        self._update(index, seconds=time.time() - self.runs[index].started, **ended)
        self._note(index)
        with self._ended:
            self._awaited.discard(index)
            self._late.discard(index)
            self._ended.notify_all()

    def _note(self, index: int) -> None:
        with self._noting:
            self._noted(self.runs[index])

    def _update(self, index: int, more: Callable[[RunRecord], dict[str, Any]] = lambda _: {}, **changes: Any) -> None:
        with self._lock:
            record = self.runs[index]
            self.runs[index] = replace(record, **changes, **more(record))
        self._changed()


def status_of(error: BaseException | None) -> Status:
    """How what ended with ``error`` ended."""
    if error is None:
        return "ok"
    if isinstance(error, Stopped):
        return "stopped"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "error"


def _raised(error: BaseException) -> dict[str, Any]:
    """How a run ended with ``error``."""
    name = type(error).__name__
    kind = " ".join(filter(None, (name, _code_of(error))))
    return {"status": status_of(error), "error": f"{name}: {message_of(str(error))}", "kind": kind}


def _ended_so(execution: Execution, run: RunRecord) -> dict[str, Any]:
    """How a run ended whose execution failed after its cell."""
    error = execution.error or ""
    kind = kind_of(error)
    known: dict[str, Status] = {"Stopped": "stopped", "KeyboardInterrupt": "interrupted"}
    code = next((failure.code for failure in reversed(run.failures) if failure.code), None)
    return {"status": known.get(kind, "error"), "error": error, "kind": " ".join(filter(None, (kind, code)))}


def _code_of(error: BaseException) -> str | None:
    """MaxCompute's, such as ``ODPS-0123055``."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) and code.startswith("ODPS-") else None
