"""The history of a notebook's runs, kept across its kernels, and what becomes of a run whose kernel ends."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from odps_jupyter.backends.embedded import Service
from tests.conftest import entry_of
from tests.texts import FOREVER

from .conftest import Kernel, start_kernel

HELD = f"""%%odps --async --no-preflight --out later
iris = o.get_table('pyodps_iris').to_df()
{FOREVER}
iris.sepal_length.map(held).sum()"""


class Home:
    """One user with one notebook."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.folder = folder
        self._service = service

    @contextmanager
    def kernel(self, notebook: str = "a.ipynb") -> Iterator[Kernel]:
        yield from start_kernel(
            self.folder,
            ODPS_JUPYTER_DATA_DIR=str(self._service.secret_file.parent),
            XDG_DATA_HOME=str(self.folder / "data"),
            JPY_SESSION_NAME=str(self.folder / notebook),
        )

    def files(self) -> list[Path]:
        return list((self.folder / "data" / "odps-jupyter" / "history").glob("*.jsonl"))


@pytest.fixture
def home(tmp_path: Path, service: Service) -> Home:
    return Home(tmp_path, service)


def test_runs_are_kept_for_their_notebook_without_values_code_or_secrets(home: Home, service: Service) -> None:
    with home.kernel() as kernel, home.kernel() as other:
        kernel.done("%%odps\niris = o.get_table('pyodps_iris').to_df()\niris[iris.name == 'unheard-of'].execute()")
        failed = kernel.run("%%odps\niris.name.map(lambda name: {}[name]).execute()")
        assert failed.error is not None
        other.done("%%odps --backend pandas --sample 7\no.get_table('pyodps_iris').to_df().head(3)")
        kernel.run("%%odps\n1 / 0")
        # Without the magic it is the execution that makes a run of a cell.
        kernel.done("1 + 1")
        plain = kernel.done("iris.count().execute()\niris.sepal_length.max().execute()")
        broken = kernel.run("iris.count().execute()\niris.sepal_length.map(lambda v: v / 0).sum().execute()")
        assert broken.error == "PreflightError"
        text = kernel.done("%odps history").text
        lines = [line.split() for line in text.strip().splitlines()]
        assert lines[0] == ["Runs", "of", str(home.folder / "a.ipynb")]
        ended = [" ".join(line) for line in lines[2:]]
        signs = ("ZeroDivisionError", "PreflightError", "pandas, 7 rows", f"[{plain.number}]")
        assert [[sign for sign in signs if sign in line] for line in ended] == [
            ["PreflightError"],
            [f"[{plain.number}]"],
            ["ZeroDivisionError"],
            ["pandas, 7 rows"],
            ["PreflightError"],
            [],
        ]
        sent = kernel.value("[[job.instance for job in run.jobs] for run in get_ipython().odps_jupyter.session.runs]")
        assert [len(jobs) for jobs in json.loads(sent.replace("'", '"'))] == [1, 0, 0, 1, 0], (
            "PyODPS counts a table without a job"
        )
        instance = kernel.value("get_ipython().odps_jupyter.session.runs[0].jobs[0].instance").strip("'")
        assert instance in ended[-1]
        assert " 0 " in ended[-1], "it had no rows"
        assert "<table" in kernel.done("%odps history").html
        assert instance in kernel.done(f"%odps history --logview {instance}").text
        assert "No run of the history has a job" in kernel.run("%odps history --logview 20").traceback
    with home.kernel() as again, home.kernel("b.ipynb") as elsewhere:
        assert instance in again.done("%odps history").text
        assert "none yet" in elsewhere.done("%odps history").text
    (kept,) = home.files()
    assert kept.stat().st_mode & 0o077 == 0
    content = kept.read_text()
    assert len(content.splitlines()) == 6
    for secret in (service.secret(), service.access_id, "unheard-of", "iris", "name", "token", "Iris-"):
        assert secret not in content.replace('"name"', ""), secret


