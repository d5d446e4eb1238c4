"""What the type editions and Hive's compatibility change. Source: MaxCompute's manual, "Data type editions"."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from odps_jupyter.emulator.errors import OdpsError

if TYPE_CHECKING:
    from .conftest import Engine

EDITION = "odps__sql__type__system__odps2"
HIVE = "odps__sql__hive__compatible"

DIFFERENT = [
    # written, MaxCompute's value, Hive's
    ("substr('abc', 0)", "", "abc"),
    ("substr('abc', 0, 2)", "", "ab"),
    ("substr('abc', -2)", "bc", "bc"),
    ("find_in_set('', '')", 0, 1),
    ("find_in_set('', 'a,')", 0, 2),
    ("find_in_set('b', 'a,b')", 2, 2),
    ("find_in_set(null, 'a,b')", None, None),
]


@pytest.mark.parametrize(("written", "own", "hives"), DIFFERENT)
def test_functions_that_hive_has_otherwise(engine: Engine, written: str, own: Any, hives: Any) -> None:
    assert (engine.value(written), engine.value(written, **{HIVE: "true"})) == (own, hives)


def test_what_stands_behind_a_union(engine: Engine) -> None:
    """ORDER BY and LIMIT are those of the last part in edition 1.0, of the whole in edition 2.0."""
    query = "SELECT 1 AS a UNION ALL SELECT x AS a FROM values (2), (3) AS t(x) ORDER BY a DESC LIMIT 1"
    assert sorted(engine.column(query, **{EDITION: "false"})) == [1, 3]
    assert engine.column(query, **{EDITION: "true"}) == [3]


@pytest.mark.parametrize("value", ["1.5", "'1'", "1.5BD", "true"])
def test_what_may_be_lost_needs_a_cast_in_the_second_edition(engine: Engine, value: str) -> None:
    engine.run("CREATE TABLE t (a bigint)")
    with pytest.raises(OdpsError, match=r"cannot put .* into column a of type bigint"):
        engine.run(f"INSERT INTO t SELECT {value}", **{EDITION: "true"})
    engine.run(f"INSERT INTO t SELECT cast({value} AS bigint) UNION ALL SELECT 7", **{EDITION: "true"})
    assert sorted(engine.column("SELECT a FROM t")) == [1, 7]


DATE = "datetime '2024-02-28 13:04:05'"


def test_date_formats(engine: Engine) -> None:
    """Source: the manual's page of DATE_FORMAT: other letters with Hive's meaning than without it."""
    written = ", ".join(f"date_format({DATE}, '{f}')" for f in ("yyyy-MM-dd hh:mm:ss", "HH:mi:ss.SSS", "mi"))
    assert engine.rows(f"SELECT {written}") == [("2024-02-28 13:02:05", "13:04:05.000", "04")]
    assert engine.rows(f"SELECT {written}", **{HIVE: "true"}) == [("2024-02-28 01:04:05", None, None)]


def test_examples_of_the_manual(engine: Engine) -> None:
    """Source: the examples on the pages of the date functions."""
    written = (
        "second('12:30:45'), second('20140901123045'), hour('2014-09-01 12:30:45'), year('70-01-01'),"
        " year('1970/03/09'), datediff(date '2013-05-21', date '2013-05-10', null), date_format(getdate(), null),"
        " dateadd(date '2005-02-18', 1, null), to_char(getdate(), null), datetrunc(getdate(), null)"
    )
    assert engine.rows(f"SELECT {written}") == [(45, None, 12, 70, *[None] * 6)]


def test_masks(engine: Engine) -> None:
    """Source: the manual's page of MASK_HASH."""
    masked = "mask_hash('abc') = mask_hash(cast('abc' as varchar(5))), mask_hash(null), length(mask_hash(unhex('61')))"
    for hive in ("false", "true"):
        assert engine.rows(f"SELECT {masked}, mask_hash(100)", **{HIVE: hive}) == [(True, None, 64, None)]


def test_times_are_cut_by_the_clocks_of_utc(engine: Engine) -> None:
    """Source: the manual's page of TRUNC_TIME, with its own example."""
    zone = {"odps__sql__timezone": "Asia/Shanghai"}
    at = "datetime '2025-06-03 07:15:08'"
    written = ", ".join(f"trunc_time({at}, '{u}')" for u in ("year", "month", "day", "hour"))
    assert engine.rows(f"SELECT {written}", **zone) == [("2025", "2025-06", "2025-06-02", "2025-06-02 23:00:00")]
    engine.run("CREATE TABLE t (at datetime, d date) AUTO PARTITIONED BY (trunc_time(at, 'day') AS pt)", **zone)
    engine.run(f"INSERT INTO t SELECT {at}, date '2025-06-03'", **zone)
    assert engine.rows("SELECT pt, trunc_time(d, 'day'), trunc_time(at, 'hour') FROM t", **zone) == [
        ("2025-06-02", "2025-06-03", "2025-06-02 23:00:00")
    ]
    with pytest.raises(OdpsError, match="'week' is no date part of TRUNC_TIME"):
        engine.value(f"trunc_time({at}, 'week')")


