"""What a captured collection holds, and which form its rows and its size decide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from odps.df import DataFrame, output

from odps_jupyter.backends.measured import Measured, measure
from odps_jupyter.sizes import MEBIBYTE
from odps_jupyter.workflow.preflight import PreflightError
from odps_jupyter.workflow.session import Session
from odps_jupyter.workflow.tables import TableCaptured, decide, said

MEASURED = Measured(1_000_000, most=False, doubt="", stored=30 * MEBIBYTE, row=200, complex=())
WORKER = 256 * MEBIBYTE


@pytest.mark.parametrize(
    ("measured", "form", "limit"),
    [
        (MEASURED, "resource", "that fits into the 256 MiB of a worker"),
        (replace(MEASURED, rows=2_000_000), "join", "that is more than the 256 MiB of a worker"),
        (replace(MEASURED, rows=2_000_000, most=True), "join", "that may be more than the 256 MiB of a worker"),
        (replace(MEASURED, stored=3000 * MEBIBYTE), "join", "that is more than the 2,048 MiB of resources"),
        (replace(MEASURED, rows=None, doubt="nobody knows"), "join", "a resource would have to fit into the 256 MiB"),
        (replace(MEASURED, complex=("tags",)), "join", "a table resource cannot hold tags"),
    ],
)
def test_the_limit_that_decides(measured: Measured, form: str, limit: str) -> None:
    assert decide(measured, WORKER)[0] == form
    assert decide(measured, WORKER)[1].startswith(limit)


def test_what_is_unknown_is_said_so() -> None:
    assert said(MEASURED) == "1,000,000 rows, about 200.0 MB in Python, of tables of 31.5 MB"
    assert said(replace(MEASURED, rows=None, doubt="nobody knows")) == "its rows are unknown: nobody knows"
    assert said(replace(MEASURED, rows=1, stored=None, most=True)).startswith(
        "at most 1 row, at most about 200 bytes in"
    )


def test_counts_need_no_job(o: Any, iris: Any) -> None:
    name = "tables_as_data"
    o.execute_sql(f"CREATE TABLE {name} (id BIGINT, tags ARRAY<STRING>) PARTITIONED BY (ds STRING)")
    o.execute_sql(f"INSERT INTO {name} PARTITION (ds='1') SELECT 1, array('a')")
    o.execute_sql(f"INSERT INTO {name} PARTITION (ds='2') SELECT col, array('b') FROM VALUES (1), (2) AS t (col)")
    o.execute_sql(f"CREATE VIEW {name}_seen AS SELECT name FROM pyodps_iris")
    parts = o.get_table(name).to_df()
    jobs = len(list(o.list_instances()))
    rows = {
        "a table": (iris, (150, False)),
        "some columns, sorted": (iris[iris.name, iris.sepal_length].sort("sepal_length"), (150, False)),
        "some rows": (iris[iris.sepal_length > 5], (150, True)),
        "groups": (iris.groupby("name").agg(n=iris.name.count()), (150, True)),
        "the first rows": (iris[:7], (7, True)),
        "two of them": (iris.union(iris[iris.sepal_length > 5]), (300, True)),
        "a join": (iris.join(iris.view(), on="name"), (None, False)),
        "numbered rows": (iris.append_id(), (None, False)),
        "running sums": (iris.groupby("name").mutate(n=iris.groupby("name").sepal_length.cumsum()), (150, False)),
        "partitions": (parts, (3, False)),
        "one partition": (parts.filter_parts("ds=2"), (2, False)),
        "a view": (o.get_table(f"{name}_seen").to_df(), (None, False)),
        "a frame of pandas": (DataFrame(pd.DataFrame({"a": [1, 2]})), (2, False)),
    }
    found = {label: measure(collection) for label, (collection, _) in rows.items()}
    assert {label: (one.rows, one.most) for label, one in found.items()} == {
        label: wanted for label, (_, wanted) in rows.items()
    }
    assert len(list(o.list_instances())) == jobs
    assert found["partitions"].complex == ("tags",)
    assert found["a view"].doubt == "it reads a view, whose rows only a query finds"
    assert (found["a table"].stored or 0) > 0


def test_a_function_without_a_cell_is_told_what_to_write(session: Session, iris: Any) -> None:
    longest = iris.groupby("name").agg(top=iris.sepal_length.max())

    def share(row: Any) -> Any:
        return next(each.top for each in longest.execute() if each.name == row.name)

    class Share:
        def __init__(self) -> None:
            self.held = longest

        def __call__(self, row: Any) -> Any:
            return len(self.held) + row.sepal_length

    for function, called, name in [
        (output(["share"], ["float"])(share), "share", "longest"),
        (Share(), "Share", "held"),
    ]:
        frame = iris.apply(function, axis=1, names=["share"], types=["float"])
        with pytest.raises(TableCaptured) as caught:
            frame.execute()
        assert caught.value.message.startswith(f"{called} was not sent: {name} is a PyODPS collection")
        assert caught.value.verdict.form == "resource"
        assert (caught.value.hint or "").startswith("Write a resource: `resources=[...]` and a function that makes")
    for held in (iris.sepal_length.max(), iris.sepal_length, [longest], {"it": longest}):
        frame = iris.sepal_length.map(lambda v, held=held: v + len(held))
        with pytest.raises(
            PreflightError, match=r"lambda was not sent.*: held is or holds a PyODPS expression"
        ) as stopped:
            frame.execute()
        assert (stopped.value.hint or "").startswith("Execute it before")
    assert not session.shipments


def test_a_captured_partition_is_measured_by_itself(session: Session, o: Any, iris: Any) -> None:
    name = "tables_as_partitions"
    o.execute_sql(f"CREATE TABLE {name} (id BIGINT, tag STRING) PARTITIONED BY (ds STRING)")
    o.execute_sql(f"INSERT INTO {name} PARTITION (ds='1') SELECT col, 'a' FROM VALUES (1), (2), (3) AS t (col)")
    o.execute_sql(f"INSERT INTO {name} PARTITION (ds='2') SELECT col, 'b' FROM VALUES (1), (2) AS t (col)")
    part, gone = o.get_table(name).get_partition("ds='2'"), o.get_table(name).get_partition("ds='1'")
    gone.drop()

    def known(length: float) -> bool:
        return any(record[0] == int(length) for record in part.head(10))

    def all_known(length: float) -> bool:
        return any(record[0] == int(length) for record in gone.head(10))

    for function, size in ((known, "2 rows, about"), (all_known, "0 rows, about")):
        with pytest.raises(TableCaptured) as caught:
            iris.sepal_length.map(function, "boolean").execute()
        told, held = caught.value, function.__code__.co_freevars[0]
        assert told.message.startswith(
            f"{function.__name__} was not sent: {held} is a partition of a table, which would take your key along"
        )
        assert f"It suits a resource: {size}" in told.message
        assert (told.verdict.kind, told.kind) == ("odps-entry-in-udf", "odps-entry-in-udf")
        assert (told.hint or "").startswith("Write a resource, of its `to_df()`: `resources=[...]`")
    assert not session.shipments
    o.delete_table(name)
