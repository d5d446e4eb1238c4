"""A PyODPS DataFrame or column is used in a function that runs on the executor.

An expression is a plan that only PyODPS here can execute; the executor has no PyODPS.

Example::

    orders.price.map(lambda p: p / orders.price.max())

Fix: join the two, pass the other collection with ``resources=[...]`` and the closure form, or compute the value first.
"""

from __future__ import annotations

from collections.abc import Iterator

from odps_jupyter.analysis.values import Binding, Frame, FrameMethod, Shape

from .carried import carried
from .frame_fixes import instead
from .model import EXECUTOR, Diagnostic
from .subject import Subject

CODE, KIND = "ODP109", "dataframe-in-udf"


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for span, name, found in carried(code, _frame):
            itself = name is not None and found == code.outside(name)
            message = (
                f"{name or code.journey.name} {'is' if itself else 'holds'} a PyODPS expression, which the executor "
                "cannot evaluate. Join it, pass it in resources=, or execute it first and capture the value."
            )
            fix = instead(code, name) if name is not None and itself else None
            yield Diagnostic(CODE, KIND, "error", span, message, (code.journey.name,), EXECUTOR, fix)


def _frame(value: Binding) -> Binding:
    """``value``, where it is an expression, or a method of one."""
    is_frame = isinstance(value, FrameMethod) or (isinstance(value, Frame) and value.shape is not Shape.DELAY)
    return value if is_frame else None
