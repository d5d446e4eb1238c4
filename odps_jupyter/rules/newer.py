"""What in a body needs a newer Python than the executor has, found with vermin.

vermin reads a body again and asks its tables anew for each, some 3 ms; few bodies hold a name that any answer could be
about. Those that hold none are not shown to it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from odps_jupyter.analysis.minimums import Contradiction, lacking

from .facts import Facts

#: From here on a body that a Python of the same version parses holds no syntax that needs a newer one, and what is
#: left are names. Older executors lack syntax that any body may hold.
_NAMES_ALONE = (3, 11)
#: Roots of members that need not be named: vermin knows the type of a literal.
_LITERALS = frozenset({"str", "bytes", "bytearray", "dict", "list", "set", "tuple", "int", "float", "complex", "bool"})
_OF_TEXTS = frozenset({"removeprefix", "removesuffix"})
#: What the type codes and error handlers of, which are texts, are newer than the names.
_BY_TEXT = frozenset({"array", "codecs"})


def may_need_newer(facts: Facts, python: tuple[int, int]) -> bool:
    """Whether :func:`newer` could find anything in a body."""
    if python < _NAMES_ALONE or sys.version_info[:2] > python:
        return True
    names = facts.names
    if not names.isdisjoint(_BY_TEXT):
        return True
    hot = _hot(python)
    return any(not hot[name] or not names.isdisjoint(hot[name]) for name in names & hot.keys())


@cache
def _hot(python: tuple[int, int]) -> Mapping[str, frozenset[str]]:
    """By last name the first names of what ``python`` lacks; none where the last name says enough."""
    from vermin import Config
    from vermin.rules import KWARGS_REQS, MOD_MEM_REQS, MOD_REQS

    config = Config()
    found: dict[str, set[str]] = {}
    for path, (_, three) in (*MOD_REQS(config).items(), *MOD_MEM_REQS(config).items()):
        if _lacks(python, three):
            root, last = path.partition(".")[0], path.rpartition(".")[2]
            found.setdefault(last, set()).add("" if root == last or root in _LITERALS else root)
    for (function, keyword), (_, three) in KWARGS_REQS(config).items():
        if _lacks(python, three):
            root = function.partition(".")[0]
            found.setdefault(keyword, set()).add("" if root in _LITERALS else root)
    return {last: frozenset[str]() if "" in roots else frozenset(roots) for last, roots in found.items()}


def _lacks(python: tuple[int, int], needed: tuple[int, int] | None) -> bool:
    return needed is None or needed > python


@lru_cache(maxsize=4096)
def newer(source: str, python: tuple[int, int]) -> tuple[tuple[int, str], ...]:
    """Lines of ``source``, from 1, that need a newer Python, and what does."""
    try:
        found = dict(lacking(source, python))
    except Contradiction:
        return ()
    for line, what in _methods_of_texts(source, python):
        found.setdefault(line, what)
    return tuple(sorted(found.items()))


def _methods_of_texts(source: str, python: tuple[int, int]) -> Iterator[tuple[int, str]]:
    """Calls of methods by names that texts alone have, where vermin cannot know that the value is one (PEP 616)."""
    if python >= (3, 9) or not any(f".{name}(" in source for name in _OF_TEXTS):
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or len(node.args) != 1:
            continue
        name, owner = node.func.attr, node.func.value
        # `series.str.removeprefix` is of pandas, `self.removeprefix` the user's own.
        of_another = isinstance(owner, ast.Attribute) and owner.attr == "str"
        own = isinstance(owner, ast.Name) and owner.id in ("self", "cls")
        if name in _OF_TEXTS and not of_another and not own and repr(name) not in source.replace('"', "'"):
            yield node.func.end_lineno or node.lineno, f"'str.{name}' member"
