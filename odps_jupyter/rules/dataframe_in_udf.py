"""A PyODPS DataFrame or column is used in a function that runs on the executor.

An expression is a plan that only PyODPS here can execute; the executor has no PyODPS.

Example::

    orders.price.map(lambda p: p / orders.price.max())

Fix: join the two, pass the other collection with ``resources=[...]`` and the closure form, or compute the value first.
In a kernel the rows and the size of the collection decide which of the two `%odps fix` writes: a resource is read whole
by each worker.
"""

from __future__ import annotations

from collections.abc import Iterator

from odps_jupyter.analysis.values import Binding, Frame, FrameMethod, Shape

from .carried import carried, carried_bare
from .frame_fixes import instead
from .frame_joins import as_join
from .model import EXECUTOR, Diagnostic
from .subject import Subject, span_of_call

CODE, KIND = "ODP109", "dataframe-in-udf"
_KINDS = frozenset({Frame, FrameMethod})


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for span, name, found in carried(code, _frame, _KINDS):
            itself = name is not None and found == code.outside(name)
            message = _message(f"{name or code.journey.name} {'is' if itself else 'holds'}")
            rewritten = name if itself else None
            fix = instead(code, rewritten) if rewritten is not None else None
            joined = as_join(code, rewritten) if rewritten is not None else None
            others = () if joined is None else (joined,)
            yield Diagnostic(CODE, KIND, "error", span, message, (code.journey.name,), EXECUTOR, fix, others)
    for journey, _ in carried_bare(subject, _frame):
        message = _message(f"{journey.name} holds")
        yield Diagnostic(CODE, KIND, "error", span_of_call(journey), message, (journey.name,), EXECUTOR)


def _message(what: str) -> str:
    return (
        f"{what} a PyODPS expression, which the executor cannot evaluate. Join it, pass it in resources=, or execute "
        "it first and capture the value."
    )


def _frame(value: Binding) -> Binding:
    """``value``, where it is an expression, or a method of one."""
    is_frame = isinstance(value, FrameMethod) or (isinstance(value, Frame) and value.shape is not Shape.DELAY)
    return value if is_frame else None
