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
    ("1.5BD + 1.5", 3.0),
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
