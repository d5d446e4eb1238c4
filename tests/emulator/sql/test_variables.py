"""Script variables that hold one value, the word DEFAULT, and containers of nothing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from odps_jupyter.emulator.errors import OdpsError

if TYPE_CHECKING:
    from .conftest import Engine

SCRIPTS = [
    ("@a bigint := 5; SELECT @a + 1", 6),
    ("@A BIGINT := -7;\nSELECT @a", -7),
    ("@a bigint; @a := 5; @a := @a + 1; SELECT @a", 6),
    ("@a bigint; SELECT @a", None),
    ("@a string := 'x;\\'y'; SELECT concat(@a, 'z')", "x;'yz"),
    ("@a string := 12; SELECT @a", "12"),
    ("@a double := -1.5e300; SELECT @a", -1.5e300),
    ("@a boolean := false; SELECT NOT @a", True),
    ("@a decimal(10,2) := '1.239'; SELECT @a", Decimal("1.23")),
    ("@a datetime := datetime '2024-01-02 03:04:05'; SELECT @a", datetime(2024, 1, 2, 3, 4, 5)),
    ("@a date := '2024-01-02'; SELECT @a", date(2024, 1, 2)),
    ("@a bigint := select max(x) from values (1), (9) as t(x); SELECT @a", 9),
    ("@a bigint := (select max(x) from values (1), (9) as t(x)) + 1; SELECT @a", 10),
    ("@a bigint := 3; SELECT filter(array(1, 6), x -> x > @a)", [6]),
    # a constant, where one must be written
    ("@a string := 'yyyy/mm'; SELECT to_char(datetime '2024-01-02 03:04:05', @a)", "2024/01"),
    ("@a bigint := 2; @t := SELECT @a AS x; SELECT x * @a FROM @t", 4),
]


@pytest.mark.parametrize(("script", "value"), SCRIPTS)
def test_a_name_stands_for_its_value(engine: Engine, script: str, value: Any) -> None:
    assert engine.rows(script) == [(value,)]


def test_a_value_is_computed_where_it_is_set(engine: Engine) -> None:
    engine.run("CREATE TABLE t (a bigint)")
    script = "@n bigint := select count(*) from t; INSERT INTO t VALUES (1); SELECT @n, count(*) FROM t"
    assert engine.rows(script) == [(0, 1)]
    assert engine.rows("@r double := rand(); SELECT @r = @r") == [(True,)]


REFUSED = [
    ("@a := 5; SELECT @a", "script variable @a, which is no query and has no type"),
    ("@a array<bigint> := array(1); SELECT 1", "a script variable of type array<bigint>"),
    ("@a money := 1; SELECT 1", "'money' in 'money' is not a MaxCompute type"),
    ("@a bigint := true; SELECT 1", "cannot put boolean into variable @a of type bigint"),
    ("@a bigint := nosuch;", "Semantic analysis exception - column nosuch cannot be resolved"),
    ("@a bigint := select 1, 2;", "must have one column"),
    ("@a bigint := select x from values (1), (2) as t(x);", "gave more than one row"),
    ("SELECT @a", "column @a cannot be resolved"),
]


@pytest.mark.parametrize(("script", "message"), REFUSED)
def test_what_is_no_value_is_refused(engine: Engine, script: str, message: str) -> None:
    with pytest.raises(OdpsError) as caught:
        engine.run(script)
    assert message in str(caught.value)


def test_default_in_values(engine: Engine) -> None:
    engine.run("CREATE TABLE t (a bigint DEFAULT 7, b string, c boolean DEFAULT false, d double DEFAULT -1.5)")
    engine.run("INSERT INTO t VALUES (DEFAULT, 'x', DEFAULT, default), (1, DEFAULT, true, 2)")
    engine.run("INSERT INTO t (b, a) VALUES ('y', DEFAULT)")
    assert engine.rows("SELECT * FROM t ORDER BY b LIMIT 9") == [
        (1, None, True, 2.0), (7, "x", False, -1.5), (7, "y", False, -1.5),
    ]  # fmt: skip


def test_containers_of_nothing_hold_text_where_they_are_shown_and_kept(engine: Engine) -> None:
    result = engine.run("SELECT array() AS a, map() AS m, named_struct('f', null) AS s")
    assert [kind for _, kind in result.columns] == ["array<string>", "map<string,string>", "struct<f:string>"]
    engine.run("CREATE TABLE t AS SELECT array() AS a")
    assert engine.table("t").columns[0].type == "array<string>"
    assert engine.rows("SELECT if(true, array(), array(1)), coalesce(map(), map('a', 1)), a FROM t") == [([], [], [])]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("SELECT transform(1) USING 'cat' AS (x) FROM values (1) as t(x)", "SELECT TRANSFORM is not supported"),
        ("CREATE TABLE p PARTITIONED BY (ds) AS SELECT 1 AS a, 'x' AS ds", "PARTITIONED BY (names) of CREATE TABLE"),
        ("SHOW GRANTS", "SHOW GRANTS is not supported"),
    ],
)
def test_clauses_that_are_not_here_are_named(engine: Engine, statement: str, message: str) -> None:
    with pytest.raises(OdpsError) as caught:
        engine.run(statement)
    assert message in str(caught.value)
