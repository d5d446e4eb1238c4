"""Date and time functions, on wall-clock time in the job's zone. Source: MaxCompute's manual, "Date functions"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from odps_jupyter.emulator import types
from odps_jupyter.emulator.sql.conversions import convert
from odps_jupyter.emulator.sql.typed import Typed
from odps_jupyter.emulator.types import STRING

from .bodies import Body, each
from .formats import TRUNCATED, date_unit, java_format, own_format, percent_format, strftime_format, truncated
from .model import ArgumentError, constant_text
from .model import Function as F

Build = Callable[[Sequence[Typed]], str]

_WEEK = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_WIDTHS = {"yyyy": 4, "mm": 2, "dd": 2, "hh": 2, "mi": 2, "ss": 2, "ff3": 3}
_WORD = re.compile("yyyy|ff3|mm|dd|hh|mi|ss", re.IGNORECASE)


@lru_cache(maxsize=128)
def _layout(text: str) -> re.Pattern[str] | None:
    """What a text of the format ``yyyy-mm-dd hh:mi:ss.ff3`` looks like; the first of equal words counts."""
    seen: set[str] = set()
    pattern, at = "", 0
    for found in _WORD.finditer(text):
        word = found[0].lower()
        if word in seen:
            continue
        seen.add(word)
        pattern += re.escape(text[at : found.start()]) + f"(?P<{word}>[0-9]{{{_WIDTHS[word]}}})"
        at = found.end()
    return re.compile(pattern + re.escape(text[at:])) if "yyyy" in seen else None


def _to_date(text: str, layout: str) -> datetime | None:
    """NULL where the text does not have the format, and where ``yyyy`` is not in it exactly once."""
    pattern = _layout(layout)
    if pattern is None or layout.lower().count("yyyy") > 1:
        return None
    return _read(text, pattern)


def _is_date(text: str, layout: str) -> bool:
    pattern = _layout(layout)
    return pattern is not None and _read(text, pattern) is not None


def _read(text: str, pattern: re.Pattern[str]) -> datetime | None:
    found = pattern.fullmatch(text)
    if found is None:
        return None
    parts = {k: int(v) for k, v in found.groupdict().items()}
    try:
        return datetime(
            parts["yyyy"], parts.get("mm", 1), parts.get("dd", 1), parts.get("hh", 0), parts.get("mi", 0),
            parts.get("ss", 0), parts.get("ff3", 0) * 1000,
        )  # fmt: skip
    except ValueError:
        return None


def _next_day(day: date, week: str) -> str | None:
    word = week.strip().upper()
    places = [i for i, name in enumerate(_WEEK) if word in (name, name[:3], name[:2])]
    if not places:
        return None
    return str(day + timedelta(days=(places[0] - day.weekday() - 1) % 7 + 1))


PYTHON: dict[str, Body] = {
    "mc_to_date": each(_to_date, types.DATETIME),
    "mc_is_date": each(_is_date, types.BOOLEAN),
    "mc_next_day": each(_next_day, types.STRING),
}


def _is_null(argument: Typed) -> bool:
    """Whether a date part or a format is written NULL, which makes the value NULL, not an error."""
    return argument.is_constant and argument.constant is None


def _unit(template: str, position: int) -> Build:
    """``{unit}`` is the date part named by the argument at a position."""

    def build(arguments: Sequence[Typed]) -> str:
        if _is_null(arguments[position]):
            return "NULL"
        unit = date_unit(constant_text(arguments[position], "the date part"))
        return template.format(*(a.sql for a in arguments), unit=unit)

    return build


def _format(template: str, position: int = 1, read: Callable[[str], str] = strftime_format) -> Build:
    """``{format}`` is DuckDB's form of the date format at a position."""

    def build(arguments: Sequence[Typed]) -> str:
        if _is_null(arguments[position]):
            return "NULL"
        return template.format(
            *(a.sql for a in arguments), format=read(constant_text(arguments[position], "the format"))
        )

    return build


