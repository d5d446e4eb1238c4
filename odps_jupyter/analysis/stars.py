"""``from module import *``: what a standard module binds is known, what any other does is not."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module

from .values import Module, Value

#: Modules of the standard library that people take everything from, and whose import does nothing.
_PLAIN = frozenset(
    {
        "collections", "copy", "datetime", "decimal", "fractions", "functools", "itertools", "json", "math", "operator",
        "os", "random", "re", "statistics", "string", "time", "typing",
    }
)  # fmt: skip


@cache
def exported(path: str) -> frozenset[str]:
    """What ``from path import *`` binds, of a module whose names are known."""
    module = import_module(path)
    return frozenset(getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")]))


def giving(modules: Iterable[Value], name: str) -> Module | None:
    """The one module that a name nobody binds can be of; None where there is none, or any of several.

    ``modules`` are in the order of the imports: what the last of them binds counts.
    """
    found = [module for module in modules if isinstance(module, Module)]
    can = [module for module in found if module.path not in _PLAIN or name in exported(module.path)]
    if not can:
        return None
    last = can[-1]
    return last if last.path in _PLAIN or all(module.path == last.path for module in can) else None
