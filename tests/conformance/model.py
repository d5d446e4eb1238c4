"""What a program is, and what running one gives."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

#: Where no expected value is written; None is a value that a program may give.
UNSET: Any = object()

Body = Callable[..., Any]


@dataclass(frozen=True)
class Program:
    """A user's program, to be run on every backend.

    Attributes:
        name: the function's name, unique in its area.
        area: the module's name.
        body: takes sources by their names (see sources.py), and ``o`` or ``temporary`` where it needs them; returns an
            expression, a value, or a list or tuple of them.
        ordered: whether the order of the rows is part of the answer.
        expected: rows (a list of lists) or a value; ``UNSET`` where the backends are only compared with each other.
        pandas: why PyODPS's pandas backend gives something else or nothing; ``None`` where it must agree.
    """

    name: str
    area: str
    body: Body
    ordered: bool = False
    expected: Any = UNSET
    pandas: str | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(inspect.signature(self.body).parameters)

    def __str__(self) -> str:
        return f"{self.area}.{self.name}"


@overload
def program(body: Body) -> Program: ...
@overload
def program(*, ordered: bool = ..., expected: Any = ..., pandas: str | None = ...) -> Callable[[Body], Program]: ...
def program(
    body: Body | None = None, *, ordered: bool = False, expected: Any = UNSET, pandas: str | None = None
) -> Program | Callable[[Body], Program]:
    """Make a program of a function; the arguments are those of :class:`Program`.

    Raises:
        ValueError: pandas is an exception, and no expected value says what is right.
    """
    if pandas is not None and expected is UNSET:
        raise ValueError("A program that pandas cannot judge needs an expected value")

    def make(function: Body) -> Program:
        area = Path(function.__code__.co_filename).stem
        return Program(function.__name__, area, function, ordered, expected, pandas)

    return make if body is None else make(body)
