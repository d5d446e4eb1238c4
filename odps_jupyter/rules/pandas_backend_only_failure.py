"""Fails on pandas only.

PyODPS's pandas backend calls a ``functools.partial`` handed to ``apply(axis=1)`` without a row; on MaxCompute it works.

Example::

    orders.apply(partial(gross, rate=0.13), axis=1, names='gross', types='float')

Fix: use a lambda: ``lambda row: gross(row, rate=0.13)``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Evidence
from odps_jupyter.analysis.model import CallSite
from odps_jupyter.analysis.values import Partial

from .model import PANDAS, Diagnostic, Edit, Fix, span_of
from .places import handing_call
from .subject import Subject, span_of_call

CODE, KIND = "ODP122", "pandas-backend-only-failure"


def check(subject: Subject) -> Iterator[Diagnostic]:
    for journey in subject.journeys:
        if isinstance(journey.target, Partial) and journey.call.role == "row" and journey.call.method == "apply":
            message = (
                "PyODPS's pandas backend calls a partial in apply(axis=1) without a row; on MaxCompute it works. "
                "Use a lambda."
            )
            fix = _as_lambda(subject.evidence, journey.call)
            yield Diagnostic(CODE, KIND, "warning", span_of_call(journey), message, (journey.name,), PANDAS, fix)


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