def test_what_fails_while_it_is_displayed_is_told(home: Home) -> None:
    with home.kernel() as kernel:
        kernel.done("%odps connect embedded\niris = o.get_table('pyodps_iris').to_df()\niris = iris.sepal_length")
        broken = "class Broken:\n    def _repr_html_(self):\n        raise ValueError('broken')\n\n"
        absent = "o.get_table('absent').reload()"
        shown = [
            kernel.run("iris.map(lambda v: v / 0)"),
            kernel.run("%%odps --no-preflight\n\niris.map(lambda v: v / 0)"),
            kernel.run(f"{broken}iris.sum().execute()\nBroken()"),
            kernel.run("%%odps\nBroken()"),
            # What is displayed on the way is the user's own, as is what was caught.
            kernel.run("%%odps\ndisplay(Broken())\niris.sum().execute()"),
            kernel.run("try:\n    iris.map(lambda v: v / 0).execute()\nexcept Exception:\n    pass\n%tb\n1"),
            kernel.run(f"%%odps\ntry:\n    {absent}\nexcept Exception:\n    get_ipython().showtraceback()\n1"),
        ]
        errors = ["PreflightError", "ScriptError", *["ValueError"] * 4, "NoSuchTable"]
        assert [one.error for one in shown] == errors
        assert "Executed by cell 4, line 3: iris.map(lambda v: v / 0)" in shown[1].traceback
        assert "get_ipython" not in shown[1].traceback
        lines = kernel.done("%odps history").text.strip().splitlines()[2:]
        ends = ("PreflightError", "ScriptError ODPS-0123055", "ValueError", "ok")
        told = [next(end for end in ends if f" {end} " in line) for line in reversed(lines)]
        assert told == ["PreflightError", "ScriptError ODPS-0123055", "ValueError", "ValueError", "ok", "ok", "ok"]


def test_runs_of_other_kernels_have_no_numbers_and_dry_runs_are_told(home: Home) -> None:
    with home.kernel() as kernel:
        kernel.done("%%odps\niris = o.get_table('pyodps_iris').to_df()\niris.sepal_length.max().execute()")
        kernel.done("%%odps --dry-run\niris.sepal_length.max().execute()")
        kernel.done("%%odps --dry-run\n1")
        assert kernel.run("%%odps --dry-run\n1 / 0").error == "ZeroDivisionError"
    with home.kernel() as kernel:
        kernel.done("%%odps\n1")
        lines = kernel.done("%odps history").text.strip().splitlines()[2:]
        assert [line.split()[0] for line in lines] == ["1", *["–"] * 4]
        ends = ("dry run", "ZeroDivisionError", "ok")
        told = [next(end for end in ends if f" {end} " in line) for line in reversed(lines)]
        assert told == ["ok", "dry run", "dry run", "ZeroDivisionError", "ok"]
        idle = [kernel.done("%odps stop").text, kernel.done("%odps stop 7").text]
        rest = "under way. `%odps history` says how runs ended."
        assert [text.strip() for text in idle] == [f"Nothing is {rest}", f"Run 7 is not {rest}"]


def test_a_run_ends_with_its_kernel(home: Home, service: Service) -> None:
    o = entry_of(service)
    with home.kernel() as kernel:
        kernel.done(HELD)
        stopped = kernel.value("later.instances[0]").strip("'")
        kernel.manager.shutdown_wait_time = 120.0
        kernel.manager.shutdown_kernel()
        assert o.get_instance(stopped).is_terminated()
    with home.kernel() as kernel:
        assert "stopped, in the background" in kernel.done("%odps history").text
        kernel.done(HELD)
        left = kernel.value("later.instances[0]").strip("'")
        os.kill(int(kernel.value("__import__('os').getpid()")), signal.SIGKILL)
        assert not o.get_instance(left).is_terminated()
    with home.kernel() as kernel:
        # As the notebook's next kernel says it when the extension is loaded.
        kernel.done("%unload_ext odps_jupyter")
        assert "this notebook's kernel was killed" in kernel.done("%load_ext odps_jupyter").stderr
        told = kernel.done("%%odps\npass").stderr
        assert f"Cell [3] was running when this notebook's kernel was killed; its job {left} is stopped." in told
        o.get_instance(left).wait_for_completion()
        first, second, _ = kernel.done("%odps history --limit 3").text.strip().splitlines()[2:]
        assert " ok " in first
        assert "stopped, in the background" in second
        assert kernel.done("%%odps\npass").stderr == ""


