"""Type names round trip, and each type has a DuckDB and an Arrow form that agree."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pytest

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError

if TYPE_CHECKING:
    from .conftest import Engine

NAMES = [
    "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "string", "varchar(10)", "char(3)", "binary",
    "date", "datetime", "timestamp", "timestamp_ntz", "json", "decimal(38,18)", "decimal(10,2)", "array<string>",
    "map<string,array<bigint>>", "struct<a:bigint,b:struct<c:decimal(5,0)>>",
]  # fmt: skip


@pytest.mark.parametrize("text", NAMES)
def test_round_trip(text: str) -> None:
    assert str(types.parse(text)) == text
    assert str(types.parse(text.upper().replace(",", ", "))) == text


@pytest.mark.parametrize("text", NAMES)
def test_duckdb_and_arrow_agree(text: str) -> None:
    kind = types.parse(text)
    with duckdb.connect(":memory:") as connection:
        table = connection.sql(f"SELECT CAST(NULL AS {types.to_duckdb(kind)}) AS c").to_arrow_table()
    assert table.column(0).cast(types.to_arrow(kind)).type == types.to_arrow(kind)


def test_decimal_without_sizes() -> None:
    assert str(types.parse("DECIMAL")) == "decimal(38,18)"
    assert types.to_arrow(types.parse("decimal")) == pa.decimal128(38, 18)


@pytest.mark.parametrize(
    "text", ["", "number", "array", "array<>", "map<string>", "struct<a>", "bigint bigint", "array<x"]
)
def test_not_a_type(text: str) -> None:
    with pytest.raises(ValueError, match=r"MaxCompute type|element types|written name:type"):
        types.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("decimal(50,2)", r"the precision of 'decimal\(50,2\)' is not between 1 and 38"),
        ("decimal(0,0)", "is not between 1 and 38"),
        ("decimal(5,6)", r"the scale of 'decimal\(5,6\)' is not between 0 and 5"),
        ("decimal(39,2)", "there is no DECIMAL256 here"),
        ("array<varchar(65536)>", "is not between 1 and 65535"),
        ("char(256)", r"the length of 'char\(256\)' is not between 1 and 255"),
    ],
)
def test_sizes_out_of_range(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        types.parse(text)


def test_char_is_filled_and_varchar_cut(engine: Engine) -> None:
    """Source: MaxCompute's manual, "Data type editions": spaces fill a CHAR and take no part in comparisons."""
    engine.run("CREATE TABLE words (c char(4), v varchar(3), a array<char(3)>) PARTITIONED BY (p char(5))")
    engine.run(
        "INSERT INTO words PARTITION (p)"
        " SELECT x, x, array(cast(x as char(3))), x FROM values ('ab'), ('ab  '), ('abcdef') AS t(x)"
    )
    assert engine.rows("SELECT c, v, a, count(*) FROM words GROUP BY c, v, a ORDER BY c, v LIMIT 9") == [
        ("ab  ", "ab", ["ab "], 1), ("ab  ", "ab ", ["ab "], 1), ("abcd", "abc", ["abc"], 1),
    ]  # fmt: skip
    assert sorted(spec["p"] for spec in engine.catalog.partitions(engine.table("words"))) == ["ab", "abcde"]
    compared = "c = 'ab', c = cast('ab' as char(200)), c < 'ab ', c IN ('ab'), length(c), concat(c, '|'), c LIKE 'a_'"
    assert engine.rows(f"SELECT DISTINCT {compared} FROM words WHERE c = 'ab'") == [
        (True, True, True, True, 2, "ab|", True)
    ]
    casts = "cast('x' as char(3)), cast('abc' as varchar(2)), cast(cast('x' as char(3)) as string)"
    assert engine.rows(f"SELECT {casts}") == [("x  ", "ab", "x")]
    joined = "SELECT count(*) FROM words w JOIN (SELECT cast('ab' as char(9)) AS k) u ON w.c = u.k"
    assert engine.column(joined) == [2]
    inside = (
        "cast(array('abc', null) AS array<char(2)>), cast(map('abc', 'x', 'abd', 'y') AS map<varchar(2),char(3)>),"
        " cast(named_struct('a', 'abc', 'b', 1.9) AS struct<x:varchar(1),y:bigint>),"
        " cast(array(array('abc')) AS array<array<varchar(2)>>), cast(cast(null AS array<string>) AS array<char(2)>),"
        " cast(array(named_struct('a', 'abc')) AS array<struct<b:char(5)>>)"
    )
    assert engine.rows(f"SELECT {inside}") == [
        (["ab", None], [("ab", "y  ")], {"x": "a", "y": 1}, [["ab"]], None, [{"b": "abc  "}])
    ]
    assert engine.value("cast(cast(array('abc') AS array<char(5)>) AS array<string>)") == ["abc"]
    engine.run("CREATE TABLE copied AS SELECT c, a[0] AS d FROM words WHERE v = 'ab'")
    assert [c.type for c in engine.table("copied").columns] == ["char(4)", "char(3)"]
    assert engine.connection.sql(f"SELECT * FROM {engine.table('copied').physical}").fetchall() == [("ab  ", "ab ")]


