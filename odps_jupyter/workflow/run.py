"""The record of one cell that executed something, or asked to be recorded by ``%%odps``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from odps_jupyter.backends.execution import Backend, Execution
from odps_jupyter.backends.sample import Sample

from .compare.comparison import Comparison
from .failure import Failure
from .preflight import Preflight

#: ``interrupted`` by the stop button, ``stopped`` by ``stop``, the panel, or with the kernel; ``dry``: well, and it was
#: a dry run.
Status = Literal["running", "ok", "error", "interrupted", "stopped", "dry"]


@dataclass(frozen=True)
class SentJob:
    """One instance that a run sent, as it can be found again: ``endpoint`` without anything secret."""

    instance: str
    project: str
    endpoint: str


def plain(endpoint: str) -> str:
    """An endpoint without a user and password that might stand in it."""
    parts = urlsplit(endpoint)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


@dataclass(frozen=True)
class Cell:
    """Which cell a run is of: ``index`` from 0, of its number In[n]; ``id`` as the front end names it, if it does."""

    index: int
    id: str | None = None


@dataclass(frozen=True)
class RunRecord:
    """One cell under one backend; every event carries the whole of it.

    Attributes:
        number: counts the runs of this kernel from 1. ``id``: of no other run anywhere.
        sample: what the pandas backend reads of each table.
        connection: label of the MaxCompute spoken to, ``embedded`` or a project's name.
        started: seconds since the epoch.
        seconds: how long it took, wall clock; 0 while it is running.
        executions: what PyODPS executed in it, in order of their ends.
        preflights: what was found out before functions were sent, in order.
        comparisons: what pandas and the executor said of the same expressions, in order.
        failures: what jobs ended with, in order.
        error: type and first line of what ended the cell, None where nothing did.
        kind: the error's type and MaxCompute's code, which quote no value.
        cell: the cell it is of, where that is known.
        background: whether it goes on while the kernel is free for other cells.
        reported: whether its cell shows it when it ends, as one with ``%%odps`` does.
        dry: whether nothing of it is sent.
        jobs: the instances it sent, in order.
        input: bytes that its jobs read, as the service says afterwards; None where it does not say.
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
    id: str = ""
    kind: str | None = None
    cell: Cell | None = None
    background: bool = False
    reported: bool = True
    dry: bool = False
    jobs: tuple[SentJob, ...] = ()
    input: int | None = None
