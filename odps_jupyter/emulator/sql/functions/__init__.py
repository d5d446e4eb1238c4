"""The table of MaxCompute functions: the only place that says what a call means.

A function that is not in it is an error that names it, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from odps_jupyter.emulator.sql.conversions import convert
from odps_jupyter.emulator.sql.typed import Lambda, Typed, once

from .aggregates import AGGREGATES, WINDOWS
from .collections import COLLECTIONS
from .conditions import CONDITIONS, REFUSED
from .dates import DATES
from .documents import DOCUMENTS
from .encodings import ENCODINGS
from .maps import MAPS
from .maths import MATHS
from .model import ArgumentError, Function
from .regexes import REGEXES
from .sequences import SEQUENCE
from .specials import SPECIALS as READERS
from .specials import Special
from .splits import SPLITS
from .strings import STRINGS

__all__ = [
    "REFUSED",
    "ROWS",
    "SPECIAL",
    "SPECIALS",
    "TABLE",
    "ArgumentError",
    "Function",
    "Special",
    "choose",
    "render",
]

ROWS: tuple[Function, ...] = (
    *STRINGS,
    *REGEXES,
    *SPLITS,
    *ENCODINGS,
    *DOCUMENTS,
    *MATHS,
    *DATES,
    *COLLECTIONS,
    *MAPS,
    *CONDITIONS,
    *AGGREGATES,
    *WINDOWS,
)


def _by_name() -> Mapping[str, tuple[Function, ...]]:
    names: dict[str, list[Function]] = {}
    for row in ROWS:
        names.setdefault(row.name, []).append(row)
    return {name: tuple(rows) for name, rows in names.items()}


TABLE = _by_name()
SPECIALS = (*READERS, SEQUENCE)
SPECIAL = {s.name: s for s in SPECIALS}


def choose(
    rows: Sequence[Function], arguments: Sequence[Typed], *, strict: bool = False
) -> tuple[Function, tuple[Typed, ...], Typed] | None:
    """The signature that fits arguments best, the arguments brought to its types, and an empty value of its type.

    Args:
        rows: the signatures.
        arguments: as they were given.
        strict: whether what may be lost is not converted without being asked.
    """
    best: tuple[int, Function, tuple[Typed, ...], Typed] | None = None
    for row in rows:
        found = row.match([a.type for a in arguments], strict=strict)
        if found is not None and (best is None or found[0] < best[0]):
            cost, targets, returns = found
            converted = tuple(convert(a, t) for a, t in zip(arguments, targets, strict=True))
            best = (cost, row, converted, Typed("", returns))
    return best[1:] if best else None


def render(row: Function, arguments: Sequence[Typed], distinct: str = "", over: str = "", order: str = "") -> str:
    """DuckDB text of a call.

    Args:
        row: the signature.
        arguments: brought to its types.
        distinct, over, order: for aggregates and window functions; ``over`` and ``order`` have a blank before them.
    """
    if row.kind != "scalar":
        return _text(row, arguments, distinct, over, order)

    def build(texts: Sequence[str]) -> str:
        named = [replace(a, sql=t) for a, t in zip(arguments, texts, strict=True)]
        text = _text(row, named)
        if row.nulls == "guard":
            missing = " OR ".join(f"{a.sql} IS NULL" for a in named if not isinstance(a, Lambda))
            return f"CASE WHEN {missing} THEN NULL ELSE {text} END"
        return text

    texts = [a.sql for a in arguments]
    if not _repeats(row):
        return build(texts)
    values = [t for t, a in zip(texts, arguments, strict=True) if not isinstance(a, Lambda)]

    def among(changed: Sequence[str]) -> str:
        given = dict(zip(values, changed, strict=True))
        return build([given.get(t, t) for t in texts])

    return once(values, among)


def _repeats(row: Function) -> bool:
    """Whether an argument may stand more than once in the text (macros are texts too)."""
    if callable(row.to) or row.nulls == "guard" or "mc_" in row.to:
        return True
    return any(row.to.count(f"{{{i}}}") > 1 for i in range(len(row.parameters)))


def _text(row: Function, arguments: Sequence[Typed], distinct: str = "", over: str = "", order: str = "") -> str:
    if callable(row.to):
        return row.to(arguments) if row.kind == "scalar" else row.to(arguments, distinct, over)
    texts = [a.sql for a in arguments]
    return row.to.format(*texts, all=", ".join(texts), distinct=distinct, over=over, order=order)
