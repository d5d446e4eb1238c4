"""How far an execution is: PyODPS says it to the ``ui`` it is given, the service is asked for its stages.

``ui`` is a public argument of every ``execute`` and ``persist`` of PyODPS; the methods below are those it calls on it.
Read in PyODPS 0.13.2: ``odps/df/backends/core.py``, ``odps/utils.py`` (``init_progress_ui``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

#: Seconds until an execution is long enough to be worth a word, and between two looks at the service.
PATIENCE = 0.5
INTERVAL = 1.0


@dataclass(frozen=True)
class Stage:
    """One stage of an instance, such as ``M1``; ``fraction`` goes from 0 to 1, workers are counted."""

    name: str
    running: int
    ended: int
    workers: int
    fraction: float


@dataclass(frozen=True)
class Progress:
    """How far one execution is.

    Attributes:
        status: what PyODPS says it does, such as ``Executing``.
        fraction: from 0 to 1; of the instance under way, else of what PyODPS counts.
        instances: ids of the instances submitted so far, oldest first.
        stages: of the last instance; empty where it has not said any.
    """

    status: str
    fraction: float
    instances: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()


class Listener(Protocol):
    """Who shows the progress; called on one thread at a time, not always the same."""

    def show(self, progress: Progress) -> None:
        """Show this from now on."""

    def close(self) -> None:
        """The execution has ended; what was shown goes away. May be called again."""


class Silent:
    """Shows nothing."""

    def show(self, progress: Progress) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


#: What the service says of an engine's instances, oldest first.
Look = Callable[[], tuple[tuple[str, ...], tuple[Stage, ...]]]


class Watch:
    """Given to PyODPS as ``ui``: tells ``listener`` once in a while how far it is, until :meth:`close`.

    A thread of its own tells it, because PyODPS is silent while it waits for an instance. An execution that ends
    within ``patience``, in seconds, says nothing at all.
    """

    def __init__(self, listener: Listener, look: Look, patience: float = PATIENCE) -> None:
        self._listener = listener
        self._look = look
        self._patience = patience
        self._status = "Preparing"
        self._fraction = 0.0
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._tell, name="odps-jupyter progress", daemon=True)
        self._thread.start()

    # -- what PyODPS calls --------------------------------------------------------------------------------------

    def status(self, prefix: str, suffix: str = "", clear_keys: bool = False) -> None:
        """PyODPS says what it does; ``suffix`` is the text of a link in its own widget."""
        self._status = prefix

    def update(self, value: float | None = None) -> None:
        """PyODPS sets its own count, from 0 to 1."""
        with self._lock:
            self._fraction = value or 0.0

    def inc(self, value: float) -> None:
        """PyODPS adds to its own count."""
        with self._lock:
            self._fraction += value

    def current_progress(self) -> float:
        """PyODPS's own count."""
        return self._fraction

    def add_keys(self, keys: object) -> None:
        """PyODPS names a group of instances; the engine names them to us."""

    def remove_keys(self, keys: object) -> None:
        """See :meth:`add_keys`."""

    def update_group(self) -> None:
        """See :meth:`add_keys`."""

    def notify(self, message: str) -> None:
        """PyODPS would raise a notification of the browser; the report below the cell says it."""

    def close(self) -> None:
        """The execution has ended."""
        self._ended.set()
        # The last word must not come after whatever the caller shows next.
        if threading.current_thread() is not self._thread:
            self._thread.join()

    # -- inside -------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        try:
            pause = self._patience
            while not self._ended.wait(pause):
                instances, stages = self._look()
                done = sum(stage.fraction for stage in stages) / len(stages) if stages else self._fraction
                self._listener.show(Progress(self._status, min(1.0, done), instances, stages))
                pause = INTERVAL
        finally:
            self._listener.close()


def no_instances() -> tuple[tuple[str, ...], tuple[Stage, ...]]:
    """The look of an engine that submits none."""
    return (), ()


def look_at(entry: Any, instances: Callable[[], tuple[str, ...]]) -> Look:
    """Ask ``entry``'s service for the stages of the last of ``instances``."""

    def look() -> tuple[tuple[str, ...], tuple[Stage, ...]]:
        from odps.errors import BaseODPSError
        from requests import RequestException

        ids = instances()
        if not ids:
            return ids, ()
        try:
            instance = entry.get_instance(ids[-1])
            tasks = [instance.get_task_progress(name) for name in instance.get_task_names()]
        except (BaseODPSError, RequestException):
            # Whoever waits for the instance hears of it, and says it; here it is only unknown how far it is.
            return ids, ()
        return ids, tuple(
            Stage(
                stage.name or "",
                stage.running_workers or 0,
                stage.terminated_workers or 0,
                stage.total_workers or 0,
                (stage.finished_percentage or 0) / 100,
            )
            for task in tasks
            for stage in task.stages or ()
        )

    return look
