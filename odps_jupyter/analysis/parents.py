"""``super()``: what a method of a class of the notebook finds in the classes behind its own.

The order of the classes is Python's for every hierarchy but those that Python refuses (data model, "super").
"""

from __future__ import annotations

import ast
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import attributes, calls
from .values import UNBOUND, Class, Function, Instance, Member, Method, StaticMethod, Value

if TYPE_CHECKING:
    from .evaluator import Evaluator


def is_super(ev: Evaluator, node: ast.expr) -> bool:
    """Whether ``node`` is ``super()``, or ``super(Class, self)``, in a method."""
    if node.__class__ is not ast.Call or ev.activation is None:
        return False
    assert isinstance(node, ast.Call)
    if not isinstance(node.func, ast.Name) or node.func.id != "super" or not ev.activation.scope.is_method:
        return False
    return ev.load_or_unbound("super") == Member("builtins", "super")


def inherited(ev: Evaluator, name: str, node: ast.expr) -> Value:
    """``super().name``, bound to the object at hand; None where no class of the notebook has it."""
    found = _found(ev, name)
    if found is None:
        return None
    owner, value = found
    if isinstance(owner, Instance):
        return attributes.bind(ev, owner, value, name, node)
    if isinstance(value, StaticMethod):
        return Method(owner, value.function, name) if value.takes_class else value.function
    return value


def call_inherited(
    ev: Evaluator, name: str, arguments: Sequence[Value], keywords: AbstractMapping[str, Value], node: ast.Call
) -> Value:
    """``super().name(...)``; what it makes of the object is what the method goes on with."""
    found = _found(ev, name)
    if found is None and name in ("__new__", "__init__") and ev.making is not None:
        return ev.making if name == "__new__" else None
    if found is None:
        return calls.call_value(ev, None, arguments, keywords, node)
    owner, value = found
    if not isinstance(owner, Instance) or not isinstance(value, Function):
        return calls.call_value(ev, inherited(ev, name, node), arguments, keywords, node)
    calls.note(ev, value, node)
    result, changed = ev.call_on(value, owner, arguments, keywords.items())
    if changed != owner:
        ev.update(_first(ev), changed, node.lineno)
    return result


def _found(ev: Evaluator, name: str) -> tuple[Instance | Class, Value] | None:
    """The object of the method being followed, and ``name`` as the first class behind the method's own has it."""
    assert ev.activation is not None
    scope = ev.activation.scope
    owner = ev.load_or_unbound(_first(ev)) if scope.parameters else UNBOUND
    if not isinstance(owner, (Instance, Class)) or scope.parent is None:
        return None
    order = _order(owner.of if isinstance(owner, Instance) else owner)
    at = next((place for place, of in enumerate(order) if of.key == scope.parent.key), len(order))
    for of in order[at + 1 :]:
        for key, value in of.attributes:
            if key == name:
                return owner, value
    return None


def _first(ev: Evaluator) -> str:
    """The parameter that holds the object: ``self`` or ``cls``."""
    assert ev.activation is not None
    return ev.activation.scope.parameters[0]


def _order(of: Class) -> list[Class]:
    """``of`` and its bases of the notebook in the order in which attributes are looked up."""
    found: list[Class] = []
    waiting = [of]
    while waiting and len(found) < 64:
        first = waiting.pop(0)
        found.append(first)
        waiting = [base for base in first.bases if isinstance(base, Class)] + waiting
    # A base that several classes share comes behind all of them.
    return [each for place, each in enumerate(found) if all(later.key != each.key for later in found[place + 1 :])]
