"""Whether two code objects of this Python do the same on the same lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

_NAMES = (
    *("co_name", "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_names"),
    *("co_varnames", "co_freevars", "co_cellvars"),
)
_RUN = ("co_code", "co_exceptiontable")
#: The flag of what stands in a function, which nothing reads when code runs (``inspect.CO_NESTED``).
_NESTED = 0x10


def alike(one: CodeType, other: CodeType) -> bool:
    """Whether they were compiled from the same source; decorators, which move the first line, do not count."""
    return (
        all(getattr(one, part) == getattr(other, part) for part in _RUN)
        and list(_lines(one)) == list(_lines(other))
        and _agree(one, other, alike)
    )


def mean_alike(one: CodeType, other: CodeType) -> bool:
    """Whether two code objects of one text take their names from the same places.

    Their bytecode may differ: CPython calls methods of what the rest of the cell imports by other instructions.
    """
    return _agree(one, other, mean_alike)


def _agree(one: CodeType, other: CodeType, inside: Callable[[CodeType, CodeType], bool]) -> bool:
    return (
        all(getattr(one, part) == getattr(other, part) for part in _NAMES)
        and one.co_flags | _NESTED == other.co_flags | _NESTED
        and len(one.co_consts) == len(other.co_consts)
        and all(_same(left, right, inside) for left, right in zip(one.co_consts, other.co_consts, strict=True))
    )


def _lines(code: CodeType) -> Iterator[tuple[int, int, int | None]]:
    for start, end, line in code.co_lines():
        # What runs before the body is on the first line, which is the first decorator's.
        yield start, end, None if line == code.co_firstlineno else line


def _same(one: Any, other: Any, inside: Callable[[CodeType, CodeType], bool]) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, CodeType):
        return inside(one, other)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(_same(*pair, inside) for pair in zip(one, other, strict=True))
    if isinstance(one, frozenset):
        return sorted(map(_key, one)) == sorted(map(_key, other))
    # 0.0 and -0.0 are equal and not the same; a NaN is the same and not equal.
    return repr(one) == repr(other)


def _key(constant: Any) -> tuple[str, str]:
    """Frozen sets print in an order of their own."""
    if isinstance(constant, frozenset):
        return "frozenset", repr(sorted(map(_key, constant)))
    if isinstance(constant, tuple):
        return "tuple", repr(list(map(_key, constant)))
    return type(constant).__name__, repr(constant)
