"""Date and time functions, on wall-clock time in the job's zone. Source: MaxCompute's manual, "Date functions"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from odps_jupyter.emulator.sql.conversions import convert
from odps_jupyter.emulator.sql.typed import Typed
from odps_jupyter.emulator.types import STRING

from .model import Function as F
from .model import constant_text
from .patterns import date_unit, java_format, strftime_format

Build = Callable[[Sequence[Typed]], str]


def _unit(template: str, position: int) -> Build:
    """``{unit}`` is the date part named by the argument at a position."""

    def build(arguments: Sequence[Typed]) -> str:
        unit = date_unit(constant_text(arguments[position], "the date part"))
        return template.format(*(a.sql for a in arguments), unit=unit)

    return build


def _format(template: str, position: int = 1, read: Callable[[str], str] = strftime_format) -> Build:
    """``{format}`` is DuckDB's form of the date format at a position."""

    def build(arguments: Sequence[Typed]) -> str:
        return template.format(
            *(a.sql for a in arguments), format=read(constant_text(arguments[position], "the format"))
        )

    return build


def _dateadd(kind: str) -> Build:
    def build(arguments: Sequence[Typed]) -> str:
        unit = date_unit(constant_text(arguments[2], "the date part"))
        amount = f"CAST({arguments[1].sql} AS {'BIGINT' if unit not in ('day', 'month', 'year') else 'INTEGER'})"
        return f"CAST(({arguments[0].sql} + to_{unit}s({amount})) AS {kind})"

    return build


_DAY = "datetime '2024-02-28 13:14:15'"
_AT = datetime

