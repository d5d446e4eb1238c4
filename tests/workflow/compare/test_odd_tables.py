"""Tables that programs trip over: without rows, with NULLs only, with columns named like methods."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import isnan
from typing import Any

import pytest

from odps_jupyter.backends.embedded import Service
from odps_jupyter.backends.sample import Sample
from odps_jupyter.workflow.session import Session
from tests.conftest import entry_of

#: Attributes of PyODPS's collections, of its sequences, of pandas's frames and of tuples.
KEPT = ["count", "map", "name", "sum", "dtype"]
NAMES = [*KEPT, "schema", "columns", "apply", "execute", "index", "mean", "values", "filter", "sort"]
TYPES = ("bigint", "string", "string", "double", "string", *["bigint"] * (len(NAMES) - len(KEPT)))
ROWS = [
    [3, "m", "x", 0.5, "t", *range(len(NAMES) - len(KEPT))],
    [1, "n", "y", 1.5, "u", *range(len(NAMES) - len(KEPT))],
    [2, "m", "z", 2.5, None, *range(len(NAMES) - len(KEPT))],
]


@pytest.fixture(scope="module")
def tables(service: Service) -> Iterator[dict[str, Any]]:
    o, unique = entry_of(service), uuid.uuid4().hex
    kept = {}
    for label, rows in (("named", ROWS), ("empty", []), ("null", [[None] * len(NAMES)] * 2)):
        columns = ", ".join(f"`{name}` {type_}" for name, type_ in zip(NAMES, TYPES, strict=True))
        kept[label] = o.create_table(f"odd_{label}_{unique}", columns)
        if rows:
            with kept[label].open_writer() as writer:
                writer.write(rows)
    yield {label: table.to_df() for label, table in kept.items()}
    for table in kept.values():
        table.drop()


def programs(frame: Any) -> dict[str, Callable[[], Any]]:
    """What is done with such tables, by what it is."""

    def total(row: Any) -> Any:
        known = [value for value in (row.count, row[3]) if value is not None and value == value]
        return sum(known) + len(row.map or "")

    return {
        "as it is": frame.execute,
        "a function of a value": lambda: frame["count"].map(lambda v: -v if v == v and v else 0, "int").execute(),
        "a function of a row": lambda: frame.apply(total, axis=1, reduce=True, types="float").rename("v").execute(),
        "a filter": lambda: frame[frame["sum"] > 1].execute(),
        "groups": lambda: (
            frame.groupby("map").agg(frame["count"].max().rename("index"), n=frame["name"].count()).execute()
        ),
        "an order": lambda: frame.sort_values("count")[:2].execute(),
        "a join": lambda: frame.join(frame.view(), on="map")["map", "count_x", "sum_y"].execute(),
    }


@pytest.mark.parametrize("label", ["named", "empty", "null"])
def test_both_sides_mean_the_same(session: Session, tables: dict[str, Any], label: str) -> None:
    session.set_backend("pandas")
    session.set_terms(replace(session.terms, compare="twin"))
    for what, program in programs(tables[label]).items():
        with session.run():
            program()
        (told,) = session.runs[-1].comparisons
        if (label, what) == ("null", "groups"):
            assert told.because == "MaxCompute groups rows whose map is NULL, pandas leaves them out."
        elif (label, what) == ("null", "a join"):
            assert (told.cause, told.because) == ("null-nan", "pandas joins rows by NULL, MaxCompute does not.")
        else:
            assert (told.equal, told.cause, told.error) == (True, None, None), (what, told)


def test_each_side_by_itself(session: Session, tables: dict[str, Any]) -> None:
    for backend in ("pandas", "maxcompute"):
        session.set_backend(backend)
        named = tables["named"]
        assert sorted(named["count"].execute().to_pandas()["count"]) == [1, 2, 3]
        assert named.groupby("map").agg(named["sum"].sum().rename("count")).sort("map").execute()[0]["count"] == 3.0
        frame = tables["empty"].execute().to_pandas()
        assert (list(frame.columns), len(frame)) == (NAMES, 0)
        assert tables["empty"].count().execute() == 0
        # PyODPS's pandas backend has no NULL of its own.
        most = tables["empty"]["sum"].max().execute()
        assert most is None if backend == "maxcompute" else isnan(most)
        assert tables["null"]["sum"].isnull().sum().execute() == 2


def test_a_sample_without_rows(session: Session, tables: dict[str, Any]) -> None:
    session.set_backend("pandas", Sample.parse("`count` > 99"))
    session.set_terms(replace(session.terms, compare="twin"))
    named = tables["named"]
    with session.run():
        named.execute()
        named[named["map"], named["count"].map(lambda v: v + 1)].execute()
        named.groupby("map").agg(named["sum"].sum()).execute()
        named["count"].max().execute()
        named["sum"].sum().execute()
    run = session.runs[-1]
    assert {sampled.rows for one in run.executions for sampled in one.sampled} == {0}
    assert [one.equal for one in run.comparisons] == [True, True, True, True, False]
    assert run.comparisons[-1].cause == "null-nan"


def test_what_is_stored_as_nan_is_nan_for_the_executor_too(session: Session, o: Any) -> None:
    """pandas has one sign for NULL and NaN: by the sample alone the executor would get NULL."""
    name = f"odd_nan_{uuid.uuid4().hex}"
    hints = {"odps.sql.type.system.odps2": "true"}
    table = o.create_table(name, "id bigint, x double, y double, n bigint, a array<double>", hints=hints)
    with table.open_writer() as writer:
        writer.write([[1, float("nan"), None, 2**62, [None, float("nan")]]])
        writer.write([[2, 2.0, 1.0, 2**62, []], [3, 3.0, 2.0, 1, None]])
    frame = table.to_df()
    session.set_backend("pandas")
    session.set_terms(replace(session.terms, compare="twin"))

    def kind(v: Any) -> str:
        return "NULL" if v is None else "NaN" if v != v else "number"

    def cause(action: Callable[[], Any]) -> tuple[bool, str | None, str | None]:
        with session.run():
            action()
        (told,) = session.runs[-1].comparisons
        return told.equal, told.cause, told.because

    mistaken = (False, "null-nan", "Column x has NaN, which pandas takes for NULL.")
    try:
        assert cause(frame[frame.id, frame.x.map(kind, "string").rename("k")].execute) == (True, None, None)
        inner = frame.a.map(lambda v: str(v), "string").rename("k")
        assert cause(frame[frame.id, inner].execute) == (True, None, None)
        assert cause(frame[frame.id, (frame.x * 2).rename("k")].execute) == (True, None, None)
        assert cause(frame[frame.id, frame.y.map(kind, "string").rename("k")].execute)[1] == "null-nan"
        assert cause(frame.x.count().execute) == mistaken
        assert cause(frame[frame.id, frame.x.isnull().rename("k")].execute) == mistaken
        assert cause(frame[frame.x > 1].execute) == mistaken
        assert cause(frame[frame.id, (frame.n * 2).rename("k")].execute)[1] == "overflow"
        # More rows differ than the one whose NULL a function gets.
        process = frame.y.map(lambda v: os.getpid(), "int").rename("k")
        assert cause(frame[frame.id, process].execute) == (False, None, None)
    finally:
        table.drop()
