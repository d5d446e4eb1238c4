"""The runs of one kernel, each a :class:`RunRecord` that is replaced as more of it is known.

An asynchronous execution may end after the cell that began it, and on a thread of its own: whoever adds to a run keeps
the run it was asked for in, and records are replaced under a lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

from odps_jupyter.backends.execution import Backend
from odps_jupyter.backends.messages import message_of
from odps_jupyter.backends.sample import Sample

from .run import RunRecord

#: What is added to a run while it goes on, by the attribute that holds it.
Added = Literal["executions", "preflights", "comparisons", "failures"]


class Records:
    """The runs so far, in the order of their starts."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """Args: ``changed`` is called after each change of a run."""
        self.runs: list[RunRecord] = []
        self._changed = changed
        self._lock = threading.Lock()

    @contextmanager
    def run(self, backend: Backend, sample: Sample, connection: str) -> Iterator[None]:
        """Record one cell: what is added inside belongs to a new record, the last of ``runs``."""
        started = time.time()
        number = len(self.runs)
        self.runs.append(RunRecord(number + 1, backend, sample, connection, started))
        self._changed()
        try:
            yield
        except BaseException as error:
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
            ended = {"status": status, "error": f"{type(error).__name__}: {message_of(str(error))}"}
            self._update(number, seconds=time.time() - started, **ended)
            raise
        self._update(number, seconds=time.time() - started, status="ok")

    def adder(self, what: Added) -> Callable[[Any], None] | None:
        """Adds to the innermost run under way now, whenever it is called; None where none is under way."""
        run = next((at for at in reversed(range(len(self.runs))) if self.runs[at].status == "running"), None)
        if run is None:
            return None

        def add(item: Any) -> None:
            self._update(run, **{what: (*getattr(self.runs[run], what), item)})

        return add

    def _update(self, run: int, **changes: Any) -> None:
        with self._lock:
            self.runs[run] = replace(self.runs[run], **changes)
        self._changed()
