"""Rows as CSV, read back by the client's own reader: results over REST and previews."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from odps import ODPS
from odps.compat import Monthdelta


def over_rest(o: ODPS, query: str) -> Any:
    with o.execute_sql(query).open_reader(tunnel=False) as reader:
        return reader[0][0]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (
            r"""array('a,b', 'c"d', "e'f", '[x', '}', '', ' y ', '\\N', cast(null as string))""",
            ["a,b", 'c"d', "e'f", "[x", "}", "", " y ", "\\N", None],
        ),
        ("array(array('a,b'), array('c'))", [["a,b"], ["c"]]),
        ("map('a:b', 'c,d', 'e', 'f:g')", {"a:b": "c,d", "e": "f:g"}),
        ("named_struct('a', 'x,y:z', 'b', 1)", ("x,y:z", 1)),
        ("array(timestamp_ntz '2024-01-02 03:04:05.123456789')", [pd.Timestamp("2024-01-02 03:04:05.123456789")]),
        ("named_struct('t', timestamp_ntz '2024-01-02 03:04:05')", (pd.Timestamp("2024-01-02 03:04:05"),)),
    ],
)
def test_values_inside_others_are_read_back(o: ODPS, expression: str, value: Any) -> None:
    assert over_rest(o, f"select {expression} as x") == value


def test_intervals_are_written_as_hive_writes_them(o: ODPS, name: str) -> None:
    table = o.create_table(name, "id bigint, d interval_day_time, m interval_year_month")
    spans = [pd.Timedelta(days=1, hours=2, seconds=5, microseconds=7), -pd.Timedelta(seconds=1), None]
    months = [Monthdelta("1 years 2 months"), Monthdelta(0), None]
    with table.open_writer() as writer:
        writer.write([[at, *both] for at, both in enumerate(zip(spans, months, strict=True))])
    with o.execute_sql(f"select d, m from {name} order by id limit 3").open_reader(tunnel=False) as reader:
        assert reader.raw.splitlines()[1:] == [
            '"1 02:00:05.000007000","1-2"',
            '"-0 00:00:01.000000000","0-0"',
            r'"\N","\N"',
        ]
        assert [record["m"] for record in reader] == months
    assert sorted(record["m"].total_months() for record in table.head(3) if record["m"] is not None) == [0, 14]
    table.drop()


def test_intervals_that_sql_makes_are_stored_and_read(o: ODPS, name: str) -> None:
    o.execute_sql(
        f"create table {name} as select datetime '2024-03-10 12:00:00' - datetime '2024-03-08 11:30:00' as d,"
        " interval '3-2' year to month as m"
    )
    with o.get_table(name).open_reader() as reader:
        [[day_time, months]] = [record.values for record in reader]
    assert (day_time, months.total_months()) == (pd.Timedelta(days=2, minutes=30), 38)
    query = f"select datetime '2024-01-01 00:00:00' + d as t, d + interval '1' day as e, m from {name}"
    with o.execute_sql(query).open_reader(tunnel=True) as reader:
        [record] = list(reader)
    assert record["t"].replace(tzinfo=None) == datetime(2024, 1, 3, 0, 30)
    assert (record["e"], record["m"].total_months()) == (pd.Timedelta(days=3, minutes=30), 38)
    with o.execute_sql(query).open_reader(tunnel=False) as reader:
        assert reader.raw.splitlines()[1] == '"2024-01-03 00:30:00","3 00:30:00.000000000","3-2"'
    o.delete_table(name)
