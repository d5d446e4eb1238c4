"""What the module ``operator`` makes: objects that look attributes or items up, or call a method."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from . import attributes, calls, handing
from .catalogue import hand_overs
from .joining import frame_of, one_of, options
from .values import Const, Instance, Items, Operator, Value

if TYPE_CHECKING:
    from .evaluator import Evaluator

KINDS = frozenset({"attrgetter", "itemgetter", "methodcaller"})


def apply(ev: Evaluator, by: Operator, owner: Value, node: ast.expr) -> Value:
    """What ``by(owner)`` gives; ``node`` is the call."""
    if by.kind == "methodcaller":
        name, *arguments = by.arguments
        if not isinstance(name, Const) or not isinstance(name.value, str):
            return None
        return one_of(*(_called(ev, each, name.value, arguments, by, node) for each in options(owner)))
    look = _attribute if by.kind == "attrgetter" else _item
    found = tuple(look(ev, owner, key, node) for key in by.arguments)
    return found[0] if len(found) == 1 else Items(found)


def _attribute(ev: Evaluator, owner: Value, path: Value, node: ast.expr) -> Value:
    if not isinstance(path, Const) or not isinstance(path.value, str):
        return None
    for name in path.value.split("."):
        owner = attributes.attribute(ev, owner, name, node)
    return owner


def _item(ev: Evaluator, owner: Value, key: Value, node: ast.expr) -> Value:
    frame = frame_of(owner)
    if frame is not None:
        return attributes.column(frame) if isinstance(key, Const) and isinstance(key.value, str) else frame
    if isinstance(owner, Instance):
        return calls.call_method(ev, None, owner, "__getitem__", [key], {}, node)
    return attributes.item(owner, key)


def _called(ev: Evaluator, owner: Value, name: str, arguments: list[Value], by: Operator, node: ast.expr) -> Value:
    frame = frame_of(owner)
    keywords = dict(by.keywords)
    if frame is None or not isinstance(node, ast.Call):
        return calls.call_value(ev, attributes.attribute(ev, owner, name, node), arguments, keywords, node)
    func = node.func
    if hand_overs(name, frame.shape):
        # What is handed over was written where the object was made: the whole call is its place.
        place = ast.copy_location(ast.Attribute(value=func, attr=name, ctx=ast.Load()), func)
        place.end_lineno = None
        func = place
    made = ast.copy_location(ast.Call(func=func, args=[], keywords=[]), node)
    return handing.call_frame(ev, frame, name, arguments, keywords, made, _written(ev, name, node))


def _written(ev: Evaluator, name: str, node: ast.Call) -> str:
    """The receiver as a reason tells it: ``df.x.map`` of ``methodcaller("map", f)(df.x)``."""
    return f"{ev.quote(node.args[-1])}.{name}" if node.args else name
