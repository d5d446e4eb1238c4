"""Finds out what a failed execution failed of: the function, its line in a cell, the row, what to do about it."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.deadline import Deadline
from odps_jupyter.backends.held import HeldEntry
from odps_jupyter.backends.messages import first_line, message_of
from odps_jupyter.backends.proof import ROWS
from odps_jupyter.backends.replay import replay
from odps_jupyter.backends.scratch import scratch

from .failure import Failure, Place
from .preflight import last_line
from .tracebacks import innermost, place_at

if TYPE_CHECKING:
    from odps_jupyter.backends.engines import Engine, Expr
    from odps_jupyter.backends.payload import Locate
    from odps_jupyter.backends.plan import Call
    from odps_jupyter.backends.proof import Proof
    from odps_jupyter.backends.shipment import Shipment, ShippedFunction

    from .trial import Trials, Try

#: Rows among which the failing one is looked for, and seconds that this may take.
LOOKED_AT = 5000
SECONDS = 20.0


@dataclass(frozen=True)
class Suspect:
    """A function that failed, as it can be called here again: in ``expr``, at ``node``, for ``row`` where known."""

    name: str
    expr: Expr
    node: Expr
    entry: Any
    row: Mapping[str, Any] | None
    rows: int
    libraries: Sequence[Any] | None
    message: str

    def replay(self) -> None:
        """Call it here.

        Raises:
            BaseException: what it raises, with a traceback that begins with it.
        """
        __tracebackhide__ = True
        replay(self.expr, self.entry, self.node, self.row, self.rows, self.libraries)


@dataclass(frozen=True)
class Finding:
    """What a search ended with: ``rows`` of each table were looked at; ``doubt`` says why in vain, where known."""

    suspect: Suspect | None = None
    rows: int = 0
    doubt: str | None = None


def examine(error: Exception, shipments: Sequence[Shipment], advice: str | None, locate: Locate) -> Failure:
    """What ``error``, raised by PyODPS for a job, means at home, on any thread; the row is for :class:`Search` to
    find, and where it was executed for :func:`place_now` to say on the cell's own thread."""
    text = str(error)
    code = getattr(error, "code", None)
    place = innermost(text, locate)
    return Failure(
        message=message_of(text),
        function=_function_at(place, shipments),
        place=place,
        code=code,
        instance=getattr(error, "instance_id", None),
        advice=advice,
        text=text,
    )


class Search:
    """Looks for the row a function failed for, by calling it on the executor twin with the first rows of its tables."""

    def __init__(self, trials: Trials, calls: Sequence[Call], engine: Engine, entry: Any) -> None:
        self._trials = trials
        self._calls = calls
        self._engine = engine
        self._entry = entry

    def __call__(self, message: str) -> Finding:
        """Looks for a function that fails with the very same line."""
        found = Finding()
        with scratch("odps-jupyter-libraries-") as folder:
            held = HeldEntry(self._entry, folder)
            for call in self._calls:
                tried = self._trials.generate(call, self._engine, held)
                if tried.generated:
                    found = self._among(tried, message)
                if found.suspect is not None:
                    break
        return found

    def _among(self, tried: Try, message: str) -> Finding:
        rows = _rows_of(tried.call.expr)
        proof = self._trials.prove(tried, Deadline(SECONDS), rows)
        if proof.failure is not None and first_line(proof.failure) == message:
            return Finding(suspect(tried, proof, self._entry, rows), rows)
        return Finding(None, rows, next(iter(proof.doubts), None))


def _rows_of(expr: Expr) -> int:
    """Rows to read of each table: a join may make as many of them as their product."""
    from odps.df.expr.merge import JoinCollectionExpr

    joins = sum(isinstance(node, JoinCollectionExpr) for node in expr.traverse(unique=True))
    return max(ROWS, int(LOOKED_AT ** (1 / (1 + joins))))


def suspect(tried: Try, proof: Proof, entry: Any, rows: int) -> Suspect | None:
    """The function that failed when it was tried on the first ``rows`` of each table."""
    if proof.node is None:
        return None
    return Suspect(
        name=proof.failed or "the function",
        expr=tried.call.expr,
        node=proof.node,
        entry=entry,
        row=getattr(proof.failure, "row", None),
        rows=rows,
        libraries=(tried.call.options or {}).get("libraries"),
        message=first_line(proof.failure),
    )


def with_row(failure: Failure, found: Finding) -> Failure:
    """The failure, after the row was looked for."""
    if found.suspect is None:
        return replace(failure, searched=found.rows, doubt=found.doubt)
    return replace(failure, searched=found.rows, function=found.suspect.name, row=found.suspect.row)


def place_now(locate: Locate) -> Place | None:
    """The line of a cell that is being executed on this thread."""
    found = (place_at(frame.f_code.co_filename, line, locate) for frame, line in traceback.walk_stack(None))
    return next((place for place in found if place is not None), None)


def _function_at(place: Place | None, shipments: Sequence[Shipment]) -> str | None:
    functions = [function for shipment in shipments for function in shipment.functions]
    if place is not None:
        return next((one.name for one in functions if _holds(one, place)), None)
    return functions[0].name if len(functions) == 1 else None


def _holds(function: ShippedFunction, place: Place) -> bool:
    return any(piece.cell == place.cell and piece.line <= place.line <= last_line(piece) for piece in function.pieces)
