"""How far an execution is: PyODPS says it to the ``ui`` it is given, the service is asked for its stages.

``ui`` is a public argument of every ``execute`` and ``persist`` of PyODPS; the methods below are those it calls on it.
Read in PyODPS 0.13.2: ``odps/df/backends/core.py``, ``odps/utils.py`` (``init_progress_ui``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

#: Seconds until an execution is long enough to be worth a word, and between two looks at the service.
PATIENCE = 0.5
INTERVAL = 1.0
#: Statuses of a task that has not ended, as ``odps.models.Instance.Task.TaskStatus`` names them.
_GOING_ON = frozenset({"WAITING", "RUNNING", "SUSPENDED"})


@dataclass(frozen=True)
class Stage:
    """One stage of an instance, such as ``M1``; ``fraction`` goes from 0 to 1, workers are counted."""

    name: str
    running: int
    ended: int
    workers: int
    fraction: float


@dataclass(frozen=True)
class Job:
    """One instance: its id, its stages as far as it has said any, and whether it has ended."""

    instance: str
    stages: tuple[Stage, ...] = ()
    ended: bool = False


@dataclass(frozen=True)
class Progress:
    """How far one execution is.

    Attributes:
        status: what PyODPS says it does, such as ``Executing``.
        fraction: from 0 to 1; of the instances under way, else of what PyODPS counts.
        jobs: the instances submitted so far, oldest first.
    """

    status: str
    fraction: float
    jobs: tuple[Job, ...] = ()


#: ``waited`` for by a cell; in the ``background`` of the cells that follow; ``elsewhere``: PyODPS shows it itself.
Manner = Literal["waited", "background", "elsewhere"]


@dataclass(frozen=True)
class Begun:
    """An execution that begins.

    Attributes:
        backend: which side computes it. ``connection``: on MaxCompute, where: ``embedded`` or a project's name.
        operations: PyODPS's names of the outermost operations, one for each expression.
        tables: full names of the MaxCompute tables that are read.
        functions: names of the callables that are handed over.
        project: where its instances are, None on pandas.
        instances: ids of those sent so far, oldest first; asked on any thread.
        stop: asks that it ends soon, on any thread; may be called again, and does nothing once it has ended.
    """

    backend: Literal["pandas", "maxcompute"]
    connection: str
    operations: tuple[str, ...]
    tables: tuple[str, ...]
    functions: tuple[str, ...]
    manner: Manner
    stop: Callable[[], None]
    project: str | None = None
    instances: Callable[[], tuple[str, ...]] = tuple


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


#: Makes who shows an execution that begins.
Listen = Callable[[Begun], Listener]


#: What the service says of an engine's instances, oldest first.
Look = Callable[[], tuple[Job, ...]]


class Watch:
    """Given to PyODPS as ``ui``: tells ``listener`` once in a while how far it is, until :meth:`close`.

    A thread of its own tells it, because PyODPS is silent while it waits for an instance. An execution that ends
    within ``patience``, in seconds, says nothing at all, unless it is told ``at_once``: then the first word comes on
    the thread that makes the watch, whose cell it belongs to.
    """

    def __init__(self, listener: Listener, look: Look, patience: float = PATIENCE, *, at_once: bool = False) -> None:
        self._listener = listener
        self._look = look
        self._patience = patience
        self._status = "Preparing"
        self._fraction = 0.0
        self._ended = threading.Event()
        self._lock = threading.Lock()
        #: Held while the listener is told, which may make it close.
        self._telling = threading.RLock()
        self._thread = threading.Thread(target=self._tell, name="odps-jupyter progress", daemon=True)
        if at_once:
            listener.show(Progress(self._status, 0.0))
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
        """The execution has ended; nobody waits for what the service is being asked just then."""
        # The last word must not come after whatever the caller shows next.
        with self._telling:
            if not self._ended.is_set():
                self._ended.set()
                self._listener.close()

    # -- inside -------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        pause = self._patience
        while not self._ended.wait(pause):
            jobs = self._look()
            with self._telling:
                if not self._ended.is_set():
                    self._show(jobs)
            pause = INTERVAL

    def _show(self, jobs: tuple[Job, ...]) -> None:
        stages = [stage for job in jobs if not job.ended for stage in job.stages]
        done = sum(stage.fraction for stage in stages) / len(stages) if stages else self._fraction
        self._listener.show(Progress(self._status, min(1.0, done), jobs))


def no_instances() -> tuple[Job, ...]:
    """The look of an engine that submits none."""
    return ()


class LookAt:
    """Asks a service for the stages of an engine's instances; those that have ended are not asked again."""

    def __init__(self, entry: Any, instances: Callable[[], tuple[str, ...]]) -> None:
        """Args: ``entry`` is the service's entry object, ``instances`` gives their ids, oldest first."""
        self._entry = entry
        self._instances = instances
        self._ended: dict[str, Job] = {}

    def __call__(self) -> tuple[Job, ...]:
        """What is known of each now."""
        return tuple(self._ended.get(one) or self._ask(one) for one in self._instances())

    def _ask(self, instance: str) -> Job:
        from odps.errors import BaseODPSError
        from requests import RequestException

        try:
            found = self._entry.get_instance(instance)
            statuses = found.get_task_statuses()
            # Asked before the stages: those that are told after the end are the last ones.
            ended = bool(statuses) and not any(task.status.value in _GOING_ON for task in statuses.values())
            tasks = [found.get_task_progress(name) for name in statuses]
        except (BaseODPSError, RequestException):
            # Whoever waits for the instance hears of it, and says it; here it is only unknown how far it is.
            return Job(instance)
        stages = tuple(
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
        job = Job(instance, stages, ended)
        if ended:
            self._ended[instance] = job
        return job
