"""Decimals of every precision and scale. Source: MaxCompute's documentation, "DECIMAL data type": results are cut off
behind 18 places, never rounded; what does not fit is an error."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from odps_jupyter.emulator.errors import OdpsError

if TYPE_CHECKING:
    from .conftest import Engine

# 23 digits, more than DECIMAL(38,18) has room for.
BIG = "12345678901234567890123"

VALUES = [
    # casts keep what the type has room for, and cut the rest off
    (f"cast('{BIG}' as decimal(30,0))", Decimal(BIG)),
    (f"cast('-{'9' * 38}' as decimal(38,0))", Decimal("-" + "9" * 38)),
    (f"cast('{BIG}.987' as decimal(30,2))", Decimal(f"{BIG}.98")),
    ("cast('-1.999' as decimal(5,2))", Decimal("-1.99")),
    ("cast('1.5e3' as decimal(6,1))", Decimal(1500)),
    ("cast('.5' as decimal(6,1))", Decimal("0.5")),
    ("cast('12abc' as decimal(6,1))", Decimal(12)),
    ("cast('' as decimal(6,1))", None),
    ("cast(cast('123.456' as decimal(10,3)) as decimal(5,2))", Decimal("123.45")),
    ("cast(cast('-123.456' as decimal(10,3)) as decimal(3,0))", Decimal(-123)),
    ("cast(1.239 as decimal(10,2))", Decimal("1.23")),
    ("cast(1e22 as decimal(38,2))", Decimal(10**22)),
    (f"cast(cast('{BIG}.50' as decimal(30,2)) as string)", f"{BIG}.5"),
    # sums, products and remainders are exact
    (f"cast('{BIG}' as decimal(30,0)) + cast('0.5' as decimal(5,2))", Decimal(f"{BIG}.5")),
    (f"cast('{BIG}' as decimal(30,0)) * cast('2' as decimal(5,0))", Decimal(BIG) * 2),
    (f"cast('{BIG}' as decimal(30,0)) - 1", Decimal(BIG) - 1),
    ("cast('1.25' as decimal(10,2)) * cast('2.5' as decimal(5,1))", Decimal("3.125")),
    ("cast('-7.5' as decimal(10,2)) % cast('2' as decimal(5,1))", Decimal("-1.5")),
    ("cast('7.5' as decimal(10,2)) % cast('0' as decimal(5,1))", None),
    # of types that have more than 38 digits between them
    ("cast('12345678901234567.89' as decimal(38,2)) % cast('0.1' as decimal(38,18))", Decimal("0.09")),
    ("cast('-12345678901234567' as decimal(38,0)) % cast('10' as decimal(38,18))", Decimal(-7)),
    ("cast('1.5' as decimal(38,18)) % cast('0' as decimal(38,2))", None),
    ("sum(cast('12345678901234567.89' as decimal(20,2))) % 3BD", Decimal("1.89")),
    ("cast('1.000000000001' as decimal(20,12)) * cast('1.000000000001' as decimal(20,12))",
     Decimal("1.000000000002000000")),
    ("cast('1' as decimal(10,2)) / cast('3' as decimal(5,1))", Decimal("0.333333333333333333")),
    (f"cast('{BIG}' as decimal(30,0)) / cast('10000000000' as decimal(20,0))", Decimal("1234567890123.4567890123")),
    ("1.5BD + 1", Decimal("2.5")),
    # a DOUBLE beside a DECIMAL becomes one, by its digits (the manual, "Type conversions")
    ("1.5BD + 1.5", Decimal("3.0")),
    ("cast('1.1' as decimal(10,1)) * 1.1", Decimal("1.21")),
    ("cast('9007199254740993' as decimal(20,0)) = 9007199254740992D", False),
    ("cast('9007199254740993' as decimal(20,0)) = cast('9007199254740993' as double)", False),
    ("0.1BD + 0.2BD = cast('0.3' as double)", True),
    ("0.3BD = cast('0.1' as double) + cast('0.2' as double)", False),
    (f"cast('{BIG}' as decimal(30,0)) > 0.5", True),
    (f"cast('{BIG}' as decimal(30,0)) in (0.5, 1e3)", False),
    (f"cast('{BIG}' as decimal(30,0)) - 0.5", Decimal(BIG) - Decimal("0.5")),
    ("1BD < cast('1e30' as double)", True),
    ("1BD > cast('-inf' as double)", True),
    ("1BD <=> cast('nan' as double)", False),
    ("1BD = cast(null as double)", None),
    ("coalesce(cast(null as decimal(10,2)), 0.5)", Decimal("0.5")),
    ("if(true, 0.5, 1BD)", Decimal("0.5")),
    ("greatest(0.5, 1BD)", Decimal(1)),
    # comparisons: neither side loses digits
    ("cast('1.25' as decimal(10,2)) < 10000000000", True),
    ("cast('1.25' as decimal(10,2)) in (10000000000, 2)", False),
    ("cast('1.25' as decimal(10,2)) = '1.255'", False),
    ("cast('1.25' as decimal(10,2)) = '1.2500'", True),
    (f"cast('{BIG}' as decimal(30,0)) > 0.5BD", True),
    ("cast('1.25' as decimal(10,2)) between 1 and 10000000000", True),
    # one type of several
    ("case when true then cast('1.25' as decimal(10,2)) else 10000000000 end", Decimal("1.25")),
    ("case when false then cast('1.25' as decimal(10,2)) else 10000000000 end", Decimal(10000000000)),
    ("coalesce(cast(null as decimal(10,2)), 1.555BD)", Decimal("1.555")),
    # functions
    (f"greatest(cast('{BIG}' as decimal(23,0)) * 0.001BD, 2)", Decimal(BIG) / 1000),
    ("least(2.5BD, 3)", Decimal("2.5")),
    (f"round(cast('{BIG}.255' as decimal(30,3)), 2)", Decimal(f"{BIG}.26")),
    (f"round(cast('{BIG}.555' as decimal(30,3)))", Decimal(BIG) + 1),
    (f"trunc(cast('-{BIG}.259' as decimal(30,3)), 2)", Decimal(f"-{BIG}.25")),
    (f"trunc(cast('{BIG}' as decimal(30,0)), -2)", Decimal("12345678901234567890100")),
    ("floor(cast('-1.25' as decimal(10,2)))", -2),
    (f"abs(cast('-{BIG}' as decimal(30,0)))", Decimal(BIG)),
]  # fmt: skip


@pytest.mark.parametrize(("written", "value"), VALUES)
def test_values(engine: Engine, written: str, value: Any) -> None:
    found = engine.value(written)
    assert (found, type(found)) == (value, type(value))


OVERFLOWS = [
    "cast('12345' as decimal(4,0))",
    "cast(12345 as decimal(4,0))",
    "cast(12345.5 as decimal(6,2))",
    "cast(cast('1234.456' as decimal(10,3)) as decimal(5,2))",
    "cast('1e500' as decimal(38,0))",
    f"cast('{'9' * 38}' as decimal(38,0)) + cast('1' as decimal(38,0))",
    f"cast('{BIG}' as decimal(38,0)) * cast('{BIG}' as decimal(38,0))",
    "cast('99999999999999999999' as decimal) + 1",
    f"cast('{BIG}' as decimal(38,0)) % cast('0.7' as decimal(38,18))",
    f"sum(x) from values (cast('{'9' * 38}' as decimal(38,0))), (1BD) as t(x)",
]


@pytest.mark.parametrize("written", OVERFLOWS)
def test_what_does_not_fit_is_an_error(engine: Engine, written: str) -> None:
    with pytest.raises(OdpsError, match="Data overflow") as caught:
        engine.value(written)
    assert caught.value.code == "ODPS-0121145"


def test_aggregates_keep_the_digits(engine: Engine) -> None:
    rows = f"values (cast('{BIG}.25' as decimal(30,2))), (cast('1.25' as decimal(30,2))), (null) as t(x)"
    [found] = engine.rows(f"SELECT sum(x), max(x), min(x), count(DISTINCT x) FROM {rows}")
    assert found == (Decimal(BIG) + Decimal("1.5"), Decimal(f"{BIG}.25"), Decimal("1.25"), 2)
    small = "values (cast('1.25' as decimal(10,2))), (cast('1.5' as decimal(10,2))), (null) as t(x)"
    assert engine.rows(f"SELECT avg(x), median(x) FROM {small}") == [(Decimal("1.375"), Decimal("1.375"))]
    adding = "sum(x) OVER (ORDER BY x ROWS UNBOUNDED PRECEDING)"
    assert engine.column(f"SELECT {adding} FROM {small} ORDER BY x LIMIT 3") == [None, Decimal("1.25"), Decimal("2.75")]


def test_columns(engine: Engine) -> None:
    """What is put into a column has its type; a query's columns tell theirs."""
    engine.run("CREATE TABLE prices (a decimal(10,2), b decimal(38,0))")
    engine.run(f"INSERT INTO prices SELECT cast('1.999' as decimal(10,3)), cast('{'9' * 38}' as decimal(38,0))")
    assert engine.rows("SELECT * FROM prices") == [(Decimal("1.99"), Decimal("9" * 38))]
    result = engine.run("SELECT a, a + a, a * a, sum(a), a + 1BD FROM prices GROUP BY a")
    assert [kind for _, kind in result.columns] == [
        "decimal(10,2)", "decimal(11,2)", "decimal(21,4)", "decimal(38,2)", "decimal(11,2)",
    ]  # fmt: skip
    with pytest.raises(OdpsError, match="Data overflow"):
        engine.run("INSERT INTO prices VALUES (123456789.5BD, 1BD)")


