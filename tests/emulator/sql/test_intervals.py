"""INTERVAL constants and arithmetic, as MaxCompute's documentation of the type has them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest

from odps_jupyter.emulator.errors import OdpsError

if TYPE_CHECKING:
    from .conftest import Engine

CONSTANTS = [
    # written, months, seconds
    ("interval '120-3' year to month", 1443, 0),
    ("interval '-120-3' year to month", -1443, 0),
    ("interval '9' year", 108, 0),
    ("interval '200' month", 200, 0),
    ("interval 1 month", 1, 0),
    ("interval '1' day", 0, 86_400),
    ("interval '-1' hour", 0, -3_600),
    ("interval '100' minute", 0, 6_000),
    ("interval '1.5' second", 0, 1.5),
    ("interval '-1 23:59:59.999' day to second", 0, -172_799.999),
    ("interval '1 2' day to hour", 0, 93_600),
    ("interval '2:30' hour to minute", 0, 9_000),
    ("-interval '1' day", 0, -86_400),
    ("interval '1' day - interval '25' hour", 0, -3_600),
    ("interval '1' year + interval '1' month", 13, 0),
    ("interval '1' year + null", None, None),
    ("date '2024-03-01' - date '2024-02-01'", 0, 29 * 86_400),
    ("datetime '2024-01-02 00:00:00' - datetime '2024-01-01 12:00:00'", 0, 43_200),
    ("timestamp '2024-01-02 00:00:00.5' - date '2024-01-01'", 0, 86_400.5),
    ("timestamp_ntz '1960-01-01 00:00:00' - timestamp_ntz '1970-01-01 00:00:00'", 0, -3653 * 86_400),
    ("timestamp '1969-12-31 23:59:59.000000001' - timestamp '1970-01-01 00:00:00.000001001'", 0, -1.000001),
    ("timestamp_ntz '1800-01-01 00:00:00.000000999' - timestamp_ntz '1970-01-01 00:00:00.000000999'", 0,
     -62_091 * 86_400),
    ("interval '9223372036' second", 0, 9_223_372_036),
    ("interval '-9223372036.854775' second", 0, Decimal("-9223372036.854775")),
]  # fmt: skip


@pytest.mark.parametrize(("written", "months", "seconds"), CONSTANTS)
def test_spans(engine: Engine, written: str, months: int | None, seconds: float | Decimal | None) -> None:
    value = engine.value(written)
    wanted = (
        None
        if months is None or seconds is None
        else pa.MonthDayNano([months, 0, round(Decimal(str(seconds)) * 10**9)])
    )
    assert value == wanted


MOVES = [
    ("datetime '2024-01-31 10:00:00' + interval '1' month", datetime(2024, 2, 29, 10)),
    ("datetime '2024-02-29 10:00:00' - interval '1' year", datetime(2023, 2, 28, 10)),
    ("datetime '2024-01-31 10:00:00' + interval '-1 10' day to hour", datetime(2024, 1, 30)),
    ("interval '1' hour + datetime '2024-01-31 10:00:00'", datetime(2024, 1, 31, 11)),
    ("date '2024-01-31' + interval '1' month", date(2024, 2, 29)),
    ("date '2024-01-31' - interval '1-11' year to month", date(2022, 2, 28)),
    ("timestamp '2024-01-31 10:00:00.123456789' + interval '0.000001' second",
     pd.Timestamp("2024-01-31 10:00:00.123457789")),
    ("timestamp_ntz '1960-01-31 10:00:00.000000001' + interval '1' month",
     pd.Timestamp("1960-02-29 10:00:00.000000001")),
    ("timestamp_ntz '2024-01-31 10:00:00.000000001' - interval '1' day", pd.Timestamp("2024-01-30 10:00:00.000000001")),
    ("interval '1' day = interval '24' hour", True),
    ("interval '1' day > interval '25' hour", False),
    ("interval '12' month in (interval '1' year)", True),
]  # fmt: skip


@pytest.mark.parametrize(("written", "value"), MOVES)
def test_times_are_moved(engine: Engine, written: str, value: object) -> None:
    assert engine.value(written) == value


def test_days_are_of_fixed_length_and_months_are_of_the_clock(engine: Engine) -> None:
    """In New York the 10th of March 2024 had 23 hours; what is stored is UTC."""
    rows = engine.rows(
        "SELECT datetime '2024-03-09 12:00:00' + interval '1' day, datetime '2024-02-10 12:00:00' + interval '1' month,"
        " datetime '2024-03-10 12:00:00' - datetime '2024-03-09 12:00:00',"
        " timestamp_ntz '2024-03-10 12:00:00' - timestamp_ntz '2024-03-09 12:00:00'",
        odps__sql__timezone="America/New_York",
    )
    hours = 3_600 * 10**9
    assert rows == [
        (
            datetime(2024, 3, 10, 17),  # 13:00 there, four hours behind
            datetime(2024, 3, 10, 16),  # 12:00 there
            pa.MonthDayNano([0, 0, 23 * hours]),
            pa.MonthDayNano([0, 0, 24 * hours]),
        )
    ]


def test_intervals_are_grouped_sorted_and_aggregated(engine: Engine) -> None:
    spans = "values (interval '1' day), (interval '24' hour), (interval '2' day), (null) as t(x)"
    day = 86_400 * 10**9
    assert engine.rows(f"SELECT max(x), min(x), count(x), count(DISTINCT x) FROM {spans}") == [
        (pa.MonthDayNano([0, 0, 2 * day]), pa.MonthDayNano([0, 0, day]), 3, 2)
    ]
    assert engine.column(f"SELECT count(*) FROM {spans} GROUP BY x ORDER BY x") == [1, 2, 1]


WIDE = "Data overflow - an INTERVAL_DAY_TIME of more than 292 years is not kept here"
REFUSED = [
    ("interval '-2021-12' year to month", "ODPS-0130161:[1,17] Parse exception - cannot parse -2021-12 as a valid"),
    ("interval '1 24:00:00' day to second", "cannot parse 1 24:00:00"),
    ("interval 'x' day", "cannot parse x"),
    ("interval '10000' year", "cannot parse 10000"),
    ("interval 1.5 second", "invalid token '1.5'"),
    ("interval 1 week", "invalid token '1'"),
    ("interval '1 day'", "invalid token '1 day'"),
    ("interval '1' week", "invalid token '1'"),
    ("interval '1 1' month to day", "INTERVAL ... MONTH TO DAY is not supported"),
    ("interval '0.0000001' second", "parts of a microsecond"),
    ("interval '1' day + interval '1' month", "interval_day_time and interval_year_month"),
    ("interval '1' day * 2", "operator * cannot be applied to interval_day_time"),
    ("'2024-01-01' + interval '1' day", "string and interval_day_time"),
    ("date '2024-01-31' + interval '1' day", "DATE + INTERVAL_DAY_TIME"),
    ("interval '1' day - datetime '2024-01-31 00:00:00'", "interval_day_time and datetime"),
    ("timestamp '2024-01-01 00:00:00' - timestamp_ntz '2024-01-01 00:00:00'", "timestamp - timestamp_ntz"),
    ("interval '1' day > interval '1' month", "cannot be applied to interval_day_time and interval_year_month"),
    ("timestamp '2024-01-01 00:00:00.000000001' - timestamp '2024-01-01 00:00:00'", "nanoseconds is not kept"),
    ("timestamp_ntz '2200-01-01 00:00:00.000000001' - timestamp_ntz '1800-01-01 00:00:00'", "nanoseconds is not kept"),
    ("datetime '2024-01-01 00:00:00' + datetime '2024-01-01 00:00:00'", "datetime and datetime"),
    # 64 bits of nanoseconds, which every reader has, end behind 292 years
    ("timestamp '2200-01-01 00:00:00' - timestamp '1800-01-01 00:00:00'", WIDE),
    ("timestamp_ntz '2200-01-01 00:00:00' - timestamp_ntz '1800-01-01 00:00:00'", WIDE),
    ("datetime '0001-01-01 00:00:00' - datetime '9999-01-01 00:00:00'", WIDE),
    ("date '9999-01-01' - date '0001-01-01'", WIDE),
    ("interval '100000' day + interval '100000' day", WIDE),
    ("interval '-100000' day - interval '100000' day", WIDE),
    ("interval '9223372036.854776' second", "INTERVAL_DAY_TIME of more than 292 years"),
    ("interval '106751992' day", "INTERVAL_DAY_TIME of more than 292 years"),
    ("interval '-106751992' day", "INTERVAL_DAY_TIME of more than 292 years"),
    ("interval '2147483648' day", "cannot parse 2147483648"),
]


@pytest.mark.parametrize(("written", "message"), REFUSED)
def test_what_means_nothing_or_is_not_documented_is_refused(engine: Engine, written: str, message: str) -> None:
    with pytest.raises(OdpsError) as caught:
        engine.value(written)
    assert message in str(caught.value)
