"""PyODPS DataFrame programs through the whole service: SQL, generated functions, workers, tunnel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from odps import ODPS, errors, options
from odps.df import DataFrame, output

from tests.aggregates import Mean


@pytest.fixture
def iris(o: ODPS) -> DataFrame:
    return o.get_table("pyodps_iris").to_df()


def test_the_documented_program(iris: DataFrame) -> None:
    coeffs = [0.1, 0.2, 0.4]

    def handle(v: float) -> float:
        import numpy as np

        return float(np.cosh(v)) * sum(coeffs)

    options.df.supersede_libraries = True
    value = iris.sepal_length.map(handle).sum().execute(libraries=["numpy.zip", "other.zip"])
    assert f"{value:.3f}" == "25864.347"
    with np.errstate(over="ignore"):
        assert np.sinh(value) == np.inf


def test_a_library_that_only_the_service_has(iris: DataFrame) -> None:
    def greet(name: str) -> str:
        import other

        return other.greet(name)

    with pytest.raises(ImportError):
        greet("here")
    frame = iris.name.map(greet).head(1, libraries=["other.zip"])
    assert frame.values.iloc[0, 0] == "hello, Iris-setosa"


def test_numpy_is_the_uploaded_one(iris: DataFrame) -> None:
    def where(v: float) -> str:
        import numpy

        return numpy.__file__

    path = iris.sepal_length.map(where, "string").head(1, libraries=["numpy.zip"]).values.iloc[0, 0]
    assert path != np.__file__


def test_apply_over_rows(iris: DataFrame) -> None:
    def both(row: Any) -> tuple[float, str]:
        return row.sepal_length + row.sepal_width, row.name.upper()

    frame = iris.apply(both, axis=1, names=["total", "label"], types=["float", "string"]).head(2)
    assert frame.values.to_numpy().tolist() == [[8.6, "IRIS-SETOSA"], [7.9, "IRIS-SETOSA"]]


def test_custom_aggregate_alone_and_grouped(iris: DataFrame) -> None:
    assert iris.sepal_length.agg(Mean, rtype="float").execute() == pytest.approx(5.843333)
    grouped = iris.groupby("name").agg(m=iris.sepal_length.agg(Mean, rtype="float")).execute().values
    assert dict(grouped.to_numpy().tolist()) == pytest.approx(
        {"Iris-setosa": 5.006, "Iris-versicolor": 5.936, "Iris-virginica": 6.588}
    )


def test_map_reduce(iris: DataFrame) -> None:
    @output(["word", "count"], ["string", "int"])
    def split(row: Any) -> Iterator[tuple[str, int]]:
        for word in row.name.split("-"):
            yield word, 1

    @output(["word", "count"], ["string", "int"])
    def total(keys: Any) -> Any:
        count = [0]

        def add(row: Any, done: bool) -> Iterator[tuple[str, int]]:
            count[0] += row.count
            if done:
                yield keys.word, count[0]

        return add

    frame = iris.map_reduce(split, total, group="word").execute().values
    assert dict(frame.to_numpy().tolist()) == {"Iris": 150, "setosa": 50, "versicolor": 50, "virginica": 50}


def test_persist_plain_and_partitioned(o: ODPS, iris: DataFrame, name: str) -> None:
    big = iris[iris.sepal_length > 7]
    big.persist(name)
    assert o.get_table(name).record_num == 12
    big.persist(f"{name}_p", partitions=["name"])
    parts = [str(one.partition_spec) for one in o.get_table(f"{name}_p").partitions]
    assert parts == ["name='Iris-virginica'"]
    o.delete_table(name)
    o.delete_table(f"{name}_p")


def test_join_and_sort(o: ODPS) -> None:
    orders, customers = o.get_table("retail_orders").to_df(), o.get_table("retail_customers").to_df()
    joined = orders.join(customers, on="customer_id")[orders.order_id, customers.name, orders.price]
    frame = joined.sort("order_id").head(2).values
    assert frame.to_numpy().tolist() == [[1001, "Ada", 420.0], [1002, "Ada", 31.5]]


def test_failing_function_names_the_file_and_line_of_the_client(iris: DataFrame) -> None:
    def broken(v: float) -> float:
        return v / 0

    with pytest.raises(errors.ScriptError, match="ODPS-0123055") as caught:
        iris.sepal_length.map(broken).sum().execute()
    text = str(caught.value)
    assert "ZeroDivisionError" in text
    assert f'File "{__file__}", line {broken.__code__.co_firstlineno + 1}, in broken' in text


def test_missing_module_is_a_script_error(iris: DataFrame) -> None:
    def needs(v: float) -> float:
        import no_such_module

        return no_such_module.value

    with pytest.raises(errors.ScriptError, match="No module named 'no_such_module'"):
        iris.sepal_length.map(needs).sum().execute()


def test_nothing_is_left_behind(o: ODPS, iris: DataFrame) -> None:
    def kept() -> list[str]:
        return sorted(one.name for all_ in (o.list_functions(), o.list_resources(), o.list_tables()) for one in all_)

    before = kept()
    assert {"numpy.zip", "other.zip"} <= set(before)
    iris.sepal_length.map(lambda v: v + 1).sum().execute()
    assert kept() == before


def test_worker_that_exits_fails_its_job_alone(o: ODPS, iris: DataFrame) -> None:
    def leave(v: float) -> float:
        import os

        os._exit(3)

    with pytest.raises(errors.ODPSError, match=r"exit code 3|not allowed"):
        iris.sepal_length.map(leave).sum().execute()
    assert iris.count().execute() == 150
