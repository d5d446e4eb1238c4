"""Objects seen by their fields: data classes and named tuples copied with others, and what makes dicts of them."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from typing import TYPE_CHECKING

from .joining import any_carries
from .values import DATA, Instance, Items, Mapping, Value, is_data

if TYPE_CHECKING:
    from .evaluator import Evaluator

#: Functions of the standard library that copy an object with some of its fields changed.
REPLACING = frozenset({"dataclasses.replace", "copy.replace"})
#: Methods of a named tuple.
METHODS = frozenset({"_replace", "_asdict"})


def replaced(value: Value, fields: AbstractMapping[str, Value]) -> Value:
    """A copy of ``value`` with these fields."""
    if isinstance(value, Instance):
        state = {**dict(value.state), **fields}
        return Instance(value.of, tuple((name, held) for name, held in state.items() if held is not None))
    if isinstance(value, Items) and value.names:
        held = zip(value.names, value.items, strict=True)
        return Items(tuple(fields.get(name, item) for name, item in held), names=value.names)
    if is_data(value):
        return Mapping(tuple(fields.items())) if any_carries(fields.values()) else DATA
    return value if isinstance(value, (Items, Mapping)) else None


def as_dict(value: Value) -> Value:
    """The fields by their names: ``asdict(value)``, ``vars(value)``."""
    if isinstance(value, Instance):
        held = dict[object, Value](value.state)
    elif isinstance(value, Items) and value.names:
        held = dict[object, Value](zip(value.names, value.items, strict=True))
    else:
        return value if isinstance(value, Mapping) or is_data(value) else None
    return Mapping(tuple(held.items())) if any_carries(held.values()) else DATA


def as_tuple(ev: Evaluator, value: Value) -> Value:
    """The fields of a data class in their order."""
    if not isinstance(value, Instance):
        return None
    state = dict(value.state)
    return Items(tuple(state.get(name) for name in ev.world.scope(value.of.key).fields))


def call(value: Value, method: str, fields: AbstractMapping[str, Value]) -> Value:
    """A named tuple's method of :data:`METHODS`."""
    return replaced(value, fields) if method == "_replace" else as_dict(value)