EXTENDED = {"odps__sql__decimal2__extended__scale__enable": "true"}
HIVE = {"odps__sql__hive__compatible": "true"}
PLACES = "1." + "1" * 30


def test_extended_scales(engine: Engine) -> None:
    """Up to 38 places behind the point, by the job's setting: kept, added, multiplied; what is not known is refused."""
    engine.run("CREATE TABLE fine (a decimal(38,30), b decimal(38,38))", **EXTENDED)
    engine.run(f"INSERT INTO fine SELECT '{PLACES}', cast('0.{'9' * 38}5' as decimal(38,38))", **EXTENDED)
    found = engine.rows("SELECT a, b, a + 1BD, max(a) + sum(a), a > 1BD, cast(a as string) FROM fine GROUP BY a, b")
    a, b = Decimal(PLACES), Decimal("0." + "9" * 38)
    assert found == [(a, b, Decimal(f"2.{'1' * 30}"), Decimal("2." + "2" * 30), True, PLACES)]
    half = "cast('0.5' as decimal(2,1))"
    assert engine.value(f"cast('1.{'1' * 20}' as decimal(21,20)) * {half}", **EXTENDED) == Decimal("0." + "5" * 21)
    for refused in (
        f"{half} / {half}",
        "a / a FROM fine",
        "a * b FROM fine",
        "avg(a) FROM fine",
    ):
        with pytest.raises(OdpsError, match="ODPS-0130071"):
            engine.value(refused, **EXTENDED)
    with pytest.raises(OdpsError, match=r"scale of 'decimal\(38,30\)' is not between 0 and 18; odps.sql.decimal2"):
        engine.value(f"cast('{PLACES}' as decimal(38,30))")


