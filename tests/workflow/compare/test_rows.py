"""Two results side by side."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from odps_jupyter.workflow.compare.comparison import Comparison, Difference, comparison_json
from odps_jupyter.workflow.compare.rows import Alignment, as_frame, compare_frames

BAG, SORTED = Alignment(), Alignment(sorted_by=("k",))


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([1, 2], [1.0, 2.0]),
        ([0.1 + 0.2], [0.3]),
        ([float("nan"), None], [None, float("nan")]),
        ([pd.NaT, pd.NA], [None, None]),
        ([Decimal("1.10")], [Decimal("1.1")]),
        ([np.int64(3), np.float64(0.5)], [3, 0.5]),
        ([[1, None]], [np.array([1.0, np.nan])]),
        ([{"a": 0.3}], [{"a": 0.1 + 0.2}]),
        ([float("inf")], [float("inf")]),
        ([2**60 + 1], [2**60 + 1]),
        ([], []),
    ],
)
def test_the_same_values(ours: list[Any], theirs: list[Any]) -> None:
    assert compare_frames(frame(v=ours), frame(v=theirs), BAG).differences == ()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (1, 2),
        (1.0, 1.00001),
        (None, 0.0),
        ("3.0", "3"),
        (2**60, 2**60 + 1),
        (float("inf"), 1e308),
        ([1], [1, 2]),
        (pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-01 08:00")),
    ],
)
def test_other_values(ours: Any, theirs: Any) -> None:
    (difference,) = compare_frames(frame(v=[ours]), frame(v=[theirs]), BAG).differences
    assert (difference.row, difference.column) == (0, "v")


def test_rows_without_an_order_match_wherever_they_are() -> None:
    ours, theirs = frame(k=["b", "a", "a"], v=[0.3, 1.0, 2.0]), frame(k=["a", "b", "a"], v=[2.0, 0.1 + 0.2, 1])
    assert compare_frames(ours, theirs, BAG).differences == ()


def test_one_row_more_is_told() -> None:
    (difference,) = compare_frames(frame(v=["a", "a"]), frame(v=["a"]), BAG).differences
    assert difference == Difference(1, None, ("a",), None)


def test_a_key_says_which_row_differs() -> None:
    ours, theirs = frame(k=["a", "b"], v=[1, 2]), frame(k=["b", "a"], v=[3, 1])
    for alignment in (Alignment(("K",)), BAG):  # a column of different texts is found to be one
        assert compare_frames(ours, theirs, alignment).differences == (Difference(1, "v", 2, 3, (("k", "b"),)),)


def test_a_key_that_names_no_single_row_is_none() -> None:
    ours, theirs = frame(k=["a", "a"], v=[1, 2]), frame(k=["a", "a"], v=[2, 1])
    assert compare_frames(ours, theirs, Alignment(("k",))).differences == ()


def test_a_group_of_one_side() -> None:
    differences = compare_frames(frame(k=["a", None]), frame(k=["a", "b"]), Alignment(("k",))).differences
    assert [(one.pandas, one.executor) for one in differences] == [((None,), None), (None, ("b",))]


def test_an_order_counts_where_there_is_one() -> None:
    ours, theirs = frame(k=[1, 2, None], v=["x", "y", "z"]), frame(k=[None, 1, 2], v=["z", "x", "y"])
    found = compare_frames(ours, theirs, SORTED)
    assert found.order_only
    assert found.differences[0] == Difference(0, "k", 1, None)
    assert compare_frames(ours, theirs, BAG).differences == ()


def test_rows_of_equal_sort_keys_have_no_order() -> None:
    ours, theirs = frame(k=[1, 1, 2], v=["x", "y", "z"]), frame(k=[1, 1, 2], v=["y", "x", "z"])
    assert compare_frames(ours, theirs, SORTED).differences == ()


def test_names_of_columns_are_compared_without_case_and_order() -> None:
    assert compare_frames(frame(A=[1], b=[2]), frame(b=[2], a=[1]), BAG).differences == ()
    (missing,) = compare_frames(frame(a=[1], b=[2]), frame(a=[1]), BAG).differences
    assert (missing.column, missing.pandas, missing.executor) == ("b", "b", None)


def test_a_scalar_and_a_sequence_are_frames_too() -> None:
    assert compare_frames(as_frame(3), as_frame(np.float64(3)), BAG).differences == ()
    assert compare_frames(as_frame(None), as_frame(1), BAG).differences == (Difference(0, "value", None, 1),)
    assert compare_frames(as_frame(pd.Series([1]), "v"), frame(v=[1]), BAG).differences == ()


def test_the_json_form() -> None:
    difference = Difference(0, "v", Decimal("1.5"), float("inf"), (("k", "a"),))
    told = comparison_json(Comparison("GroupBy", "execute", "embedded", False, 2, (difference,), "decimal"))
    assert told == {
        "equal": False,
        "rows": 2,
        "first_difference": {
            "row": 0,
            "key": {"k": "a"},
            "column": "v",
            "pandas": "Decimal('1.5')",
            "executor": "inf",
        },
        "cause": "decimal",
    }
    failed = comparison_json(Comparison("GroupBy", "execute", "embedded", False, 2, error="ValueError: no"))
    assert failed == {"equal": False, "rows": 2, "first_difference": {"error": "ValueError: no"}, "cause": None}