def test_constants_of_the_second_edition(engine: Engine) -> None:
    assert engine.rows("SELECT X'616263', x'616', X'', 'ab' 'cd' \"ef\"") == [(b"abc", b"\x06\x16", b"", "abcdef")]


def test_raw_strings(engine: Engine) -> None:
    """Source: the manual's page of REGEXP_REPLACE."""
    written = [
        r"regexp_replace('ab', R'(.)', R'\1 ', 1)",
        r"r'a\n;--c' 'd'",
        r'length(R"a\\b")',
        "r.r FROM (SELECT 'x' r) r",
    ]
    assert [engine.value(text) for text in written] == ["a b", r"a\n;--cd", 4, "x"]


def test_types_that_hive_has_otherwise(engine: Engine) -> None:
    written = (
        "floor(1.5BD), ceil(1.5BD), from_unixtime(0), 1Y | 2Y, cast(1 as int) ^ 2L, length('ab'), instr('ab', 'b')"
    )
    own, hive = (engine.run(f"SELECT {written}", **{HIVE: flag}) for flag in ("false", "true"))
    assert [kind for _, kind in own.columns] == ["bigint", "bigint", "datetime", "bigint", "bigint", "bigint", "bigint"]
    assert [kind for _, kind in hive.columns] == [
        "decimal(38,1)", "decimal(38,1)", "string", "tinyint", "bigint", "int", "int",
    ]  # fmt: skip
    assert engine.rows(f"SELECT {written}", **{HIVE: "true"})[0][3:] == (3, 3, 2, 2)
    assert engine.value("concat_ws(',', 'a', cast(null as string), 'b')") is None


REFUSED = [
    # In edition 2.0, a text is no BIGINT and no DATETIME without CAST, and a number with places no BIGINT.
    ("substr('abc', '1')", "SUBSTR cannot match any overloaded functions with (string, string)"),
    ("substr('abc', 1.0)", "SUBSTR cannot match any overloaded functions with (string, double)"),
    ("from_unixtime(1BD)", "FROM_UNIXTIME cannot match any overloaded functions with (decimal(1,0))"),
    ("datediff('2024-01-02 00:00:00', getdate(), 'dd')", "DATEDIFF cannot match any overloaded functions with (string"),
    ("unix_timestamp('1970-01-01 00:00:10')", "UNIX_TIMESTAMP cannot match any overloaded functions with (string)"),
    ("dateadd('2024-01-02 00:00:00', 1, 'dd')", "DATEADD cannot match any overloaded functions with (string, int, str"),
    ("chr(substr('97', '1'))", "SUBSTR cannot match any overloaded functions with (string, string)"),
]


@pytest.mark.parametrize(("written", "message"), REFUSED)
def test_arguments_that_may_lose_need_a_cast_in_the_second_edition(engine: Engine, written: str, message: str) -> None:
    for edition in ("false", None):
        engine.value(written, **({} if edition is None else {EDITION: edition}))
    with pytest.raises(OdpsError) as caught:
        engine.value(written, **{EDITION: "true"})
    assert (caught.value.code, message in caught.value.text) == ("ODPS-0130071", True)


def test_what_is_converted_in_every_edition(engine: Engine) -> None:
    """Source: MaxCompute's manual, "Type conversions", and the pages of the functions, which list STRING here."""
    written = (
        "concat(1L, 1.5, 2BD), '1' + 1, '2' > 10, year('2024-05-06'), date_add('2024-05-06', 1), sqrt(4BD), abs('-1'),"
        " chr('97'), chr(97.9), chr(98BD), conv('1100', '2', 16.0), hex(255.0),"
        " dateadd(date '2024-05-06', '1', 'dd'), dateadd(date '2024-05-06', 1.9, 'dd'),"
        " lag(1, '1', 7) over (partition by 1 order by 1), lead(1, 1.0) over (partition by 1 order by 1)"
    )
    expected = (
        *("11.52", 2.0, False, 2024, date(2024, 5, 7), 2.0, 1.0),
        *("a", "a", "b", "C", "FF", date(2024, 5, 7), date(2024, 5, 7), 7, None),
    )
    for edition in ("false", "true"):
        assert engine.rows(f"SELECT {written}", **{EDITION: edition}) == [expected]


@pytest.mark.parametrize(
    "written", ["true = 'true'", "true IN ('a')", "1 = true", "getdate() > 1", "1 LIKE '1'", "'1' RLIKE 1", "1 + true"]
)
def test_what_is_converted_in_no_edition(engine: Engine, written: str) -> None:
    for edition in ("false", "true"):
        with pytest.raises(OdpsError, match=r"ODPS-0130071.* cannot be applied to"):
            engine.value(written, **{EDITION: edition})
