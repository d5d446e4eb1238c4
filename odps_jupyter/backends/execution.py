"""What one PyODPS execution did, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .sample import SampledTable
from .shipment import Shipment

Backend = Literal["pandas", "maxcompute"]
BACKENDS: tuple[Backend, ...] = ("pandas", "maxcompute")


@dataclass(frozen=True)
class Execution:
    """One ``execute`` or ``persist`` of one expression.

    Attributes:
        backend: which side computed it.
        action: ``"execute"`` or ``"persist"``.
        operation: PyODPS's name of the outermost operation, such as ``Sum``.
        tables: full names of the MaxCompute tables it reads.
        sampled: on pandas, what was read of each.
        functions: names of the callables it hands over.
        seconds: wall clock.
        instances: on MaxCompute, the ids of the instances it submitted.
        connection: on MaxCompute, where it ran: ``embedded`` or a project's name.
        error: type and first line of what went wrong, None where it succeeded.
        shipments: on MaxCompute, what was sent for each job, oldest first.
        rows: of the result; None where they are not known, as of a table that was written.
    """

    backend: Backend
    action: str
    operation: str
    tables: tuple[str, ...]
    sampled: tuple[SampledTable, ...]
    functions: tuple[str, ...]
    seconds: float
    instances: tuple[str, ...] = ()
    connection: str = ""
    error: str | None = None
    shipments: tuple[Shipment, ...] = ()
    rows: int | None = None
