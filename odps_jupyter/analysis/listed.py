"""By which definition of the notebook a shipped callable is listed, and as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .joining import flatten
from .values import Class, DefKey, Function, Instance, Method, Partial, Value, Wrapped

if TYPE_CHECKING:
    from .world import World

Kind = Literal["function", "class", "lambda", "method"]


def listed(world: World, target: Value) -> tuple[DefKey | None, Kind]:
    """The definition that a callable is listed by as shipped; None where it is no code of the notebook."""
    if isinstance(target, Function):
        key = target.stands_for or target.key
        scope = world.scope(key)
        if scope.is_method and scope.parent is not None:
            return scope.parent.key, "class"
        return key, scope.kind
    if isinstance(target, Class):
        return target.key, "class"
    if isinstance(target, Instance):
        return target.of.key, "class"
    if isinstance(target, Method):
        owner = target.owner.of if isinstance(target.owner, Instance) else target.owner
        return owner.key, "method"
    if isinstance(target, (Partial, Wrapped)):
        inner = [found for found in flatten(target) if isinstance(found, (Function, Class, Instance, Method))]
        return listed(world, inner[0]) if inner else (None, "function")
    return None, "function"