def _first_day(written: str) -> int | None:
    """With which day, counted from Monday, the weeks begin that a date part names; ``None`` for other parts.

    Raises:
        ArgumentError: it is no date part.
    """
    named = re.fullmatch(r"week\((\w+)\)", written.lower())
    if named is None:
        return 0 if date_unit(written) == "week" else None
    day = named[1].upper()
    if day not in _WEEK:
        raise ArgumentError(f"{written!r} is not a date part: a week begins with one of {', '.join(_WEEK)}")
    return _WEEK.index(day)


def _truncated(kind: str, moment: str = "{}") -> Build:
    """DATETRUNC to a DuckDB type; ``moment`` is the text of a time."""

    def build(arguments: Sequence[Typed]) -> str:
        if _is_null(arguments[1]):
            return "NULL"
        written = constant_text(arguments[1], "the date part")
        time, first = moment.format(arguments[0].sql), _first_day(written)
        if first is None:
            return f"CAST(date_trunc('{date_unit(written)}', {time}) AS {kind})"
        # A week begins as many days behind a Monday.
        return f"CAST(date_trunc('week', {time} - to_days({first})) + to_days({first}) AS {kind})"

    return build


def _difference(moment: str) -> Build:
    """How many beginnings of a unit lie between; ``moment`` is the text of a time."""

    def build(arguments: Sequence[Typed]) -> str:
        if _is_null(arguments[2]):
            return "NULL"
        end, start = (moment.format(a.sql) for a in arguments[:2])
        written = constant_text(arguments[2], "the date part")
        first = _first_day(written)
        if first is None:
            return f"date_diff('{date_unit(written)}', {start}, {end})"
        # The fifth day of 1970 was a Monday; DuckDB counts whole weeks, not their beginnings.
        since = f"DATE '1970-01-{5 + first:02d}'"
        weeks = [f"floor(date_diff('day', {since}, {t}) / 7)" for t in (end, start)]
        return f"CAST({weeks[0]} - {weeks[1]} AS BIGINT)"

    return build


def _dateadd(template: str) -> Build:
    """``{moved}`` is the first argument, ``{start}``, later by so many units; months are cut to their last day."""

    def build(arguments: Sequence[Typed]) -> str:
        if _is_null(arguments[2]):
            return "NULL"
        unit = date_unit(constant_text(arguments[2], "the date part"))
        amount = f"CAST({arguments[1].sql} AS {'BIGINT' if unit not in ('day', 'month', 'year') else 'INTEGER'})"
        return template.format(arguments[0].sql, move=f"to_{unit}s({amount})")

    return build


def _trunc_time(arguments: Sequence[Typed]) -> str:
    unit = constant_text(arguments[1], "the date part").lower()
    if unit not in TRUNCATED:
        raise ArgumentError(f"{unit!r} is no date part of TRUNC_TIME, it knows {', '.join(TRUNCATED)}")
    return truncated(arguments[0].sql, arguments[0].type, unit)


_CLOCK = "[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}([.][0-9]+)?"
_SHORT_YEAR = "^[0-9]{{2}}-"
_NANOS = "mc_with_nanos(CAST((mc_micros({0}) + {move}) AS TIMESTAMP), {0})"
_DAY = "datetime '2024-02-28 13:14:15'"
_MOMENT = "timestamp '2024-02-28 13:14:15.123456789'"
_AT = datetime


def _part(name: str, text: str, expects: int) -> F:
    """A part of a date that is an INT."""
    return F(
        name, "datetime -> int", f"CAST({text} AS INTEGER)", f"{name.lower()}('2024-02-28 13:14:15')", expects, lax=True
    )


def _clock(name: str, expects: int) -> F:
    """A part of a time of day, whose text needs no date before it."""
    moment = f"CASE WHEN regexp_full_match({{0}}, '{_CLOCK}') THEN concat('1970-01-01 ', {{0}}) ELSE {{0}} END"
    return F(
        name, "string -> int", f"CAST({name.lower()}(mc_text_to_datetime({moment})) AS INTEGER)",
        f"{name.lower()}('12:30:45')", expects,
    )  # fmt: skip


