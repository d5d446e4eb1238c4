"""What the panel and the reports are told of a session: JSON-ready facts, never credentials."""

from __future__ import annotations

from typing import Any

from odps_jupyter.backends.client import executor_profile
from odps_jupyter.backends.execution import Execution
from odps_jupyter.backends.shipment import Shipment, ShippedFunction

from .preflight import Preflight
from .run import RunRecord
from .session import Session

#: Jobs whose shipments the state tells; the kernel keeps more.
SHIPMENTS_TOLD = 10


def session_state(session: Session) -> dict[str, Any]:
    """The ``state`` of the events: backend, sample, connection, executor profile, and the run under way or last."""
    connection, profile = session.connection, executor_profile()
    return {
        "backend": session.backend,
        "sample": "all" if session.sample.rows is None else session.sample.rows,
        "connection": {"kind": "none", "project": None, "endpoint": None, "label": "not connected"}
        if connection is None
        else {
            "kind": connection.kind,
            "project": connection.project,
            "endpoint": connection.endpoint,
            "label": connection.label,
        },
        "profile": {"name": profile.name, "image": profile.image, "is_runtime": profile.is_runtime},
        "preflight": session.terms.preflight,
        "run": run_state(session.runs[-1]) if session.runs else None,
        "shipments": [shipment_state(shipment) for shipment in list(session.shipments)[-SHIPMENTS_TOLD:]],
    }


def run_state(run: RunRecord) -> dict[str, Any]:
    return {
        "number": run.number,
        "backend": run.backend,
        "sample": "all" if run.sample.rows is None else run.sample.rows,
        "connection": run.connection,
        "started": run.started,
        "seconds": run.seconds,
        "status": run.status,
        "error": run.error,
        "executions": [execution_state(execution) for execution in run.executions],
        "preflights": [preflight_state(preflight) for preflight in run.preflights],
    }


def execution_state(execution: Execution) -> dict[str, Any]:
    return {
        "backend": execution.backend,
        "action": execution.action,
        "operation": execution.operation,
        "tables": list(execution.tables),
        "sampled": [{"name": t.name, "rows": t.rows, "total": t.total} for t in execution.sampled],
        "functions": list(execution.functions),
        "seconds": execution.seconds,
        "instances": list(execution.instances),
        "connection": execution.connection,
        "error": execution.error,
    }


def preflight_state(preflight: Preflight) -> dict[str, Any]:
    return {
        "functions": [{"name": name, "rows": rows} for name, rows in preflight.rows],
        "doubts": list(preflight.doubts),
        "seconds": preflight.seconds,
        "again": preflight.again,
    }


def shipment_state(shipment: Shipment) -> dict[str, Any]:
    """What was sent, by names, types and sizes; no value, no SQL and no value of a hint, which may quote one."""
    return {
        "standing": shipment.standing,
        "project": shipment.project,
        "instance": shipment.instance,
        "libraries": list(shipment.libraries),
        "hints": [name for name, _ in shipment.hints],
        "functions": [function_state(function) for function in shipment.functions],
    }


def function_state(function: ShippedFunction) -> dict[str, Any]:
    """Cells and lines count from 0 here, as all positions on the wire."""
    return {
        "name": function.name,
        "udf": function.udf,
        "signature": function.signature,
        "size": function.pickle_size,
        "modules": list(function.modules),
        "resources": list(function.resources),
        "unread": function.unread,
        "pieces": [
            {
                "name": piece.name,
                "kind": piece.kind,
                "cell": None if piece.cell is None else piece.cell - 1,
                "line": piece.line - 1,
                "imports": list(piece.imports),
                "captures": [
                    {"name": capture.name, "type": capture.type, "size": capture.size, "by": capture.by}
                    for capture in piece.captures
                ],
            }
            for piece in function.pieces
        ],
    }
