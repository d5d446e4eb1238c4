"""A collection that a function captures, offered as data: its rows and size decide whether as a resource or a join."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from odps_jupyter.backends.carried import carried
from odps_jupyter.backends.detach import resolve_proxy, shipped_callables
from odps_jupyter.backends.facts import callable_name
from odps_jupyter.backends.measured import Measured, measure

from .preflight import PreflightError

if TYPE_CHECKING:
    from odps_jupyter.backends.payload import Locate
    from odps_jupyter.rules.model import Diagnostic, Fix

    from .oversight import Diagnose

Form = Literal["resource", "join"]
MEGABYTE = 1 << 20
#: Of one resource and of all that a job has; a table is one (MaxCompute's manual, "ADD TABLE", "Limits").
RESOURCES = 2048 * MEGABYTE
#: Of a function's worker, which reads a table resource whole: megabytes, and the setting that says another number.
MEMORY, MEMORY_HINT = 256, "odps.sql.udf.python.memory"
KIND = "dataframe-in-udf"
_TITLES: Mapping[Form, str] = {"resource": "Pass ", "join": "Join "}


@dataclass(frozen=True)
class Verdict:
    """Attributes:

    name: the user's name for the collection. ``reason``: what it holds, and the limit that decides.
    """

    name: str
    form: Form
    measured: Measured
    reason: str

    def fix(self, diagnostic: Diagnostic | None) -> Fix | None:
        """Of the ways a rule knows to mend it, the one for this form; None where it has to be written by hand."""
        ways = () if diagnostic is None else (diagnostic.fix, *diagnostic.others)
        return next((way for way in ways if way and way.title.startswith(_TITLES[self.form] + self.name)), None)


class TableCaptured(PreflightError):
    """A function that was stopped because it captures a collection, with what decides how to give it the rows."""

    def __init__(self, message: str, *, verdict: Verdict, hint: str, function: str, place: tuple[int, int] | None):
        cell, line = place or (None, None)
        super().__init__(message, hint=hint, function=function, cell=cell, line=line, kind=KIND)
        self.verdict = verdict


def judge(name: str, collection: Any, settings: Mapping[str, Any] | None) -> Verdict:
    """Which form suits a collection; no job is run for it.

    Args:
        settings: of the job, in which the memory of a worker may be set.
    """
    measured = measure(collection)
    form, limit = decide(measured, int((settings or {}).get(MEMORY_HINT, MEMORY)) * MEGABYTE)
    return Verdict(name, form, measured, f"{said(measured)}; {limit}")


def decide(measured: Measured, memory: int) -> tuple[Form, str]:
    """The form for a collection, and the limit that decides it.

    Args:
        memory: bytes of a worker.
    """
    worker = f"{_megabytes(memory)} of a worker ({MEMORY_HINT})"
    project = f"{_megabytes(RESOURCES)} of resources that a job may have"
    if measured.complex:
        return "join", f"a table resource cannot hold {', '.join(measured.complex)}, of a type that holds other values"
    if measured.memory is None:
        return "join", f"a resource would have to fit into the {worker} and the {project}, which a join need not"
    if (measured.stored or 0) > RESOURCES:
        return "join", f"that is more than the {project}"
    if measured.memory > memory:
        may_be = "may be" if measured.most else "is"
        return "join", f"that {may_be} more than the {worker}, which reads a resource whole"
    return "resource", f"that fits into the {worker}, which reads a resource whole, and the {project}"


def said(measured: Measured) -> str:
    """What a collection holds, in words; what is unknown is said so."""
    if measured.rows is None or measured.memory is None:
        return f"its rows are unknown: {measured.doubt}"
    most = "at most " if measured.most else ""
    rows = f"{most}{measured.rows:,} row{'' if measured.rows == 1 else 's'}"
    source = "" if measured.stored is None else f", of tables of {_in_words(measured.stored)}"
    return f"{rows}, {most}about {_in_words(measured.memory)} in Python{source}"


def captured(function: Any) -> Iterator[tuple[str, Any]]:
    """Names and collections that a callable takes along."""
    from odps.df.expr.expressions import CollectionExpr

    return ((name, value) for name, value in carried(function) if isinstance(value, CollectionExpr))


def check_captured(exprs: Iterable[Any], diagnose: Diagnose | None, locate: Locate) -> None:
    """Stop expressions whose functions capture another, before PyODPS tries to pickle it and the key in it.

    Raises:
        TableCaptured: one captures a collection.
        PreflightError: one captures a column, a number still to be computed, or a list or dict of expressions.
    """
    from odps import options

    __tracebackhide__ = True
    for function in shipped_callables([resolve_proxy(expr) for expr in exprs]):
        if next(captured(function), None) is not None:
            diagnostics = diagnose()[0] if diagnose is not None else ()
            refused = refusal(function, callable_name(function), diagnostics, locate, options.sql.settings)
            if refused is not None:
                raise refused
        others = [name for name, value in carried(function) if _holds_expression(value)]
        if others:
            diagnostics = diagnose()[0] if diagnose is not None else ()
            raise _refused_value(function, callable_name(function), others[0], diagnostics, locate)


def refusal(
    function: Any, called: str, diagnostics: Sequence[Diagnostic], locate: Locate, settings: Mapping[str, Any] | None
) -> TableCaptured | None:
    """What stops a function that captures a collection; None where it captures none.

    Args:
        called: the user's name for the function.
        diagnostics: what the rules say of the cells.
    """
    for name, collection in captured(function):
        verdict = judge(name, collection, settings)
        diagnostic = of_rules(name, called, diagnostics)
        fix = verdict.fix(diagnostic)
        place = _place(function, diagnostic, locate)
        where = "" if place is None else f" (cell {place[0]}, line {place[1]})"
        wanted = "a resource" if verdict.form == "resource" else "a join"
        by_hand = "`resources=[...]` and a function that makes the function of a row, or execute it and capture a value"
        how = f"`%odps fix` shows it and writes it as the next cell, with {wanted}." if fix else f"Write {wanted}"
        if fix is None:
            how += f": {by_hand if verdict.form == 'resource' else '`left_join`, and a function of the joined row'}."
        return TableCaptured(
            f"{called} was not sent{where}: {name} is a PyODPS collection, which the executor cannot evaluate. It "
            f"suits {wanted}: {verdict.reason}. [{KIND}]",
            verdict=verdict,
            hint=how,
            function=called,
            place=place,
        )
    return None


def _holds_expression(value: Any) -> bool:
    from odps.df.expr.expressions import Expr

    if isinstance(value, dict):
        return any(isinstance(held, Expr) for held in value.values())
    return isinstance(value, Expr) or (type(value) in (list, tuple) and any(isinstance(held, Expr) for held in value))


def _refused_value(
    function: Any, called: str, name: str, diagnostics: Sequence[Diagnostic], locate: Locate
) -> PreflightError:
    diagnostic = of_rules(name, called, diagnostics)
    place = _place(function, diagnostic, locate)
    where = "" if place is None else f" (cell {place[0]}, line {place[1]})"
    known = diagnostic is not None and diagnostic.fix is not None
    return PreflightError(
        f"{called} was not sent{where}: {name} is or holds a PyODPS expression, which the executor cannot evaluate. "
        f"[{KIND}]",
        hint="`%odps fix` shows how to mend it and writes it as the next cell."
        if known
        else "Execute it before (`.execute()`), and let the function use the value.",
        function=called,
        cell=None if place is None else place[0],
        line=None if place is None else place[1],
        kind=KIND,
    )


def of_rules(name: str, function: str | None, diagnostics: Sequence[Diagnostic]) -> Diagnostic | None:
    """What the rules say last of a function that captures the collection ``name``."""
    found = [
        one
        for one in diagnostics
        if one.kind == KIND
        and one.message.startswith(f"{name} is ")
        and (function is None or any(function in {each, each.split(".")[-1]} for each in one.functions))
    ]
    return max(found, key=lambda one: one.span.cell, default=None)


def _place(function: Any, diagnostic: Diagnostic | None, locate: Locate) -> tuple[int, int] | None:
    if diagnostic is not None:
        return diagnostic.span.cell + 1, diagnostic.span.line
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    place = locate(code.co_filename)
    return None if place is None else (place.cell, code.co_firstlineno + place.above)


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:,.0f} MB"


def _in_words(size: int) -> str:
    return f"{size / MEGABYTE:,.1f} MB" if size >= MEGABYTE else f"{max(1, round(size / 1024)):,} KB"
