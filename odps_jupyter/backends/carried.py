"""The values that a living callable takes along when it is pickled, by the names its code has for them."""

from __future__ import annotations

import dis
import functools
import sys
from collections import deque
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any

#: What PyODPS's ``@output`` puts around a function, which is pickled with it (PyODPS 0.13.2).
_OUTPUT = ("odps.df.utils", "FunctionWrapper")
_GLOBALS = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})


def carried(function: Any) -> Iterator[tuple[str, Any]]:
    """Names and values, each value once: globals, variables of functions around, defaults, attributes of classes.

    Followed are functions, classes and instances of classes that the notebook defines; what a module defines travels by
    its name. Nothing of the user's is called.
    """
    seen: set[int] = set()
    waiting: deque[tuple[str, Any]] = deque([("", function)])
    while waiting:
        name, value = waiting.popleft()
        if id(value) in seen:
            continue
        seen.add(id(value))
        inside = _inside(value)
        if inside is not None:
            waiting.extend(inside)
        elif name:
            yield name, value


def _inside(value: Any) -> list[tuple[str, Any]] | None:
    """What pickling ``value`` goes on to; None where it is data."""
    if isinstance(value, MethodType):
        return [("", value.__func__), ("", value.__self__)]
    if isinstance(value, (staticmethod, classmethod)):
        return [("", value.__func__)]
    if isinstance(value, functools.partial):
        return [("", value.func), *(("", argument) for argument in value.args), *value.keywords.items()]
    if isinstance(value, FunctionType):
        return list(_of_function(value)) if _by_value(value) else []
    if isinstance(value, type):
        own = vars(value).items() if _by_value(value) else ()
        return [(name, held) for name, held in own if not isinstance(held, str)]
    if (type(value).__module__, type(value).__name__) == _OUTPUT:
        return [("", value._func)]
    # PyODPS makes classes of its expressions as it goes; they are data all the same.
    if not type(value).__module__.startswith("odps.") and _by_value(type(value)):
        return [("", type(value)), *getattr(value, "__dict__", {}).items()]
    return None


def _by_value(made: Any) -> bool:
    """Whether a function or class is pickled with all it holds: no module has it under its name."""
    module = getattr(made, "__module__", None)
    found: Any = None if module == "__main__" else sys.modules.get(module or "")
    for name in getattr(made, "__qualname__", "").split("."):
        found = getattr(found, "__dict__", {}).get(name)
    return found is not made


def _of_function(function: FunctionType) -> Iterator[tuple[str, Any]]:
    for name in _names(function.__code__):
        if name in function.__globals__:
            yield name, function.__globals__[name]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:
            continue  # bound later, or never
    positional = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    yield from zip(positional[len(positional) - len(defaults) :], defaults, strict=True)
    yield from (function.__kwdefaults__ or {}).items()


def _names(code: CodeType) -> Iterator[str]:
    """All names that a code object and those within it look up in the globals."""
    yield from (str(one.argval) for one in dis.get_instructions(code) if one.opname in _GLOBALS)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
