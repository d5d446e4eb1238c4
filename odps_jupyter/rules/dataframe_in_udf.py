"""A PyODPS DataFrame or column is used in a function that runs on the executor.

An expression is a plan that only PyODPS here can execute; the executor has no PyODPS.

Example::

    orders.price.map(lambda p: p / orders.price.max())

Fix: join the two, pass the other collection with ``resources=[...]`` and the closure form, or compute the value first.
"""

from __future__ import annotations

from collections.abc import Iterator

from odps_jupyter.analysis.values import Binding, Frame, FrameMethod, Shape

from .model import Diagnostic
from .subject import Subject

CODE, KIND = "ODP109", "dataframe-in-udf"


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for used in code.reads_of(_is_frame):
            message = (
                f"{used.id} is a PyODPS expression, which the executor cannot evaluate. Join it, pass it in "
                "resources=, or execute it first and capture the value."
            )
            yield code.fails(CODE, KIND, used, message)


def _is_frame(value: Binding) -> bool:
    return isinstance(value, FrameMethod) or (isinstance(value, Frame) and value.shape is not Shape.DELAY)
