"""The record of one ``%%odps`` cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from odps_jupyter.backends.execution import Backend, Execution
from odps_jupyter.backends.sample import Sample

from .compare.comparison import Comparison
from .failure import Failure
from .preflight import Preflight

Status = Literal["running", "ok", "error", "interrupted"]


@dataclass(frozen=True)
class RunRecord:
    """One cell under one backend; every event carries the whole of it.

    Attributes:
        number: counts the runs of this kernel from 1.
        sample: what the pandas backend reads of each table.
        connection: label of the MaxCompute spoken to, ``embedded`` or a project's name.
        started: seconds since the epoch.
        seconds: how long it took so far, wall clock.
        executions: what PyODPS executed in it, in order of their ends.
        preflights: what was found out before functions were sent, in order.
        comparisons: what pandas and the executor said of the same expressions, in order.
        failures: what jobs ended with, in order.
        error: type and first line of what ended the cell, None where nothing did.
    """

    number: int
    backend: Backend
    sample: Sample
    connection: str
    started: float
    seconds: float = 0.0
    status: Status = "running"
    executions: tuple[Execution, ...] = ()
    error: str | None = None
    preflights: tuple[Preflight, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    failures: tuple[Failure, ...] = ()
