"""The same expression on pandas and on the embedded service: what agrees, what differs, and that nothing is left."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from odps_jupyter.backends.embedded import Service
from odps_jupyter.workflow.compare.comparison import Comparison, Difference
from odps_jupyter.workflow.compare.functions import chance
from odps_jupyter.workflow.session import Session
from tests.conftest import entry_of

from .conftest import Compare, leaks


@pytest.fixture
def numbers(o: Any) -> Iterator[Any]:
    """Four rows with NULLs, integers, doubles, decimals and a time."""
    name = f"compared_{uuid.uuid4().hex}"
    hints = {"odps.sql.type.system.odps2": "true", "odps.sql.decimal.odps2": "true"}
    table = o.create_table(name, "k string, n bigint, x double, d decimal(20,4), at datetime", hints=hints)
    noon = datetime(2026, 1, 15, 12)
    rows = [
        ["a", 1, 0.5, Decimal("1.5"), noon],
        ["b", None, None, None, None],
        ["c", 3, 2.5, Decimal("7"), noon],
        ["a", 4, 4.5, Decimal("0.1"), noon],
    ]
    with table.open_writer() as writer:
        writer.write(rows)
    yield table.to_df()
    table.drop()


def test_what_agrees(compare: Compare, iris: Any, o: Any) -> None:
    twice = iris.sepal_length.map(lambda v: v * 2, "float").rename("twice")
    equal = Comparison("Projection", "execute", "embedded", equal=True, rows=100)
    assert compare(iris[twice, iris.name].execute) == equal
    assert compare(twice.execute).equal
    assert compare(iris.sepal_length.mean().execute) == replace(equal, operation="Mean", rows=1)
    assert compare(iris.groupby("name").agg(iris.sepal_length.sum()).execute).equal
    assert compare(iris.sort_values(["sepal_length", "name"])[:7].execute).rows == 7
    assert compare(iris[iris.sepal_length > 99].execute) == replace(equal, operation="Filter", rows=0)
    assert leaks(o) == []


def test_a_program_of_several_stages_writes_nothing(comparing: Session, iris: Any, o: Any) -> None:
    first, second = (f"compared_{uuid.uuid4().hex}" for _ in range(2))
    with comparing.run():
        stage = iris[iris.name, iris.sepal_length.map(round, "int").rename("size")].persist(first)
        counted = stage.groupby("size").agg(stage.name.count().rename("many")).persist(second)
        assert counted.many.sum().execute() == 100
    told = comparing.runs[-1].comparisons
    assert [(one.operation, one.action, one.equal) for one in told] == [
        ("Projection", "persist", True),
        ("GroupBy", "persist", True),
        ("Sum", "execute", True),
    ]
    assert not o.exist_table(first)
    assert not o.exist_table(second)
    assert leaks(o) == []


def test_a_captured_value_that_loses_something_on_its_way(compare: Compare, iris: Any) -> None:
    class Limit:
        def __init__(self, at: float) -> None:
            self.at = at

        def __getstate__(self) -> dict[str, float]:
            return {"at": 0.0}

    limit = Limit(5.0)
    comparison = compare(iris.sepal_length.map(lambda v: v > limit.at, "boolean").execute)
    assert (comparison.cause, comparison.because) == (
        "captured-value",
        "limit was another value on the executor than here.",
    )


def test_null_and_nan(compare: Compare, numbers: Any, o: Any) -> None:
    comparison = compare(numbers[numbers.k, numbers.x.map(lambda v: "none" if v is None else "some", "string")].execute)
    assert (comparison.cause, comparison.rows) == ("null-nan", 4)
    assert comparison.differences[0] == Difference(1, "x", "some", "none")
    failed = compare(numbers.x.map(lambda v: v + 1, "float").execute)
    assert failed.cause == "null-nan"
    assert failed.error is not None
    assert "NoneType" in failed.error
    assert leaks(o) == []


def test_integers_that_pandas_makes_floats(compare: Compare, numbers: Any) -> None:
    known = numbers.n.map(lambda v: "" if v is None or v != v else str(v), "string")
    comparison = compare(numbers[numbers.k, known].execute)
    assert comparison.cause == "integer-float"
    assert {(one.pandas, one.executor) for one in comparison.differences} == {("1.0", "1"), ("3.0", "3"), ("4.0", "4")}


def test_decimals(compare: Compare, numbers: Any) -> None:
    third = numbers.d.map(lambda v: None if v is None else v / 7, "decimal")
    comparison = compare(numbers[numbers.k, third].execute)
    assert comparison.cause == "decimal"


@pytest.fixture(scope="module")
def holes(service: Service) -> Iterator[Any]:
    """A table without rows, and one with rows that hold NULLs only, but for their key."""
    o, unique = entry_of(service), uuid.uuid4().hex
    hints = {"odps.sql.type.system.odps2": "true", "odps.sql.decimal.odps2": "true"}
    columns = "k string, n bigint, x double, d decimal(20,4), at datetime, b boolean"
    tables = [o.create_table(f"compared_{name}_{unique}", columns, hints=hints) for name in ("empty", "null")]
    with tables[1].open_writer() as writer:
        writer.write([["a", *[None] * 5], ["b", *[None] * 5]])
    yield [table.to_df() for table in tables]
    for table in tables:
        table.drop()


def named(*scalars: Any) -> list[Any]:
    """All of them in one row."""
    return [scalar.rename(f"v{at}") for at, scalar in enumerate(scalars)]


def test_aggregates_over_no_rows(compare: Compare, holes: Any) -> None:
    empty, _ = holes
    differing = {
        "A sum over no values is 0 on pandas and NULL on MaxCompute.": [empty.n.sum(), empty.x.sum(), empty.d.sum()],
        "Any over no values is False on pandas and NULL on MaxCompute.": [empty.b.any()],
        "All over no values is True on pandas and NULL on MaxCompute.": [empty.b.all()],
    }
    for because, scalars in differing.items():
        told = compare(empty[named(*scalars)].execute)
        assert (told.equal, told.cause, told.because) == (False, "null-nan", because)
        assert len(told.differences) == len(scalars)
    assert compare(empty.n.sum().execute).cause == "null-nan"
    assert compare((empty.n.sum() + 1).execute).cause == "null-nan"
    columns = (empty.k, empty.n, empty.x, empty.d, empty.at, empty.b)
    agreed = [one for column in columns for one in (column.min(), column.max(), column.count(), column.nunique())]
    assert compare(empty[named(*agreed, empty.n.mean(), empty.x.mean(), empty.d.mean())].execute).equal
    assert compare(empty.at.max().execute).equal
    assert compare(empty.groupby("k").agg(empty.n.sum(), empty.x.mean(), empty.at.max()).execute).equal
    assert compare(empty[empty.k, empty.n.map(lambda v: v + 1).rename("more")].execute).equal


def test_aggregates_over_nulls(compare: Compare, holes: Any) -> None:
    _, null = holes
    told = compare(null[named(null.n.sum(), null.d.sum())].execute)
    assert (told.cause, told.because) == ("null-nan", "A sum over no values is 0 on pandas and NULL on MaxCompute.")
    # PyODPS counts rows there (COUNT(1)), and takes NULL for false (IF(b, 1, 0)).
    for expr, column in ((null.d.count(), "d"), (null[named(null.b.max(), null.b.all())], "b")):
        told = compare(expr.execute)
        because = f"Column {column} has NULLs, which pandas and MaxCompute do not aggregate alike."
        assert (told.cause, told.because) == ("null-nan", because)
    told = compare(null.groupby("k").agg(null.n.sum(), null.n.count(), null.x.mean()).execute)
    assert (told.cause, told.because) == (
        "null-nan",
        "Column n has NULLs, which pandas and MaxCompute do not aggregate alike.",
    )
    agreed = [one for column in (null.n, null.x, null.d, null.at) for one in (column.min(), column.max())]
    assert compare(null[named(*agreed, null.n.mean(), null.x.mean(), null.d.mean())].execute).equal


@pytest.fixture(scope="module")
def wide(service: Service) -> Iterator[Any]:
    """Values of every type that both sides can read, rows that are there twice, and one of NULLs."""
    o, hints = entry_of(service), {"odps.sql.type.system.odps2": "true", "odps.sql.decimal.odps2": "true"}
    columns = {
        "k": "bigint", "s": "string", "b": "binary", "d": "decimal(38,18)", "at": "timestamp", "day": "date",
        "a": "array<bigint>", "m": "map<string,bigint>", "st": "struct<x:bigint,y:string>", "f": "double", "i": "int",
    }  # fmt: skip
    name = f"compared_{uuid.uuid4().hex}"
    table = o.create_table(name, ", ".join(map(" ".join, columns.items())), hints=hints)
    long = Decimal("12345678901234567890.123456789012345678")
    summer = [datetime(2026, 7, 1, 1, 2, 3, 456789), date(2026, 7, 1)]
    twice = [2**62, "dup", b"x", long, *summer, [7], {"y": 2**53 + 1}, {"x": 5, "y": ""}, float("inf"), 2**31 - 1]
    rows = [
        [1, "a\0b", b"\x00\xff", Decimal("1E-18"), *summer, [1, None], {"x": 1}, {"x": 1, "y": "q"}, 0.1, 1],
        [2, "é\n'\"\\", b"", Decimal("-0.5"), *summer, [], {}, {"x": None, "y": None}, -0.0, -1],
        [2**53 + 1, "", *[None] * 9],
        twice,
        twice,
    ]
    with table.open_writer() as writer:
        writer.write(rows)
    yield table.to_df()
    table.drop()


def test_wide_types(comparing: Session, compare: Compare, wide: Any) -> None:
    with comparing.run():
        wide.execute()
        wide[wide.s.map(lambda v: v + "\0"), wide.k.map(lambda v: v - 1, "int")].execute()
        wide[wide.st, wide.a, wide.k].distinct("k").execute()
        wide.sort_values("s")[["s", "k"]].execute()
        wide[["s", "f"]].sort_values("s")[:2].execute()
        wide[wide.k == 2**53 + 1][["k"]].execute()
        wide[wide.k.max().rename("top"), wide.s.count().rename("many"), wide.f.min().rename("low")].execute()
        wide.s.value_counts().execute()
    told = comparing.runs[-1].comparisons
    assert [(one.equal, one.error) for one in told] == [(True, None)] * 8, told
    # Of the columns that it reads, and only of these.
    for column, sign in ((wide.at, "NaT"), (wide.f, "NaN"), (wide.i, "NaN")):
        named = column.map(lambda v: "none" if v is None else "some", "string")
        because = f"Column {column.name} has NULLs: {sign} on pandas, None on the executor."
        assert compare(named.execute).because == because
    digits = compare(wide.d.sum().execute)
    assert (digits.cause, digits.error) == ("decimal", None)


def test_chance(compare: Compare, iris: Any) -> None:
    comparison = compare(iris.sepal_length.map(lambda v: random.random(), "float").execute)
    assert (comparison.cause, comparison.because) == ("random-time", "The function uses random.")
    assert len(comparison.differences) == 5
    # Texts are hashed with a key of the process; what is called so itself is another.
    assert chance([lambda v: hash(v), lambda row: row.id]) == ("hash",)
    id = len
    assert chance([lambda v: id(v)]) == ()


def test_an_aggregate_that_merges_wrongly(compare: Compare, iris: Any) -> None:
    class Total:
        def buffer(self) -> list[float]:
            return [0.0]

        def __call__(self, buffer: list[float], value: float) -> None:
            buffer[0] += value

        def merge(self, buffer: list[float], other: list[float]) -> None:
            buffer[0] = other[0]

        def getvalue(self, buffer: list[float]) -> float:
            return buffer[0]

    comparison = compare(iris.groupby("name").agg(iris.sepal_length.agg(Total, rtype="float").rename("v")).execute)
    assert comparison.cause == "aggregate-merge"
    assert comparison.differences[0].column == "v"
    assert comparison.differences[0].key[0][0] == "name"
    assert compare(iris.sepal_length.agg(Total, rtype="float").execute).cause == "aggregate-merge"


def test_nulls_stand_elsewhere_in_an_order(compare: Compare, numbers: Any) -> None:
    comparison = compare(numbers.sort_values("x").execute)
    assert (comparison.cause, comparison.because) == ("order", "Both sides have the same rows, in another order.")


def test_nothing_is_left_where_it_fails_or_is_interrupted(comparing: Session, iris: Any, o: Any) -> None:
    def fail(value: float) -> float:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), comparing.run():
        iris.sepal_length.map(fail, "float").execute()
    assert leaks(o) == []

    class Interrupting:
        """Interrupted when the function is pickled: the tables are there by then."""

        met: ClassVar[list[list[str]]] = []

        def __reduce__(self) -> Any:
            if leaks(o):
                self.met.append(leaks(o))
                raise KeyboardInterrupt
            return (int, ())

    mark = Interrupting()
    with pytest.raises(KeyboardInterrupt), comparing.run():
        iris.sepal_length.map(lambda v: v + (mark is None), "float").execute()
    assert len(Interrupting.met[0]) == 1
    assert leaks(o) == []
    assert comparing.runs[-1].status == "interrupted"


def test_a_partition(compare: Compare, o: Any) -> None:
    name = f"compared_{uuid.uuid4().hex}"
    table = o.create_table(name, ("x bigint", "ds string"))
    for day in ("1", "2"):
        with table.open_writer(partition=f"ds={day}", create_partition=True) as writer:
            writer.write([[int(day)], [5]])
    try:
        sales = table.to_df()
        assert compare(sales.filter_parts("ds=2").x.sum().execute).equal
        assert compare(sales.groupby("ds").agg(sales.x.sum()).execute) == Comparison(
            "GroupBy", "execute", "embedded", equal=True, rows=2
        )
    finally:
        table.drop()
    assert leaks(o) == []


def test_an_asynchronous_execution_is_compared_before_its_cell_ends(comparing: Session, iris: Any) -> None:
    with comparing.run():
        future = iris.sepal_length.map(lambda v: v * 2).sum().execute(async_=True)
        failing = iris.sepal_length.map(lambda v: v / 0).sum().execute(async_=True)
    assert [one.equal for one in comparing.runs[-1].comparisons] == [True]
    assert future.result() > 0
    assert isinstance(failing.exception(), ZeroDivisionError)


def test_results_of_other_kinds(comparing: Session, iris: Any, o: Any) -> None:
    with comparing.run():
        iris.groupby("name").agg(iris.sepal_length.sum()).head(2)
        future = iris.sepal_length.sum().execute(async_=True)
        future.result(120)
        iris.name.value_counts().execute()
        largest = iris.groupby("name").agg(largest=iris.sepal_length.max())
        iris.join(largest, on="name").execute()
    told = [(one.operation, one.equal) for one in comparing.runs[-1].comparisons]
    assert told == [("GroupBy", True), ("Sum", True), ("ValueCounts", True), ("InnerJoin", True)]
    assert leaks(o) == []
