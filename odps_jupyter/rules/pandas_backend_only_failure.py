"""Fails on pandas only.

PyODPS's pandas backend calls what is handed to ``apply(axis=1)`` and is no function written in Python without a row: a
``functools.partial``, an object of a class with ``__call__``, ``len``, an ``attrgetter``. It knows no further arguments
of ``map``, nor of ``apply`` with ``reduce=True``; with that it calls a function of resources for each row, and the
first reads them up. On MaxCompute all of it works.

Example::

    orders.apply(partial(gross, rate=0.13), axis=1, names='gross', types='float')
    orders.apply(Gross(0.13), axis=1, names='gross', types='float')

Fix: use a lambda: ``lambda row: gross(row, rate=0.13)``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Evidence, Journey, Span
from odps_jupyter.analysis.model import CallSite
from odps_jupyter.analysis.values import Instance, Partial

from .callable_classes import is_class
from .edits import wrapped_in_lambda
from .handing import SAYING, Handing
from .model import PANDAS, Diagnostic, Edit, Fix, span_of
from .places import handing_call
from .signatures import definition_of, takes, yields
from .subject import Subject, span_of_call

CODE, KIND = "ODP122", "pandas-backend-only-failure"
_KEYWORD = re.compile(r"(\w+)\s*=(?!=)")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for journey in subject.journeys:
        yield from _of_call(subject.evidence, journey)
        if isinstance(journey.target, Partial) and journey.call.role == "row" and journey.call.method == "apply":
            fix = _as_lambda(subject.evidence, journey.call)
            yield _diagnostic(span_of_call(journey), "a partial", journey.call, (journey.name,), fix)
        elif isinstance(journey.target, Instance) and _misses_its_row(subject.evidence, journey, journey.target):
            fix = _wrapped(subject.evidence, journey.call)
            yield _diagnostic(span_of_call(journey), f"an object of {journey.name}", journey.call, (journey.name,), fix)
    for call in subject.calls:
        function = call.library[0] if len(call.library) == 1 and not call.target else ""
        if (
            call.role == "row"
            and call.method == "apply"
            and function.startswith(("builtins.", "operator."))
            and not is_class(function)
        ):
            span = Span(call.cell, call.line, call.column, call.end_line, call.end_column)
            yield _diagnostic(span, call.text, call, (), _wrapped(subject.evidence, call))


def _of_call(evidence: Evidence, journey: Journey) -> Iterator[Diagnostic]:
    """What the call says beside the function, and pandas takes otherwise."""
    call = journey.call
    if not _may_say_more(evidence, call):
        return  # as nearly all are: to look for the call costs more than all else here
    handing = Handing(handing_call(evidence, call), call.role)
    by_value = call.role == "row" and handing.reduces
    if handing.passed and (call.method == "map" or by_value):
        how = "map" if call.method == "map" else "apply with reduce=True"
        message = (
            f"PyODPS's pandas backend hands {' and '.join(sorted(handing.passed))} of {how} on to nobody and fails; on "
            "MaxCompute it works. Use a lambda."
        )
        yield Diagnostic(CODE, KIND, "warning", span_of_call(journey), message, (journey.name,), PANDAS)
    if by_value and handing.resources:
        message = (
            f"On pandas {journey.name} is called with the resources for each row, and the first reads them up: the "
            "others get none. On MaxCompute it is called once. Give names= for reduce=True, and return a list."
        )
        yield Diagnostic(CODE, KIND, "warning", span_of_call(journey), message, (journey.name,))


def _may_say_more(evidence: Evidence, call: CallSite) -> bool:
    """Whether the text of a call holds ``reduce``, or for ``map`` a keyword that is none of PyODPS's."""
    first, *others = evidence.lines(call.cell)[call.line - 1 : call.end_line]
    written = "\n".join([first[call.column :] if first.isascii() else first, *others])
    if call.method != "map":
        return "reduce" in written
    return any(word not in SAYING for word in _KEYWORD.findall(written))


def _diagnostic(span: Span, what: str, call: CallSite, functions: tuple[str, ...], fix: Fix | None) -> Diagnostic:
    by = "map_reduce" if call.role == "mapper" else "apply(axis=1)"
    message = f"PyODPS's pandas backend calls {what} in {by} without a row; on MaxCompute it works. Use a lambda."
    return Diagnostic(CODE, KIND, "warning", span, message, functions, PANDAS, fix)


def _misses_its_row(evidence: Evidence, journey: Journey, target: Instance) -> bool:
    """Whether an object is called without a row there, and can be called on MaxCompute."""
    call = handing_call(evidence, journey.call)
    if journey.call.role not in ("row", "mapper") or Handing(call, journey.call.role).resources is not False:
        return False
    assert call is not None  # without it nothing is known of resources
    # A combiner is called by a class of PyODPS's own, and that calls the mapper.
    if len(call.args) > 2 or any(keyword.arg == "combiner" for keyword in call.keywords):
        return False
    calling = definition_of(evidence, journey, target.of, "__call__")
    return calling is not None and not takes(calling, 1) and not yields(calling)


def _wrapped(evidence: Evidence, site: CallSite) -> Fix | None:
    """A lambda around the name of what is handed over."""
    call = handing_call(evidence, site)
    given = call.args[0] if call is not None and call.args else None
    named = given is not None and isinstance(given, (ast.Name, ast.Attribute))
    return wrapped_in_lambda(evidence, site.cell, given, "row") if named and given is not None else None


def _as_lambda(evidence: Evidence, site: CallSite) -> Fix | None:
    """``lambda row: gross(row, rate=1.13)``; None where an argument is no literal, and could be another one later."""
    call = handing_call(evidence, site)
    partial = call.args[0] if call is not None and call.args else None
    if not isinstance(partial, ast.Call) or not partial.args or partial.lineno != partial.end_lineno:
        return None
    function, *given = partial.args
    literals = [*given, *(keyword.value for keyword in partial.keywords)]
    if not isinstance(function, (ast.Name, ast.Attribute)) or not all(isinstance(v, ast.Constant) for v in literals):
        return None
    keywords = [f"{keyword.arg}={ast.unparse(keyword.value)}" for keyword in partial.keywords if keyword.arg]
    arguments = ", ".join([*map(ast.unparse, given), "row", *keywords])
    made = f"lambda row: {ast.unparse(function)}({arguments})"
    return Fix("Use a lambda", True, (Edit(span_of(site.cell, partial), made),))
