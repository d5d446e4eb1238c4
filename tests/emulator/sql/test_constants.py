"""Constants, and the settings that say what they are."""

from __future__ import annotations

import pytest

from odps_jupyter.emulator.errors import OdpsError

SECOND = {"odps__sql__type__system__odps2": "true"}


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("1", "bigint", "int"),
        ("-1", "bigint", "int"),
        ("2147483647", "bigint", "int"),
        ("2147483648", "bigint", "bigint"),
        ("-2147483648", "bigint", "bigint"),
        ("9223372036854775807", "bigint", "bigint"),
        ("9223372036854775808", "double", "double"),
        ("1L", "bigint", "bigint"),
        ("1Y", "tinyint", "tinyint"),
        ("1 + 1", "bigint", "int"),
        ("1 + 1L", "bigint", "bigint"),
        ("1 / 2", "double", "double"),
        ("5 div 2", "bigint", "int"),
        ("sum(1)", "bigint", "bigint"),
        ("max(1)", "bigint", "int"),
        ("array(1, 2)", "array<bigint>", "array<int>"),
        ("map('a', 1)", "map<string,bigint>", "map<string,int>"),
        ("if(true, 1, 2)", "bigint", "int"),
        ("coalesce(null, 1)", "bigint", "int"),
    ],
)
def test_whole_numbers_of_both_editions(engine, text: str, first: str, second: str) -> None:
    """Source: MaxCompute's documentation, "Data type editions": without a job's own setting they are BIGINT here."""
    assert engine.run(f"SELECT {text} AS x").columns == (("x", first),)
    assert engine.run(f"SELECT {text} AS x", **SECOND).columns == (("x", second),)
    assert engine.rows(f"SELECT {text} AS x") == engine.rows(f"SELECT {text} AS x", **SECOND)


def test_sums_of_the_second_edition_overflow_earlier(engine) -> None:
    assert engine.value("2147483647 + 1") == 2147483648
    with pytest.raises(OdpsError, match=r"ODPS-0121145: ?Data overflow"):
        engine.value("2147483647 + 1", **SECOND)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("trim(BOTH 'x' FROM 'xaxbx')", "axb"),
        ("trim(LEADING 'x' FROM 'xax')", "ax"),
        ("trim(TRAILING 'x' FROM 'xax')", "xa"),
        ("trim('x' FROM 'xax')", "a"),
        ("trim(BOTH FROM ' a ')", "a"),
        ("trim(LEADING FROM ' a ')", "a "),
        ("trim(FROM ' a ')", "a"),
        ("trim(' a ')", "a"),
        ("trim('xax', 'x')", "a"),
    ],
)
def test_trim_in_words(engine, text: str, value: str) -> None:
    assert engine.value(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("""json '{"a": [1, 2]}'['a']""", "[1,2]"),
        ("""json '{"a": [1, 2]}'['a'][1]""", "2"),
        ("json '[1, 2]'[0]", "1"),
    ],
)
def test_parts_of_a_constant_document(engine, text: str, value: str) -> None:
    assert engine.value(f"json_format({text})") == value


@pytest.mark.parametrize("zone", ["Mars/Base", "UTC+99x", "'; DROP TABLE t; --"])
def test_a_time_zone_that_is_none(engine, zone: str) -> None:
    with pytest.raises(OdpsError, match=r"ODPS-0121095: ?Invalid arguments - .* is no time zone"):
        engine.run("SELECT 1", odps__sql__timezone=zone)
    assert engine.rows("SELECT 1", odps__sql__timezone="Asia/Shanghai") == [(1,)]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("@x ARRAY<INT> := array(1); SELECT @x", "a script variable of type array<int> is not supported"),
        ("@x := 1; SELECT 1", "script variable @x, which is no query and has no type"),
    ],
)
def test_script_variables_that_are_no_queries(engine, script: str, error: str) -> None:
    with pytest.raises(OdpsError, match=f"ODPS-0130071.*{error}"):
        engine.run(script)
    assert engine.rows("@a := SELECT 10 AS v; SELECT (SELECT v FROM @a) + 1") == [(11,)]
