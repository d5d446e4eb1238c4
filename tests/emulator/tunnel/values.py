"""Values of every type the tunnel moves."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pandas as pd
from odps.compat import Monthdelta

#: Values of each type that can stand alone, the extremes among them.
VALUES: dict[str, list[Any]] = {
    "tinyint": [-128, 127],
    "smallint": [-32768, 32767],
    "int": [-(2**31), 2**31 - 1],
    "bigint": [-(2**63) + 1, 2**63 - 1, 0],
    "float": [0.5, float("-inf")],
    "double": [0.1, -1.25e300, float("inf")],
    "decimal(10,2)": [Decimal("-12345678.90"), Decimal("0.01")],
    "decimal(38,18)": [Decimal("12345678901234567890.123456789012345678"), Decimal("-1")],
    "decimal(38,0)": [Decimal(10**38 - 1), Decimal(1 - 10**38)],
    "string": ["naïve 中文 'quoted' \n\0", "", "x" * 300],
    "varchar(20)": ["Ada", ""],
    "char(3)": ["abc", "xyz"],
    "binary": [b"\x00\xff", b"", b"\x80\xc0\xff\x7f" * 3],
    "boolean": [True, False],
    "date": [datetime.date(1969, 12, 31), datetime.date(1, 1, 1), datetime.date(9999, 12, 31)],
    "datetime": [datetime.datetime(1950, 1, 1, 0, 0, 0, 1000), datetime.datetime(9999, 12, 31, 23, 59, 59, 999000)],
    "timestamp": [pd.Timestamp("2024-02-29 23:59:59.123456789"), pd.Timestamp("1950-01-01 00:00:00.000000001")],
    "timestamp_ntz": [pd.Timestamp("2024-02-29 23:59:59.123456789"), pd.Timestamp("1950-01-01 00:00:00.000000001")],
    "interval_day_time": [pd.Timedelta("3 days 00:00:05.000007009"), pd.Timedelta(0)],
    "interval_year_month": [Monthdelta(14), Monthdelta(-3)],
    "json": [{"k": [1, 2.5, None]}, [], "x"],
}
KEYS = [kind for kind in VALUES if kind not in ("json", "interval_year_month")]
#: MaxCompute makes columns of neither: results of queries alone have them.
INTERVALS = ("interval_day_time", "interval_year_month")
