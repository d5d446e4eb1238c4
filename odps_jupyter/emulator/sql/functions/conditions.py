"""Functions that choose between values, and what has no family. Source: MaxCompute's manual, "Other functions"."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from odps_jupyter.emulator.sql.typed import Typed

from .model import Function as F
from .model import Nulls


def _sample(arguments: Sequence[Typed]) -> str:
    """SAMPLE(x, y[, columns]): rows are hashed into x parts and the y-th is kept; without columns, at random."""
    parts, part = arguments[0].sql, arguments[1].sql if len(arguments) > 1 else "1"
    if len(arguments) <= 2:
        return f"(CAST(floor(random() * {parts}) AS BIGINT) = {part} - 1)"
    return f"(CAST(hash({', '.join(a.sql for a in arguments[2:])}) % CAST({parts} AS UBIGINT) AS BIGINT) = {part} - 1)"


def _least(arguments: Sequence[Typed]) -> str:
    """NULL is the smallest value."""
    missing = " OR ".join(f"{a.sql} IS NULL" for a in arguments)
    return f"CASE WHEN {missing} THEN NULL ELSE least({', '.join(a.sql for a in arguments)}) END"


def _greatest(nulls: Nulls, *, hive: bool) -> tuple[F, ...]:
    """NULL is the smallest value; with Hive's meaning any NULL makes it NULL (its manual, "GREATEST")."""
    rows = (
        ("T, T... -> T", "greatest(1, 3, 2)", 3),
        ("datetime, datetime... -> datetime",
         "greatest('2024-01-01 00:00:00', datetime '2023-01-01 00:00:00') = datetime '2024-01-01 00:00:00'", True),
        # DECIMAL, DOUBLE, BIGINT and STRING are compared as DECIMAL (its manual, "GREATEST").
        ("decimal, decimal... -> decimal", "greatest(2.5, 5, 3.14BD, '9.9')", Decimal("9.9")),
        ("double, double... -> double", "greatest('10', 9)", 10.0),
    )  # fmt: skip
    return tuple(F("GREATEST", s, "greatest({all})", e, v, nulls, hive=hive) for s, e, v in rows)


def _ordinal(arguments: Sequence[Typed]) -> str:
    return f"list_sort([{', '.join(a.sql for a in arguments[1:])}], 'ASC', 'NULLS FIRST')[{arguments[0].sql}]"


CONDITIONS = (
    F("COALESCE", "T... -> T", "coalesce({all})", "coalesce(null, 2)", 2, "own"),
    *_greatest("own", hive=False),
    *_greatest("guard", hive=True),
    F("IF", "boolean, T, T -> T", "CASE WHEN {0} THEN {1} ELSE {2} END", "if(1 > 2, 'a', 'b')", "b", "own"),
    F("LEAST", "T, T... -> T", _least, "least(3, 1, 2)", 1),
    F("LEAST", "datetime, datetime... -> datetime", _least,
      "least('2024-01-01 00:00:00', datetime '2023-01-01 00:00:00') = datetime '2023-01-01 00:00:00'", True, "own"),
    F("LEAST", "decimal, decimal... -> decimal", _least, "least('10.5', 1.5BD, 9.25)", Decimal("1.5")),
    F("LEAST", "double, double... -> double", _least, "least('10', 9)", 9.0),
    F("NULLIF", "T, T -> T", "nullif({0}, {1})", "nullif(1, 1)", None, "own"),
    F("NVL", "T, T -> T", "coalesce({0}, {1})", "nvl(null, 'x')", "x", "own"),
    F("NVL2", "A, T, T -> T", "CASE WHEN {0} IS NOT NULL THEN {1} ELSE {2} END", "nvl2(1, 'x', 'y')", "x", "own"),
    F("ORDINAL", "bigint, T... -> T", _ordinal, "ordinal(3, 1, 3, 2, 5, 2, 4, 6)", 2, "own"),
    F("SAMPLE", "bigint -> boolean", _sample, "sample(1)", True, "own"),
    F("SAMPLE", "bigint, bigint -> boolean", _sample, "sample(1, 1)", True, "own"),
    F("SAMPLE", "bigint, bigint, A... -> boolean", _sample, "sample(1, 1, 'a', 2)", True, "own"),
    F("UNIQUE_ID", "-> string", "(CAST(uuid() AS VARCHAR) || '_1')", "length(unique_id())", 38),
    F("UUID", "-> string", "CAST(uuid() AS VARCHAR)", "length(uuid())", 36),
)  # fmt: skip

REFUSED = {
    "HASH": "how it computes its value is not documented",
    "SYM_ENCRYPT": "its result is not documented byte by byte",
    "SYM_DECRYPT": "its input is not documented byte by byte",
    "GET_IDCARD_AGE": "which numbers it takes for valid is not documented",
    "GET_IDCARD_BIRTHDAY": "which numbers it takes for valid is not documented",
    "GET_IDCARD_SEX": "which numbers it takes for valid is not documented",
    "GET_USER_ID": "the embedded service has no accounts",
    "USER_ID": "the embedded service has no accounts",
    "IP2REGION": "its data is not public",
    "NUMERIC_HISTOGRAM": "which values it merges is not documented",
}
"""Functions of MaxCompute that are left out, each with the reason its error gives."""
