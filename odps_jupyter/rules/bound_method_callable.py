"""A bound method is handed over.

PyODPS 0.13.2 wraps it in a class of its own, which the executor does not have; on pandas it works.

Example::

    orders.price.map(pricing.convert)

Fix: wrap it: ``lambda p: pricing.convert(p)``.
"""

from __future__ import annotations

from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Journey
from odps_jupyter.analysis.values import Method

from .edits import wrapped_in_lambda
from .model import EXECUTOR, Diagnostic, Fix
from .places import handing_call
from .subject import Subject, span_of_call

CODE, KIND = "ODP118", "bound-method-callable"


def check(subject: Subject) -> Iterator[Diagnostic]:
    for journey in subject.journeys:
        if isinstance(journey.target, Method):  # one within a partial travels as any other object
            message = (
                f"{journey.name} is a bound method, which the executor cannot load. "
                f"Wrap it: lambda v: {journey.call.text}(v)."
            )
            yield Diagnostic(
                CODE, KIND, "error", span_of_call(journey), message, (journey.name,), EXECUTOR, _fix(subject, journey)
            )


def _fix(subject: Subject, journey: Journey) -> Fix | None:
    """Wrap the first argument, where it is what the call hands over."""
    call = journey.call
    if call.role not in ("scalar", "row"):
        return None
    node = handing_call(subject.evidence, call)
    if node is None or not node.args:
        return None
    parameter = "v" if call.role == "scalar" else "row"
    return wrapped_in_lambda(subject.evidence, call.cell, node.args[0], parameter)
