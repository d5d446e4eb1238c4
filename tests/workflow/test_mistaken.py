"""Functions of one code in one expression, told apart by what their defaults are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from odps.df import DataFrame

from odps_jupyter.workflow.mistaken import check_mistaken
from odps_jupyter.workflow.preflight import PreflightError

TEXT = "".join(["eq", "ual"])
OTHER = "".join(["equ", "al"])
LOCK = threading.Lock()
FRAME = pd.DataFrame({"x": [1.0]})


class Plain:
    def __init__(self, rate: float) -> None:
        self.rate = rate


class Failing:
    def __eq__(self, other: object) -> bool:
        raise ValueError("not comparable")

    __hash__ = None  # type: ignore[assignment]


def both(make: Callable[[Any], Callable[[float], float]], one: Any, other: Any) -> list[Any]:
    x = DataFrame(pd.DataFrame({"x": [1.0, 2.0]})).x
    return [x.map(make(one)) + x.map(make(other))]


def by_place(k: Any) -> Any:
    return lambda v, k=k: v


def by_name(k: Any) -> Any:
    return lambda v, *, k=k: v


@pytest.mark.parametrize("make", [by_place, by_name])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((TEXT, TEXT), (TEXT, OTHER)),
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}),
        (frozenset(["ann", "bob", "carl"]), frozenset(["carl", "bob", "ann"])),
        (float("nan"), float("nan")),
        (Decimal("1.0"), Decimal("1.0")),
        (np.arange(3), np.arange(3)),
        (FRAME, FRAME.copy()),
        (Plain(0.5), Plain(0.5)),
        (Failing(), Failing()),
        (LOCK, threading.Lock()),
        ([LOCK, {1, 2}], [threading.Lock(), {2, 1}]),
    ],
    ids=["texts", "dicts", "sets", "nan", "decimals", "arrays", "frames", "objects", "unequal", "locks", "lists"],
)
def test_equal_defaults_are_one_function(make: Any, one: Any, other: Any) -> None:
    check_mistaken(both(make, one, other), lambda _: None)


@pytest.mark.parametrize("make", [by_place, by_name])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, True),
        ((1,), (1.0,)),
        ({1}, {True}),
        (0.0, -0.0),
        ("a", None),
        ([1], [1, 2]),
        ({"a": 1}, {"a": 2}),
        (np.arange(3), np.arange(4)),
        (Plain(0.5), Plain(0.6)),
        ([LOCK, 1], [threading.Lock(), 2]),
    ],
    ids=[
        "numbers",
        "bool",
        "inner-types",
        "items",
        "zeros",
        "none",
        "lengths",
        "values",
        "arrays",
        "objects",
        "beside-a-lock",
    ],
)
def test_other_defaults_are_stopped(make: Any, one: Any, other: Any) -> None:
    with pytest.raises(PreflightError, match="made several times with other defaults"):
        check_mistaken(both(make, one, other), lambda _: None)


def test_a_default_without_a_pickle_is_worded_by_the_next_step(iris: Any) -> None:
    with pytest.raises(PreflightError, match="cannot be pickled for the executor"):
        (iris.sepal_length.map(by_place(LOCK)) + iris.sepal_length.map(by_place(threading.Lock()))).execute()
