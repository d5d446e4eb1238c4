"""Calls of library functions in code that ships."""

from __future__ import annotations

import ast
from functools import lru_cache

from .subject import ShippedCode


def library_calls(code: ShippedCode) -> list[tuple[str, ast.Call]]:
    """Each call whose function can be named (``requests.get``, ``builtins.open``), in the order of the text."""
    return code.kept(_library_calls)


def _library_calls(code: ShippedCode) -> list[tuple[str, ast.Call]]:
    named = [(code.path(node.func), node) for node in code.facts.calls]
    return [(path, node) for path, node in named if path is not None]


def under(path: str, prefixes: tuple[str, ...]) -> bool:
    """Whether ``path`` is one of ``prefixes`` or below one that ends with a dot."""
    exact, dotted = _split(prefixes)
    return path in exact or path.startswith(dotted)


@lru_cache(maxsize=64)
def _split(prefixes: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The prefixes as whole paths, and those of them that end with a dot: rules ask about every call with a few."""
    return frozenset(prefixes), tuple([prefix for prefix in prefixes if prefix.endswith(".")])
