"""What a cell shows when a function fails on the executor, in a real kernel."""

from __future__ import annotations

import pytest

from .conftest import Kernel

#: Fails for one row, which is not among those that are tried before sending.
INVERT = "def invert(length):\n    return 1 / (length - 6.9)\n"


@pytest.fixture(scope="module")
def prepared(kernel: Kernel) -> Kernel:
    kernel.done(f"%%odps\niris = o.get_table('pyodps_iris').to_df()\n{INVERT}")
    return kernel


def test_the_error_names_the_line_and_the_row_and_folds_the_rest(prepared: Kernel) -> None:
    outcome = prepared.run(f"%%odps\n{INVERT}\niris.petal_length.map(invert).sum().execute()")
    assert outcome.error == "ScriptError"
    lines = outcome.traceback.splitlines()
    assert lines == [
        f"invert failed on the executor (cell {outcome.number}, line 3): ZeroDivisionError: float division by zero, "
        "for the row (6.9).",
        "---> 3 return 1 / (length - 6.9)",
        f"Executed by cell {outcome.number}, line 5: iris.petal_length.map(invert).sum().execute()",
        "`%odps replay` calls it here on that row; `%debug` then stops in it.",
    ]
    assert "<details" in outcome.html
    assert "User script exception" in outcome.html


def test_a_cell_without_the_magic_shows_what_the_service_says_below(prepared: Kernel) -> None:
    outcome = prepared.run("iris.petal_length.map(invert).sum().execute()")
    assert "for the row (6.9)" in outcome.traceback
    assert "The service says:\nODPS-0123055" in outcome.traceback


def test_what_to_do_is_told_with_the_magic_and_without(prepared: Kernel) -> None:
    missing = "odps-jupyter: the table does not exist in project embedded; `list(o.list_tables())` shows what does."
    for magic in ("", "%%odps\n"):
        for code in ("o.execute_sql('SELECT * FROM nowhere')", "o.get_table('nowhere').table_schema"):
            outcome = prepared.run(f"{magic}{code}")
            assert outcome.error == "NoSuchTable"
            assert outcome.traceback.count(missing) == 1, outcome.traceback
            assert "---->" in outcome.traceback, "IPython's own traceback is there"
    lost = prepared.run("import requests\nrequests.get('http://127.0.0.1:1/', proxies={'http': ''})")
    assert lost.error == "ConnectionError"
    assert "odps-jupyter: " not in lost.traceback, "MaxCompute was not asked"
    assert "odps-jupyter: " not in prepared.run("open('nowhere.txt')").traceback
    # One that has a word of its own keeps it.
    own = "def own(shell, kind, error, tb, tb_offset=None):\n    print('mine')\n"
    prepared.done(f"{own}get_ipython().set_custom_exc((KeyError,), own)")
    assert "mine" in prepared.run("{}['k']").stdout
    assert "mine" in prepared.run("%odps status\n{}['k']").stdout
    prepared.done("get_ipython().set_custom_exc((), None)")
    assert missing in prepared.run("o.execute_sql('SELECT * FROM nowhere')").traceback


def test_replay_stops_in_the_function_on_the_row(prepared: Kernel) -> None:
    prepared.run("iris.petal_length.map(invert).sum().execute()")
    replayed = prepared.run("%odps replay")
    assert replayed.error == "ZeroDivisionError"
    assert "return 1 / (length - 6.9)" in replayed.traceback
    assert "site-packages" not in replayed.traceback
    prepared.done("import sys\nat = sys.last_traceback\nwhile at.tb_next:\n    at = at.tb_next")
    assert prepared.value("at.tb_frame.f_locals") == "{'length': 6.9}"


def test_what_was_stopped_before_it_was_sent_can_be_replayed_too(prepared: Kernel) -> None:
    stopped = prepared.run("iris.apply(lambda row: [row.name[40]], axis=1, names=['n'], types=['string']).execute()")
    assert stopped.error == "PreflightError"
    assert "%odps replay" in stopped.traceback
    assert prepared.run("%odps replay").error == "IndexError"


def test_masked_values_are_shown_nowhere(prepared: Kernel) -> None:
    prepared.done("%odps mask on")
    try:
        outcome = prepared.run("%%odps\niris.name.map(lambda n: {}[n] if 'vir' in n else n).execute()")
        assert outcome.error == "ScriptError"
        assert "KeyError, for the row (str)" in outcome.traceback
        assert "Iris-" not in outcome.traceback + outcome.said + outcome.html + outcome.text
        replayed = prepared.run("%odps replay")
        assert replayed.error == "UserError"
        assert replayed.traceback.startswith(
            "lambda raises KeyError here, too, for the row (str). `%debug` stops in it"
        )
        assert "Iris-" not in replayed.traceback + replayed.said
        prepared.done("import sys\nat = sys.last_traceback\nwhile at.tb_next:\n    at = at.tb_next")
        assert prepared.value("at.tb_frame.f_locals") == "{'n': 'Iris-virginica'}"
    finally:
        prepared.done("%odps mask off")
    assert "KeyError: 'Iris-virginica'" in prepared.run("%odps replay").traceback


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEC 1", "the service cannot read this SQL: look at its line 1, column 1."),
        (
            "SELECT name,\n  nothing FROM pyodps_iris",
            "the service does not take this SQL: look at its line 2, column 3.",
        ),
    ],
)
def test_sql_of_the_users_own_is_told_apart(prepared: Kernel, query: str, said: str) -> None:
    prepared.done("%load_ext odps")
    for code in (f"o.execute_sql({query!r})", f"%%odps\no.execute_sql({query!r})", f"%%sql\n{query}"):
        outcome = prepared.run(code)
        assert outcome.traceback.splitlines()[-1] == f"odps-jupyter: {said}"
        assert " of ," not in outcome.text
    assert "SELECT, " in prepared.done("%%odps\njob = o.execute_sql('SELECT 1')").text
    written = prepared.run("from odps.df import func\niris.select(func.nosuch(iris.name)).execute()")
    assert "The service does not take the SQL that PyODPS wrote: `%odps explain` shows it." in written.traceback


def test_a_program_still_gets_pyodps_own_error(prepared: Kernel) -> None:
    prepared.done(
        "from odps.errors import ScriptError\ntry:\n    iris.petal_length.map(invert).sum().execute()\n"
        "except ScriptError as error:\n    caught = error"
    )
    assert "ODPS-0123055:User script exception" in prepared.value("str(caught)")


def test_an_error_of_the_service_says_what_to_do(prepared: Kernel) -> None:
    prepared.done("gone = o.create_table('soon_gone', 'a bigint', lifecycle=1).to_df()\no.delete_table('soon_gone')")
    outcome = prepared.run("gone.a.sum().execute()")
    assert outcome.error == "NoSuchTable"
    assert outcome.traceback.startswith("The job failed: ")
    assert "`list(o.list_tables())` shows what does." in outcome.traceback