def test_decimals_of_the_first_kind_have_no_sizes(engine: Engine) -> None:
    first = {"odps__sql__decimal__odps2": "false"}
    assert engine.value("cast('1.5' as decimal) + 1BD", **first) == Decimal("2.5")
    for text in ("SELECT cast('1.5' as decimal(10,2))", "CREATE TABLE t (a array<decimal(10,2)>)"):
        with pytest.raises(OdpsError, match=r"decimal\(10,2\) has a precision and scale, which odps.sql.decimal.odps2"):
            engine.run(text, **first)
    for wide in ("decimal256__enable", "decimal256__auto__promotion"):
        with pytest.raises(OdpsError, match=r"DECIMAL256 .* is not supported by the embedded MaxCompute"):
            engine.run("SELECT 1", **{f"odps__sql__{wide}": "true"})


def test_hive_rounds_and_makes_null_of_what_does_not_fit(engine: Engine) -> None:
    engine.run("CREATE TABLE t (a decimal(5,2))")
    written = [
        "'1.999'",
        "cast('-1.235' as decimal(10,3))",
        "1.235",
        "12345",
        "'99999.9'",
        f"'{'9' * 50}'",
        "999.995BD",
    ]
    for value in written:
        engine.run(f"INSERT INTO t SELECT {value}", odps__sql__type__system__odps2="true", **HIVE)
    assert engine.column("SELECT a FROM t") == [
        Decimal("2.00"), Decimal("-1.24"), Decimal("1.24"), None, None, None, None,
    ]  # fmt: skip


def test_zeros_at_the_end_of_a_text(engine: Engine) -> None:
    engine.run("CREATE TABLE t (a decimal(10,3))")
    engine.run("INSERT INTO t VALUES (1.5BD), (0BD)")
    kept = {"odps__sql__decimal__tostring__trimzero": "false"}
    assert sorted(engine.column("SELECT cast(a as string) FROM t")) == ["0", "1.5"]
    assert sorted(engine.column("SELECT concat(a, '') FROM t", **kept)) == ["0.000", "1.500"]
