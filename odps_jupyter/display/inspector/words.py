"""What the report says about runs, in the panel's words."""

from __future__ import annotations

from odps_jupyter.workflow.failure import kind_of

from .facts import Wire

STATUSES = {
    "running": "▶ running",
    "ok": "✓ done",
    "error": "✗ failed",
    "interrupted": "■ interrupted",
    "stopped": "■ stopped",
    "dry": "○ dry run",
    "lost": "? its kernel ended",
}


def backend_name(backend: str) -> str:
    return "pandas" if backend == "pandas" else "MaxCompute"


def outcome_name(outcome: str) -> str:
    return "an error" if outcome == "error" else outcome


def duration(seconds: float) -> str:
    """``8.4 s``, ``75 s``, ``12 min``."""
    if seconds < 120:
        return f"{seconds:.{1 if seconds < 10 else 0}f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def run_words(run: Wire) -> str:
    """How the last or present run goes."""
    name = f"Run {run['number']} on {backend_name(run['backend'])}"
    match run["status"]:
        case "running":
            return f"{name}: running"
        case "ok":
            return f"{name}: done in {duration(run['seconds'])}"
        case "error":
            # The whole of it stands among the runs.
            return f"{name}: failed, {kind_of(run['error'])}" if run["error"] else f"{name}: failed"
        case "dry":
            return f"{name}: dry run, nothing was sent"
        case ended:
            return f"{name}: {ended} after {duration(run['seconds'])}"


def backend_words(state: Wire) -> str:
    """What the chosen backend means for the next run."""
    if state["backend"] == "pandas":
        sample = state["sample"]
        rows = "all rows" if sample == "all" else f"a sample of {sample:,} row{'' if sample == 1 else 's'}"
        return f"pandas in this kernel, on {rows}" + (f" where {state['where']}" if state["where"] else "")
    connection = state["connection"]
    place = {"project": f"MaxCompute project {connection['project']}", "embedded": "embedded MaxCompute"}
    return f"{place.get(connection['kind'], 'MaxCompute')}, on whole tables"
