"""The time that functions may take before a submission is their own, not that of a busy machine around them."""

from __future__ import annotations

from typing import Any

from odps_jupyter.backends.client import executor_profile
from odps_jupyter.backends.generation import generate
from odps_jupyter.backends.proof import ROWS, Setting, prove
from odps_jupyter.backends.standins import Allowance
from odps_jupyter.backends.twin import Twin
from odps_jupyter.executor.session import Session


class Clock:
    """Tells the seconds it is set to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class LateTwin(Twin):
    """Takes longer to start a process than functions may take."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def session(self, *args: Any, **options: Any) -> Session:
        made = super().session(*args, **options)
        self._clock.now += 1000
        return made


def test_functions_are_tried_however_late_their_processes_are(iris: Any) -> None:
    clock = Clock()
    twin = LateTwin(clock)
    try:
        expr = iris.sepal_length.map(lambda x: x + 1)
        proof = prove(expr, generate(expr, ()), twin, Setting(executor_profile(), seconds=60, clock=clock))
    finally:
        twin.close()
    assert (proof.doubts, proof.failure, dict(proof.rows)) == ((), None, {"lambda": ROWS})


def test_what_functions_take_is_counted_together() -> None:
    clock = Clock()
    allowance = Allowance(10, clock)
    for seconds in (4, 5):
        with allowance.spending():
            clock.now += seconds
        clock.now += 100
    assert allowance.left == 1
