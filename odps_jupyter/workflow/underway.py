"""The executions that are under way: how far each is, and how it is stopped.

They are told of on any thread: the kernel's own, that of a subshell the panel asks on, and those of their watches.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence

from odps_jupyter.backends.progress import Begun, Job, Listener, Progress
from odps_jupyter.backends.stopping import SIGN, stopped_note
from odps_jupyter.errors import UserError


class Live:
    """One of them; a :class:`~odps_jupyter.backends.progress.Listener` that tells another one as well."""

    def __init__(
        self,
        key: int,
        begun: Begun,
        display: Listener,
        *,
        run: int | None,
        cell: int | None,
        changed: Callable[[], None],
        ended: Callable[[Live], None],
    ) -> None:
        """Args: ``run`` is the number of the run it belongs to, ``cell`` counts what the kernel executed so far."""
        self.key = key
        self.begun = begun
        self.run = run
        self.cell = cell
        self.started = time.time()
        self.stopping = False
        self.progress: Progress | None = None
        self._display = display
        self._changed = changed
        self._ended = ended

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What is known of each; one just sent has said nothing yet."""
        told = {job.instance: job for job in (self.progress.jobs if self.progress is not None else ())}
        return tuple(told.get(instance) or Job(instance) for instance in self.begun.instances())

    def show(self, progress: Progress) -> None:
        """See :class:`Listener`."""
        self.progress = progress
        self._display.show(progress)
        self._changed()

    def close(self) -> None:
        """See :class:`Listener`."""
        self._display.close()
        self._ended(self)

    def stop(self) -> None:
        """Ask that it ends.

        Raises:
            UserError: the service cannot be reached.
        """
        from requests import RequestException

        self.stopping = True
        try:
            self.begun.stop()
        except RequestException as lost:
            raise UserError(
                f"The job could not be stopped: its service does not answer ({type(lost).__name__}).",
                hint="Try again when the network is back.",
            ) from lost
        self._changed()


class Underway:
    """All of them in one kernel."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """Args: ``changed`` is called after each change that is worth telling."""
        self._changed = changed
        self._keys = itertools.count(1)
        self._lives: dict[int, Live] = {}
        self._lock = threading.Lock()

    def begin(self, begun: Begun, display: Listener, *, run: int | None, cell: int | None) -> Live:
        """One that begins. Nobody is told before it shows a first word or sends a job: most end at once."""
        live = Live(next(self._keys), begun, display, run=run, cell=cell, changed=self._changed, ended=self._end)
        with self._lock:
            self._lives[live.key] = live
        return live

    def all(self) -> tuple[Live, ...]:
        """Oldest first."""
        with self._lock:
            return tuple(self._lives.values())

    def is_going(self, run: int) -> bool:
        """Whether an execution of the run of that number is under way."""
        return any(live.run == run for live in self.all())

    def stop(self, wanted: Callable[[Live], bool]) -> Sequence[Live]:
        """Ask those that are wanted to end.

        Raises:
            UserError: the service of one cannot be reached; the others were asked all the same.
        """
        found = [live for live in self.all() if wanted(live)]
        errors = []
        for live in found:
            try:
                live.stop()
            except UserError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return found

    def interrupt(self, wanted: Callable[[Live], bool], interrupt: KeyboardInterrupt) -> None:
        """Stop those that are wanted for ``interrupt``, whose notes say what became of their jobs."""
        for live in self.all():
            if live.stopping or not wanted(live):
                continue
            going = [job.instance for job in live.jobs if not job.ended]
            try:
                live.stop()
            except UserError as error:
                interrupt.add_note(f"{SIGN}{error}")
            else:
                if going:
                    interrupt.add_note(stopped_note(going))

    def _end(self, live: Live) -> None:
        with self._lock:
            self._lives.pop(live.key, None)
        if live.progress is not None or live.stopping or live.begun.instances():
            self._changed()
