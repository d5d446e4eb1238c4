"""Calls of library functions in code that ships."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .subject import ShippedCode


def library_calls(code: ShippedCode) -> Iterator[tuple[str, ast.Call]]:
    """Each call whose function can be named (``requests.get``, ``builtins.open``), in the order of the text."""
    for node in code.facts.calls:
        path = code.path(node.func)
        if path is not None:
            yield path, node


def under(path: str, prefixes: tuple[str, ...]) -> bool:
    """Whether ``path`` is one of ``prefixes`` or below one that ends with a dot."""
    return any(path == prefix or (prefix.endswith(".") and path.startswith(prefix)) for prefix in prefixes)
