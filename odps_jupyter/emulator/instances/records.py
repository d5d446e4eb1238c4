"""Instances as rows of the metadata."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import duckdb

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.store import first_row

from .models import TERMINATED, Instance, Stage, Task, Traffic, Worker

_COLUMNS = "id, project, owner, guid, job, name, started, ended, status, tasks"


@dataclass(frozen=True)
class Wanted:
    """Which instances a list asks for; ``None`` and ``""`` ask for any. Times are UTC without zone."""

    status: str = ""
    name: str = ""
    owner: str = ""
    since: datetime | None = None
    until: datetime | None = None


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not kept")


def _tasks_json(instance: Instance) -> str:
    return json.dumps({"priority": instance.priority, "tasks": [asdict(one) for one in instance.tasks]}, default=_plain)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _task(stored: dict[str, Any]) -> Task:
    columns = stored.get("columns")
    return Task(
        name=stored["name"],
        kind=stored["kind"],
        query=stored["query"],
        settings=stored["settings"],
        parameters=stored.get("parameters", {}),
        status=stored["status"],
        text=stored["text"],
        columns=None if columns is None else tuple((name, kind) for name, kind in columns),
        rows=stored["rows"],
        started=_moment(stored.get("started")),
        ended=_moment(stored.get("ended")),
        stages=tuple(Stage(**one) for one in stored.get("stages", ())),
        workers=tuple(Worker(**one) for one in stored.get("workers", ())),
        reads=tuple(Traffic(**one) for one in stored.get("reads", ())),
        writes=tuple(Traffic(**one) for one in stored.get("writes", ())),
    )


def _read(row: tuple[Any, ...]) -> Instance:
    identity, project, owner, guid, job, name, started, ended, status, text = row
    stored = json.loads(text)
    if isinstance(stored, list):  # written before instances had priorities
        stored = {"priority": 9, "tasks": stored}
    tasks = tuple(_task(one) for one in stored["tasks"])
    return Instance(identity, project, owner, guid, job, name, started, ended, status, tasks, stored["priority"])


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
            _tasks_json(instance),
        ),
    )


def update(connection: duckdb.DuckDBPyConnection, instance: Instance) -> None:
    connection.execute(
        "UPDATE meta.instances SET ended = ?, status = ?, tasks = ? WHERE id = ?",
        (instance.ended, instance.status, _tasks_json(instance), instance.id),
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


def listing(
    connection: duckdb.DuckDBPyConnection, project: str, wanted: Wanted, before: str, limit: int
) -> list[Instance]:
    """A page of the project's instances, latest first; ids grow with time."""
    tests, values = ["project = ?"], [project]
    for test, value in (
        ("id < ?", before),
        ("lower(status) = lower(?)", wanted.status),
        ("name = ?", wanted.name),
        ("owner = ?", wanted.owner),
        ("started >= ?", wanted.since),
        ("started < ?", wanted.until),
    ):
        if value:
            tests.append(test)
            values.append(value)  # type: ignore[arg-type]
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM meta.instances WHERE {' AND '.join(tests)} ORDER BY id DESC LIMIT ?", [*values, limit]
    ).fetchall()
    return [_read(row) for row in rows]


def forget(connection: duckdb.DuckDBPyConnection, before: datetime) -> set[str]:
    """Delete the instances that ended and were begun before a time (UTC without zone); the ids of all others."""
    old = "SELECT id FROM meta.instances WHERE started < ? AND status = ?"
    if first_row(connection, old, (before, TERMINATED)) is not None:
        connection.execute("DELETE FROM meta.instances WHERE started < ? AND status = ?", (before, TERMINATED))
    return {str(row[0]) for row in connection.execute("SELECT id FROM meta.instances").fetchall()}


def unfinished(connection: duckdb.DuckDBPyConnection) -> list[Instance]:
    """Instances that were running when the service last ended."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM meta.instances WHERE status != ?", (TERMINATED,)).fetchall()
    return [_read(row) for row in rows]
