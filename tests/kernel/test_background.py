"""``%%odps --async``: the cell returns, the run goes on as an object, in a real kernel and on both backends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.texts import held_until

from .conftest import Kernel

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def prepared(kernel: Kernel) -> Kernel:
    kernel.done("%%odps\niris = o.get_table('pyodps_iris').to_df()")
    return kernel


@pytest.fixture
def gate(prepared: Kernel, tmp_path: Path) -> Path:
    path = tmp_path / "gate"
    prepared.done(held_until(str(path)))
    return path


@pytest.mark.parametrize(("backend", "rows"), [("maxcompute", 150), ("pandas", 9)])
def test_the_cell_returns_and_the_run_goes_on_as_an_object(
    prepared: Kernel, gate: Path, backend: str, rows: int
) -> None:
    started = prepared.start(
        f"%%odps --async --no-preflight --backend {backend} --sample 9 --out later\n"
        "counted = 1\niris[[iris.sepal_length.map(held).rename('v')]].execute()",
        answers=True,
    )
    begun = prepared.finish(started)
    assert begun.value is not None
    assert "running" in begun.value
    assert "goes on in the background" in begun.text
    assert sum(WIDGET in bundle for bundle in begun.shown) == 1, "the bar is in the cell that began it"
    assert prepared.value("later is _ or later.status") in {"True", "'running'"}
    assert prepared.value("(later.status, later.wait(0), counted)") == "('running', False, 1)"
    timed_out = prepared.run("later.result(0)")
    assert timed_out.error == "TimeoutError"
    gate.touch()
    assert prepared.value("(later.wait(), len(later.result()), later.status)") == f"(True, {rows}, 'ok')"
    assert prepared.value("len(later.instances)") == ("1" if backend == "maxcompute" else "0")
    assert prepared.value("o.get_table('pyodps_iris').to_df().count().execute()") == "150", "its options ended with it"


@pytest.mark.parametrize("backend", ["maxcompute", "pandas"])
def test_a_run_is_stopped(prepared: Kernel, gate: Path, backend: str) -> None:
    prepared.done(
        f"%%odps --async --no-preflight --backend {backend} --out later\niris.sepal_length.map(held).sum().execute()"
    )
    prepared.done("later.stop()\nlater.wait()")
    assert prepared.value("later.status") == "'stopped'"
    outcome = prepared.run("later.result()")
    assert (outcome.error, outcome.traceback) == (
        "Stopped",
        "The execution was stopped. Run the cell again to have its result.",
    )
    if backend == "maxcompute":
        assert prepared.value("o.get_instance(later.instances[0]).is_terminated()") == "True"
    assert prepared.done("%odps stop").text.strip().startswith("Nothing is under way.")
    assert "stopped, in the background" in prepared.done("%odps history --limit 1").text


def test_an_expression_and_a_delay_go_on_too(prepared: Kernel) -> None:
    prepared.done("%%odps --async --out shown\niris.head(3)")
    assert prepared.value("len(shown.result())") == "3"
    prepared.done(
        "%%odps --async --out both\nfrom odps.df import Delay\ndelay = Delay()\n"
        "first = iris.count().execute(delay=delay)\nsecond = iris.sepal_length.max().execute(delay=delay)\n"
        "delay.execute()"
    )
    assert prepared.value("(both.result(), first.result(), second.result(), both.status)") == "(None, 150, 7.9, 'ok')"


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("%%odps --async\nn = iris.count().execute()", "here it is a statement."),
        ("%%odps --async\n1 + 1", "here it is of type int."),
        ("%%odps --async\nn = iris.count().execute()\nn", "Line 2 waits for an execution"),
        ("%%odps --async\n\niris.count().execute() + 1", "Line 3 waits for an execution"),
        ("%%odps --async --dry-run\niris.count()", "--dry-run sends nothing that could go on in the background."),
        ("%%odps --async --compare\niris.count()", "--compare waits for both sides to go on in the background."),
    ],
)
def test_what_cannot_go_on_is_said(prepared: Kernel, cell: str, sentence: str) -> None:
    outcome = prepared.run(cell)
    assert outcome.error == "UserError"
    assert sentence in outcome.traceback


def test_a_failure_is_told_at_home_when_its_result_is_asked_for(prepared: Kernel) -> None:
    invert = "def invert(length):\n    return 1 / (length - 6.9)\n"
    begun = prepared.done(f"%%odps --async --out later\n{invert}\niris.petal_length.map(invert).sum().execute()")
    prepared.done("later.wait()")
    by_run = prepared.run("later.result()")
    executed = prepared.done("future = iris.petal_length.map(invert).sum().execute(async_=True)")
    by_future = prepared.run("future.result()")
    delayed = prepared.run(
        "from odps.df import Delay\ndelay = Delay()\nlate = iris.petal_length.map(invert).sum().execute(delay=delay)\n"
        "delay.execute()"
    )
    lines = {"run": (by_run, begun, 5), "future": (by_future, executed, 1), "delay": (delayed, delayed, 4)}
    for name, (outcome, cell, line) in lines.items():
        assert outcome.error == "ScriptError", name
        assert f"invert failed on the executor (cell {begun.number}, line 3)" in outcome.traceback, name
        assert "for the row (6.9)" in outcome.traceback, name
        assert f"Executed by cell {cell.number}, line {line}:" in outcome.traceback, name
    assert prepared.run("%odps replay").error == "ZeroDivisionError"


def test_an_error_that_a_thread_does_not_catch_is_told_at_home_too(prepared: Kernel) -> None:
    written = prepared.done("import threading\ndef invert(length):\n    return 1 / (length - 6.9)")

    def threaded(work: str) -> str:
        return prepared.done(f"thread = threading.Thread(target=lambda: {work})\nthread.start()\nthread.join()").stderr

    told = threaded("iris.petal_length.map(invert).sum().execute()")
    assert told.startswith("Exception in thread Thread-")
    assert f"invert failed on the executor (cell {written.number}, line 3)" in told
    assert "for the row (6.9)" in told
    assert "odps/df" not in told, "PyODPS's own frames say nothing"
    assert "odps-jupyter: the table does not exist in project" in threaded("o.execute_sql('SELECT * FROM nowhere')")


def test_what_a_cell_begins_without_the_option_goes_on_too(prepared: Kernel, gate: Path) -> None:
    begun = prepared.done("%%odps --no-preflight\nlate = iris.sepal_length.map(held).sum().execute(async_=True)")
    assert "goes on in the background" in begun.text
    assert f"[{begun.number}]" in prepared.done("%odps history --limit 1").text
    assert "running, in the background" in prepared.done("%odps history --limit 1").text
    gate.touch()
    assert prepared.value("round(late.result(), 6)") == "876.5"


def test_a_job_gets_the_functions_and_options_of_its_cell(prepared: Kernel, gate: Path) -> None:
    prepared.done("def once(v):\n    return held(v) * 0 + 1")
    prepared.done(
        "%%odps --async --no-preflight --out later --hints odps.sql.mapper.split.size=64\n"
        "iris.sepal_length.map(once).sum().execute()"
    )
    prepared.done("def once(v):\n    return 1000.0")
    gate.touch()
    assert prepared.value("later.result()") == "150.0"
    assert "odps.sql.mapper.split.size" in prepared.done("%odps explain once").text


@pytest.mark.parametrize(
    ("begins", "function", "end"),
    [
        ("", "lambda v: v * one", "ok"),
        ("", "lambda v: v / (one - 1)", "PreflightError"),
        ("iris.count().execute()\n", "lambda v: v * one", "ok"),
        ("%%odps\n", "lambda v: v / (one - 1)", "PreflightError"),
    ],
)
def test_what_a_thread_executes_after_its_cell_runs_until_it_ends(
    prepared: Kernel, begins: str, function: str, end: str
) -> None:
    prepared.done(
        "import threading\ngate, reached, free = (threading.Event() for _ in range(3))\n"
        "class One:\n"
        "    def __reduce__(self):\n        reached.set()\n        free.wait()\n        return int, (1,)\n\n"
        f"one = One()\ndef later():\n    gate.wait()\n    iris.sepal_length.map({function}).sum().execute()"
    )
    begun = prepared.done(f"{begins}late = threading.Thread(target=later, daemon=True)\nlate.start()")
    try:
        # Its functions are pickled to be tried.
        prepared.done("gate.set()\nreached.wait()")
        told = prepared.done("%odps history --limit 1").text
        assert f"[{begun.number}]" in told
        assert "running, in the background" in told
    finally:
        prepared.done("free.set()\nlate.join()")
    told = prepared.done("%odps history --limit 1").text
    assert f"[{begun.number}]" in told
    assert f"{end}, in the background" in told
