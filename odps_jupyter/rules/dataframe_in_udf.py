"""A PyODPS DataFrame or column is used in a function that runs on the executor.

An expression is a plan that only PyODPS here can execute; the executor has no PyODPS.

Example::

    orders.price.map(lambda p: p / orders.price.max())

Fix: join the two, pass the other collection with ``resources=[...]`` and the closure form, or compute the value first.
"""

from __future__ import annotations

from collections.abc import Iterator

from odps_jupyter.analysis.values import Binding, Frame, FrameMethod, OneOf, Shape

from .model import EXECUTOR, Diagnostic
from .subject import Subject

CODE, KIND = "ODP109", "dataframe-in-udf"


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for name, value in code.body.names.items():
            used = code.reads(name) if _is_frame(value) else None
            if used is not None:
                message = (
                    f"{name} is a PyODPS expression, which the executor cannot evaluate. Join it, pass it in "
                    "resources=, or execute it first and capture the value."
                )
                yield Diagnostic(CODE, KIND, "error", code.span(used), message, (code.journey.name,), EXECUTOR)


def _is_frame(value: Binding) -> bool:
    if isinstance(value, OneOf):
        return all(map(_is_frame, value.options))
    return isinstance(value, FrameMethod) or (isinstance(value, Frame) and value.shape is not Shape.DELAY)
