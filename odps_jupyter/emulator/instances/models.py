"""Jobs, tasks and instances: what was submitted, how far it is, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

#: States of a task as PyODPS knows them (``Instance.Task.TaskStatus``).
WAITING, RUNNING, SUCCESS, FAILED, CANCELLED = "Waiting", "Running", "Success", "Failed", "Cancelled"
#: States of an instance (``Instance.Status``).
TERMINATED = "Terminated"

#: Most rows of a REST result (the vendor's limit for results outside the tunnel).
RESULT_LIMIT = 10_000


@dataclass(frozen=True)
class Stage:
    """One statement of a script as progress shows it; MaxCompute would run several stages for it.

    Attributes:
        name: as MaxCompute writes stages, ``M1_job_0``.
        percent: 0 to 100; 100 only once the statement is done.
        input_records: rows handed to Python functions so far, or rows of the tables it reads.
        output_records: rows the statement has made.
    """

    name: str
    percent: int = 0
    input_records: int = 0
    output_records: int = 0


@dataclass(frozen=True)
class Worker:
    """One process that ran a function of a task, and what the function wrote."""

    function: str
    log: str


@dataclass(frozen=True)
class Traffic:
    """Rows and bytes of one table that a task read or wrote."""

    table: str
    rows: int
    size: int


@dataclass(frozen=True)
class Task:
    """One task of a job.

    Attributes:
        name: given by the client, unique in the job.
        kind: the element it came in: ``SQL``, ``SQLCost``, ``Merge``, ``XFlow``.
        query: the SQL text; the table of a Merge; the algorithm of an XFlow.
        settings: the hints.
        parameters: the arguments of an XFlow.
        status: one of the task states above.
        text: message or error of a task that ended.
        columns: name and type of each column if the task ended with rows.
        rows: how many rows those are.
        started, ended: UTC without zone; ``None`` before.
    """

    name: str
    kind: str
    query: str
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    status: str = WAITING
    text: str = ""
    columns: tuple[tuple[str, str], ...] | None = None
    rows: int = 0
    started: datetime | None = None
    ended: datetime | None = None
    stages: tuple[Stage, ...] = ()
    workers: tuple[Worker, ...] = ()
    reads: tuple[Traffic, ...] = ()
    writes: tuple[Traffic, ...] = ()

    @property
    def log(self) -> str:
        """What all functions wrote."""
        return "".join(worker.log for worker in self.workers)

    @property
    def seconds(self) -> float:
        """How long it ran, 0 before its end."""
        if self.started is None or self.ended is None:
            return 0.0
        return (self.ended - self.started).total_seconds()


@dataclass(frozen=True)
class Instance:
    """One submitted job. Times are UTC without zone; ``job`` is the element the client sent, Job or XflowInstance."""

    id: str
    project: str
    owner: str
    guid: str
    job: str
    name: str
    started: datetime
    ended: datetime | None
    status: str
    tasks: tuple[Task, ...]
    priority: int = 9

    def with_tasks(self, *tasks: Task) -> Instance:
        return replace(self, tasks=tasks)


@dataclass(frozen=True)
class Submission:
    """A job as parsed from the request."""

    name: str
    guid: str
    job: str
    tasks: tuple[Task, ...]
    priority: int = 9

    def within(self, schema: str) -> Submission:
        """The same job in a schema, unless its settings name one; the client says its own beside every request."""
        tasks = (replace(task, settings={"odps.default.schema": schema, **task.settings}) for task in self.tasks)
        return replace(self, tasks=tuple(tasks))
