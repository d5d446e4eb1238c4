"""What happens before functions leave the kernel, in a real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import SECONDS, Kernel

#: What the project holds and has run: a stopped submission must leave it as it was.
HELD = "[len(list(x)) for x in (o.list_tables(), o.list_resources(), o.list_functions(), o.list_instances())]"
#: A table, as a function captures it.
TABLE = "o.get_table('pyodps_iris')"


@pytest.fixture(scope="module")
def prepared(kernel: Kernel) -> Kernel:
    kernel.done("%%odps\niris = o.get_table('pyodps_iris').to_df()")
    return kernel


@pytest.fixture
def untouched(prepared: Kernel) -> Iterator[Kernel]:
    """A kernel whose project must hold the same things afterwards."""
    before = prepared.value(HELD)
    yield prepared
    assert prepared.value(HELD) == before


def stopped(kernel: Kernel, code: str, *, line: int) -> str:
    """What a cell is told that is stopped before anything is sent, at its ``line``."""
    outcome = kernel.run(code)
    assert outcome.error == "PreflightError"
    assert f"(cell {outcome.number}, line {line})" in outcome.traceback
    return outcome.traceback


def test_a_function_that_fails_is_stopped_at_its_line(untouched: Kernel) -> None:
    told = stopped(
        untouched,
        "%%odps\ndef ratio(x):\n    return 1 / (x - x)\niris.sepal_length.map(ratio).rename('r').persist('not_made')",
        line=3,
    )
    assert "ratio fails on the executor (cell" in told
    assert ", line 3): ZeroDivisionError" in told
    assert "for the row (" in told
    assert "Nothing was sent" in told
    assert "--no-preflight" in told
    assert "in ratio" in told  # the executor's own text
    assert untouched.value("o.exist_table('not_made')") == "False"


def test_so_it_is_in_a_cell_without_the_magic(untouched: Kernel) -> None:
    code = "\n\ndef plain(x):\n    return x.missing\niris.sepal_length.map(plain).sum().execute()"
    assert ", line 4): AttributeError" in stopped(untouched, code, line=4)


def test_a_rule_speaks_first(untouched: Kernel) -> None:
    code = (
        "%%odps\nimport requests\ndef fetch(x):\n    return len(requests.__name__) + x\n"
        "iris.sepal_length.map(fetch).sum().execute()"
    )
    assert "[local-only-package]" in stopped(untouched, code, line=4)


def test_what_cannot_be_pickled_is_said_with_its_name(untouched: Kernel) -> None:
    code = (
        "import threading\nlock = threading.Lock()\ndef guarded(x):\n    with lock:\n        return x\n"
        "iris.sepal_length.map(guarded).sum().execute()"
    )
    told = stopped(untouched, code, line=3)
    assert "guarded (cell" in told
    assert ", line 3) cannot be pickled" in told


def test_once_it_is_mended_it_goes(prepared: Kernel) -> None:
    bad = "%%odps\ndef twice(x):\n    return x * None\niris.sepal_length.map(twice).sum().execute()"
    assert prepared.run(bad).error == "PreflightError"
    good = prepared.run(bad.replace("None", "2"))
    assert good.error is None, good.traceback
    assert "preflight: twice on 20 rows" in good.text


def test_regardless(prepared: Kernel) -> None:
    code = "\ndef late(x):\n    return x + unknown_name\niris.sepal_length.map(late).sum().execute()"
    assert prepared.run(f"%%odps{code}").error == "PreflightError"
    assert prepared.run(f"%%odps --no-preflight{code}").error == "ScriptError"
    assert prepared.run(f"%%odps{code}").error == "PreflightError"
    assert "untried" in prepared.run("%odps preflight off").text
    assert prepared.run(f"%%odps{code}").error == "ScriptError"
    assert prepared.run(f"%%odps --preflight{code}").error == "PreflightError"
    assert "before they are sent" in prepared.run("%odps preflight on").text


@pytest.mark.parametrize("captured", ["o", "o.account", TABLE, "{'key': o.account.secret_access_key}", "o.rest"])
@pytest.mark.parametrize("option", ["", " --no-preflight"])
def test_a_key_never_leaves(untouched: Kernel, captured: str, option: str) -> None:
    outcome = untouched.run(
        f"%%odps{option}\nheld = {captured}\ndef keyed(x):\n    return x if held else 0.0\n"
        "iris.sepal_length.map(keyed).sum().execute()"
    )
    # What a table suits instead is found out while trying; without that, what it would take along.
    expected = "TableCaptured" if captured == TABLE and not option else "SecretShipped"
    assert outcome.error == expected, outcome.traceback
    assert "keyed" in outcome.traceback
    secret = untouched.value("o.account.secret_access_key").strip("'")
    assert secret not in outcome.traceback


def test_functions_that_would_be_taken_for_one_are_stopped(untouched: Kernel) -> None:
    made = untouched.done("def plus(k):\n    return lambda v, k=k: v + k\ndef held(k):\n    return lambda v: v + k")
    code = "iris[[iris.sepal_length.map({}).rename('h%d' % k) for k in (1, 2)]].head(1)"
    outcome = untouched.run("%%odps\n" + code.format("plus(k)"))
    assert outcome.error == "PreflightError", outcome.traceback
    assert f"lambda (cell {made.number}, line 2) is made several times with other defaults" in outcome.traceback
    assert "(lambda k: lambda v: v + k)(k)" in outcome.traceback
    for told_apart in ("held(k)", "plus(1)", "lambda v, k=1: v + k, args=(k,)"):
        outcome = untouched.run(f"%%odps --dry-run\n{code.format(told_apart)}")
        assert outcome.error is None, outcome.traceback


def test_a_sample_that_reaches_no_function_is_said(prepared: Kernel) -> None:
    outcome = prepared.run(
        "%%odps\ndef rare(x):\n    return x / 0\niris[iris.sepal_length > 1000].sepal_length.map(rare).sum().execute()"
    )
    assert outcome.error is None, outcome.traceback
    assert "preflight: no row of the sample reached rare" in outcome.text


def test_a_function_that_never_returns_is_sent_after_a_while(prepared: Kernel) -> None:
    told = prepared.done("%odps preflight --seconds 1").text
    assert "for 1 s at most" in told
    try:
        outcome = prepared.run(
            "%%odps --hints odps.function.timeout=1\ndef endless(x):\n    while True:\n        pass\n"
            "iris.sepal_length.map(endless, 'float').sum().execute()"
        )
        assert "preflight: endless was not proved: took longer than 1 s" in outcome.text
        assert outcome.error == "ODPSError", outcome.traceback
        assert "function took too long for one batch of rows" in outcome.traceback
    finally:
        prepared.done(f"%odps preflight --seconds {SECONDS}")
    assert prepared.run("%odps preflight --seconds never").error == "UserError"
