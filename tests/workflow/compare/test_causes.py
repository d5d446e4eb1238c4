"""A cause is said where something supports it, and only there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from odps_jupyter.workflow.compare.causes import Evidence, probable
from odps_jupyter.workflow.compare.comparison import Difference
from odps_jupyter.workflow.compare.rows import Found
from odps_jupyter.workflow.compare.shape import Reduction

SUM = Reduction("Sum", "v", frozenset({"n"}))
NOON = datetime(2026, 1, 1, 12)


def cause(ours: Any, theirs: Any, evidence: Evidence | None = None) -> str | None:
    found = Found(1, (Difference(0, "v", ours, theirs),))
    return probable(found, evidence or Evidence())[0]


@pytest.mark.parametrize(
    ("ours", "theirs", "evidence", "expected"),
    [
        (1, 2, Evidence(), None),
        ("a", "b", Evidence(), None),
        (1, 2, Evidence(mutated=("seen",)), "lost-mutation"),
        (1, 2, Evidence(mutated=("cache",), chance=("hash",)), None),
        (1, 2, Evidence(changed=("limit",)), "captured-value"),
        (Decimal("0.333"), Decimal("0.3333"), Evidence(), "decimal"),
        (Decimal("2.6667"), 3, Evidence(), "decimal"),
        (Decimal(1), Decimal(2), Evidence(), None),
        (Decimal(1), None, Evidence(), None),
        (Decimal(1), Decimal(2), Evidence(times=("at",), functions=True), "null-nan"),
        (Decimal(1), Decimal(2), Evidence(times=("at",)), None),
        (Decimal("2.4"), 3, Evidence(), None),
        ("3.0000", "3", Evidence(decimals=("d",)), "decimal"),
        ("3.0000", "4", Evidence(decimals=("d",)), None),
        (NOON, NOON.replace(hour=20), Evidence(), "time-zone"),
        ("2026-01-01 12:00:00", "2026-01-01 17:30:00", Evidence(), "time-zone"),
        (NOON, NOON.replace(minute=7), Evidence(), None),
        ("2026-01-01", "2026-01-02", Evidence(), None),
        (0.3, 0.7, Evidence(chance=("random",)), "random-time"),
        ("3.0", "3", Evidence(floats=("n",), nulls=("n",)), "integer-float"),
        ("3.0", "3", Evidence(), None),
        (3.5, 3, Evidence(), "integer-float"),
        (2**60, 2**60 + 1, Evidence(floats=("n",)), "integer-float"),
        (2.5, 2.0, Evidence(), None),
        (float("inf"), 3, Evidence(), None),
        (-(2**63), 2**63, Evidence(), "overflow"),
        (1, 257, Evidence(), None),
        (float("inf"), None, Evidence(operations=frozenset({"Divide"})), "null-nan"),
        (float("inf"), None, Evidence(operations=frozenset({"Divide"}), functions=True), None),
        ("nan", None, Evidence(missing=("x",)), "null-nan"),
        (False, None, Evidence(missing=("x",), operations=frozenset({"IsIn"})), "null-nan"),
        (False, None, Evidence(missing=("x",)), None),
        ("no", "yes", Evidence(nulls=("x",), functions=True), "null-nan"),
        ("no", "yes", Evidence(nulls=("x",), functions=True, null_rows=0), None),
        ("no", "yes", Evidence(nulls=("x",), functions=True, mutated=("seen",)), None),
        ("no", "yes", Evidence(nulls=("x",), functions=True, changed=("limit",)), None),
        ("no", "yes", Evidence(nulls=("x",), functions=True, chance=("random",)), None),
        ("no", "yes", Evidence(nulls=("x",), functions=True, chance=("random",), null_rows=0), "random-time"),
        ("no", "yes", Evidence(nulls=("x",)), None),
        (0.0, None, Evidence(reductions=(SUM,)), "null-nan"),
        (5, None, Evidence(reductions=(SUM,)), None),
        (5, None, Evidence(reductions=(SUM,), empty=True), "null-nan"),
        (False, None, Evidence(reductions=(SUM,)), None),
        (None, 0, Evidence(reductions=(SUM,)), None),
        (0, 2, Evidence(reductions=(SUM,), missing=("n",)), "null-nan"),
        (0, 2, Evidence(reductions=(SUM,), missing=("other",)), None),
        (1, 2, Evidence(aggregates=("v",)), "aggregate-merge"),
        (1, 2, Evidence(aggregates=("other",)), None),
        (1, 2, Evidence(aggregates=("v",), nulls=("x",), functions=True), None),
        (3, 4, Evidence(reductions=(SUM,), nan=("n",)), "null-nan"),
        (3, 4, Evidence(reductions=(replace(SUM, shipped=True),), missing=("n",)), None),
        ("a", "b", Evidence(sliced=True, sort_keys=frozenset({"n"}), missing=("n",)), "null-nan"),
        ("a", "b", Evidence(sliced=True, functions=True), None),
        ("a", "b", Evidence(sliced=True), "order"),
    ],
)
def test_causes(ours: Any, theirs: Any, evidence: Evidence, expected: str | None) -> None:
    assert cause(ours, theirs, evidence) == expected


def test_a_group_of_null_is_on_the_executor_only() -> None:
    group = Difference(0, None, None, (None, 2), (("k", None),))
    said = "MaxCompute groups rows whose k is NULL, pandas leaves them out."
    assert probable(Found(1, (group,)), Evidence()) == ("null-nan", said)
    assert probable(Found(1, (group, Difference(0, "v", 1, 2, (("k", "a"),)))), Evidence()) == (None, None)


def test_a_row_that_is_joined_by_null_is_on_pandas_only() -> None:
    found = Found(1, (Difference(0, None, (None, 2), None),))
    joined = Evidence(joined=("k",), missing=("k", "n"))
    assert probable(found, joined) == ("null-nan", "pandas joins rows by NULL, MaxCompute does not.")
    assert probable(found, Evidence(joined=("k",), missing=("n",))) == (None, None)


def test_a_sentence_names_some_columns() -> None:
    found = Found(1, (Difference(0, "v", "no", "yes"),))
    because = probable(found, Evidence(nulls=tuple("abcdefgh"), functions=True))[1]
    assert because == "Each of the columns a, b, c, d, e and 3 more has NULLs: NaN on pandas, None on the executor."


def test_times_that_differ_by_several_offsets_are_no_zones() -> None:
    differences = tuple(Difference(n, "v", NOON, NOON.replace(hour=hour)) for n, hour in enumerate((13, 15, 19)))
    assert probable(Found(3, differences), Evidence()) == (None, None)


def test_the_same_rows_in_another_order() -> None:
    found = Found(2, (Difference(0, "v", 1, 2), Difference(1, "v", 2, 1)), order_only=True)
    assert probable(found, Evidence(mutated=("seen",)))[0] == "order"


def test_an_error_of_the_executor() -> None:
    error = "TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'"
    assert probable(Found(0), Evidence(nulls=("x",), functions=True), error)[0] == "null-nan"
    assert probable(Found(0), Evidence(), "ODPS-0121145:Data overflow - 1 + 1 is out of range")[0] == "overflow"
    assert probable(Found(0), Evidence(), error) == (None, None)
    assert probable(Found(0), Evidence(nulls=("x",)), "ValueError: no") == (None, None)
