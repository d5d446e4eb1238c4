"""Between the instants that are stored and the wall-clock time of the job in which SQL computes, also in containers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from odps_jupyter.emulator.types import Type

from .context import Context
from .typed import name, quote

#: How one moment of a type moves, given its text.
Move = Callable[[str, Type], str]


def to_wall(text: str, kind: Type, context: Context) -> str:
    """Stored instants as wall-clock time of the job; values without any as they are."""
    return text if context.keeps_time or not _has_instants(kind) else _moved(text, kind, _wall)


def to_stored(text: str, kind: Type, context: Context) -> str:
    """Wall-clock time of the job as the instants that are stored; values without any as they are."""
    return text if context.keeps_time or not _has_instants(kind) else _moved(text, kind, _instant)


def _wall(text: str, kind: Type) -> str:
    return f"mc_to_wall_ns({text})" if kind.name == "timestamp" else f"mc_to_wall({text})"


def _instant(text: str, kind: Type) -> str:
    return f"mc_to_stored_ns({text})" if kind.name == "timestamp" else f"mc_to_stored({text})"


@cache
def _has_instants(kind: Type) -> bool:
    return kind.name in ("datetime", "timestamp") or any(_has_instants(item) for item in kind.items)


def _moved(text: str, kind: Type, move: Move, depth: int = 0) -> str:
    """The value with every moment in it moved. Each level binds a name of its own, so that lambdas may nest."""
    if not _has_instants(kind):
        return text
    if not kind.items:
        return move(text, kind)
    item = f"z{depth}$"
    if kind.name == "array":
        return f"list_transform({text}, lambda {item}: {_moved(item, kind.items[0], move, depth + 1)})"
    # The text is needed more than once below: it is computed once, into the one item of a list.
    if kind.name == "map":
        key, value = (
            _moved(f"e{depth}$.{part}", k, move, depth + 1)
            for part, k in zip(("key", "value"), kind.items, strict=True)
        )
        entries = f"list_transform(map_entries({item}), lambda e{depth}$: {{'key': {key}, 'value': {value}}})"
        # Two instants of the hour that a clock shows twice may become one key: the last wins, as in any map made here.
        whole = f"mc_map({entries})"
    else:
        fields = (
            f"{name(field)} := {_moved(f'struct_extract({item}, {quote(field)})', k, move, depth + 1)}"
            for field, k in zip(kind.fields, kind.items, strict=True)
        )
        whole = f"struct_pack({', '.join(fields)})"
    return f"list_transform([{text}], lambda {item}: CASE WHEN {item} IS NOT NULL THEN {whole} END)[1]"
