"""Attributes put on modules (``helpers.f = g``): the kernel sees them, the executor, which imports anew, does not.

They are kept under one name no program can bind, so that a cell that reads attributes of modules rests on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .values import UNBOUND, Binding, Mapping, Unbound, Value

if TYPE_CHECKING:
    from .evaluator import Evaluator

#: The name that all patches are kept under.
NAME = "."


def patch(ev: Evaluator, path: str, value: Binding) -> None:
    """``path`` ("numpy.cosh") is ``value`` from here on; :data:`UNBOUND` takes the patch away."""
    kept: tuple[tuple[object, Value], ...] = tuple(item for item in _held(ev) if item[0] != path)
    if not isinstance(value, Unbound):
        kept += ((path, value),)
    ev.result.writes[NAME] = Mapping(kept)
    if ev.activation is not None:
        ev.findings.effects = True


def patched(ev: Evaluator, owner: str, name: str) -> Binding:
    """What was put at ``owner.name``; :data:`UNBOUND` where the module still has its own."""
    held = _held(ev)
    if held:
        path = f"{owner}.{name}"
        for key, value in held:
            if key == path:
                return value
    return UNBOUND


def patched_method(ev: Evaluator, library: str, name: str) -> Value:
    """What was put under ``name`` on a class of ``library``; None where nothing was."""
    for key, value in _held(ev):
        if isinstance(key, str) and key.startswith(f"{library}.") and key.rpartition(".")[2] == name:
            return value
    return None


def _held(ev: Evaluator) -> tuple[tuple[object, Value], ...]:
    held = ev.load_global(NAME)
    return held.items if isinstance(held, Mapping) else ()