DATES = (
    F("ADD_MONTHS", "datetime, bigint -> string", "strftime({0} + to_months(CAST({1} AS INTEGER)), '%Y-%m-%d')",
      "add_months('2017-02-14', 3)", "2017-05-14", lax=True),
    F("CURRENT_DATE", "-> date", "CAST(mc_now() AS DATE)", "current_date() > date '2020-01-01'", True),
    F("CURRENT_TIMESTAMP", "-> timestamp", "CAST(mc_now() AS TIMESTAMP_NS)", "current_timestamp() is null", False),
    F("DATEADD", "date, bigint, string -> date", _dateadd("CAST(mc_year({0} + {move}) AS DATE)"),
      "dateadd(date '2024-01-31', 1, 'mm')", date(2024, 2, 29), lax=(1,)),
    F("DATEADD", "datetime, bigint, string -> datetime", _dateadd("CAST(mc_year({0} + {move}) AS TIMESTAMP)"),
      "dateadd('2024-02-28 13:14:15', -1, 'hh')", _AT(2024, 2, 28, 12, 14, 15), lax=(1,)),
    F("DATEADD", "timestamp, bigint, string -> timestamp", _dateadd(_NANOS),
      f"cast(dateadd({_MOMENT}, 1, 'dd') as string)", "2024-02-29 13:14:15.123456789", lax=(1,)),
    F("DATEADD", "timestamp_ntz, bigint, string -> timestamp_ntz", _dateadd(_NANOS),
      "cast(dateadd(timestamp_ntz '2024-02-28 13:14:15', 1, 'dd') as datetime)", _AT(2024, 2, 29, 13, 14, 15),
      lax=(1,)),
    F("DATEDIFF", "datetime, datetime -> int", "CAST(date_diff('day', {1}, {0}) AS INTEGER)",
      "datediff(datetime '2024-03-01 00:00:00', datetime '2024-02-28 23:00:00')", 2),
    F("DATEDIFF", "datetime, datetime, string -> bigint", _difference("{0}"),
      "datediff(datetime '2024-03-01 00:00:00', datetime '2024-02-28 23:00:00', 'mm')", 1),
    F("DATEDIFF", "timestamp, timestamp, string -> bigint", _difference("mc_micros({0})"),
      f"datediff({_MOMENT}, timestamp '2024-02-28 13:14:15.123', 'ff6')", 456),
    F("DATEDIFF", "timestamp_ntz, timestamp_ntz, string -> bigint", _difference("mc_micros({0})"),
      "datediff(timestamp_ntz '2024-02-28 13:14:15.5', timestamp_ntz '2024-02-28 13:14:15', 'ff3')", 500),
    F("DATEPART", "datetime, string -> bigint", _unit("date_part('{unit}', {0})", 1), f"datepart({_DAY}, 'mi')", 14),
    F("DATETRUNC", "date, string -> date", _truncated("DATE"),
      "datetrunc(date '2024-02-28', 'mm')", date(2024, 2, 1)),
    F("DATETRUNC", "datetime, string -> datetime", _truncated("TIMESTAMP"),
      f"datetrunc({_DAY}, 'hh')", _AT(2024, 2, 28, 13)),
    F("DATETRUNC", "timestamp, string -> timestamp", _truncated("TIMESTAMP_NS", "mc_micros({})"),
      f"cast(datetrunc({_MOMENT}, 'hh') as datetime)", _AT(2024, 2, 28, 13)),
    F("DATE_ADD", "date, bigint -> date", "mc_year({0} + CAST({1} AS INTEGER))", "date_add('2024-02-28', 2)",
      date(2024, 3, 1), lax=True),
    F("DATE_FORMAT", "datetime, string -> string", _format("strftime({0}, {format})", 1, java_format),
      "date_format('2024-02-28 13:14:15', 'yyyy/MM/dd hh:mm')", "2024/02/28 01:14", hive=True, lax=True),
    F("DATE_FORMAT", "datetime, string -> string", _format("strftime({0}, {format})", 1, own_format),
      "date_format('2024-02-28 13:14:15', 'yyyy/MM/dd hh:mi')", "2024/02/28 13:14", hive=False, lax=True),
    F("DATE_SUB", "date, bigint -> date", "mc_year({0} - CAST({1} AS INTEGER))", "date_sub(date '2024-03-01', 2)",
      date(2024, 2, 28), lax=True),
    _part("DAY", "day({0})", 28),
    _part("DAYOFMONTH", "day({0})", 28),
    _part("DAYOFWEEK", "(dayofweek({0}) + 1)", 4),
    _part("DAYOFYEAR", "dayofyear({0})", 59),
    # Written EXTRACT(hour FROM ...).
    F("EXTRACT", "datetime, string -> int", _unit("CAST(date_part('{unit}', {0}) AS INTEGER)", 1),
      "extract(hour from '2019-05-01 11:21:00')", 11, "own", lax=True),
    F("FROM_UNIXTIME", "bigint -> datetime", "mc_from_unix({0})", "from_unixtime(0)", _AT(1970, 1, 1), hive=False),
    F("FROM_UNIXTIME", "bigint -> string", "strftime(mc_from_unix({0}), '%Y-%m-%d %H:%M:%S')", "from_unixtime(0)",
      "1970-01-01 00:00:00", hive=True),
    F("FROM_UNIXTIME", "bigint, string -> string", _format("strftime(mc_from_unix({0}), {format})", 1, java_format),
      "from_unixtime(0, 'yyyy-MM-dd')", "1970-01-01"),
    # A number is milliseconds; the wall-clock time is taken for one of UTC.
    F("FROM_UTC_TIMESTAMP", "bigint, string -> timestamp",
      "CAST(timezone({1}, timezone('UTC', mc_from_unix_ms({0}))) AS TIMESTAMP_NS)",
      "cast(from_utc_timestamp(1501557840000, 'PST') as datetime)", _AT(2017, 7, 31, 20, 24), lax=True),
    F("FROM_UTC_TIMESTAMP", "datetime, string -> datetime", "timezone({1}, timezone('UTC', {0}))",
      "from_utc_timestamp(datetime '2017-08-01 00:00:00', 'Asia/Shanghai')", _AT(2017, 8, 1, 8), lax=True),
    F("FROM_UTC_TIMESTAMP", "timestamp, string -> timestamp",
      "mc_with_nanos(timezone({1}, timezone('UTC', mc_micros({0}))), {0})",
      f"cast(from_utc_timestamp({_MOMENT}, 'Asia/Shanghai') as string)", "2024-02-28 21:14:15.123456789", lax=True),
    F("GETDATE", "-> datetime", "mc_now()", "getdate() > datetime '2020-01-01 00:00:00'", True),
    _part("HOUR", "hour({0})", 13),
    _clock("HOUR", 12),
    F("ISDATE", "string, string -> boolean", "mc_is_date({0}, {1})", "isdate('1234-yyyy', 'yyyy-yyyy')", True),
    F("LASTDAY", "datetime -> datetime", "CAST(last_day({0}) AS TIMESTAMP)", f"lastday({_DAY})", _AT(2024, 2, 29)),
    F("LAST_DAY", "datetime -> string", "strftime(last_day({0}), '%Y-%m-%d')", "last_day('2017-03-04')", "2017-03-31",
      lax=True),
    _part("MINUTE", "minute({0})", 14),
    _clock("MINUTE", 30),
    _part("MONTH", "month({0})", 2),
    F("MONTHS_BETWEEN", "datetime, datetime -> double",
      "CASE WHEN day({0}) = day({1}) OR (last_day({0}) = CAST({0} AS DATE) AND last_day({1}) = CAST({1} AS DATE))"
      " THEN CAST((year({0}) - year({1})) * 12 + month({0}) - month({1}) AS DOUBLE)"
      " ELSE (year({0}) - year({1})) * 12 + month({0}) - month({1})"
      " + (epoch({0} - date_trunc('month', {0})) - epoch({1} - date_trunc('month', {1}))) / 2678400.0 END",
      "months_between('1997-02-28 10:30:00', '1996-10-30')", 3.9495967741935485, lax=True),
    F("NEXT_DAY", "date, string -> string", "mc_next_day({0}, {1})", "next_day('2017-08-01', 'TU')", "2017-08-08",
      lax=True),
    F("NOW", "-> datetime", "mc_now()", "now() > datetime '2020-01-01 00:00:00'", True),
    _part("QUARTER", "quarter({0})", 1),
    _part("SECOND", "second({0})", 15),
    _clock("SECOND", 45),
    F("TO_CHAR", "boolean -> string", "upper(CAST({0} AS VARCHAR))", "to_char(true)", "TRUE"),
    F("TO_CHAR", "N -> string", lambda a: convert(a[0], STRING).sql, "to_char(12)", "12"),
    F("TO_CHAR", "datetime, string -> string", _format("strftime({0}, {format})"),
      "to_char('2024-02-28 13:14:15', 'yyyymmdd hh:mi:ss')", "20240228 13:14:15"),
    F("TO_CHAR", "timestamp, string -> string",
      _format("strftime(mc_ns_to_datetime({0}), {format})", 1, percent_format), f"to_char({_MOMENT}, '%Y-%m-%d')",
      "2024-02-28"),
    F("TO_CHAR", "timestamp_ntz, string -> string",
      _format("strftime(mc_ns_to_datetime({0}), {format})", 1, percent_format),
      "to_char(timestamp_ntz '2024-02-28 13:14:15', 'yyyy.mm %T')", "2024.02 13:14:15"),
    # The clocks of another zone; a TIMESTAMP_NTZ is taken for the clocks of UTC.
    F("TO_CHAR", "timestamp, string, string -> string",
      _format("strftime(timezone({2}, mc_turned(mc_ns_to_datetime({0}))), {format})", 1, percent_format),
      f"to_char({_MOMENT}, '%Y-%m-%d %T', 'Asia/Shanghai')", "2024-02-28 21:14:15"),
    F("TO_CHAR", "timestamp_ntz, string, string -> string",
      _format("strftime(timezone({2}, timezone('UTC', mc_ns_to_datetime({0}))), {format})", 1, percent_format),
      "to_char(timestamp_ntz '2024-02-28 20:14:15', 'yyyy-mm-dd hh', 'Asia/Shanghai')", "2024-02-29 04"),
    F("TO_DATE", "string -> date", "mc_text_to_date({0})", "to_date('2024-02-28')", date(2024, 2,
      28)),
    F("TO_DATE", "string, string -> datetime", "mc_to_date({0}, {1})",
      "to_date('20251030 15-13-12.345', 'yyyymmdd hh-mi-ss.ff3')", _AT(2025, 10, 30, 15, 13, 12, 345000)),
    F("TO_MILLIS", "datetime -> bigint", "mc_to_unix_ms({0})", "to_millis(datetime '1970-01-01 00:00:01')", 1000),
    F("TRUNC_TIME", "date, string -> string", _trunc_time, "trunc_time(date '2024-02-28', 'month')", "2024-02"),
    F("TRUNC_TIME", "datetime, string -> string", _trunc_time, f"trunc_time({_DAY}, 'hour')", "2024-02-28 13:00:00"),
    F("TRUNC_TIME", "timestamp, string -> string", _trunc_time, f"trunc_time({_MOMENT}, 'day')", "2024-02-28"),
    F("TRUNC_TIME", "timestamp_ntz, string -> string", _trunc_time,
      "trunc_time(timestamp_ntz '2024-02-28 13:14:15', 'year')", "2024"),
    F("UNIX_TIMESTAMP", "-> bigint", "mc_to_unix(mc_now())", "unix_timestamp() > 1600000000", True),
    F("UNIX_TIMESTAMP", "datetime -> bigint", "mc_to_unix({0})", "unix_timestamp('1970-01-01 00:00:10')", 10),
    F("WEEKDAY", "datetime -> bigint", "(isodow({0}) - 1)", f"weekday({_DAY})", 2),
    F("WEEKOFYEAR", "datetime -> bigint", "weekofyear({0})", "weekofyear(to_date('20141229', 'yyyymmdd'))", 1),
    _part("YEAR", "year({0})", 2024),
    # Of text, the year may have fewer digits.
    F("YEAR", "string -> int", f"CAST(year(mc_text_to_datetime(CASE WHEN regexp_matches({{0}}, '{_SHORT_YEAR}')"
      " THEN concat('00', {0}) ELSE {0} END)) AS INTEGER)", "year('70-01-01')", 70),
)  # fmt: skip
