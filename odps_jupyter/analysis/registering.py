"""What runs when a class is made: the hook of its bases, and its metaclass. Both are where plugins register themselves.

The order is Python's (data model, "Customizing class creation"): ``__new__`` of the metaclass, in it
``__init_subclass__`` of the bases, then ``__init__`` of the metaclass.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping as AbstractMapping
from typing import TYPE_CHECKING

from . import calls, following
from .attributes import lookup
from .values import METACLASS, Class, Const, Function, Items, Mapping, StaticMethod, Value

if TYPE_CHECKING:
    from .evaluator import Evaluator


def made(ev: Evaluator, node: ast.ClassDef, of: Class, keywords: AbstractMapping[str, Value]) -> Class:
    """``of`` after what its bases and its metaclass do with it."""
    meta = keywords.get("metaclass", lookup(of, METACLASS))
    hook = next((found for base in of.bases if (found := _hook(base)) is not None), None)
    if not isinstance(meta, Class):
        return of if hook is None else _called(ev, node, hook, of, keywords)
    of = Class(of.key, of.bases, (*[item for item in of.attributes if item[0] != METACLASS], (METACLASS, meta)))
    arguments = (Const(node.name), Items(of.bases), Mapping(of.attributes))
    new, initialise = lookup(meta, "__new__"), lookup(meta, "__init__")
    if isinstance(new, Function):
        of = _made_by(ev, node, new, of, (meta, *arguments), keywords)
    if hook is not None:
        of = _called(ev, node, hook, of, keywords)
    if isinstance(initialise, Function):
        of = _made_by(ev, node, initialise, of, (of, *arguments), keywords)
    return of


def _hook(base: Value) -> Function | None:
    found = lookup(base, "__init_subclass__") if isinstance(base, Class) else None
    if isinstance(found, StaticMethod):
        found = found.function
    return found if isinstance(found, Function) else None


def _called(
    ev: Evaluator, node: ast.ClassDef, hook: Function, of: Class, keywords: AbstractMapping[str, Value]
) -> Class:
    _begins(ev, node, hook)
    return _grown(of, ev.call_on(hook, of, (), _own(keywords))[1])


def _made_by(
    ev: Evaluator,
    node: ast.ClassDef,
    hook: Function,
    of: Class,
    arguments: tuple[Value, ...],
    keywords: AbstractMapping[str, Value],
) -> Class:
    """``of`` after a method of its metaclass: what that returns, or makes of the class it is given first."""
    _begins(ev, node, hook)
    outer, ev.making = ev.making, of
    try:
        result, changed = following.invoke(ev, hook, arguments, tuple(_own(keywords)))
    finally:
        ev.making = outer
    return _grown(of, changed if result is None else result)


def _begins(ev: Evaluator, node: ast.ClassDef, hook: Function) -> None:
    calls.note(ev, hook, node)
    # The names and keywords it is given are the keys that classes are filed under.
    ev.world.scope(hook.key).follows = True


def _own(keywords: AbstractMapping[str, Value]) -> list[tuple[str, Value]]:
    return [(name, value) for name, value in keywords.items() if name != "metaclass"]


def _grown(of: Class, changed: Value) -> Class:
    """``of`` with the attributes that a hook put on it."""
    if not isinstance(changed, Class) or changed.key != of.key:
        return of
    held = dict(of.attributes)
    new = tuple([item for item in changed.attributes if item[0] not in held or held[item[0]] is not item[1]])
    names = {name for name, _ in new}
    return Class(of.key, of.bases, (*[item for item in of.attributes if item[0] not in names], *new)) if new else of
