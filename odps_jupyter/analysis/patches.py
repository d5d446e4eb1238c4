"""Attributes put on modules (``helpers.f = g``): the kernel sees them, the executor, which imports anew, does not.

They are kept under names no program can bind, one for each thing that something was put on, so that a cell that reads
attributes of a module rests on what was put on that module alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .values import UNBOUND, Binding, Mapping, Unbound, Value

if TYPE_CHECKING:
    from .evaluator import Evaluator


def patch(ev: Evaluator, owner: str, name: str, value: Binding) -> None:
    """``owner.name`` ("numpy", "cosh") is ``value`` from here on; :data:`UNBOUND` takes the patch away."""
    _put(ev, f".{owner}", name, value)
    library, _, rest = owner.partition(".")
    if rest.rpartition(".")[2][:1].isupper():
        # A class, by its name: its objects have the method whatever path the class was reached by.
        _put(ev, f"..{library}", name, value)
    if ev.activation is not None:
        ev.findings.effects = True


def _put(ev: Evaluator, where: str, name: str, value: Binding) -> None:
    kept: tuple[tuple[object, Value], ...] = tuple(item for item in _held(ev, where) if item[0] != name)
    if not isinstance(value, Unbound):
        kept += ((name, value),)
    ev.result.writes[where] = Mapping(kept)


def patched(ev: Evaluator, owner: str, name: str) -> Binding:
    """What was put at ``owner.name``; :data:`UNBOUND` where the module still has its own."""
    for key, value in _held(ev, f".{owner}"):
        if key == name:
            return value
    return UNBOUND


def patched_method(ev: Evaluator, library: str, name: str) -> Value:
    """What was put under ``name`` on a class of ``library``; None where nothing was."""
    for key, value in _held(ev, f"..{library}"):
        if key == name:
            return value
    return None


def _held(ev: Evaluator, where: str) -> tuple[tuple[object, Value], ...]:
    held = ev.load_global(where)
    return held.items if isinstance(held, Mapping) else ()
