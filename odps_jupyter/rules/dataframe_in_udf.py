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

from .carried import held
from .frame_fixes import instead
from .frame_joins import as_join
from .model import EXECUTOR, Diagnostic
from .subject import Subject

CODE, KIND = "ODP109", "dataframe-in-udf"
_KINDS = frozenset({Frame, FrameMethod})


def check(subject: Subject) -> Iterator[Diagnostic]:
    for found in held(subject, _frame, _KINDS):
        fix = joined = None
        if found.itself is not None:
            fix, joined = instead(*found.itself), as_join(*found.itself)
        others = () if joined is None else (joined,)
        message, functions = _message(found.told), (found.journey.name,)
        yield Diagnostic(CODE, KIND, "error", found.span, message, functions, EXECUTOR, fix, others)


def _message(what: str) -> str:
    return (
        f"{what} a PyODPS expression, which the executor cannot evaluate. Join it, pass it in resources=, or execute "
        "it first and capture the value."
    )


def _frame(value: Binding) -> Binding:
    """``value``, where it is an expression, or a method of one."""
    is_frame = isinstance(value, FrameMethod) or (isinstance(value, Frame) and value.shape is not Shape.DELAY)
    return value if is_frame else None