def test_hours_that_a_clock_shows_twice_or_never_are_refused(engine: Engine) -> None:
    """In New York, 05:30 and 06:30 UTC of 2024-11-03 are both 01:30, and 02:30 of 2024-03-10 is not there."""
    zone = {"odps__sql__timezone": "America/New_York"}
    engine.run("CREATE TABLE moments (d datetime, t timestamp)")
    physical = engine.table("moments").physical
    engine.connection.execute(f"INSERT INTO {physical} VALUES ('2024-11-03 06:30:00', '2024-11-03 06:30:00.5')")
    assert engine.rows("SELECT unix_timestamp(d), cast(d as string), cast(t as string) FROM moments", **zone) == [
        (1730615400, "2024-11-03 01:30:00", "2024-11-03 01:30:00.5")
    ]
    assert engine.value("datetime '2024-03-10 03:30:00'", **zone) == datetime(2024, 3, 10, 7, 30)
    engine.connection.execute(f"INSERT INTO {physical} VALUES ('2024-11-03 05:30:00', '2024-11-03 05:30:00')")
    refused = [
        "d FROM moments", "t FROM moments", "from_unixtime(1730611800)", "datetime '2024-03-10 02:30:00'",
        "unix_timestamp(datetime '2024-03-10 02:30:00')",
    ]  # fmt: skip
    for written in refused:
        with pytest.raises(OdpsError, match=r"clocks of America/New_York show twice, or never") as caught:
            engine.rows(f"SELECT {written}", **zone)
        assert caught.value.code == "ODPS-0121095"
    assert engine.value("count(*) FROM moments", **zone) == 2


@pytest.mark.parametrize("written", ["datetime '1600-01-01 00:00:00'", "date '9999-01-01'", "'1677-01-01 00:00:00'"])
def test_timestamps_that_are_not_kept_are_refused(engine: Engine, written: str) -> None:
    for kind in ("timestamp", "timestamp_ntz"):
        with pytest.raises(OdpsError, match="a TIMESTAMP before 1678 or behind 2261 is not kept here"):
            engine.value(f"cast({written} as {kind})")


@pytest.mark.parametrize("kind", ["timestamp", "timestamp_ntz"])
@pytest.mark.parametrize("moved", ["dateadd({}, 10, 'yyyy')", "dateadd({}, 4000, 'dd')", "{} + interval '10' year"])
def test_timestamps_that_are_moved_out_of_what_is_kept_are_refused(engine: Engine, kind: str, moved: str) -> None:
    written = moved.format(f"{kind} '2260-01-01 00:00:00.000000001'")
    with pytest.raises(OdpsError, match="a TIMESTAMP before 1678 or behind 2261 is not kept here"):
        engine.value(written)
