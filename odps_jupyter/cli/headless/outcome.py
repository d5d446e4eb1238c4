"""What became of a notebook that was run, as plain data, and the form other programs read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

#: Version of the JSON other programs read.
VERSION = 1
Status = Literal["ok", "error", "skipped"]


@dataclass(frozen=True)
class CellError:
    """What ended a cell.

    Attributes:
        type: of the exception.
        message: what it says, keys of accounts masked.
        number: of the cell it happened in, as in ``In[3]``; the one that was run where it happened in none.
        line: in that cell, from 1; None where it is not known.
        code: MaxCompute's, such as ``ODPS-0123055``; None where it is no error of MaxCompute.
    """

    type: str
    message: str
    number: int | None = None
    line: int | None = None
    code: str | None = None


@dataclass(frozen=True)
class Compared:
    """One comparison: ``facts`` as JSON, ``lines`` for people."""

    facts: dict[str, Any]
    lines: tuple[str, ...]

    @property
    def equal(self) -> bool:
        return bool(self.facts["equal"])


@dataclass(frozen=True)
class CellOutcome:
    """What became of one code cell.

    Attributes:
        index: counts the code cells from 0 in document order.
        number: its own in the kernel, as in ``In[3]``; None where the kernel was not given it.
        seconds: wall clock.
        error: what ended it; of status ``ok`` where the cell's tag says that it raises.
    """

    index: int
    status: Status
    number: int | None = None
    seconds: float = 0.0
    error: CellError | None = None
    compare: tuple[Compared, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of the notebook; ``interrupted`` where somebody stopped it."""

    backend: str
    cells: tuple[CellOutcome, ...]
    interrupted: bool = False

    @property
    def errors(self) -> int:
        return sum(cell.status == "error" for cell in self.cells)

    @property
    def comparisons(self) -> Sequence[Compared]:
        return [one for cell in self.cells for one in cell.compare]

    @property
    def differences(self) -> int:
        return sum(not one.equal for one in self.comparisons)

    @property
    def good(self) -> bool:
        """Whether everything ran, and agrees."""
        return not (self.errors or self.differences or self.interrupted)

    def index_of(self, cell: CellOutcome) -> int | None:
        """The code cell its error happened in, from 0; its own where the error is in no cell."""
        if cell.error is None or cell.error.number is None:
            return cell.index
        return next((one.index for one in self.cells if one.number == cell.error.number), None)

    def to_json(self) -> dict[str, Any]:
        """As ``odps-jupyter run --format json`` prints it."""
        return {"version": VERSION, "backend": self.backend, "cells": [self._cell_json(cell) for cell in self.cells]}

    def _cell_json(self, cell: CellOutcome) -> dict[str, Any]:
        error = cell.error
        return {
            "cell": cell.index,
            "status": cell.status,
            "seconds": round(cell.seconds, 3),
            "error": None
            if error is None
            else {
                "type": error.type,
                "message": error.message,
                "cell": self.index_of(cell),
                "line": error.line,
                "code": error.code,
            },
            "compare": [one.facts for one in cell.compare],
        }
