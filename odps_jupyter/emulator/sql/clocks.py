"""Between what is stored and what SQL computes with, also in containers: instants and the wall-clock time of the job,
CHAR(n) filled with spaces and its text alone.

The spaces of a CHAR take no part in comparisons (MaxCompute's manual, "Data type editions"): as in Hive, whose type it
is, SQL has the text without them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from odps_jupyter.emulator.types import Type

from .context import Context
from .typed import name, quote

#: How one value of a type that is stored otherwise moves, given its text.
Move = Callable[[str, Type], str]


def to_wall(text: str, kind: Type, context: Context) -> str:
    """What is stored as what SQL computes with."""
    return _moved(text, kind, _wall, not context.keeps_time)


def to_stored(text: str, kind: Type, context: Context) -> str:
    """What SQL computed as what is stored, and shown."""
    return _moved(text, kind, _instant, not context.keeps_time)


def _wall(text: str, kind: Type) -> str:
    if kind.name == "char":
        return f"rtrim({text}, ' ')"
    return f"mc_to_wall_ns({text})" if kind.name == "timestamp" else f"mc_to_wall({text})"


def _instant(text: str, kind: Type) -> str:
    if kind.name == "char":
        return f"rpad({text}, {kind.sizes[0]}, ' ')"
    return f"mc_to_stored_ns({text})" if kind.name == "timestamp" else f"mc_to_stored({text})"


@cache
def _differs(kind: Type, zoned: bool) -> bool:
    """Whether values are stored otherwise, where the job's clock is another one (``zoned``)."""
    if kind.name in ("datetime", "timestamp"):
        return zoned
    return (kind.name == "char" and bool(kind.sizes)) or any(_differs(item, zoned) for item in kind.items)


def _moved(text: str, kind: Type, move: Move, zoned: bool, depth: int = 0) -> str:
    """The value with everything in it moved. Each level binds a name of its own, so that lambdas may nest."""
    if not _differs(kind, zoned):
        return text
    if not kind.items:
        return move(text, kind)
    item = f"z{depth}$"
    if kind.name == "array":
        return f"list_transform({text}, lambda {item}: {_moved(item, kind.items[0], move, zoned, depth + 1)})"
    # The text is needed more than once below: it is computed once, into the one item of a list.
    if kind.name == "map":
        key, value = (
            _moved(f"e{depth}$.{part}", k, move, zoned, depth + 1)
            for part, k in zip(("key", "value"), kind.items, strict=True)
        )
        entries = f"list_transform(map_entries({item}), lambda e{depth}$: {{'key': {key}, 'value': {value}}})"
        # Two instants of the hour that a clock shows twice may become one key: the last wins, as in any map made here.
        whole = f"mc_map({entries})"
    else:
        fields = (
            f"{name(field)} := {_moved(f'struct_extract({item}, {quote(field)})', k, move, zoned, depth + 1)}"
            for field, k in zip(kind.fields, kind.items, strict=True)
        )
        whole = f"struct_pack({', '.join(fields)})"
    return f"list_transform([{text}], lambda {item}: CASE WHEN {item} IS NOT NULL THEN {whole} END)[1]"
