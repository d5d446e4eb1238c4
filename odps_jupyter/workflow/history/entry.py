"""What is kept of one run: facts that hold no value, no code and nothing secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from odps_jupyter.workflow.run import RunRecord, SentJob
from odps_jupyter.workflow.run import Status as RunStatus

#: Of each line of a history; a later version may add fields, which are ignored.
VERSION = 1
#: ``lost``: its kernel was killed, and its jobs ended by themselves.
Status = RunStatus | Literal["lost"]
_STATUSES = (*get_args(RunStatus), "lost")


@dataclass(frozen=True)
class Entry:
    """One run.

    Attributes:
        id: of no other run. ``kernel``: of the kernel it ran in. ``host``: the machine of that.
        number: counts the runs of its kernel from 1.
        cell: index of the cell from 0, of its number In[n]; ``cell_id`` as the front end named it.
        started: seconds since the epoch; ``seconds`` it took, None while it is running.
        sample: rows of each table on pandas, a condition, or ``all``; None on MaxCompute.
        executions: how many there were. ``rows``: of the last that has a result; None where it is not known.
        input: bytes that its jobs read, None where the service does not say.
        error: type of what it ended with, and MaxCompute's code.
    """

    id: str
    kernel: str
    host: str
    number: int
    cell: int | None
    cell_id: str | None
    started: float
    seconds: float | None
    status: Status
    background: bool
    backend: str
    connection: str
    sample: int | str | None
    executions: int
    rows: int | None
    input: int | None
    error: str | None
    jobs: tuple[SentJob, ...] = ()


#: In the order of the class: the id is the first.
_NAMES = tuple(field.name for field in fields(Entry))


def entry_of(run: RunRecord, kernel: str, host: str) -> Entry:
    """What is kept of ``run``."""
    rows = [execution.rows for execution in run.executions if execution.rows is not None]
    return Entry(
        id=run.id,
        kernel=kernel,
        host=host,
        number=run.number,
        cell=None if run.cell is None else run.cell.index,
        cell_id=None if run.cell is None else run.cell.id,
        started=run.started,
        seconds=None if run.status == "running" else run.seconds,
        status=run.status,
        background=run.background,
        backend=run.backend,
        connection=run.connection,
        # A condition may quote a value: that there is one is enough.
        sample=None if run.backend != "pandas" else "all" if run.sample.rows is None else run.sample.rows,
        executions=len(run.executions),
        rows=rows[-1] if rows else None,
        input=run.input,
        error=run.kind,
        jobs=run.jobs,
    )


def entry_json(entry: Entry) -> dict[str, Any]:
    """One line of the file; it begins with the version and the id, by which a line is found without being read."""
    return {
        "version": VERSION,
        **{name: getattr(entry, name) for name in _NAMES},
        "jobs": [vars(job) for job in entry.jobs],
    }


def read_entry(found: Any) -> Entry | None:
    """The entry of one line; None where it is none, or of a version that cannot be read."""
    if not isinstance(found, Mapping) or found.get("version") != VERSION:
        return None
    names = set(_NAMES)
    if not names <= found.keys() or found["status"] not in _STATUSES or not isinstance(found["jobs"], list):
        return None
    if not isinstance(found["started"], int | float) or not all(
        isinstance(found[one], str) for one in ("id", "kernel")
    ):
        return None
    try:
        jobs = tuple(SentJob(str(job["instance"]), str(job["project"]), str(job["endpoint"])) for job in found["jobs"])
    except (TypeError, KeyError):
        return None
    return Entry(**{name: found[name] for name in names - {"jobs"}}, jobs=jobs)
