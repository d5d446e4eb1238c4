"""Examples and rules of the manual's pages of dates, URLs, JSON, aggregate and window functions, with their answers.

Each page is one statement, so that many examples cost little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pytest

from odps_jupyter.emulator.errors import OdpsError

from .conftest import Engine, PlainFunctions, _engine


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One engine for all: nothing here changes anything."""
    yield from _engine(PlainFunctions())


def same(engine: Engine, examples: Mapping[str, Any], rows: str = "", **settings: str) -> None:
    """Ask for all examples at once, of which each has its answer."""
    [found] = engine.rows(f"SELECT {', '.join(examples)} {rows}", **settings)
    assert dict(zip(examples, found, strict=True)) == dict(examples)
    assert [type(v) for v in found] == [type(v) for v in examples.values()]


DATES = {
    "dateadd(datetime '2005-02-28 00:00:00', 1, 'dd')": datetime(2005, 3, 1),
    "dateadd(datetime '2005-02-28 00:00:00', 20, 'mm')": datetime(2006, 10, 28),
    "dateadd(datetime '2005-03-28 00:00:00', -1, 'mm')": datetime(2005, 2, 28),
    "dateadd(datetime '2005-01-29 00:00:00', 1, 'mm')": datetime(2005, 2, 28),
    "dateadd(date '2005-02-18', 1, 'mm')": date(2005, 3, 18),
    "date_add(datetime '2005-02-28 00:00:00', 1)": date(2005, 3, 1),
    "date_add(date '2005-02-28', -1)": date(2005, 2, 27),
    "date_sub('2005-03-01 00:00:00', 1)": date(2005, 2, 28),
    "datediff(datetime '2006-01-01 00:00:00', datetime '2005-12-31 23:59:59', 'yyyy')": 1,
    "datediff(datetime '2006-01-01 00:00:00', datetime '2005-12-31 23:59:59', 'ss')": 1,
    "datediff(datetime '2013-05-31 13:00:00', '2013-05-31 12:30:00', 'mi')": 30,
    "datediff('2013-05-21', '2013-05-10')": 11,
    "datediff(datetime '2018-06-04 19:33:23.250', datetime '2018-06-04 19:33:23.234', 'ff3')": 16,
    "datediff(timestamp '2018-06-04 19:33:23.250001', timestamp '2018-06-04 19:33:23.234', 'ff6')": 16001,
    # how many weeks begin between
    "datediff(date '2025-03-02', date '2025-03-01', 'week')": 0,
    "datediff(date '2025-03-03', date '2025-03-02', 'isoweek')": 1,
    "datediff(date '2025-03-02', date '2025-03-01', 'week(SUNDAY)')": 1,
    "datediff(date '1960-02-20', date '1960-03-03', 'week(monday)')": -2,
    "datepart(datetime '2013-06-08 01:10:00', 'yyyy')": 2013,
    "datetrunc(datetime '2011-12-07 16:28:46', 'month')": datetime(2011, 12, 1),
    "datetrunc(datetime '2011-12-07 16:28:46', 'DD')": datetime(2011, 12, 7),
    "isdate('2021-10-11', 'yyyy-mm-dd')": True,
    "lastday(datetime '2013-06-08 01:10:00')": datetime(2013, 6, 30),
    "to_date('Alibaba2010-12*03', 'Alibabayyyy-mm*dd')": datetime(2010, 12, 3),
    "to_date('200807182030', 'yyyymmddhhmi')": datetime(2008, 7, 18, 20, 30),
    "to_date('2008718', 'yyyymmdd')": None,
    "to_date('2010-24-01', 'yyyy')": None,
    "weekday(datetime '2009-03-20 11:11:00')": 4,
    "weekofyear(to_date('20151229', 'yyyymmdd'))": 53,
    "add_months('2017-02-14 21:30:00', 3)": "2017-05-14",
    "add_months('20170214', 3)": None,
    "hour('20140901120000')": None,
    "last_day('2017-07-04 11:40:00')": "2017-07-31",
    "months_between('1996-10-30', '1997-02-28 10:30:00')": -3.9495967741935485,
    "months_between('1996-09-30', '1996-12-31')": -3.0,
    "next_day('2017-08-01 23:34:00', 'TU')": "2017-08-08",
    "quarter('1970-11-12 10:00:00')": 4,
    "second('12:30:45')": 45,
    "year('1970/03/09')": None,
    "extract(minute from '2019-05-01 11:21:00')": 21,
    "dayofweek(date '2009-07-30')": 5,
    "dayofyear('2014-03-12')": 71,
}
IN_SHANGHAI = {
    "from_unixtime(123456789)": datetime(1973, 11, 29, 21, 33, 9),  # as it is stored: 05:33:09 there
    "unix_timestamp(datetime '2009-03-20 11:11:00')": 1237518660,
    "cast(from_utc_timestamp(1501557840000, 'PST') as string)": "2017-08-01 04:24:00",
    "cast(from_utc_timestamp(datetime '1970-01-30 16:00:00', 'PST') as string)": "1970-01-30 08:00:00",
}
URL = "file://username:password@example.com:8042/over/there/index.dtb?type=animal&name=narwhal#nose"
PARTS = {
    "HOST": "example.com",
    "PATH": "/over/there/index.dtb",
    "QUERY": "type=animal&name=narwhal",
    "REF": "nose",
    "PROTOCOL": "file",
    "AUTHORITY": "username:password@example.com:8042",
    "FILE": "/over/there/index.dtb?type=animal&name=narwhal",
    "userinfo": "username:password",
}
URLS = {
    **{f"parse_url('{URL}', '{part}')": value for part, value in PARTS.items()},
    f"parse_url('{URL}', 'QUERY', 'type')": "animal",
    "parse_url(cast(null as string), 'HOST')": None,
    "url_decode('%E7%A4%BA%E4%BE%8Bfor+url_decode%3A%2F%2F+%28fdsf%29')": "示例for url_decode:// (fdsf)",
    "url_decode('Example+for+url_decode+%3A%2F%2F+dsf%28fasfs%29', 'GBK')": "Example for url_decode :// dsf(fasfs)",
    "url_encode('a.b-c*d_e~', 'gbk')": "a.b-c*d_e%7E",
    "url_decode('100%', 'utf-8')": "100%",
}
FRUIT = '{"store":{"fruit":[{"weight":8,"type":"apple"},{"weight":9,"type":"pear"}]},"owner":"amy"}'
NESTED = '{"a":"b","c":{"d":"e","f":"g","h":["h0","h1","h2"]},"i":"j"}'
DOCUMENTS = {
    f"get_json_object('{FRUIT}', '$.owner')": "amy",
    f"get_json_object('{FRUIT}', '$.store.fruit[0]')": '{"weight":8,"type":"apple"}',
    f"get_json_object('{FRUIT}', '$.non_exist_key')": None,
    f"get_json_object('{NESTED}', '$.c.h[*]')": '["h0","h1","h2"]',
    f"get_json_object('{NESTED}', '$.c.h[1]')": "h1",
    "get_json_object('{\"a\":\"b\"', '$.a')": None,
    "get_json_object(json '{\"a\":1, \"b\":2}', '$.a')": "1",
    "get_json_object(json '{\"a\":1, \"b\":2}', '$.c')": None,
    "get_json_object(json '{\"a\":1, \"b\":2}', '$invalid_json_path')": None,
    'get_json_object(json \'{"name": "Alice", "age": 30}\', \'$.name\')': "Alice",
    "json_array('a', 45, true, json '{\"a\":456}')": '["a",45,true,{"a":456}]',
    "json_type(json '{\"a\":1}')": "object",
    "json_pretty(json '{\"a\":1}')": '{\n    "a": 1\n}',
    "from_json('{\"d\":\"v\"}', 'map<string,string>')": [("d", "v")],
}
AGGREGATES = {
    "count(*)": 5, "count(x)": 4, "count(distinct x)": 3, "avg(x)": 2.25, "sum(x)": 9, "sum(distinct x)": 6,
    "median(x)": 2.5, "variance(x)": 0.6875,
    "wm_concat(',', cast(x as string)) within group (order by x desc)": "3,3,2,1",
    "sort_array(collect_set(x))": [1, 2, 3], "percentile(x, 0.5)": 2.5, "percentile(x, array(0.25, 1))": [1.75, 3.0],
    "bitwise_or_agg(x)": 3, "bitwise_and_agg(x)": 0, "bitwise_xor_agg(x)": 3, "count_if(x > 1)": 3, "max_by(x, -x)": 1,
    "min_by(x, -x)": 3, "arg_max(x, -x)": -3, "covar_pop(x, x)": 0.6875, "map_agg(x, -x)[2L]": -2,
}  # fmt: skip
WINDOWS = {
    "row_number() over (order by x)": [1, 2, 3, 4],
    "rank() over (order by x)": [1, 2, 2, 4],
    "dense_rank() over (order by x)": [1, 2, 2, 3],
    "percent_rank() over (order by x)": [0.0, 1 / 3, 1 / 3, 1.0],
    "cume_dist() over (order by x)": [0.25, 0.75, 0.75, 1.0],
    "ntile(2) over (order by x)": [1, 1, 2, 2],
    "lag(x) over (order by x)": [None, 1, 2, 2],
    "lead(x, 1, 0) over (order by x)": [2, 2, 4, 0],
    "first_value(x) over (order by x)": [1, 1, 1, 1],
    "last_value(x) over (order by x rows between unbounded preceding and unbounded following)": [4, 4, 4, 4],
    "nth_value(x, 2) over (order by x rows between unbounded preceding and current row)": [None, 2, 2, 2],
    "avg(x) over (order by x rows between 1 preceding and current row)": [1.0, 1.5, 2.0, 3.0],
    "median(x) over ()": [2.0, 2.0, 2.0, 2.0],
}


