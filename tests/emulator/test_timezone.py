"""DATETIME is wall clock in the job's zone, wherever it is looked at."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pandas as pd
import pytest
from odps import ODPS, options

from .conftest import Start


@pytest.fixture
def shanghai(start: Start) -> Iterator[ODPS]:
    """A client and a service that both live in Shanghai, eight hours ahead of UTC."""
    running = start("--data-dir", ":memory:", TZ="Asia/Shanghai")
    usual = options.local_timezone
    options.local_timezone = "Asia/Shanghai"
    yield running.client()
    options.local_timezone = usual


def test_wall_clock_is_the_same_everywhere(shanghai: ODPS) -> None:
    o = shanghai
    moment = datetime.datetime(2024, 1, 1, 7, 30)
    table = o.create_table("clock", "at datetime")
    with table.open_writer() as writer:
        writer.write([moment])
    with table.open_reader() as reader:
        assert reader[0]["at"].replace(tzinfo=None) == moment
    shown = "to_char(at, 'yyyy-mm-dd hh:mi:ss') as t, at = datetime '2024-01-01 07:30:00' as e"
    query = f"select at, hour(at) as h, {shown} from clock"
    with o.execute_sql(query).open_reader(tunnel=True) as reader:
        row = reader[0]
        assert row["at"].replace(tzinfo=None) == moment
        assert (row["h"], row["t"], row["e"]) == (7, "2024-01-01 07:30:00", True)
    with o.execute_sql(query).open_reader(tunnel=False) as reader:
        assert '"2024-01-01 07:30:00"' in reader.raw
    assert [record["at"].replace(tzinfo=None) for record in table.head(1)] == [moment]


def test_functions_see_the_wall_clock(shanghai: ODPS) -> None:
    o = shanghai
    table = o.create_table("clock", "at datetime")
    with table.open_writer() as writer:
        writer.write([datetime.datetime(2024, 1, 1, 7, 30)])
    frame = table.to_df().at.map(lambda at: at.isoformat(), "string").head(1)
    assert frame.values.iloc[0, 0] == "2024-01-01T07:30:00"


def test_moments_inside_containers_are_wall_clock_too(shanghai: ODPS) -> None:
    o = shanghai
    moment = datetime.datetime(2024, 1, 1, 7, 30)
    instant = pd.Timestamp("2024-01-01 07:30:00.123456789")
    kinds = "a array<datetime>, m map<datetime,timestamp>, s struct<t:timestamp_ntz,n:array<datetime>>"
    table = o.create_table("clocks", kinds)
    with table.open_writer() as writer:
        writer.write([[[moment, None], {moment: instant}, (pd.Timestamp("2024-01-01 07:30:00.5"), [moment])]])
    with o.execute_sql("select * from clocks").open_reader(tunnel=False) as reader:
        [line] = reader.raw.splitlines()[1:]
    assert line == (
        r'"[2024-01-01 07:30:00, \N]","{""2024-01-01 07:30:00"":2024-01-01 07:30:00.123456789}",'
        '"{t:2024-01-01 07:30:00.5, n:[2024-01-01 07:30:00]}"'
    )
    [record] = table.head(1)
    assert (record["a"], record["m"]) == ([moment, None], {moment: instant})


def test_sql_computes_with_the_wall_clock_inside_containers(shanghai: ODPS) -> None:
    o = shanghai
    moment, instant = datetime.datetime(2024, 1, 1, 7, 30), pd.Timestamp("2024-01-01 07:30:00.123456789")
    kinds = (
        "a array<datetime>, m map<datetime,array<timestamp>>, s struct<t:timestamp_ntz,n:array<datetime>>, b datetime"
    )
    table = o.create_table("inner_clocks", kinds)
    with table.open_writer() as writer:
        writer.write([[[moment, None], {moment: [instant]}, (instant, [moment]), moment], [None, None, None, None]])
    o.execute_sql("insert into inner_clocks select * from inner_clocks where b is not null")
    o.execute_sql(
        "insert into inner_clocks select array(b, null), map(b, m[b]), s, b from inner_clocks where b is not null"
    )
    seen = "hour(a[0]) as h, m[b][0] as i, hour(s.n[0]) as n, s.t as t, array(b)[0] = b as e"
    seen += ", collect_list(b) over (partition by b) as c"
    with o.execute_sql(f"select {seen} from inner_clocks where b is not null").open_reader(tunnel=False) as reader:
        lines = set(reader.raw.splitlines()[1:])
    nanos = "2024-01-01 07:30:00.123456789"
    assert lines == {f'"7","{nanos}","7","{nanos}","true","[{", ".join(["2024-01-01 07:30:00"] * 4)}]"'}
    query = "select array(datetime '2024-01-01 07:30:00') as a, x from inner_clocks lateral view explode(a) t as x"
    with o.execute_sql(f"{query} where x is not null limit 1").open_reader(tunnel=False) as reader:
        assert reader.raw.splitlines()[1:] == ['"[2024-01-01 07:30:00]","2024-01-01 07:30:00"']
    [first, *_] = table.head(1)
    assert first["a"] == [moment, None]


LISTING = """
from odps.distcache import get_cache_table
from odps.udf import annotate

@annotate("bigint->string")
class Listing(object):
    def __init__(self):
        self.rows = [tuple(row) for row in get_cache_table("resource_clocks")]

    def evaluate(self, number):
        return str(self.rows[number])
"""


def test_functions_read_wall_clock_time_from_table_resources(shanghai: ODPS) -> None:
    o = shanghai
    moment = datetime.datetime(2024, 1, 1, 7, 30)
    table = o.create_table("resource_clocks", "b datetime, a array<datetime>")
    with table.open_writer() as writer:
        writer.write([[moment, [moment]]])
    o.create_resource("resource_clocks", "table", table_name=table.name)
    o.create_resource("listing.py", "py", file_obj=LISTING)
    o.create_function("listing", class_type="listing.Listing", resources=["listing.py", "resource_clocks"])
    answer = o.execute_sql("select listing(0) as s", hints={"odps.sql.python.version": "cp311"})
    with answer.open_reader(tunnel=True) as reader:
        assert reader[0]["s"] == str((moment, [moment]))
