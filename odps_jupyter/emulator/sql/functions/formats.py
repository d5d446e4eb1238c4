"""Date formats and date parts that must be known before a statement runs."""

from __future__ import annotations

import re

from odps_jupyter.emulator.sql.typed import quote
from odps_jupyter.emulator.types import Type

from .model import ArgumentError

_STRFTIME = {
    "yyyy": "%Y",
    "yy": "%y",
    "mm": "%m",
    "dd": "%d",
    "hh": "%H",
    "mi": "%M",
    "ss": "%S",
    "ff3": "%g",
    "ff6": "%f",
}
_FORMAT_WORD = re.compile("yyyy|yy|ff3|ff6|mm|dd|hh|mi|ss|%", re.IGNORECASE)

# The signs of TO_CHAR and TO_TIMESTAMP_NTZ that DuckDB knows, most of them by the same letter.
_PERCENT = {
    **{f"%{sign}": f"%{sign}" for sign in "YymBbdHMS%"},
    "%h": "%b",
    "%e": "%-d",
    "%F": "%Y-%m-%d",
    "%T": "%H:%M:%S",
}
_PERCENT_WORD = re.compile(f"%.?|{_FORMAT_WORD.pattern}", re.IGNORECASE | re.DOTALL)

#: DATE_FORMAT where Hive's letters are not asked for: hours are those of 24, ``mm`` is the month wherever it stands.
_OWN = {"yyyy": "%Y", "mm": "%m", "dd": "%d", "hh": "%H", "mi": "%M", "ss": "%S", "sss": "%g"}
_OWN_WORD = re.compile("yyyy|mm|dd|hh|mi|sss|ss|%", re.IGNORECASE)

_JAVA = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S", "SSS": "%g", "hh": "%I",
         "a": "%p", "E": "%a", "EEEE": "%A", "DD": "%j", "M": "%-m", "d": "%-d", "H": "%-H"}  # fmt: skip
_JAVA_WORD = re.compile(r"y+|M+|d+|H+|h+|m+|s+|S+|E+|D+|a|'[^']*'|%")

#: DuckDB's formats of what TRUNC_TIME makes of a time, by unit.
TRUNCATED = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "hour": "%Y-%m-%d %H:00:00"}

_UNITS = {
    "yyyy": "year", "year": "year", "years": "year", "yy": "year",
    "mm": "month", "month": "month", "mon": "month", "months": "month",
    "dd": "day", "day": "day", "days": "day",
    "hh": "hour", "hour": "hour", "hours": "hour",
    "mi": "minute", "minute": "minute", "minutes": "minute",
    "ss": "second", "second": "second", "seconds": "second",
    "ff3": "millisecond", "millisecond": "millisecond", "ff6": "microsecond", "microsecond": "microsecond",
    "q": "quarter", "quarter": "quarter", "week": "week", "w": "week", "isoweek": "week", "week(monday)": "week",
}  # fmt: skip


def strftime_format(text: str) -> str:
    """``yyyy-mm-dd hh:mi:ss`` as DuckDB writes it: ``%Y-%m-%d %H:%M:%S``; a quoted literal."""
    return quote(_FORMAT_WORD.sub(lambda m: "%%" if m[0] == "%" else _STRFTIME[m[0].lower()], text))


def percent_format(text: str) -> str:
    """A format of TO_CHAR of a TIMESTAMP: ``yyyy-mm-dd`` or ``%Y-%m-%d``; a literal quoted for DuckDB.

    Raises:
        ArgumentError: a sign behind ``%`` that its page does not list.
    """

    def word(found: re.Match[str]) -> str:
        sign = found[0]
        if not sign.startswith("%"):
            return _STRFTIME[sign.lower()]
        if sign not in _PERCENT:
            raise ArgumentError(f"{sign!r} in the date format {text!r} is not supported")
        return _PERCENT[sign]

    return quote(_PERCENT_WORD.sub(word, text))


def own_format(text: str) -> str:
    """A format of DATE_FORMAT without Hive's meaning (``yyyy-MM-dd hh:mi:ss.SSS``), quoted for DuckDB."""
    return quote(_OWN_WORD.sub(lambda m: "%%" if m[0] == "%" else _OWN[m[0].lower()], text))


def java_format(text: str) -> str:
    """A format of FROM_UNIXTIME, or of DATE_FORMAT with Hive's meaning (Java's letters: ``yyyy-MM-dd HH:mm:ss``),
    quoted for DuckDB; NULL where ``mi`` is in it.

    Raises:
        ArgumentError: a letter that is not supported.
    """

    def word(match: re.Match[str]) -> str:
        found = match[0]
        if found == "%":
            return "%%"
        if found.startswith("'"):
            return found[1:-1]
        if found not in _JAVA:
            raise ArgumentError(f"{found!r} in the date format {text!r} is not supported")
        return _JAVA[found]

    if "mi" in text:
        return "NULL"
    return quote(_JAVA_WORD.sub(word, text))


def truncated(text: str, kind: Type, unit: str) -> str:
    """TRUNC_TIME: the text of a time, cut to a unit of :data:`TRUNCATED`; instants as the clocks of UTC show them."""
    moments = {"datetime": f"mc_utc({text})", "timestamp": f"mc_utc(mc_micros({text}))"}
    moment = moments.get(kind.name, f"mc_micros({text})" if kind.name == "timestamp_ntz" else text)
    return f"strftime({moment}, {quote(TRUNCATED[unit])})"


def date_unit(text: str) -> str:
    """A date part of DATEADD, DATEDIFF, DATEPART or DATETRUNC as DuckDB's word.

    Raises:
        ArgumentError: MaxCompute has no such part.
    """
    unit = _UNITS.get(text.lower())
    if unit is None:
        raise ArgumentError(f"{text!r} is not a date part (yyyy, mm, dd, hh, mi, ss)")
    return unit
