"""Lists and dicts that hold callables or attributes."""

from __future__ import annotations

import ast
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import attributes, keys, literals
from .joining import carries, one_of
from .mutation import replace
from .values import DATA, Items, Mapping, Value

if TYPE_CHECKING:
    from .evaluator import Evaluator


def call_container(
    ev: Evaluator,
    owner: Value,
    name: str,
    arguments: Sequence[Value],
    keywords: AbstractMapping[str, Value],
    holder: ast.expr,
) -> Value:
    """``owner.name(...)`` for a list or dict; what changes the object binds the name that holds it anew."""
    if isinstance(owner, Mapping):
        return _call_mapping(ev, owner, name, arguments, keywords, holder)
    items = owner.items if isinstance(owner, Items) else ()
    exact = owner.exact if isinstance(owner, Items) else True
    first = arguments[-1] if arguments else None
    if name in ("append", "add", "insert", "appendleft") and carries(first):
        if first not in items:
            replace(ev, holder, Items((*items, first), exact and name == "append"))
    elif name in ("extend", "update") and isinstance(first, (Items, Mapping)):
        if isinstance(first, Mapping):
            replace(ev, holder, first)
        else:
            new = tuple(item for item in first.items if item not in items)
            replace(ev, holder, Items((*items, *new), exact=False))
    elif name in ("pop", "popleft", "copy"):
        return owner if name == "copy" else one_of(*items)
    elif name in ("setdefault",) and len(arguments) == 2:
        replace(ev, holder, Mapping(((keys.key_of(arguments[0]), first),)))
        return first
    return None if isinstance(owner, Items) else DATA


def _call_mapping(
    ev: Evaluator,
    owner: Mapping,
    name: str,
    arguments: Sequence[Value],
    keywords: AbstractMapping[str, Value],
    holder: ast.expr,
) -> Value:
    values = tuple(value for _, value in owner.items)
    if name == "items":
        rows = tuple(Items((literals.key(key), value)) for key, value in owner.items)
        return Items(rows, exact=all(key is not None for key, _ in owner.items))
    if name == "keys":
        return literals.keys_of(owner)
    if name == "values":
        return Items(values, exact=False)
    if name in ("get", "pop", "__getitem__", "setdefault") and arguments:
        if name == "setdefault" and len(arguments) > 1:
            key = keys.key_of(arguments[0])
            replace(ev, holder, Mapping((*owner.items, (key, arguments[1]))))
            if key is not None and not keys.found(owner, arguments[0])[0]:
                return arguments[1]
        found = attributes.item(owner, arguments[0])
        if keys.found(owner, arguments[0])[1]:
            return found
        return one_of(found, arguments[1]) if len(arguments) > 1 and carries(arguments[1]) else found
    if name == "update":
        added = list(keywords.items())
        if arguments and isinstance(arguments[0], Mapping):
            added = [*arguments[0].items, *added]  # type: ignore[list-item]
        if added:
            kept = [item for item in owner.items if item[0] not in {key for key, _ in added}]
            replace(ev, holder, Mapping((*kept, *added)))
    if name == "copy":
        return owner
    return None
