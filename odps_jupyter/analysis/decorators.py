"""What decorators make of functions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from . import calls
from .maxframe import DECORATORS
from .mutation import replace
from .values import Class, Function, Instance, Member, Opaque, Property, StaticMethod, Value, Wrapped

if TYPE_CHECKING:
    from .evaluator import Evaluator

#: Decorators that leave the function as it is for our purposes.
_TRANSPARENT = frozenset(
    {
        "odps.df.output", "odps.df.output_types", "odps.df.output_names", "functools.wraps", "functools.update_wrapper",
        "odps.udf.annotate", "typing.no_type_check", "typing.final", "typing.overload", "abc.abstractmethod",
        "builtins.abstractmethod", "dataclasses.dataclass", *DECORATORS,
    }
)  # fmt: skip


def _registers(ev: Evaluator, node: ast.expr, value: Value) -> bool:
    """Whether the decorator ``node`` gives ``value`` to a function that dispatches by type, as ``show.register``."""
    named = node.func if isinstance(node, ast.Call) else node
    if not isinstance(named, ast.Attribute) or named.attr != "register":
        return False
    owner = ev.eval(named.value)
    if not isinstance(owner, Wrapped) or not owner.by.startswith("functools.singledispatch"):
        return False
    replace(ev, named.value, Wrapped(owner.function, owner.by, (*owner.registered, value)))
    return True


def decorate(ev: Evaluator, decorator: Value, node: ast.expr, value: Value) -> Value:
    """What ``decorator`` makes of ``value``."""
    if _registers(ev, node, value):
        return value
    path = decorator.path if isinstance(decorator, Member) else None
    if isinstance(decorator, Opaque) and "." in decorator.origin:
        path = decorator.origin  # `@numba.njit(cache=True)`: what the library returned
    if path in ("builtins.staticmethod", "builtins.classmethod") and isinstance(value, Function):
        return StaticMethod(value, takes_class=path.endswith("classmethod"))
    if path in ("builtins.property", "functools.cached_property") and isinstance(value, Function):
        return Property(value)
    if isinstance(node, ast.Attribute) and node.attr in ("setter", "deleter", "getter"):
        return ev.eval(node.value)
    if path is not None:
        return value if path in _TRANSPARENT else Wrapped(value, path)
    if isinstance(decorator, (Function, Class, Instance)):
        result = calls.call_value(ev, decorator, [value], {}, node)
        if isinstance(decorator, Function):
            _keep(ev, decorator, node)
        return value if result is None else result
    return value


def _keep(ev: Evaluator, decorator: Function, node: ast.expr) -> None:
    """``@bus.on("x")``: what the function that ``on`` returned changes of its ``self`` is changed of ``bus``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    left = ev.left
    owner = ev.eval(node.func.value)
    for name, before in decorator.closure:
        if isinstance(before, Instance) and before == owner and isinstance(left.get(name), Instance):
            replace(ev, node.func.value, left[name])
