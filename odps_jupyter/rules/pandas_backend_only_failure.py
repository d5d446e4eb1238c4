"""Fails on pandas only.

PyODPS's pandas backend calls a ``functools.partial`` handed to ``apply(axis=1)`` without a row; on MaxCompute it works.

Example::

    orders.apply(partial(gross, rate=0.13), axis=1, names='gross', types='float')

Fix: use a lambda: ``lambda row: gross(row, rate=0.13)``.
"""

from __future__ import annotations

from collections.abc import Iterator

from odps_jupyter.analysis.values import Partial

from .model import PANDAS, Diagnostic
from .subject import Subject, span_of_call

CODE, KIND = "ODP122", "pandas-backend-only-failure"


def check(subject: Subject) -> Iterator[Diagnostic]:
    for journey in subject.evidence.journeys:
        if isinstance(journey.target, Partial) and journey.call.role == "row" and journey.call.method == "apply":
            message = (
                "PyODPS's pandas backend calls a partial in apply(axis=1) without a row; on MaxCompute it works. "
                "Use a lambda."
            )
            yield Diagnostic(CODE, KIND, "warning", span_of_call(journey), message, (journey.name,), PANDAS)
