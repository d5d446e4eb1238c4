"""What comprehensions evaluate to: their targets are names of their own."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .attributes import each_of, iterate, rounds, together
from .joining import carries
from .keys import key_of
from .values import DATA, Items, Mapping, Value

if TYPE_CHECKING:
    from .evaluator import Evaluator


def comprehension(ev: Evaluator, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    """What a comprehension makes: by rounds where each is known, or once for all of them."""
    first = node.generators[0]
    if len(node.generators) == 1 and not first.ifs and not isinstance(node, (ast.SetComp, ast.GeneratorExp)):
        each = ev.by_rounds(rounds(ev.eval(first.iter)))
        if each:
            return _by_rounds(ev, node, first.target, each)
    overlay: dict[str, Value] = {}
    entered = 0
    try:
        for generator in node.generators:
            source = each_of(ev, ev.eval(generator.iter), generator.iter)
            if not entered:
                ev.overlays.append(overlay)
                entered = 1
            _bind_target(overlay, generator.target, source)
            for condition in generator.ifs:
                ev.eval(condition)
        if isinstance(node, ast.DictComp):
            key, value = ev.eval(node.key), ev.eval(node.value)
            if not carries(value):
                return DATA
            return Mapping(((key_of(key), value),))
        element = ev.eval(node.elt)
    finally:
        if entered:
            ev.overlays.pop()
    return Items((element,), exact=False) if carries(element) else DATA


def _by_rounds(ev: Evaluator, node: ast.ListComp | ast.DictComp, target: ast.expr, each: Sequence[Value]) -> Value:
    items: list[tuple[object, Value]] = []
    for value in each:
        overlay: dict[str, Value] = {}
        _bind_target(overlay, target, value)
        ev.overlays.append(overlay)
        try:
            key = ev.eval(node.key) if isinstance(node, ast.DictComp) else None
            made = ev.eval(node.value if isinstance(node, ast.DictComp) else node.elt)
        finally:
            ev.overlays.pop()
        items.append((key_of(key), made))
    if not any(carries(made) for _, made in items):
        return DATA
    return Mapping(tuple(items)) if isinstance(node, ast.DictComp) else Items(tuple(made for _, made in items))


def _bind_target(overlay: dict[str, Value], target: ast.expr, value: Value) -> None:
    if isinstance(target, ast.Name):
        overlay[target.id] = value
    elif isinstance(target, (ast.Tuple, ast.List)):
        value = together(value, len(target.elts))
        exact = isinstance(value, Items) and value.exact and len(value.items) == len(target.elts)
        for position, part in enumerate(target.elts):
            held = value.items[position] if exact and isinstance(value, Items) else iterate(value)
            _bind_target(overlay, part, held)
    elif isinstance(target, ast.Starred):
        _bind_target(overlay, target.value, None)
