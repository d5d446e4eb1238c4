"""SEQUENCE: whole numbers, days and times, each a step behind the one before.

Source: MaxCompute's manual, "SEQUENCE": the step counts up where the start is not greater than the stop and down
elsewhere, of times it is an INTERVAL (a day, if there is none), and there may be 10,000 elements, or as many as
``odps.sql.max.sequence.length`` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.sql import conversions
from odps_jupyter.emulator.sql.intervals import DAY_TIME, YEAR_MONTH
from odps_jupyter.emulator.sql.typed import Typed, once
from odps_jupyter.emulator.types import Type

from .model import ArgumentError
from .specials import Special

if TYPE_CHECKING:
    from odps_jupyter.emulator.sql.expressions import Expressions

_LIMIT = "odps.sql.max.sequence.length"
_MOST = 10_000
#: However many a job allows: one row must not take the memory of all jobs.
_ENOUGH = 10_000_000
#: What a time of each type is as microseconds of its instant, and how it is moved by so many.
_INSTANTS = {
    "datetime": ("epoch_us(mc_turned({0}))", "mc_later({0}, to_microseconds({1}))"),
    "timestamp": ("epoch_us(mc_turned(mc_micros({0})))", "mc_later_ns({0}, to_microseconds({1}))"),
}
_DAY_MICROS = 86_400_000_000


def _sequence(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    values = expressions.values(nodes)
    if len(values) not in (2, 3):
        raise ArgumentError("SEQUENCE takes a start, a stop and, if it is not 1 or a day, a step")
    most = _most(expressions.context.settings.get(_LIMIT, ""))
    ends = conversions.common([v.type for v in values[:2]])
    if ends is None or not (ends.name in ("void", "date", *_INSTANTS) or ends.name in types.INTEGERS):
        raise ArgumentError(f"SEQUENCE takes integers, dates, datetimes or timestamps, not {_types(values)}")
    if ends.name in types.INTEGERS or ends.name == "void":
        return _integers(values, ends, most)
    return _times(values, ends, most)


def _types(values: Sequence[Typed]) -> str:
    return f"({', '.join(str(v.type) for v in values)})"


def _most(setting: str) -> int:
    if not setting:
        return _MOST
    if not setting.isdecimal():
        raise ArgumentError(f"{_LIMIT} must be a number, it is {setting!r}")
    return min(int(setting), _ENOUGH)


def _integers(values: Sequence[Typed], ends: Type, most: int) -> Typed:
    kind = conversions.common([ends, *(v.type for v in values[2:])])
    kind = types.BIGINT if kind == types.VOID else kind
    if kind is None or kind.name not in types.INTEGERS:
        raise ArgumentError(f"SEQUENCE of {ends} has a step of whole numbers, not {_types(values)}")

    def build(texts: Sequence[str]) -> str:
        start, stop, *step = texts
        by = step[0] if step else f"CASE WHEN {start} <= {stop} THEN 1 ELSE -1 END"
        made = f"mc_series({start}, {stop}, {by}, {most})"
        return _guarded(texts, f"CAST({made} AS {types.to_duckdb(types.array_of(kind))})")

    texts = [conversions.convert(v, types.BIGINT).sql for v in values]
    return Typed(once(texts, build), types.array_of(kind))


def _times(values: Sequence[Typed], kind: Type, most: int) -> Typed:
    step = values[2] if len(values) > 2 else Typed(f"to_microseconds({_DAY_MICROS})", DAY_TIME)
    step = Typed("CAST(NULL AS INTERVAL)", DAY_TIME) if step.type == types.VOID else step
    if step.type not in (DAY_TIME, YEAR_MONTH):
        raise ArgumentError(f"SEQUENCE of {kind} has an INTERVAL as its step, not {_types(values)}")

    def build(texts: Sequence[str]) -> str:
        start, stop, by = texts
        if len(values) == 2:
            by = f"(CASE WHEN {start} <= {stop} THEN {by} ELSE - {by} END)"
        if step.type == YEAR_MONTH:
            months = f"(12 * year({by}) + month({by}))"
            by_months = "to_months(CAST(m$ AS INTEGER))"
            moved = f"CAST({start} + {by_months} AS {types.to_duckdb(kind)})"
            if kind.name == "timestamp":
                moved = f"mc_moved_ns({start}, {by_months})"
            offsets = f"mc_month_series({start}, {stop}, {months})"
            made = f"mc_months_kept(list_transform({offsets}, lambda m$: {moved}), {start}, {stop}, {most})"
        elif kind.name == "date":
            made = (
                f"list_transform(mc_series(0, {stop} - {start}, mc_whole_days(epoch_us({by})), {most}),"
                f" lambda m$: {start} + CAST(m$ AS INTEGER))"
            )
        else:
            micros, moved = _INSTANTS[kind.name]
            span = f"{micros.format(stop)} - {micros.format(start)}"
            if kind.name == "timestamp":
                span = f"CASE WHEN mc_same_nanos({start}, {stop}) THEN {span} END"
            made = (
                f"list_transform(mc_series(0, {span}, epoch_us({by}), {most}), lambda m$: {moved.format(start, 'm$')})"
            )
        return _guarded(texts, made)

    ends = [conversions.convert(v, kind).sql for v in values[:2]]
    return Typed(once([*ends, step.sql], build), types.array_of(kind))


def _guarded(texts: Sequence[str], made: str) -> str:
    return f"CASE WHEN {' OR '.join(f'{t} IS NULL' for t in texts)} THEN NULL ELSE {made} END"


SEQUENCE = Special(
    "SEQUENCE",
    "T, T [, T or interval] -> array<T>; T an integer, date, datetime or timestamp",
    _sequence,
    "sequence(3, 1)",
    [3, 2, 1],
)
