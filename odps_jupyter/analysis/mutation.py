"""Objects changed in place: values are immutable here, so the name an object hangs on is bound anew.

Two names for one list are two lists afterwards: what one gains, the other does not.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from . import attributes, patches
from .joining import carries, one_of, sites_of
from .keys import key_of
from .values import (
    DATA,
    Binding,
    Class,
    Const,
    Frame,
    Instance,
    Items,
    Literals,
    Mapping,
    Member,
    Module,
    Value,
    is_data,
)

if TYPE_CHECKING:
    from .evaluator import Evaluator


#: The attribute under which an object of a class of the notebook holds its items (``class Registry(dict)``).
ITEMS = "[]"


def put_attribute(ev: Evaluator, node: ast.expr, owner: Value, name: str, value: Value) -> None:
    if isinstance(owner, Instance):
        state = tuple((key, held) for key, held in owner.state if key != name)
        if value is not None:
            state += ((name, value),)
        replace(ev, node, Instance(owner.of, state))
    elif isinstance(owner, Frame):
        put_item(ev, node, owner, Const(name), value)
    elif isinstance(owner, Class):
        kept = tuple((key, held) for key, held in owner.attributes if key != name)
        replace(ev, node, Class(owner.key, owner.bases, (*kept, (name, value))))
    elif isinstance(owner, (Module, Member)):
        put_on_module(ev, owner, name, value, node.lineno)
    elif isinstance(owner, Mapping):
        put_item(ev, node, owner, Const(name), value)


def put_on_module(ev: Evaluator, owner: Module | Member, name: str, value: Binding, line: int) -> None:
    """``owner.name = value``; what hangs on ``__main__`` is a global name."""
    if owner.path == "__main__":
        ev.store_global(name, value, line)
    else:
        patches.patch(ev, owner.path, name, value)


def put_item(ev: Evaluator, node: ast.expr, owner: Value, index: Value, value: Value) -> None:
    if isinstance(owner, Frame):
        sites = sites_of(value)
        if not sites <= owner.sites:
            replace(ev, node, Frame(owner.shape, owner.local, owner.sites | sites))
    elif isinstance(owner, Module):
        if owner.path == "__main__" and isinstance(index, Const) and isinstance(index.value, str):
            put_on_module(ev, owner, index.value, value, node.lineno)
    elif isinstance(owner, Mapping):
        key = key_of(index)
        kept = tuple(item for item in owner.items if key is None or item[0] != key)
        if (key, value) not in owner.items:
            replace(ev, node, Mapping((*kept, (key, value))))
    elif isinstance(owner, Items):
        replace(ev, node, Items((*owner.items, value), exact=False))
    elif isinstance(owner, Literals) and not carries(value):
        replace(ev, node, DATA)
    elif isinstance(owner, Instance):
        key = key_of(index)
        held = dict(owner.state).get(ITEMS)
        kept = held.items if isinstance(held, Mapping) else ()
        if carries(value) and (key, value) not in kept:
            put_attribute(ev, node, owner, ITEMS, Mapping((*kept, (key, value))))
    elif carries(value) and not isinstance(owner, Class):
        key = key_of(index)
        replace(ev, node, one_of(owner, Mapping(((key, value),))) if carries(owner) else Mapping(((key, value),)))


def replace(ev: Evaluator, node: ast.expr, value: Value) -> None:
    """Says that the object ``node`` leads to is now ``value``: the name at its root is bound anew."""
    value = _registered(value)
    if isinstance(node, ast.Name):
        ev.update(node.id, value, node.lineno)
    elif isinstance(node, ast.Attribute):
        owner = ev.eval(node.value)
        if isinstance(owner, Instance):
            put_attribute(ev, node.value, owner, node.attr, value)
        elif isinstance(owner, Class):
            _put_on_class(ev, node, owner, value)
    elif isinstance(node, ast.Subscript):
        _replace_item(ev, node.value, node.slice, value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name, *keys = node.func.attr, *node.args
        if name == "setdefault" and keys:
            _replace_item(ev, node.func.value, keys[0], value)


def _put_on_class(ev: Evaluator, node: ast.Attribute, owner: Class, value: Value) -> None:
    """``Class.registry`` is another; where a base holds it, the base's own name is bound anew."""
    if any(key == node.attr for key, _ in owner.attributes):
        put_attribute(ev, node.value, owner, node.attr, value)
        return
    for base in owner.bases:
        if isinstance(base, Class) and attributes.lookup(base, node.attr) is not None:
            name = ev.world.scope(base.key).name
            now = ev.load_global(name)
            if isinstance(now, Class) and now.key == base.key:
                held = tuple(item for item in now.attributes if item[0] != node.attr)
                ev.store_global(name, Class(now.key, now.bases, (*held, (node.attr, value))), node.lineno)
            return


def _registered(value: Value) -> Value:
    """A list or dict as a class may hold it that the classes in it are made from: they would hold themselves."""
    if isinstance(value, Mapping) and any(isinstance(held, Class) for _, held in value.items):
        return Mapping(tuple((key, _lean(held)) for key, held in value.items))
    if isinstance(value, Items) and any(isinstance(held, Class) for held in value.items):
        return Items(tuple(map(_lean, value.items)), value.exact, value.names)
    return value


def _lean(value: Value) -> Value:
    """A class without the lists and dicts that classes register themselves in."""
    if not isinstance(value, Class):
        return value
    bases = tuple(map(_lean, value.bases))
    kept = tuple(item for item in value.attributes if not isinstance(item[1], (Mapping, Items)))
    return Class(value.key, bases, kept)


def _replace_item(ev: Evaluator, holder: ast.expr, key: ast.expr, value: Value) -> None:
    owner = ev.eval(holder)
    if isinstance(owner, (Mapping, Items)) or is_data(owner):
        put_item(ev, holder, owner, ev.eval(key), value)
