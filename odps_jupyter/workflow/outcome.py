"""How the job ended that a function was sent with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from odps_jupyter.backends.shipment import Shipment, ShippedFunction

from .failure import Failure, kind_of
from .run import RunRecord

#: ``unfinished``: the job was stopped, or ended by another function of its own.
Outcome = Literal["ok", "failed", "unfinished"]
_STOPS = frozenset({"Stopped", "KeyboardInterrupt"})


def blames(failure: Failure, shipment: Shipment, function: ShippedFunction) -> bool:
    """Whether a job failed in ``function``, as far as that is known."""
    same_job = failure.instance is not None and failure.instance == shipment.instance
    return same_job and failure.function in {None, function.name, *(piece.name for piece in function.pieces)}


def outcome_of(shipment: Shipment, function: ShippedFunction, runs: Sequence[RunRecord]) -> Outcome | None:
    """Of one function of a job; None while it goes on, where nothing was sent, and where nobody was told.

    Args:
        runs: those of the kernel, oldest first.
    """
    if shipment.instance is None:
        return None
    for run in reversed(runs):
        failures = [failure for failure in run.failures if failure.instance == shipment.instance]
        if failures:
            return "failed" if any(blames(failure, shipment, function) for failure in failures) else "unfinished"
        for execution in run.executions:
            if shipment.instance not in execution.instances:
                continue
            # One job after the other: those before the last had ended when the last was sent.
            if execution.error is None or shipment.instance != execution.instances[-1]:
                return "ok"
            return "unfinished" if kind_of(execution.error) in _STOPS else None
    return None
