"""A collection or table that a function captures, offered as data: as a resource or a join, by its rows and size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from odps_jupyter.backends.carried import carried
from odps_jupyter.backends.detach import is_table, resolve_proxy, shipped_callables
from odps_jupyter.backends.facts import callable_name
from odps_jupyter.backends.measured import Measured, measure
from odps_jupyter.sizes import MEBIBYTE, in_words, limit_in_words

from .preflight import PreflightError

if TYPE_CHECKING:
    from odps_jupyter.backends.payload import Locate
    from odps_jupyter.rules.model import Diagnostic, Fix

    from .oversight import Diagnose

Form = Literal["resource", "join"]
#: Of one resource and of all that a job has; a table is one (MaxCompute's manual, "ADD TABLE", "Limits").
RESOURCES = 2048 * MEBIBYTE
#: Of a function's worker, which reads a table resource whole: mebibytes, and the setting that says another number.
MEMORY, MEMORY_HINT = 256, "odps.sql.udf.python.memory"
KIND = "dataframe-in-udf"
#: The rule's kind, by what is captured, and why it must not be sent.
_KINDS = {"a PyODPS collection": KIND, "a table": "odps-entry-in-udf", "a partition of a table": "odps-entry-in-udf"}
KINDS = frozenset(_KINDS.values())
_WHY = {
    KIND: "which the executor cannot evaluate",
    "odps-entry-in-udf": "which would take your key along, and which the executor cannot read",
}
_TITLES: Mapping[Form, str] = {"resource": "Pass ", "join": "Join "}
_READ = "Read "


@dataclass(frozen=True)
class Verdict:
    """Attributes:

    name: the user's name for it. ``what`` it is. ``reason``: what it holds, and the limit that decides.
    """

    name: str
    what: str
    form: Form
    measured: Measured
    reason: str

    @property
    def kind(self) -> str:
        """Of the rule that speaks of it."""
        return _KINDS[self.what]

    @property
    def wanted(self) -> str:
        """The form in words."""
        return f"a {self.form}"

    def fix(self, diagnostic: Diagnostic | None) -> Fix | None:
        """Of the ways a rule knows to mend it, the one for this form; None where it has to be written by hand.

        Where no row of it is wanted, but its name or size, that is read before.
        """
        ways = () if diagnostic is None else (diagnostic.fix, *diagnostic.others)
        titles = (_TITLES[self.form] + self.name, _READ + self.name)
        return next((way for way in ways if way and way.title.startswith(titles)), None)

    def decides(self, fix: Fix | None) -> bool:
        """Whether its form is what ``fix`` gives it, or should."""
        return fix is None or not fix.title.startswith(_READ)


class TableCaptured(PreflightError):
    """A function that was stopped because it captures a collection or a table, with what decides how it gets rows."""

    def __init__(self, message: str, *, verdict: Verdict, hint: str, function: str, place: tuple[int, int] | None):
        cell, line = place or (None, None)
        super().__init__(message, hint=hint, function=function, cell=cell, line=line, kind=verdict.kind)
        self.verdict = verdict


def judge(name: str, value: Any, settings: Mapping[str, Any] | None) -> Verdict:
    """Which form suits a collection or a table; no job is run for it.

    Args:
        value: one that :func:`what_is` knows.
        settings: of the job, in which the memory of a worker may be set.
    """
    what = what_is(value)
    assert what is not None
    measured = measure(value if _KINDS[what] == KIND else value.to_df())
    form, limit = decide(measured, int((settings or {}).get(MEMORY_HINT, MEMORY)) * MEBIBYTE)
    return Verdict(name, what, form, measured, f"{said(measured)}; {limit}")


def decide(measured: Measured, memory: int) -> tuple[Form, str]:
    """The form for a collection, and the limit that decides it.

    Args:
        memory: bytes of a worker.
    """
    worker = f"{limit_in_words(memory)} of a worker ({MEMORY_HINT})"
    project = f"{limit_in_words(RESOURCES)} of resources that a job may have"
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
    source = "" if measured.stored is None else f", of tables of {in_words(measured.stored)}"
    return f"{rows}, {most}about {in_words(measured.memory)} in Python{source}"


def what_is(value: Any) -> str | None:
    """What an object with rows is; None for any other."""
    from odps.df.expr.expressions import CollectionExpr
    from odps.models.partition import Partition  # that of `odps.models` is of schemas

    if isinstance(value, CollectionExpr):
        return "a PyODPS collection"
    if isinstance(value, Partition):
        return "a partition of a table"
    return "a table" if is_table(value) else None


def captured(function: Any) -> Iterator[tuple[str, Any]]:
    """Names and objects with rows that a callable takes along."""
    return ((name, value) for name, value in carried(function) if what_is(value) is not None)


def check_captured(exprs: Iterable[Any], diagnose: Diagnose | None, locate: Locate) -> None:
    """Stop expressions whose functions capture another, before PyODPS tries to pickle it and the key in it.

    Raises:
        TableCaptured: one captures a collection or a table.
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
    """What stops a function that captures a collection or a table; None where it captures none.

    Args:
        called: the user's name for the function.
        diagnostics: what the rules say of the cells.
    """
    for name, value in captured(function):
        verdict = judge(name, value, settings)
        diagnostic = of_rules(verdict.kind, name, called, diagnostics)
        fix = verdict.fix(diagnostic)
        place = _place(function, diagnostic, locate)
        where = "" if place is None else f" (cell {place[0]}, line {place[1]})"
        suits = f"It suits {verdict.wanted}: {verdict.reason}" if verdict.decides(fix) else said(verdict.measured)
        return TableCaptured(
            f"{called} was not sent{where}: {name} is {verdict.what}, {_WHY[verdict.kind]}. {_sentence(suits)}. "
            f"[{verdict.kind}]",
            verdict=verdict,
            hint=_how(verdict, fix),
            function=called,
            place=place,
        )
    return None


def _how(verdict: Verdict, fix: Fix | None) -> str:
    if fix is not None:
        done = f"shows it and writes it as the next cell, with {verdict.wanted}"
        return f"`%odps fix` {done if verdict.decides(fix) else 'reads what it wants of it before, in the next cell'}."
    rows = "" if verdict.kind == KIND else ", of its `to_df()`"
    if verdict.form == "join":
        return f"Write a join{rows}: `left_join`, and a function of the joined row."
    return (
        f"Write a resource{rows}: `resources=[...]` and a function that makes the function of a row, or execute it and "
        "capture a value."
    )


def _sentence(clause: str) -> str:
    return clause[:1].upper() + clause[1:]


def _holds_expression(value: Any) -> bool:
    from odps.df.expr.expressions import Expr

    if isinstance(value, dict):
        return any(isinstance(held, Expr) for held in value.values())
    return isinstance(value, Expr) or (type(value) in (list, tuple) and any(isinstance(held, Expr) for held in value))


def _refused_value(
    function: Any, called: str, name: str, diagnostics: Sequence[Diagnostic], locate: Locate
) -> PreflightError:
    diagnostic = of_rules(KIND, name, called, diagnostics)
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


def of_rules(kind: str, name: str, function: str | None, diagnostics: Sequence[Diagnostic]) -> Diagnostic | None:
    """What the rule of that kind says last of a function that captures ``name``."""
    found = [
        one
        for one in diagnostics
        if one.kind == kind
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
