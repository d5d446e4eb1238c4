"""Running one program everywhere and holding the answers against each other."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from .backends import Backend, run
from .model import UNSET, Program
from .values import differ


@dataclass(frozen=True)
class Verdict:
    """One line of results.json; ``pandas`` and ``emulator`` are ``passed``, ``failed`` or ``exception``."""

    program: str
    area: str
    pandas: str
    emulator: str
    exception: str | None

    def entry(self) -> dict[str, Any]:
        return asdict(self)


def recorded(program: Program) -> Verdict:
    """The verdict of a program that passes: what results.json has to say of it."""
    pandas = "passed" if program.pandas is None else "exception"
    return Verdict(program.name, program.area, pandas, "passed", program.pandas)


def check(program: Program, pandas: Backend | None, others: Iterable[Backend]) -> None:
    """Run the program on every backend; ``pandas`` is ``None`` where PyODPS has no such backend for this Python.

    Raises:
        AssertionError: a backend's answer is not the expected one or not that of pandas; or pandas, named as an
            exception, gives the right answer after all.
    """
    expected = program.expected
    if pandas is None:
        assert expected is not UNSET, f"{program} names no answer, and there is nothing to compare with"
    elif program.pandas is None:
        answer = _on_pandas(program, pandas)
        if expected is UNSET:
            expected = answer
        else:
            _hold(program, pandas, answer, expected)
    else:
        _hold_exception(program, pandas)
    for backend in others:
        with warnings.catch_warnings():
            # PyODPS 0.13.2 reads frames in ways that pandas 2 deprecates.
            warnings.filterwarnings("ignore", category=FutureWarning, module=r"odps\.")
            answer = run(program, backend)
        _hold(program, backend, answer, expected)


def _on_pandas(program: Program, pandas: Backend) -> Any:
    with warnings.catch_warnings():
        # Its pandas backend does so in many places, and NumPy warns of what SQL answers with NULL.
        warnings.simplefilter("ignore")
        return run(program, pandas)


def _hold(program: Program, backend: Backend, answer: Any, expected: Any) -> None:
    reason = differ(answer, expected, ordered=program.ordered)
    assert reason is None, f"{program} on {backend.name}: {reason}"


def _hold_exception(program: Program, pandas: Backend) -> None:
    try:
        answer = _on_pandas(program, pandas)
    except Exception:  # noqa: BLE001 - whatever PyODPS's backend raises is the exception that the program names
        return
    same = differ(answer, program.expected, ordered=program.ordered) is None
    assert not same, f"{program} is right on pandas: it is no exception ({program.pandas})"
