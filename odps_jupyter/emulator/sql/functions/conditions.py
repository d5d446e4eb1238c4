"""Functions that choose between values. Source: MaxCompute's documentation, "Other functions"."""

from __future__ import annotations

from collections.abc import Sequence

from odps_jupyter.emulator.sql.typed import Typed

from .model import Function as F


def _sample(arguments: Sequence[Typed]) -> str:
    """SAMPLE(x, y[, columns]): rows are hashed into x parts and the y-th is kept; without columns, at random."""
    parts, part = arguments[0].sql, arguments[1].sql
    if len(arguments) == 2:
        return f"(CAST(floor(random() * {parts}) AS BIGINT) = {part} - 1)"
    return f"(CAST(hash({', '.join(a.sql for a in arguments[2:])}) % CAST({parts} AS UBIGINT) AS BIGINT) = {part} - 1)"


CONDITIONS = (
    F("COALESCE", "T... -> T", "coalesce({all})", "coalesce(null, 2)", 2, "own"),
    F("DECODE", "T, T, S -> S", "CASE WHEN {0} IS NOT DISTINCT FROM {1} THEN {2} END", "decode(1, 1, 'a')", "a", "own"),
    F("DECODE", "T, T, S, S -> S", "CASE WHEN {0} IS NOT DISTINCT FROM {1} THEN {2} ELSE {3} END",
      "decode(2, 1, 'a', 'b')", "b", "own"),
    F("IF", "boolean, T, T -> T", "CASE WHEN {0} THEN {1} ELSE {2} END", "if(1 > 2, 'a', 'b')", "b", "own"),
    F("NULLIF", "T, T -> T", "nullif({0}, {1})", "nullif(1, 1)", None, "own"),
    F("NVL", "T, T -> T", "coalesce({0}, {1})", "nvl(null, 'x')", "x", "own"),
    F("SAMPLE", "bigint, bigint -> boolean", _sample, "sample(1, 1)", True, "own"),
    F("SAMPLE", "bigint, bigint, T... -> boolean", _sample, "sample(1, 1, 'a')", True, "own"),
)  # fmt: skip
