"""What the names of a kernel are said to hold, with objects that answer no question put to them."""

from __future__ import annotations

import math
import types
from typing import Any

import numpy as np
import pandas as pd
import pytest
from odps import ODPS
from odps.df import DataFrame
from odps.df.expr.expressions import CollectionExpr
from odps.models import Table

from odps_jupyter.backends.namespace import MOST_NAMES, describe, describe_names, size_of
from odps_jupyter.backends.runs import MOST_RUNS, MOST_TEXT, Runs


class _Touched(Exception):
    pass


class _Meta(type):
    def __getattribute__(cls, name: str) -> Any:
        raise _Touched(f"class.{name}")


class Hostile(metaclass=_Meta):
    def __getattribute__(self, name: str) -> Any:
        raise _Touched(name)

    def __eq__(self, other: object) -> bool:
        raise _Touched("__eq__")

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        raise _Touched("__len__")

    def __sizeof__(self) -> int:
        raise _Touched("__sizeof__")


class LazyModule(types.ModuleType):
    def __getattribute__(self, name: str) -> Any:
        raise _Touched(name)


class Greedy(list[int]):
    def __sizeof__(self) -> int:
        raise _Touched("__sizeof__")


@pytest.fixture(scope="module")
def entry() -> ODPS:
    return ODPS("id", "secret", "project", endpoint="http://127.0.0.1:1/api")


def test_nothing_of_the_users_is_asked() -> None:
    name = __name__
    assert describe(Hostile()) == {"kind": "object", "module": name, "name": "Hostile"}
    assert describe(Hostile) == {"kind": "class", "module": name, "name": "Hostile"}
    assert describe(LazyModule("lazy")) == {"kind": "module", "name": "lazy"}
    assert describe(Greedy()) == {"kind": "object", "module": name, "name": "Greedy"}


def test_pyodps_objects_are_told_by_shape(entry: ODPS) -> None:
    frame = DataFrame(pd.DataFrame({"x": [1, 2], "k": ["a", "b"]}))
    table = Table(name="t", client=entry.rest)
    remote = CollectionExpr(_source_data=table, _schema=frame[["x"]].schema)
    assert describe(entry) == {"kind": "entry"}
    assert describe(table) == {"kind": "table"}
    assert describe(frame) == {"kind": "collection", "local": True}
    assert describe(frame[frame.x > 1].x) == {"kind": "sequence", "local": True}
    assert describe(remote) == {"kind": "collection"}
    assert describe(remote.x + 1) == {"kind": "sequence"}
    assert describe(remote.x.sum()) == {"kind": "scalar"}
    assert describe(frame.groupby("k")) == {"kind": "group", "local": True}
    assert describe(remote.x.map) == {"kind": "method", "name": "map", "owner": {"kind": "sequence"}}


def test_others_are_told_by_type() -> None:
    assert describe(math) == {"kind": "module", "name": "math"}
    assert describe(math.sin) == {"kind": "function", "module": "math", "name": "sin"}
    assert describe(pd.DataFrame) == {"kind": "class", "module": "pandas.core.frame", "name": "DataFrame"}
    assert describe(pd.DataFrame()) == {"kind": "object", "module": "pandas.core.frame", "name": "DataFrame"}
    assert describe([1]) == {"kind": "object", "module": "builtins", "name": "list"}
    assert [describe(value) for value in (1, "a", None, 2.5)] == [None] * 4


def test_sizes_are_of_types_known_to_tell_them_at_once() -> None:
    assert size_of(np.zeros(1_000_000)) == 8_000_000
    assert size_of(pd.DataFrame({"a": np.zeros(1000), "b": np.zeros(1000, "int32")})) == 12_000
    assert size_of(pd.Series(np.zeros(1000, "int16"))) == 2_000
    assert size_of(bytes(5_000_000)) >= 5_000_000
    assert size_of(Greedy([1])) == 0
    told = describe("a" * 2_000_000)
    assert told is not None
    assert told["size"] >= 2_000_000
    assert "size" not in (describe([1, 2]) or {})


def test_only_public_names_that_the_user_made() -> None:
    shared = [1]
    namespace: dict[str, Any] = {"_private": [1], "In": shared, "mine": [2], "over": [3]}
    assert set(describe_names(namespace, {"In": shared, "over": [4]})) == {"mine", "over"}
    assert len(describe_names({f"n{index}": [] for index in range(MOST_NAMES + 9)}, {})) == MOST_NAMES


def test_runs_are_told_in_their_order_with_the_last_text_of_each_cell() -> None:
    runs = Runs(["%load_ext odps_jupyter"])
    for cell, source in (("a", "1"), ("b", "2"), (None, "3"), ("a", "11")):
        runs.add(cell, source)
    assert runs.told() == [
        {"id": None, "source": "%load_ext odps_jupyter"},
        {"id": "a", "source": None},
        {"id": "b", "source": "2"},
        {"id": None, "source": "3"},
        {"id": "a", "source": "11"},
    ]


def test_runs_are_bounded() -> None:
    runs = Runs()
    for number in range(MOST_RUNS + 5):
        runs.add(f"c{number}", "")
    assert [len(runs.told()), runs.told()[0]["id"]] == [MOST_RUNS, "c5"]
    runs.add("long", "#" * (MOST_TEXT - 10))
    runs.add("last", "#" * 20)
    assert [run["id"] for run in runs.told()] == ["last"]
