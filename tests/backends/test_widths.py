"""How much memory rows may take by their types."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from odps_jupyter.backends.widths import PLACE, ROW, weight, widest_of


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bigint", 2**63 - 1),
        ("double", 1e308),
        ("boolean", True),
        ("date", date.max),
        ("datetime", datetime.max),
        ("timestamp", pd.Timestamp.max),
        ("timestamp_ntz", pd.Timestamp.max),
    ],
)
def test_no_value_takes_more_than_its_type_says(kind: str, value: Any) -> None:
    widest = widest_of([kind, kind])
    assert widest is not None
    assert ROW + 2 * (PLACE + weight(value)) <= widest


@pytest.mark.parametrize("kind", ["string", "decimal(38,18)", "interval_day_time", "array<bigint>"])
def test_the_rest_is_looked_at(kind: str) -> None:
    assert widest_of(["bigint", kind]) is None