def test_the_pages_of_dates(engine: Engine) -> None:
    same(engine, DATES)
    same(engine, IN_SHANGHAI, odps__sql__timezone="Asia/Shanghai")
    kinds = engine.table_of("SELECT datediff(date '2025-03-02', date '2025-03-01') AS a, datediff(date '2025-03-02',"
                            " date '2025-03-01', 'dd') AS b")  # fmt: skip
    assert [str(f.type) for f in kinds.schema] == ["int32", "int64"]
    cut = engine.rows("SELECT datetrunc(date '2024-05-17', 'week(sunday)'),"
                      " datetrunc(date '2024-05-19', 'WEEK(SUNDAY)'),"
                      " datetrunc(datetime '2024-05-17 11:22:33', 'week(friday)'),"
                      " cast(datetrunc(timestamp '2024-05-17 11:22:33', 'week(saturday)') as datetime)")  # fmt: skip
    assert cut == [(date(2024, 5, 12), date(2024, 5, 19), datetime(2024, 5, 17), datetime(2024, 5, 11))]
    with pytest.raises(OdpsError, match="a week begins with one of MONDAY"):
        engine.value("datediff(date '2025-03-03', date '2025-03-02', 'week(x)')")


def test_the_pages_of_urls(engine: Engine) -> None:
    same(engine, URLS)
    keys = ", ".join(f"'{part}'" for part in [*PARTS, "QUERY:type", "query:name"])
    names = ", ".join(f"item{at}" for at in range(len(PARTS) + 2))
    assert engine.rows(f"SELECT parse_url_tuple('{URL}', {keys}) AS ({names})") == [
        (*PARTS.values(), "animal", "narwhal")
    ]
    for written, message in {
        "parse_url_tuple(cast(null as string), 'HOST') AS (a)": "the URL or a key is NULL",
        "parse_url_tuple('http://a.b', null) AS (a)": "the URL or a key is NULL",
        "parse_url('http://a.b', 'HOSTS')": "'HOSTS' is not one of HOST",
        "parse_url('a.b', 'HOST')": "'a.b' is not a URL",
        "url_decode('a', 'latin-1')": "'latin-1' is not one of UTF-8, GBK",
    }.items():
        with pytest.raises(OdpsError, match=message):
            engine.rows(f"SELECT {written}")


def test_the_pages_of_json(engine: Engine) -> None:
    same(engine, DOCUMENTS)
    with pytest.raises(OdpsError, match="in an array of a JSON is not documented"):
        engine.value("get_json_object(json '{\"a\":[1]}', '$.a[*]')")
    for setting, value in {"force.getjsonobj.array.format": "true", "udf.getjsonobj.new": "false"}.items():
        with pytest.raises(OdpsError, match=f"{setting}={value} is not supported"):
            engine.value("1", **{f"odps__sql__{setting.replace('.', '__')}": value})


def test_the_pages_of_aggregate_functions(engine: Engine) -> None:
    same(engine, AGGREGATES, "FROM VALUES (1), (2), (3), (3), (null) AS t(x)")


def test_the_pages_of_window_functions(engine: Engine) -> None:
    rows = engine.rows(f"SELECT x, {', '.join(WINDOWS)} FROM VALUES (4), (2), (1), (2) AS t(x)")
    ordered = sorted(rows, key=lambda row: row[:2])
    found = {name: [row[at] for row in ordered] for at, name in enumerate(WINDOWS, 1)}
    assert found == WINDOWS
