"""What the panel and the reports are told of a session: JSON-ready facts, never credentials."""

from __future__ import annotations

from typing import Any

from odps_jupyter.backends.execution import Execution
from odps_jupyter.backends.shipment import Shipment, ShippedFunction

from .executor import profile_now
from .preflight import Preflight
from .run import RunRecord
from .session import Session

#: Jobs whose shipments the state tells; the kernel keeps more.
SHIPMENTS_TOLD = 10


def session_state(session: Session) -> dict[str, Any]:
    """The ``state`` of the events: backend, sample, connection, executor profile, and the run under way or last."""
    connection, profile = session.connection, profile_now(session)
    return {
        "backend": session.backend,
        "sample": "all" if session.sample.rows is None else session.sample.rows,
        "connection": {"kind": "none", "project": None, "endpoint": None, "label": "not connected"}
        if connection is None
        else _named(connection, "kind", "project", "endpoint", "label"),
        "profile": _named(profile, "name", "image", "is_runtime"),
        "preflight": session.terms.preflight,
        "run": run_state(session.runs[-1]) if session.runs else None,
        "shipments": [shipment_state(shipment) for shipment in list(session.shipments)[-SHIPMENTS_TOLD:]],
    }


def run_state(run: RunRecord) -> dict[str, Any]:
    return {
        **_named(run, "number", "backend", "connection", "started", "seconds", "status", "error"),
        "sample": "all" if run.sample.rows is None else run.sample.rows,
        "executions": [execution_state(execution) for execution in run.executions],
        "preflights": [preflight_state(preflight) for preflight in run.preflights],
    }


def execution_state(execution: Execution) -> dict[str, Any]:
    return {
        **_named(execution, "backend", "action", "operation", "tables", "functions", "seconds"),
        **_named(execution, "instances", "connection", "error"),
        "sampled": [_named(table, "name", "rows", "total") for table in execution.sampled],
    }


def preflight_state(preflight: Preflight) -> dict[str, Any]:
    return {
        "functions": [{"name": name, "rows": rows} for name, rows in preflight.rows],
        **_named(preflight, "doubts", "seconds", "again"),
    }


def shipment_state(shipment: Shipment) -> dict[str, Any]:
    """What was sent, by names, types and sizes; no value, no SQL and no value of a hint, which may quote one."""
    return {
        **_named(shipment, "standing", "project", "instance", "libraries"),
        "hints": [name for name, _ in shipment.hints],
        "functions": [function_state(function) for function in shipment.functions],
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
