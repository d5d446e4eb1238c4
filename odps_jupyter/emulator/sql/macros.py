"""DuckDB macros behind conversions and functions that no single DuckDB function says.

They are temporary, so they belong to the connection and vanish with it. Names start with ``mc_``. Making one takes a
millisecond or two, so a job makes only those that its statements use.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

from .typed import quote

_NAME = re.compile(r"\bmc_\w+(?=\()")
_INTEGER = r"[+-]?[0-9]+"

_MACROS = (
    # CAST('1.6' AS BIGINT) is 1, by way of DOUBLE; an integer text keeps all its digits.
    # Text that does not start with a number is NULL, a numeric prefix counts (odps.function.strictmode=false).
    r"""mc_numeric_prefix(s) AS nullif(
        regexp_extract(trim(s), '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?'), '')""",
    rf"""mc_text_to_bigint(s) AS CASE WHEN regexp_full_match(trim(s), '{_INTEGER}') THEN CAST(trim(s) AS BIGINT)
        ELSE CAST(trunc(CAST(mc_numeric_prefix(s) AS DOUBLE)) AS BIGINT) END""",
    r"""mc_text_to_double(s) AS coalesce(TRY_CAST(trim(s) AS DOUBLE), CAST(mc_numeric_prefix(s) AS DOUBLE))""",
    r"""mc_text_to_timestamp(s) AS CASE WHEN regexp_full_match(s,
        '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?)?')
        THEN TRY_CAST(s AS TIMESTAMP) END""",
    # Java's Double.toString: 1.0E20 where DuckDB writes 1e+20.
    r"""mc_double_to_text(d) AS CASE WHEN isnan(d) THEN 'NaN' WHEN isinf(d) THEN if(d > 0, 'Infinity', '-Infinity')
        WHEN d <> 0 AND (abs(d) >= 1e7 OR abs(d) < 1e-3) THEN mc_scientific(CAST(d AS DOUBLE))
        ELSE CAST(d AS VARCHAR) END""",
    # Trailing zeros of a decimal are cut (odps.sql.decimal.tostring.trimzero, true by default).
    r"""mc_decimal_to_text(d) AS CASE WHEN strpos(CAST(d AS VARCHAR), '.') > 0
        THEN rtrim(rtrim(CAST(d AS VARCHAR), '0'), '.') ELSE CAST(d AS VARCHAR) END""",
    r"""mc_substr(s, p) AS substring(s, CASE WHEN p = 0 THEN 1 ELSE p END)""",
    r"""mc_substr_len(s, p, n) AS CASE WHEN n <= 0 THEN '' ELSE
        substring(s, CASE WHEN p = 0 THEN 1 ELSE p END, n) END""",
    # Position of the n-th occurrence at or after a start counted from 1 (from the end, if negative).
    r"""mc_instr(s, t, p, n) AS CASE WHEN s IS NULL OR t IS NULL OR p IS NULL OR n IS NULL THEN NULL ELSE coalesce(
        list_filter(range(CASE WHEN p < 0 THEN greatest(length(s) + p + 1, 1) ELSE greatest(p, 1) END, length(s) + 1),
        lambda i: substring(s, i, length(t)) = t)[n], 0) END""",
    r"""mc_element(a, i) AS CASE WHEN i >= 0 THEN a[i + 1] END""",
    r"""mc_str_to_map(s, pairs, pair) AS map_from_entries(list_transform(string_split(s, pairs), lambda p:
        {'key': split_part(p, pair, 1), 'value': nullif(substring(p, length(split_part(p, pair, 1)) + 1
        + length(pair)), '')}))""",
)


def _zoned(zone: str, stored: str) -> tuple[str, ...]:
    """Between instants, wall-clock time in the job's zone and wall-clock time in the zone of stored values."""
    job, base = quote(zone), quote(stored)
    return (
        f"mc_from_unix(n) AS timezone({job}, to_timestamp(n))",
        f"mc_to_unix(t) AS CAST(floor(epoch(timezone({job}, CAST(t AS TIMESTAMP)))) AS BIGINT)",
        f"mc_to_unix_ms(t) AS epoch_ms(timezone({job}, CAST(t AS TIMESTAMP)))",
        f"mc_to_wall(t) AS timezone({job}, timezone({base}, CAST(t AS TIMESTAMP)))",
        f"mc_to_stored(t) AS timezone({base}, timezone({job}, CAST(t AS TIMESTAMP)))",
        f"mc_now() AS date_trunc('millisecond', timezone({job}, now()))",
    )


class Macros:
    """The macros of one job, each made when a text first uses it.

    Args:
        connection: the job's connection.
        zone: time zone of the job.
        stored: time zone in which datetime columns are stored.
        prefix: begins the names of this job's Python functions, which all connections of a database share.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, zone: str, stored: str, prefix: str) -> None:
        self._connection = connection
        self._prefix = prefix
        self._texts = {m.partition("(")[0].strip(): m for m in (*_MACROS, *_zoned(zone, stored))}
        self._made: set[str] = set()

    def ready(self, sql: str) -> str:
        """Make what a text uses; answers the text with this job's names for Python functions."""
        for used in sorted(set(_NAME.findall(sql)) - self._made):
            self._made.add(used)
            if used in self._texts:
                self._connection.execute(f"CREATE OR REPLACE TEMP MACRO {self.ready(self._texts[used])}").fetchall()
            elif used in _PYTHON:
                function, returns = _PYTHON[used]
                self._connection.create_function(
                    f"{self._prefix}_{used}",
                    function,
                    None,
                    self._connection.type(returns),
                    type=PythonUDFType.ARROW,
                    null_handling=FunctionNullHandling.SPECIAL,
                )
        return _NAME.sub(lambda m: f"{self._prefix}_{m[0]}" if m[0] in _PYTHON else m[0], sql)

    def close(self) -> None:
        """Take the Python functions out of the database again."""
        for name in self._made & set(_PYTHON):
            self._connection.remove_function(f"{self._prefix}_{name}")
        self._made.clear()


_EXACT = Context(prec=76, rounding=ROUND_HALF_UP)
_SCALE = Decimal(1).scaleb(-18)


def _decimals(operation: Any) -> Any:
    def function(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.Array:
        values = []
        for a, b in zip(left.to_pylist(), right.to_pylist(), strict=True):
            value = None if a is None or b is None else operation(a, b)
            values.append(None if value is None else value.quantize(_SCALE, context=_EXACT))
        return pa.array(values, pa.decimal128(38, 18))

    return function


def _scientific(values: pa.ChunkedArray) -> pa.Array:
    texts: list[str | None] = []
    for value in values.to_pylist():
        if value is None:
            texts.append(None)
            continue
        sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
        tail = "".join(map(str, digits[1:])) or "0"
        texts.append(f"{'-' if sign else ''}{digits[0]}.{tail}E{int(exponent) + len(digits) - 1}")
    return pa.array(texts, pa.string())


# DECIMAL(38,18) * DECIMAL(38,18) has 36 decimals in DuckDB and overflows at once; a quotient becomes a DOUBLE.
_PYTHON: dict[str, tuple[Any, str]] = {
    "mc_decimal_multiply": (_decimals(_EXACT.multiply), "DECIMAL(38,18)"),
    "mc_decimal_divide": (_decimals(lambda a, b: None if b == 0 else _EXACT.divide(a, b)), "DECIMAL(38,18)"),
    "mc_scientific": (_scientific, "VARCHAR"),
}
