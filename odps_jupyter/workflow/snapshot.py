"""What the panel and the reports are told of a session: JSON-ready facts, never credentials."""

from __future__ import annotations

from typing import Any

from odps_jupyter.backends.client import executor_profile
from odps_jupyter.backends.execution import Execution

from .run import RunRecord
from .session import Session


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
        "run": run_state(session.runs[-1]) if session.runs else None,
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
