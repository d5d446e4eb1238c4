"""What the panel and the reports are told of a session: JSON-ready facts, never credentials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from odps_jupyter.backends.execution import Execution
from odps_jupyter.backends.shipment import Shipment, ShippedFunction

from .compare.comparison import Comparison
from .compare.values import shown
from .executor import profile_now
from .failure import Failure, Place, kind_of
from .history.entry import Entry
from .outcome import outcome_of
from .preflight import Preflight
from .run import RunRecord
from .session import Session
from .underway import Live

#: Jobs whose shipments the state tells; the kernel keeps more.
SHIPMENTS_TOLD = 10
#: Differences of one comparison, and characters of one value, that are told.
DIFFERENCES_TOLD = 20
LONGEST_VALUE = 200
#: Beyond it a reader's numbers, which are JavaScript's, are others.
SAFE_INTEGER = 2**53 - 1


def session_state(session: Session) -> dict[str, Any]:
    """The ``state`` of the events: backend, sample, connection, executor profile, and the run under way or last.

    The kernel's line to the panel adds ``unsubmitted`` (:meth:`.awaited.Awaited.told`).
    """
    connection, profile = session.connection, profile_now(session)
    masked = session.terms.masked
    return {
        "backend": session.backend,
        "sample": "all" if session.sample.rows is None else session.sample.rows,
        "where": session.sample.where,
        "connection": {"kind": "none", "project": None, "endpoint": None, "label": "not connected"}
        if connection is None
        else _named(connection, "kind", "project", "endpoint", "label"),
        "profile": _named(profile, "name", "image", "is_runtime"),
        "preflight": session.terms.preflight,
        "run": run_state(session.runs[-1], masked=masked) if session.runs else None,
        "underway": [run_state(run, masked=masked) for run in list(session.runs) if run.status == "running"],
        "live": [live_state(live) for live in session.underway.all()],
        "notebook": session.history.notebook,
        "shipments": [
            shipment_state(shipment, list(session.runs)) for shipment in list(session.shipments)[-SHIPMENTS_TOLD:]
        ],
    }


def run_state(run: RunRecord, *, masked: bool = False) -> dict[str, Any]:
    """Args: ``masked``: whether what may quote values of rows is left out."""
    return {
        **_named(run, "number", "id", "backend", "connection", "started", "seconds", "status", "background"),
        "error": run.kind if masked else run.error,
        "cell": None if run.cell is None else run.cell.index,
        "cell_id": None if run.cell is None else run.cell.id,
        "sample": "all" if run.sample.rows is None else run.sample.rows,
        "executions": [execution_state(execution, masked=masked) for execution in run.executions],
        "preflights": [preflight_state(preflight, masked=masked) for preflight in run.preflights],
        "comparisons": [comparison_state(comparison, masked=masked) for comparison in run.comparisons],
        "failures": [failure_state(failure, masked=masked) for failure in run.failures],
        "jobs": [_named(job, "instance", "project") for job in run.jobs],
        "cost": cost_state(run.input),
    }


def cost_state(read: int | None) -> dict[str, Any] | None:
    """``read``: bytes that jobs read."""
    return None if read is None else {"input": read}


def entry_state(entry: Entry, *, here: bool) -> dict[str, Any]:
    """One run of the history; ``here``: whether it ran in this kernel."""
    return {
        **_named(entry, "id", "number", "cell", "cell_id", "started", "seconds", "status", "background", "backend"),
        **_named(entry, "connection", "sample", "executions", "rows", "error"),
        "jobs": [_named(job, "instance", "project") for job in entry.jobs],
        "cost": cost_state(entry.input),
        "here": here,
    }


def live_state(live: Live) -> dict[str, Any]:
    """One execution under way, with each instance it has sent."""
    progress = live.progress
    return {
        **_named(live, "key", "run", "cell", "started", "stopping"),
        **_named(live.begun, "backend", "connection", "operations", "tables", "functions"),
        "status": "Preparing" if progress is None else progress.status,
        "fraction": 0.0 if progress is None else progress.fraction,
        "jobs": [
            {
                "instance": job.instance,
                "project": live.begun.project,
                "status": "ended" if job.ended else "running",
                "stages": [_named(stage, "name", "running", "ended", "workers", "fraction") for stage in job.stages],
            }
            for job in live.jobs
        ],
    }


def comparison_state(comparison: Comparison, *, masked: bool) -> dict[str, Any]:
    """What pandas and the executor said of one expression; without values where they are masked."""
    told = comparison.differences[:DIFFERENCES_TOLD]
    error = comparison.error
    return {
        **_named(comparison, "operation", "action", "where", "equal", "rows", "cause"),
        "masked": masked,
        "because": None if masked else comparison.because,
        "error": kind_of(error) if masked and error is not None else error,
        "columns": list(dict.fromkeys(one.column for one in told if one.column is not None)),
        "differences": [
            {
                "row": one.row,
                "column": one.column,
                "key": None if masked else {name: plain_value(value) for name, value in one.key},
                "pandas": None if masked else plain_value(one.pandas),
                "executor": None if masked else plain_value(one.executor),
            }
            for one in told
        ],
    }


def failure_state(failure: Failure, *, masked: bool) -> dict[str, Any]:
    """What a job ended with; without values of rows where they are masked."""
    return {
        **_named(failure, "function", "code", "instance", "advice"),
        "message": kind_of(failure.message) if masked else failure.message,
        "place": _place(failure.place),
        "asked": _place(failure.asked),
        "row": None
        if masked or failure.row is None
        else {name: plain_value(value) for name, value in failure.row.items()},
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"cell": place.cell - 1, "line": place.line - 1}


def plain_value(value: Any) -> Any:
    """A value as JSON holds it, a long text cut; decimals, dates and what is no number are said as text."""
    if isinstance(value, tuple):
        return [plain_value(one) for one in value]
    if value is None or isinstance(value, bool) or (type(value) is int and abs(value) <= SAFE_INTEGER):
        return value
    if type(value) is float and math.isfinite(value):
        return value
    text = value if isinstance(value, str) else shown(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def execution_state(execution: Execution, *, masked: bool = False) -> dict[str, Any]:
    error = execution.error
    return {
        **_named(execution, "backend", "action", "operation", "tables", "functions", "seconds", "rows"),
        **_named(execution, "instances", "connection"),
        "error": kind_of(error) if masked and error is not None else error,
        "sampled": [_named(table, "name", "rows", "total") for table in execution.sampled],
    }


def preflight_state(preflight: Preflight, *, masked: bool = False) -> dict[str, Any]:
    return {
        "functions": [{"name": name, "rows": rows} for name, rows in preflight.rows],
        # What stands behind a colon is an error's own text.
        "doubts": [doubt.partition(":")[0] if masked else doubt for doubt in preflight.doubts],
        **_named(preflight, "seconds", "again"),
    }


def shipment_state(shipment: Shipment, runs: Sequence[RunRecord]) -> dict[str, Any]:
    """What was sent, by names, types and sizes; no value, no SQL and no value of a hint, which may quote one.

    ``outcome`` of a function: how its job ended, as one of ``runs`` knows it.
    """
    return {
        **_named(shipment, "standing", "project", "instance", "libraries"),
        "hints": [name for name, _ in shipment.hints],
        "functions": [
            {**function_state(function), "outcome": outcome_of(shipment, function, runs)}
            for function in shipment.functions
        ],
    }


def function_state(function: ShippedFunction) -> dict[str, Any]:
    """Cells and lines count from 0 here, as all positions on the wire."""
    return {
        **_named(function, "name", "udf", "signature", "modules", "resources", "unread"),
        "size": function.pickle_size,
        "pieces": [
            {
                **_named(piece, "name", "kind", "imports"),
                "cell": None if piece.cell is None else piece.cell - 1,
                "line": piece.line - 1,
                "captures": [_named(capture, "name", "type", "size", "by") for capture in piece.captures],
            }
            for piece in function.pieces
        ],
    }


def _named(record: object, *names: str) -> dict[str, Any]:
    """These attributes and no others, tuples as lists: what is added to a record is told only where it is named."""
    values = {name: getattr(record, name) for name in names}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