def test_a_job_that_a_thread_sent_after_its_cell_ends_with_a_killed_kernel(home: Home, service: Service) -> None:
    with home.kernel() as kernel:
        kernel.done(
            "%odps connect embedded\n%odps preflight off\nimport threading\n"
            "gate, sent, session = threading.Event(), threading.Event(), get_ipython().odps_jupyter.session\n"
            "session.on_change(lambda: any(run.jobs for run in session.history.recent(1, wait=False)) and sent.set())\n"
            f"{FOREVER}\nlengths = o.get_table('pyodps_iris').to_df().sepal_length.map(held).sum()\n"
            "def later():\n    gate.wait()\n    lengths.execute()"
        )
        cell = kernel.done("threading.Thread(target=later, daemon=True).start()").number
        kernel.done("gate.set()\nsent.wait()")
        left = kernel.value("session.runs[-1].jobs[0].instance").strip("'")
        os.kill(int(kernel.value("__import__('os').getpid()")), signal.SIGKILL)
    with home.kernel() as kernel:
        told = kernel.done("%%odps\npass").stderr
        assert f"Cell [{cell}] was running when this notebook's kernel was killed; its job {left} is stopped." in told
        entry_of(service).get_instance(left).wait_for_completion()
        assert "stopped, in the background" in kernel.done("%odps history --limit 2").text


def test_jobs_that_a_cell_sends_itself_are_runs_too(home: Home, service: Service) -> None:
    runs = (
        "[(run.backend, run.status, run.kind, len(run.jobs), "
        "[(one.backend, one.operation, one.error is None) for one in run.executions]) "
        "for run in get_ipython().odps_jupyter.session.runs]"
    )
    sql, failed = "('maxcompute', 'SELECT', True)", "('maxcompute', 'SELECT', False)"
    with home.kernel() as kernel:
        kernel.done("%odps connect embedded\n%load_ext odps")
        assert kernel.value(runs) == "[]"
        kernel.done("with o.execute_sql('SELECT 1 AS one').open_reader() as reader:\n    print(reader[0][0])")
        assert "150" in kernel.done("%sql SELECT COUNT(*) AS many FROM pyodps_iris").text
        assert "seventy" in kernel.done("%%sql\n-- a comment\nSELECT 'seventy' AS word").text
        assert kernel.run("o.execute_sql('SELECT * FROM nowhere')").error == "NoSuchTable"
        kernel.done("try:\n    o.execute_sql('SELECT * FROM nowhere')\nexcept Exception:\n    pass")
        plain = [f"('maxcompute', 'ok', None, 1, [{sql}])"] * 3
        plain.append(f"('maxcompute', 'error', 'NoSuchTable ODPS-0130131', 1, [{failed}])")
        plain.append(f"('maxcompute', 'ok', None, 1, [{failed}])")
        assert kernel.value(runs) == f"[{', '.join(plain)}]"
        # One that nobody waits for is the user's own: how it ends is not known, and it goes on.
        kernel.done("later = o.run_sql('SELECT 2')")
        # Where expressions run is what a run is of; what our own side asks of the service is no job of the cell's.
        kernel.done("%odps backend pandas --sample 'sepal_length > 7'")
        kernel.done("o.execute_sql('SELECT 3')\nlen(o.get_table('pyodps_iris').to_df().execute())")
        kernel.done("%%odps --compare\no.get_table('pyodps_iris').to_df().sepal_length.max().execute()")
        told = kernel.value(f"{runs}[5:]")
        pandas = "('pandas', {}, True)"
        assert told == (
            f"[('maxcompute', 'ok', None, 1, []), "
            f"('pandas', 'ok', None, 1, [{sql}, {pandas.format(repr('Collection'))}]), "
            f"('pandas', 'ok', None, 1, [{pandas.format(repr('Max'))}])]"
        )
        assert len(kernel.done("%odps history").text.strip().splitlines()) == 2 + 8
        kernel.done("entry = o\n%unload_ext odps_jupyter\nentry.execute_sql('SELECT 4')")
        assert kernel.value("sorted(entry.rest.session.adapters)") == "['http://', 'https://']"
