"""What is found out before functions are sent: what the rules say of them, and whether they run on a few rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.messages import first_line
from odps_jupyter.errors import UserError

from .failure import describe_row, kind_of
from .tracebacks import innermost

if TYPE_CHECKING:
    from odps_jupyter.backends.payload import Locate
    from odps_jupyter.backends.proof import Proof
    from odps_jupyter.backends.shipment import Piece, ShippedFunction
    from odps_jupyter.rules.model import Diagnostic

REGARDLESS = "Mend it, or send it regardless: `%%odps --no-preflight`, `%odps preflight off` for the kernel."
AGAIN = " `%odps replay` calls it here on that row, for `%debug`."


@dataclass(frozen=True)
class Preflight:
    """What one preflight found out; it let the submission go on.

    Attributes:
        rows: for each function tried, the rows it was called with. ``doubts``: what could not be found out, and why.
        seconds: wall clock.
        again: whether the same functions were found good before, so that nothing was tried.
    """

    rows: tuple[tuple[str, int], ...]
    doubts: tuple[str, ...]
    seconds: float
    again: bool = False


class PreflightError(UserError):
    """A submission that was stopped before anything was sent.

    Attributes:
        function: the user's name for it.
        cell: number of the cell, as in ``In[3]``; None where the place is in no cell. ``line``: counted from 1.
        executor_text: what the executor says, its traceback included; empty where a rule says it.
        kind: the rule's, such as ``local-module-code``; None where no rule speaks of it.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str,
        function: str,
        cell: int | None,
        line: int | None,
        executor_text: str = "",
        kind: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.function = function
        self.cell = cell
        self.line = line
        self.executor_text = executor_text
        self.kind = kind

    def _render_traceback_(self) -> list[str]:
        said = ["", "The executor says:", self.executor_text.rstrip()] if self.executor_text else []
        return [self.message, self.hint or "", *said]


def by_rule(diagnostics: Iterable[Diagnostic], functions: Sequence[ShippedFunction], current: int) -> Diagnostic | None:
    """The first error of the rules that concerns the functions as they are sent now.

    Args:
        current: index of the running cell, whose calls hand them over.

    What the rules say of other definitions of the same name, in cells that ran before, is not about these.
    """
    names = {name for function in functions for name in (function.name, *(piece.name for piece in function.pieces))}
    for diagnostic in diagnostics:
        concerned = any(name in names or name.split(".")[0] in names for name in diagnostic.functions)
        if (
            diagnostic.severity == "error"
            and "executor" in diagnostic.fails
            and concerned
            and (diagnostic.span.cell == current or _inside(diagnostic, functions))
        ):
            return diagnostic
    return None


def _inside(diagnostic: Diagnostic, functions: Sequence[ShippedFunction]) -> bool:
    span = diagnostic.span
    return any(
        piece.cell == span.cell + 1 and piece.line <= span.line <= last_line(piece)
        for function in functions
        for piece in function.pieces
    )


def last_line(piece: Piece) -> int:
    """The line a piece of code ends on."""
    return piece.line + (piece.source or "").count("\n")


def rule_error(diagnostic: Diagnostic, functions: Sequence[ShippedFunction]) -> PreflightError:
    """What stops a submission that a rule speaks against."""
    name = next((function.name for function in functions if function.name in diagnostic.functions), functions[0].name)
    cell, line = diagnostic.span.cell + 1, diagnostic.span.line
    fix = f"Fix: {diagnostic.fix.title}. " if diagnostic.fix is not None else ""
    return PreflightError(
        f"{name} was not sent (cell {cell}, line {line}): {diagnostic.message.rstrip('.')}. [{diagnostic.kind}]",
        hint=f"{fix}{REGARDLESS}",
        function=name,
        cell=cell,
        line=line,
        kind=diagnostic.kind,
    )


def defined_at(function: Any, locate: Locate) -> tuple[int, int] | tuple[None, None]:
    """The cell and line a function is written at; None for what is in no cell."""
    code = getattr(function, "__code__", None)
    place = None if code is None else locate(code.co_filename)
    return (None, None) if code is None or place is None else (place.cell, code.co_firstlineno + place.above)


def placed(cell: int | None, line: int | None) -> str:
    """A place behind a function's name; empty where there is none."""
    return "" if cell is None else f" (cell {cell}, line {line})"


def unpicklable_error(expr: Any, error: Exception, locate: Locate) -> PreflightError:
    """What stops a submission that PyODPS cannot even pickle."""
    from odps_jupyter.backends.detach import shipped_callables
    from odps_jupyter.backends.facts import callable_name

    found = shipped_callables([expr])
    name = ", ".join(callable_name(function) for function in found)
    cell, line = defined_at(found[0], locate) if len(found) == 1 else (None, None)
    return PreflightError(
        f"{name}{placed(cell, line)} cannot be pickled for the executor: {type(error).__name__}: "
        f"{first_line(error)}. Nothing was sent.",
        hint="Make what it needs inside the function, or give it plain values (numbers, texts, lists, dicts, arrays).",
        function=name,
        cell=cell,
        line=line,
    )


def failure_error(
    proof: Proof, locate: Locate, diagnostics: Iterable[Diagnostic] = (), *, masked: bool = False
) -> PreflightError:
    """What stops a submission whose function failed on a row of the sample.

    Args:
        diagnostics: what the rules say of the cells; the fix they have for the very line is passed on.
        masked: whether what may quote the row is left out.
    """
    failure = proof.failure
    name = proof.failed or "the function"
    traceback = str(getattr(failure, "traceback", "") or "")
    place = innermost(traceback, locate)
    cell, line = (None, None) if place is None else (place.cell, place.line)
    row: Mapping[str, Any] | None = getattr(failure, "row", None)
    said = [one for one in diagnostics if cell is not None and (one.span.cell, one.span.line) == (cell - 1, line)]
    what = kind_of(first_line(failure)) if masked else first_line(failure)
    with_row = f", for the row {describe_row(row, masked=masked)}" if row else ""
    fix = next((f"Fix: {one.fix.title}. " for one in said if one.fix is not None), "")
    return PreflightError(
        f"{name} fails on the executor{placed(cell, line)}: {what.rstrip('.')}{with_row}. Nothing was sent.",
        hint=f"{fix}{REGARDLESS}{AGAIN if row else ''}",
        function=name,
        cell=cell,
        line=line,
        executor_text="" if masked else traceback,
        kind=said[0].kind if said else None,
    )
