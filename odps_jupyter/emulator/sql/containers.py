"""Conversions of arrays, maps and structs: item by item, by the rules of the items.

DuckDB's own CAST of a container would convert the items by DuckDB's rules: round numbers, keep texts that are too long.
"""

from __future__ import annotations

from collections.abc import Callable

from odps_jupyter.emulator.types import TEXTS, Type

from .typed import name, quote

#: From the text of a value, its type and another one to the text of the value in that type.
Cast = Callable[[str, Type, Type], str]


def converted(sql: str, source: Type, target: Type, cast: Cast) -> str:
    """A container's value in another type of the same kind."""
    if _is_alike(source, target):
        return sql
    if source.name == "array":
        return f"list_transform({sql}, lambda c$: {cast('c$', source.items[0], target.items[0])})"
    if source.name == "map":
        key, value = (
            cast(f"c$.{part}", one, other)
            for part, one, other in zip(("key", "value"), source.items, target.items, strict=True)
        )
        # Keys that were different may be the same now.
        return f"mc_map(list_transform(map_entries({sql}), lambda c$: {{'key': {key}, 'value': {value}}}))"
    fields = (
        f"{name(made)} := {cast(f'struct_extract(c$, {quote(given)})', one, other)}"
        for given, made, one, other in zip(source.fields, target.fields, source.items, target.items, strict=True)
    )
    whole = f"CASE WHEN c$ IS NULL THEN NULL ELSE struct_pack({', '.join(fields)}) END"
    return f"list_transform([{sql}], lambda c$: {whole})[1]"


def _is_alike(source: Type, target: Type) -> bool:
    """Whether every value of the one type is one of the other, in the same form."""
    if source == target:
        return True
    if source.name in TEXTS and target.name in TEXTS:
        # A CHAR is its text alone here: see ``clocks``.
        room = target.sizes[0] if target.sizes else None
        return target.name != "char" and (room is None or bool(source.sizes and source.sizes[0] <= room))
    same = source.name == target.name and source.fields == target.fields and len(source.items) == len(target.items)
    return bool(source.items) and same and all(map(_is_alike, source.items, target.items))
