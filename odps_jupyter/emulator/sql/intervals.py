"""INTERVAL: its constants, its sums and differences, and how it moves a time.

Source: MaxCompute's documentation, "INTERVAL data type": INTERVAL_YEAR_MONTH counts months of the calendar,
INTERVAL_DAY_TIME is a span of fixed length, the two cannot be combined, and the difference of two times is an
INTERVAL_DAY_TIME. A DAY_TIME is kept as microseconds without days, so that equal spans are one value.
"""

from __future__ import annotations

import re
from decimal import Decimal

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.types import TIMES, Type

from . import conversions
from .errors import place, semantic, unsupported
from .spans import LONGEST_MICROS, TOO_LONG
from .typed import Typed, once

DAY_TIME = Type("interval_day_time")
YEAR_MONTH = Type("interval_year_month")
INTERVALS = (DAY_TIME.name, YEAR_MONTH.name)

_MOST_MONTHS = 9999 * 12 + 11
_UNITS = {"DAY": 86_400, "HOUR": 3_600, "MINUTE": 60, "SECOND": 1}
#: What follows each field inside a text of several, and how large a field may be that is not the first.
_SEPARATORS = {"HOUR": r"\s+", "MINUTE": ":", "SECOND": ":"}
_LIMITS = {"HOUR": 24, "MINUTE": 60, "SECOND": 60}


def constant(node: exp.Expr) -> Typed:
    """``INTERVAL '<value>' <unit> [TO <unit>]``.

    Raises:
        OdpsError: ``ODPS-0130161``, the text is no interval of the units; ``ODPS-0130071``, it is no text, it is out of
            range, is longer than 292 years or has parts of a microsecond, which are not kept here.
    """
    text, unit = node.this, node.args.get("unit")
    if not isinstance(text, exp.Literal) or unit is None:
        raise unsupported(f"{node.sql('maxcompute')}, which is no constant with a unit,", node)
    first, last = (unit.this.name, unit.expression.name) if isinstance(unit, exp.IntervalSpan) else (unit.name,) * 2
    first, last = first.upper(), last.upper()
    if first in ("YEAR", "MONTH"):
        return _months(str(text.this), first, last, node)
    return _span(str(text.this), first, last, node)


def _invalid(text: str, node: exp.Expr) -> OdpsError:
    # The manual's example shows this word for months, too.
    message = f"{place(node)} Parse exception - cannot parse {text} as a valid INTERVAL_DAY_TIME"
    return OdpsError("ODPS-0130161", message)


def _months(text: str, first: str, last: str, node: exp.Expr) -> Typed:
    if first == last:
        found = re.fullmatch(r"(-?)([0-9]{1,9})", text)
        count = int(found[2]) * (12 if first == "YEAR" else 1) if found else 0
    elif (first, last) == ("YEAR", "MONTH"):
        found = re.fullmatch(r"(-?)([0-9]{1,9})-([0-9]|1[01])", text)
        count = int(found[2]) * 12 + int(found[3]) if found else 0
    else:
        raise unsupported(f"INTERVAL ... {first} TO {last}", node)
    if found is None or count > _MOST_MONTHS:
        raise _invalid(text, node)
    return Typed(f"to_months({found[1]}{count})", YEAR_MONTH)


def _span(text: str, first: str, last: str, node: exp.Expr) -> Typed:
    order = list(_UNITS)
    if first not in order or last not in order or order.index(first) > order.index(last):
        raise unsupported(f"INTERVAL ... {first}" + (f" TO {last}" if last != first else ""), node)
    fields = order[order.index(first) : order.index(last) + 1]
    numbers = [r"([0-9]{1,10}(?:\.[0-9]{1,9})?)" if f == "SECOND" else "([0-9]{1,10})" for f in fields]
    pattern = numbers[0] + "".join(_SEPARATORS[f] + n for f, n in zip(fields[1:], numbers[1:], strict=True))
    found = re.fullmatch(rf"(-?){pattern}", text)
    if found is None:
        raise _invalid(text, node)
    seconds = Decimal(0)
    for at, (field, number) in enumerate(zip(fields, found.groups()[1:], strict=True)):
        if at and Decimal(number) >= _LIMITS[field]:
            raise _invalid(text, node)
        seconds += Decimal(number) * _UNITS[field]
    if seconds >= 2**31 * _UNITS["DAY"]:
        raise _invalid(text, node)
    micros = seconds * 1_000_000
    if micros != int(micros):
        raise unsupported("an INTERVAL_DAY_TIME with parts of a microsecond", node)
    if micros > LONGEST_MICROS:
        raise unsupported(TOO_LONG, node)
    return Typed(f"to_microseconds({found[1]}{int(micros)})", DAY_TIME)


