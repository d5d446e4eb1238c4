"""Objects changed in place: values are immutable here, so the name an object hangs on is bound anew.

Two names for one list are two lists afterwards: what one gains, the other does not.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .values import Class, Const, Frame, Instance, Items, Mapping, Value, carries, one_of, sites_of

if TYPE_CHECKING:
    from .evaluator import Evaluator


def put_attribute(ev: Evaluator, node: ast.expr, owner: Value, name: str, value: Value) -> None:
    if isinstance(owner, Instance):
        state = tuple((key, held) for key, held in owner.state if key != name)
        if value is not None:
            state += ((name, value),)
        replace(ev, node, Instance(owner.of, state))
    elif isinstance(owner, Frame):
        put_item(ev, node, owner, Const(name), value)
    elif isinstance(owner, Class):
        attributes = tuple((key, held) for key, held in owner.attributes if key != name)
        replace(ev, node, Class(owner.key, owner.bases, (*attributes, (name, value))))


def put_item(ev: Evaluator, node: ast.expr, owner: Value, index: Value, value: Value) -> None:
    if isinstance(owner, Frame):
        sites = sites_of(value)
        if not sites <= owner.sites:
            replace(ev, node, Frame(owner.shape, owner.local, owner.sites | sites))
    elif isinstance(owner, Mapping):
        key = index.value if isinstance(index, Const) else None
        kept = tuple(item for item in owner.items if key is None or item[0] != key)
        if (key, value) not in owner.items:
            replace(ev, node, Mapping((*kept, (key, value))))
    elif isinstance(owner, Items):
        replace(ev, node, Items((*owner.items, value), exact=False))
    elif carries(value) and not isinstance(owner, (Instance, Class)):
        key = index.value if isinstance(index, Const) else None
        replace(ev, node, one_of(owner, Mapping(((key, value),))) if carries(owner) else Mapping(((key, value),)))


def replace(ev: Evaluator, node: ast.expr, value: Value) -> None:
    """Says that the object ``node`` leads to is now ``value``: the name at its root is bound anew."""
    if isinstance(node, ast.Name):
        ev.update(node.id, value, node.lineno)
    elif isinstance(node, ast.Attribute):
        owner = ev.eval(node.value)
        if isinstance(owner, Instance):
            put_attribute(ev, node.value, owner, node.attr, value)
    elif isinstance(node, ast.Subscript):
        owner = ev.eval(node.value)
        if isinstance(owner, (Mapping, Items)):
            put_item(ev, node.value, owner, ev.eval(node.slice), value)
