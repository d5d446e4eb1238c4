"""``%odps ship`` and functions that travel as source, in a real kernel, for executors of another Python."""

from __future__ import annotations

import sys

import pytest

from tests.pythons import required

from .conftest import Kernel

NEWER = sys.version_info[:2] > (3, 11)
PYTHONS = {"cp37": (3, 7), "cp311": (3, 11)}


@pytest.fixture(scope="module")
def prepared(kernel: Kernel) -> Kernel:
    kernel.done("%%odps\niris = o.get_table('pyodps_iris').to_df()")
    kernel.done("class Scale:\n    step = 2\n    def apply(self, x):\n        return x * self.step\nscale = Scale()")
    return kernel


def test_the_command_says_what_holds(prepared: Kernel) -> None:
    assert prepared.done("%odps ship").text.strip().startswith("Functions travel as PyODPS's bytecode, and as source")
    assert "as source: the executor compiles the text of their cells" in prepared.done("%odps ship source").text
    executor = next(line for line in prepared.done("%odps status").text.splitlines() if line.startswith("executor"))
    assert executor.split() == ["executor", "cp311"]
    assert "are refused" in prepared.done("%odps ship bytecode").text
    refused = prepared.run("%odps ship soruce").traceback
    assert refused.startswith("%odps ship: 'soruce' is none of auto, source, bytecode. Did you mean `source`? ")
    assert "%odps ship" in prepared.done("%odps help").text
    prepared.done("%odps ship auto")


@pytest.mark.parametrize("tag", PYTHONS)
def test_a_cell_for_an_executor_of_another_python(prepared: Kernel, tag: str) -> None:
    required(PYTHONS[tag])
    outcome = prepared.done(
        f"%%odps --python {tag}\ndef handle(x, by=1):\n    import sys\n"
        "    return '%d.%d %.1f' % (sys.version_info[0], sys.version_info[1], scale.apply(x) * by)\n"
        "iris.sepal_length.map(handle, 'string').max().execute()"
    )
    assert f"{PYTHONS[tag][0]}.{PYTHONS[tag][1]} 9.8" in outcome.text
    assert f"handle ran on the executor ({tag})" in outcome.text
    assert "! " not in outcome.text  # predicted and sent agree
    explained = prepared.done("%odps explain handle").text
    assert f"(executor {tag})" in explained
    assert f"# cell {outcome.number}, line 2" in explained
    assert "def handle(x, by=1):" in explained
    assert "class Scale:" in explained
    if tag == "cp37" or NEWER:
        assert "code as source" in explained


def test_an_error_there_is_at_home_here(prepared: Kernel) -> None:
    outcome = prepared.run(
        "%%odps --python cp37 --no-preflight\ndef broken(x):\n    y = 1\n\n    return y / 0\n"
        "iris.sepal_length.map(broken).sum().execute()"
    )
    assert "ZeroDivisionError" in outcome.traceback
    assert "line 5" in outcome.traceback


def test_what_cannot_travel_stops_at_its_line(prepared: Kernel) -> None:
    before = prepared.value("len(list(o.list_instances()))")
    for preflight in ("", " --no-preflight"):
        outcome = prepared.run(
            f"%%odps --python cp37{preflight}\ndef newer(x):\n    if (y := x):\n        return y\n"
            "iris.sepal_length.map(newer).sum().execute()"
        )
        told = outcome.traceback
        assert f"(cell {outcome.number}, line 3)" in told, told
        assert "named expressions" in told
    assert prepared.value("len(list(o.list_instances()))") == before


def test_a_dry_run_shows_what_would_travel(prepared: Kernel) -> None:
    text = prepared.done(
        "%%odps --python cp37 --dry-run\ndef planned(x):\n    return x + 1\niris.sepal_length.map(planned).execute()"
    ).text
    assert "(executor cp37); nothing was sent" in text
    assert "code as source" in text
    assert "def planned(x):" in text


def test_defaults_of_keyword_only_parameters_are_lost_in_bytecode_alone(prepared: Kernel) -> None:
    cell = (
        "%%odps --python cp311\ndef scaled(x, *, by=2):\n    return x * by\n"
        "iris.sepal_length.map(scaled).max().execute()"
    )
    try:
        prepared.done("%odps ship source")
        assert "15.8" in prepared.done(cell).text
        if not NEWER:
            prepared.done("%odps ship bytecode")
            assert "scaled loses the default of by on its way" in prepared.run(cell).traceback
    finally:
        prepared.done("%odps ship auto")
