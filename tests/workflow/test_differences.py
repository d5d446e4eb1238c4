"""Where what was sent differs from what was predicted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from odps_jupyter.analysis import Analysis, to_json
from odps_jupyter.backends.shipment import Captured, Piece, ShippedFunction
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.workflow.differences import differences

SOURCE = "def handle(x):\n    return helper(x) + factor"
NOTEBOOK = f"""factor = 2
other = 3
class Kept:
    at = other
def helper(x):
    return x
{SOURCE}
o.get_table('t').to_df().a.map(handle).execute()
"""
FACTOR = Captured("factor", "int", 2, "value")
HELPER = Piece("helper", "function", "f", 5, 1, "def helper(x):\n    return x", (), ())
HANDLE = Piece("handle", "function", "f", 7, 1, SOURCE, (FACTOR,), ())
SENT = ShippedFunction("handle", "u", "a->b", (HANDLE, HELPER), (), (), 10, "")


def model() -> dict[str, Any]:
    return to_json(Analysis().update([Cell("c", NOTEBOOK)]))


def test_as_predicted() -> None:
    assert differences(SENT, model()) == ()


def test_more_was_taken_along() -> None:
    more = replace(HANDLE, captures=(FACTOR, Captured("secretly", "dict", 5, "value")))
    assert differences(replace(SENT, pieces=(more, HELPER)), model()) == (
        "handle took secretly along (dict), which the analysis did not predict.",
    )


def test_less_was_taken_along() -> None:
    assert differences(replace(SENT, pieces=(replace(HANDLE, captures=()), HELPER)), model()) == (
        "The analysis predicted that handle takes factor along; it did not.",
    )


def test_code_that_nobody_predicted() -> None:
    pieces = (HANDLE, HELPER, replace(HELPER, name="stranger"))
    assert differences(replace(SENT, pieces=pieces), model()) == (
        "handle took the code of stranger along, which the analysis did not predict.",
    )


def test_a_function_that_was_not_predicted_at_all() -> None:
    found = differences(replace(SENT, name="Kept", pieces=(replace(HANDLE, line=3),)), model())
    assert found == ("Kept was sent, and the analysis did not predict it.",)


def test_what_is_in_no_cell_is_not_judged() -> None:
    assert differences(replace(SENT, pieces=(replace(HANDLE, cell=None),)), model()) == ()
    assert differences(replace(SENT, pieces=(replace(HANDLE, cell=9),)), model()) == ()
    assert differences(replace(SENT, pieces=()), model()) == ()
