"""Jobs, tasks and instances: what was submitted, how far it is, how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import duckdb

from odps_jupyter.emulator import xmltext
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.store import first_row

#: States of a task as PyODPS knows them (``Instance.Task.TaskStatus``).
WAITING, RUNNING, SUCCESS, FAILED, CANCELLED = "Waiting", "Running", "Success", "Failed", "Cancelled"
#: States of an instance (``Instance.Status``).
TERMINATED = "Terminated"

#: Most rows of a REST result (the vendor's limit for results outside the tunnel).
RESULT_LIMIT = 10_000


@dataclass(frozen=True)
class Task:
    """One task of a job.

    Attributes:
        name: given by the client, unique in the job.
        kind: ``SQL`` or ``SQLCost``, the element it came in.
        query: the SQL text.
        settings: the hints.
        status: one of the task states above.
        text: message or error of a task that ended.
        columns: name and type of each column if the task ended with rows.
        rows: how many rows those are.
        log: what the functions of the job wrote to stdout and stderr.
    """

    name: str
    kind: str
    query: str
    settings: Mapping[str, str] = field(default_factory=dict)
    status: str = WAITING
    text: str = ""
    columns: tuple[tuple[str, str], ...] | None = None
    rows: int = 0
    log: str = ""


@dataclass(frozen=True)
class Instance:
    """One submitted job. Times are UTC without zone; ``job`` is the Job element as the client sent it."""

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

    def with_tasks(self, *tasks: Task) -> Instance:
        return replace(self, tasks=tasks)


@dataclass(frozen=True)
class Submission:
    """A job as parsed from the request."""

    name: str
    guid: str
    job: str
    tasks: tuple[Task, ...]


def parse_submission(body: bytes) -> Submission:
    """Read ``<Instance><Job>...</Job></Instance>``.

    Raises:
        OdpsError: it is no job, or it has a task that is not emulated.
    """
    job = xmltext.parse(body).find("Job")
    tasks = None if job is None else job.find("Tasks")
    if job is None or tasks is None or len(tasks) == 0:
        raise OdpsError("ODPS-0420061", "Invalid parameter in HTTP request - the body holds no job with tasks")
    return Submission(
        name=job.findtext("Name") or "",
        guid=job.findtext("Guid") or "",
        job=ElementTree.tostring(job, encoding="unicode"),
        tasks=tuple(_task(element) for element in tasks),
    )


def _task(element: ElementTree.Element) -> Task:
    if element.tag not in ("SQL", "SQLCost"):
        raise OdpsError(
            "ODPS-0420095",
            f"Access Denied - tasks of kind {element.tag} are not emulated by the embedded MaxCompute",
        )
    properties = {
        one.findtext("Name") or "": one.findtext("Value") or "" for one in element.iterfind("Config/Property")
    }
    try:
        settings = json.loads(properties.get("settings") or "{}")
    except ValueError as error:
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - settings are no JSON: {error}") from error
    return Task(
        name=element.findtext("Name") or f"Anonymous{element.tag}Task",
        kind=element.tag,
        query=(element.findtext("Query") or "").strip(),
        settings={str(name): str(value) for name, value in settings.items()},
    )


_COLUMNS = "id, project, owner, guid, job, name, started, ended, status, tasks"


def _tasks_json(tasks: tuple[Task, ...]) -> str:
    return json.dumps([asdict(task) for task in tasks])


def _read(row: tuple[Any, ...]) -> Instance:
    identity, project, owner, guid, job, name, started, ended, status, text = row
    tasks = []
    for stored in json.loads(text):
        columns = stored.pop("columns")
        tasks.append(Task(**stored, columns=None if columns is None else tuple((name, kind) for name, kind in columns)))
    return Instance(identity, project, owner, guid, job, name, started, ended, status, tuple(tasks))


def insert(connection: duckdb.DuckDBPyConnection, instance: Instance) -> None:
    connection.execute(
        f"INSERT INTO meta.instances ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            instance.id,
            instance.project,
            instance.owner,
            instance.guid,
            instance.job,
            instance.name,
            instance.started,
            instance.ended,
            instance.status,
            _tasks_json(instance.tasks),
        ),
    )


def update(connection: duckdb.DuckDBPyConnection, instance: Instance) -> None:
    connection.execute(
        "UPDATE meta.instances SET ended = ?, status = ?, tasks = ? WHERE id = ?",
        (instance.ended, instance.status, _tasks_json(instance.tasks), instance.id),
    )


def get(connection: duckdb.DuckDBPyConnection, project: str, identity: str) -> Instance:
    """The stored instance.

    Raises:
        OdpsError: there is none of that id.
    """
    row = first_row(
        connection, f"SELECT {_COLUMNS} FROM meta.instances WHERE project = ? AND id = ?", (project, identity)
    )
    if row is None:
        raise OdpsError("NoSuchObject", f"ODPS-0420111: Instance not found - '{identity}'", 404)
    return _read(row)


def find_guid(connection: duckdb.DuckDBPyConnection, project: str, guid: str) -> str | None:
    """The id of the instance that was submitted with this unique identifier."""
    row = first_row(connection, "SELECT id FROM meta.instances WHERE project = ? AND guid = ?", (project, guid))
    return None if row is None else str(row[0])


def listing(connection: duckdb.DuckDBPyConnection, project: str, before: str, limit: int) -> list[Instance]:
    """Instances of a project, latest first; ids grow with time."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM meta.instances WHERE project = ? AND (? = '' OR id < ?) ORDER BY id DESC LIMIT ?",
        (project, before, before, limit),
    ).fetchall()
    return [_read(row) for row in rows]


def unfinished(connection: duckdb.DuckDBPyConnection) -> list[Instance]:
    """Instances that were running when the service last ended."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM meta.instances WHERE status != ?", (TERMINATED,)).fetchall()
    return [_read(row) for row in rows]