DATES = (
    F("ADD_MONTHS", "datetime, bigint -> string", "strftime({0} + to_months(CAST({1} AS INTEGER)), '%Y-%m-%d')",
      f"add_months({_DAY}, 1)", "2024-03-28"),
    F("DATEADD", "date, bigint, string -> date", _dateadd("DATE"), "dateadd(date '2024-01-31', 1, 'mm')", date(2024, 2,
      29)),
    F("DATEADD", "datetime, bigint, string -> datetime", _dateadd("TIMESTAMP"), f"dateadd({_DAY}, -1, 'hh')",
      _AT(2024, 2, 28, 12, 14, 15)),
    F("DATEADD", "timestamp, bigint, string -> timestamp", _dateadd("TIMESTAMP_NS"),
      "cast(dateadd(timestamp '2024-02-28 13:14:15', 1, 'dd') as datetime)", _AT(2024, 2, 29, 13, 14, 15)),
    F("DATEDIFF", "datetime, datetime -> bigint", "date_diff('day', {1}, {0})",
      "datediff(datetime '2024-03-01 00:00:00', datetime '2024-02-28 23:00:00')", 2),
    F("DATEDIFF", "datetime, datetime, string -> bigint", _unit("date_diff('{unit}', {1}, {0})", 2),
      "datediff(datetime '2024-03-01 00:00:00', datetime '2024-02-28 23:00:00', 'mm')", 1),
    F("DATEPART", "datetime, string -> bigint", _unit("date_part('{unit}', {0})", 1), f"datepart({_DAY}, 'mi')", 14),
    F("DATETRUNC", "date, string -> date", _unit("CAST(date_trunc('{unit}', {0}) AS DATE)", 1),
      "datetrunc(date '2024-02-28', 'mm')", date(2024, 2, 1)),
    F("DATETRUNC", "datetime, string -> datetime", _unit("CAST(date_trunc('{unit}', {0}) AS TIMESTAMP)", 1),
      f"datetrunc({_DAY}, 'hh')", _AT(2024, 2, 28, 13)),
    F("DATE_ADD", "date, bigint -> date", "({0} + CAST({1} AS INTEGER))", "date_add(date '2024-02-28', 2)", date(2024,
      3, 1)),
    F("DATE_SUB", "date, bigint -> date", "({0} - CAST({1} AS INTEGER))", "date_sub(date '2024-03-01', 2)", date(2024,
      2, 28)),
    F("DATE_FORMAT", "datetime, string -> string", _format("strftime({0}, {format})", 1, java_format),
      f"date_format({_DAY}, 'yyyy/MM/dd HH:mm')", "2024/02/28 13:14"),
    F("DAY", "datetime -> bigint", "day({0})", f"day({_DAY})", 28),
    F("DAYOFMONTH", "datetime -> bigint", "day({0})", f"dayofmonth({_DAY})", 28),
    F("DAYOFWEEK", "datetime -> bigint", "(dayofweek({0}) + 1)", f"dayofweek({_DAY})", 4),
    F("DAYOFYEAR", "datetime -> bigint", "dayofyear({0})", f"dayofyear({_DAY})", 59),
    F("FROM_UNIXTIME", "bigint -> datetime", "mc_from_unix({0})", "from_unixtime(0)", _AT(1970, 1, 1)),
    F("HOUR", "datetime -> bigint", "hour({0})", f"hour({_DAY})", 13),
    F("ISDATE", "string, string -> boolean", _format("(try_strptime({0}, {format}) IS NOT NULL)"),
      "isdate('2024-02-30', 'yyyy-mm-dd')", False, "own"),
    F("LASTDAY", "datetime -> datetime", "CAST(last_day({0}) AS TIMESTAMP)", f"lastday({_DAY})", _AT(2024, 2, 29)),
    F("LAST_DAY", "datetime -> string", "strftime(last_day({0}), '%Y-%m-%d')", f"last_day({_DAY})", "2024-02-29"),
    F("MINUTE", "datetime -> bigint", "minute({0})", f"minute({_DAY})", 14),
    F("MONTH", "datetime -> bigint", "month({0})", f"month({_DAY})", 2),
    F("MONTHS_BETWEEN", "datetime, datetime -> double",
      "CASE WHEN day({0}) = day({1}) OR (last_day({0}) = CAST({0} AS DATE) AND last_day({1}) = CAST({1} AS DATE))"
      " THEN CAST((year({0}) - year({1})) * 12 + month({0}) - month({1}) AS DOUBLE)"
      " ELSE round((year({0}) - year({1})) * 12 + month({0}) - month({1})"
      " + (epoch({0} - date_trunc('month', {0})) - epoch({1} - date_trunc('month', {1}))) / 2678400.0, 8) END",
      "months_between(datetime '1997-02-28 10:30:00', datetime '1996-10-30 00:00:00')", 3.94959677),
    F("QUARTER", "datetime -> bigint", "quarter({0})", f"quarter({_DAY})", 1),
    F("SECOND", "datetime -> bigint", "second({0})", f"second({_DAY})", 15),
    F("TO_CHAR", "boolean -> string", "upper(CAST({0} AS VARCHAR))", "to_char(true)", "TRUE"),
    F("TO_CHAR", "T -> string", lambda a: convert(a[0], STRING).sql, "to_char(12)", "12"),
    F("TO_CHAR", "datetime, string -> string", _format("strftime({0}, {format})"),
      f"to_char({_DAY}, 'yyyymmdd hh:mi:ss')", "20240228 13:14:15"),
    F("TO_DATE", "string -> date", "CAST(mc_text_to_timestamp({0}) AS DATE)", "to_date('2024-02-28')", date(2024, 2,
      28)),
    F("TO_DATE", "string, string -> datetime", _format("try_strptime({0}, {format})"),
      "to_date('20240228 1314', 'yyyymmdd hhmi')", _AT(2024, 2, 28, 13, 14)),
    F("TO_MILLIS", "datetime -> bigint", "mc_to_unix_ms({0})", "to_millis(datetime '1970-01-01 00:00:01')", 1000),
    F("TRUNC_TIME", "datetime, string -> datetime", _unit("CAST(date_trunc('{unit}', {0}) AS TIMESTAMP)", 1),
      f"trunc_time({_DAY}, 'month')", _AT(2024, 2, 1)),
    F("UNIX_TIMESTAMP", "datetime -> bigint", "mc_to_unix({0})", "unix_timestamp(datetime '1970-01-01 00:00:10')", 10),
    F("WEEKDAY", "datetime -> bigint", "(isodow({0}) - 1)", f"weekday({_DAY})", 2),
    F("WEEKOFYEAR", "datetime -> bigint", "weekofyear({0})", f"weekofyear({_DAY})", 9),
    F("YEAR", "datetime -> bigint", "year({0})", f"year({_DAY})", 2024),
    F("CURRENT_DATE", "-> date", "CAST(mc_now() AS DATE)", "current_date() > date '2020-01-01'", True),
    F("CURRENT_TIMESTAMP", "-> timestamp", "CAST(mc_now() AS TIMESTAMP_NS)", "current_timestamp() is null", False),
    F("GETDATE", "-> datetime", "mc_now()", "getdate() > datetime '2020-01-01 00:00:00'", True),
    F("NOW", "-> datetime", "mc_now()", "now() > datetime '2020-01-01 00:00:00'", True),
)  # fmt: skip
