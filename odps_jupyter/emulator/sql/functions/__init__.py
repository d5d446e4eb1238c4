"""The table of MaxCompute functions: the only place that says what a call means.

A function that is not in it is an error that names it, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from odps_jupyter.emulator.sql.conversions import convert
from odps_jupyter.emulator.sql.typed import Typed, once

from .aggregates import AGGREGATES, WINDOWS
from .collections import COLLECTIONS
from .conditions import CONDITIONS
from .dates import DATES
from .maths import MATHS
from .model import ArgumentError, Function
from .strings import STRINGS

__all__ = ["ROWS", "TABLE", "ArgumentError", "Function", "choose", "render"]

ROWS: tuple[Function, ...] = (*STRINGS, *MATHS, *DATES, *COLLECTIONS, *CONDITIONS, *AGGREGATES, *WINDOWS)


def _by_name() -> Mapping[str, tuple[Function, ...]]:
    names: dict[str, list[Function]] = {}
    for row in ROWS:
        names.setdefault(row.name, []).append(row)
    return {name: tuple(rows) for name, rows in names.items()}


TABLE = _by_name()


def choose(rows: Sequence[Function], arguments: Sequence[Typed]) -> tuple[Function, tuple[Typed, ...], Typed] | None:
    """The signature that fits arguments best, the arguments brought to its types, and an empty value of its type."""
    best: tuple[int, Function, tuple[Typed, ...], Typed] | None = None
    for row in rows:
        found = row.match([a.type for a in arguments])
        if found is not None and (best is None or found[0] < best[0]):
            cost, targets, returns = found
            converted = tuple(convert(a, t) for a, t in zip(arguments, targets, strict=True))
            best = (cost, row, converted, Typed("", returns))
    return best[1:] if best else None


def render(row: Function, arguments: Sequence[Typed], distinct: str = "", over: str = "") -> str:
    """DuckDB text of a call. ``over`` is an OVER clause with a blank before it, for aggregates and window functions."""
    if row.kind != "scalar":
        return _text(row, arguments, distinct, over)

    def build(texts: Sequence[str]) -> str:
        named = [replace(a, sql=t) for a, t in zip(arguments, texts, strict=True)]
        text = _text(row, named)
        if row.nulls == "guard":
            missing = " OR ".join(f"{a.sql} IS NULL" for a in named)
            return f"CASE WHEN {missing} THEN NULL ELSE {text} END"
        return text

    return once([a.sql for a in arguments], build) if _repeats(row) else build([a.sql for a in arguments])


def _repeats(row: Function) -> bool:
    """Whether an argument may stand more than once in the text (macros are texts too)."""
    if callable(row.to) or row.nulls == "guard" or "mc_" in row.to:
        return True
    return any(row.to.count(f"{{{i}}}") > 1 for i in range(len(row.parameters)))


def _text(row: Function, arguments: Sequence[Typed], distinct: str = "", over: str = "") -> str:
    if callable(row.to):
        return row.to(arguments) if row.kind == "scalar" else row.to(arguments, distinct, over)
    texts = [a.sql for a in arguments]
    return row.to.format(*texts, all=", ".join(texts), distinct=distinct, over=over)
