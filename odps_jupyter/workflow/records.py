"""The runs of one kernel, each a :class:`RunRecord` that is replaced as more of it is known.

An asynchronous execution may end after the cell that began it, and on a thread of its own: whoever adds to a run keeps
the run it was asked for in, and records are replaced under a lock.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

from odps_jupyter.backends.execution import Backend
from odps_jupyter.backends.messages import message_of
from odps_jupyter.backends.sample import Sample
from odps_jupyter.backends.stopping import Stopped

from .run import Cell, RunRecord, Status

#: What is added to a run while it goes on, by the attribute that holds it.
Added = Literal["executions", "preflights", "comparisons", "failures", "jobs"]


class Records:
    """The runs so far, in the order of their starts."""

    def __init__(self, changed: Callable[[], None], noted: Callable[[RunRecord], None] = lambda _: None) -> None:
        """Args: ``changed`` is called after each change of a run; ``noted`` with each run that begins, that sent a
        job, that goes on after its cell, and that ended.
        """
        self.runs: list[RunRecord] = []
        self._changed = changed
        self._noted = noted
        #: Those whose cells are being executed, by index, the innermost last.
        self._open: list[int] = []
        self._futures: list[Future[Any]] = []
        self._lock = threading.Lock()
        #: Held while a run is noted, so that what is noted last is the last that is known of it.
        self._noting = threading.Lock()

    @contextmanager
    def run(self, backend: Backend, sample: Sample, connection: str, cell: Cell | None = None) -> Iterator[int]:
        """Record one cell: what is added inside belongs to a new record, whose number is given."""
        started = time.time()
        index = len(self.runs)
        self.runs.append(RunRecord(index + 1, backend, sample, connection, started, id=uuid.uuid4().hex, cell=cell))
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
            self._end(index, None)

    def in_background(self, number: int, future: Future[Any]) -> None:
        """Let a run end with ``future``, and not with its cell."""
        self._update(number - 1, background=True)
        self._note(number - 1)
        self._futures.append(future)

        def end(done: Future[Any]) -> None:
            self._futures.remove(done)
            self._end(number - 1, done.exception())

        future.add_done_callback(end)

    def join(self, seconds: float) -> None:
        """Wait for the runs in the background, but no longer than so."""
        wait(self._futures, seconds)

    @property
    def opened(self) -> tuple[int, ...]:
        """Numbers of the runs whose cells are being executed."""
        return tuple(index + 1 for index in self._open)

    @property
    def open(self) -> int | None:
        """Number of the run whose cell is being executed, the innermost one; None where none is."""
        return self._open[-1] + 1 if self._open else None

    def adder(self, what: Added) -> Callable[[Any], None] | None:
        """Adds to the innermost run whose cell is executed now, whenever it is called; None where none is."""
        if not self._open:
            return None
        run = self._open[-1]

        def add(item: Any) -> None:
            self._update(run, lambda record: {what: (*getattr(record, what), item)})
            if what == "jobs":
                self._note(run)

        return add

    def amend(self, number: int, **changes: Any) -> None:
        """Say more of a run that has ended."""
        self._update(number - 1, **changes)

    def _end(self, index: int, error: BaseException | None) -> None:
        ended: dict[str, Any] = {"status": status_of(error)}
        if error is not None:
            ended["error"] = f"{type(error).__name__}: {message_of(str(error))}"
            ended["kind"] = " ".join(filter(None, (type(error).__name__, _code_of(error))))
        self._update(index, seconds=time.time() - self.runs[index].started, **ended)
        self._note(index)

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


def _code_of(error: BaseException) -> str | None:
    """MaxCompute's, such as ``ODPS-0123055``."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) and code.startswith("ODPS-") else None
