"""Which rule stops a submission, and where a failure is said to be."""

from __future__ import annotations

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.backends.payload import Place
from odps_jupyter.backends.proof import Proof
from odps_jupyter.backends.shipment import Piece, ShippedFunction
from odps_jupyter.executor.errors import FunctionError
from odps_jupyter.rules.model import EXECUTOR, PANDAS, Diagnostic, Fix
from odps_jupyter.workflow.failure import Place as Line
from odps_jupyter.workflow.preflight import by_rule, failure_error, rule_error
from odps_jupyter.workflow.tracebacks import innermost

SOURCE = "def handle(x):\n    return fetch(x)"
HANDLE = ShippedFunction(
    "handle", "u", "a->b", (Piece("handle", "function", "c3", 5, 3, SOURCE, (), ()),), (), (), 1, ""
)
FIX = Fix("Fetch it before", safe=False, edits=())
FOUND = Diagnostic(
    "ODP109", "network-access", "error", Span(2, 6, 11, 6, 16), "No network there.", ("handle",), EXECUTOR, FIX
)


def found(diagnostic: Diagnostic, current: int = 9) -> Diagnostic | None:
    return by_rule([diagnostic], [HANDLE], current)


def changed(**changes: object) -> Diagnostic:
    from dataclasses import replace

    return replace(FOUND, **changes)  # type: ignore[arg-type]


def test_an_error_inside_the_function_stops_it() -> None:
    assert found(FOUND) is FOUND


def test_what_is_about_something_else_does_not() -> None:
    assert found(changed(severity="warning")) is None
    assert found(changed(fails=PANDAS)) is None
    assert found(changed(functions=("other",))) is None
    # Another definition of the same name, in a cell that ran before, or further down in the same cell.
    assert found(changed(span=Span(1, 6, 0, 6, 1))) is None
    assert found(changed(span=Span(2, 7, 0, 7, 1))) is None


def test_a_call_of_the_running_cell_counts() -> None:
    call = changed(span=Span(9, 1, 0, 1, 5))
    assert found(call, current=9) is call
    assert found(call, current=8) is None


def test_the_error_names_the_place_the_rule_and_the_fix() -> None:
    error = rule_error(FOUND, [HANDLE])
    assert str(error).startswith("handle was not sent (cell 3, line 6): No network there. [network-access]")
    assert "Fix: Fetch it before." in (error.hint or "")
    assert (error.function, error.cell, error.line, error.kind) == ("handle", 3, 6, "network-access")


def locate(file: str) -> Place | None:
    return Place(3, above=2) if file == "c3" else None


def test_the_innermost_line_of_a_cell_is_the_place() -> None:
    frames = [("udf.py", 9), ("c3", 4), ("c3", 2), ("re.py", 1)]
    text = "\n".join(f'  File "{file}", line {line}, in f' for file, line in frames)
    assert innermost(text, locate) == Line(3, 4)
    assert innermost("ValueError", locate) is None


def test_a_failure_brings_the_fix_for_its_line() -> None:
    text = '  File "c3", line 4, in handle'
    failure = FunctionError("row", "ValueError: no\nmore", traceback=text, row={"a": "x" * 99})
    error = failure_error(Proof(failed="handle", failure=failure), locate, [FOUND])
    assert "handle fails on the executor (cell 3, line 6): ValueError: no, for the row ('xxx" in error.message
    assert len(error.message) < 200
    assert (error.hint or "").startswith("Fix: Fetch it before.")
    assert error.executor_text == text
    assert "The executor says:" in error._render_traceback_()