def takes_part(left: Typed, right: Typed, symbol: str) -> bool:
    """Whether an operation is one on intervals, or the difference of two times."""
    names = left.type.name, right.type.name
    return any(n in INTERVALS for n in names) or (symbol == "-" and all(n in TIMES for n in names))


def arithmetic(symbol: str, left: Typed, right: Typed, node: exp.Expr) -> Typed:
    """A time moved, two spans added, the span between two times.

    Raises:
        OdpsError: ``ODPS-0130071``, the operation means nothing, or what it means is not documented.
    """
    if symbol == "-" and left.type.name in TIMES and right.type.name in TIMES:
        return _between(left, right, node)
    if symbol == "+" and left.type.name in INTERVALS and right.type.name in TIMES:
        left, right = right, left
    if symbol in "+-" and left.type.name in TIMES and right.type.name in INTERVALS:
        return _moved(symbol, left, right, node)
    if symbol in "+-" and left.type.name in INTERVALS:
        right = conversions.convert(right, left.type) if right.type.name == "void" else right
        if left.type == right.type == DAY_TIME:
            sides = [left.sql, right.sql]
            return Typed(once(sides, lambda v: f"mc_span(epoch_us({v[0]}) {symbol} epoch_us({v[1]}))"), DAY_TIME)
        if left.type == right.type:
            return Typed(f"({left.sql} {symbol} {right.sql})", left.type)
    raise semantic(f"operator {symbol} cannot be applied to {left.type} and {right.type}", node)


def negated(value: Typed) -> Typed:
    """The span the other way."""
    return Typed(f"(- {value.sql})", value.type)


def _moved(symbol: str, moment: Typed, span: Typed, node: exp.Expr) -> Typed:
    kind, move = moment.type.name, span if symbol == "+" else negated(span)
    if span.type == DAY_TIME and kind == "date":
        why = "whose type is not documented; use DATEADD, or CAST the DATE to DATETIME,"
        raise unsupported(f"DATE {symbol} INTERVAL_DAY_TIME, {why}", node)
    if span.type == DAY_TIME:
        macro = {"datetime": "mc_later", "timestamp": "mc_later_ns", "timestamp_ntz": "mc_moved_ns"}[kind]
        return Typed(once([moment.sql, move.sql], lambda v: f"{macro}({v[0]}, {v[1]})"), moment.type)
    # The day stays, or is the last one of a shorter month, on the job's clock: as DATEADD(..., 'mm').
    if kind in ("date", "datetime"):
        stored = types.to_duckdb(moment.type)
        return Typed(once([moment.sql, move.sql], lambda v: f"CAST(mc_year({v[0]} + {v[1]}) AS {stored})"), moment.type)
    return Typed(once([moment.sql, move.sql], lambda v: f"mc_moved_ns({v[0]}, {v[1]})"), moment.type)


def _between(left: Typed, right: Typed, node: exp.Expr) -> Typed:
    if left.type != right.type and "timestamp_ntz" in (left.type.name, right.type.name):
        raise unsupported(f"{left.type} - {right.type}", node)
    kind = conversions.comparable(left.type, right.type)
    assert kind is not None, "all types of times have a common one"
    macros = {"date": "days", "datetime": "instants", "timestamp": "instants_ns", "timestamp_ntz": "clocks_ns"}
    values = [conversions.convert(v, kind).sql for v in (left, right)]
    return Typed(once(values, lambda v: f"mc_between_{macros[kind.name]}({v[0]}, {v[1]})"), DAY_TIME)
