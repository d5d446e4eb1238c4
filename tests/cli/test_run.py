"""``odps-jupyter run`` as a server of continuous integration meets it: a process, its exit code, what it prints."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from asyncio.selector_events import BaseSelectorEventLoop
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from odps_jupyter.backends.embedded import Service
from odps_jupyter.cli import main
from odps_jupyter.cli.headless.running import hear_interrupts
from tests.kernel.conftest import kernel_environment

QUICKSTART = Path(__file__).parent.parent.parent / "notebooks" / "01_quickstart.ipynb"
IRIS = "%%odps\niris = o.get_table('pyodps_iris').to_df()"
SECONDS = 180


def notebook(path: Path, *cells: str | tuple[str, str], kernel: str = "python3", language: str = "python") -> Path:
    """A notebook of these code cells, each with a tag where one is given, under a headline."""
    made: list[dict[str, Any]] = [{"cell_type": "markdown", "metadata": {}, "source": "# A headline"}]
    for cell in cells:
        source, *tags = (cell,) if isinstance(cell, str) else cell
        made.append(
            {"cell_type": "code", "metadata": {"tags": tags}, "source": source, "outputs": [], "execution_count": None}
        )
    metadata = {"kernelspec": {"name": kernel, "language": language, "display_name": kernel}}
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": made}))
    return path


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path, service: Service) -> Start:
    """Starts ``odps-jupyter run`` beside the notebooks of the test, with the shared service as embedded MaxCompute."""
    environment = kernel_environment(tmp_path, ODPS_JUPYTER_DATA_DIR=str(service.secret_file.parent))

    def run(*arguments: str | Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "odps_jupyter.cli", "run", *map(str, arguments)]
        return subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return run


def test_cells_run_until_one_fails(start: Start, tmp_path: Path, service: Service) -> None:
    path = notebook(
        tmp_path / "a.ipynb",
        f"{IRIS}\nkey = o.account.secret_access_key",
        "",
        ("print(key)\nraise ValueError(f'the key is {key}')", "raises-exception"),
        ("o.execute_sql('select * from absent')", "raises-exception"),
        ("1 / 0", "skip-execution"),
        "def ratio(v):\n    return v / 0",
        ("%%odps --no-preflight\niris.sepal_length.map(ratio).sum().execute()", "raises-exception"),
        "\niris.sepal_length.map(ratio).sum().execute()",
        "never = 1",
    )
    before = path.read_bytes()
    process = start("a.ipynb", "--format", "json", "--junit", "report.xml")
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (1, "")
    told = json.loads(out)
    assert (told["version"], told["backend"]) == (1, "maxcompute")
    cells = told["cells"]
    assert [cell["cell"] for cell in cells] == list(range(9))
    assert [cell["status"] for cell in cells] == [*["ok"] * 4, "skipped", "ok", "ok", "error", "skipped"]
    assert all(set(cell) == {"cell", "status", "seconds", "error", "compare"} for cell in cells)
    assert cells[2]["error"] == {
        "type": "ValueError",
        "message": "the key is ***",
        "cell": 2,
        "line": 2,
        "code": None,
    }
    assert cells[3]["error"]["code"] == "ODPS-0130131"
    remote = cells[6]["error"]
    assert (remote["type"], remote["cell"], remote["line"], remote["code"]) == ("ScriptError", 5, 2, "ODPS-0123055")
    assert remote["message"].startswith("ratio failed on the executor (cell 4, line 2): ZeroDivisionError")
    failed = cells[7]["error"]
    assert (failed["type"], failed["cell"], failed["line"], failed["code"]) == ("PreflightError", 5, 2, None)
    assert "ZeroDivisionError" in failed["message"]
    assert [cells[1]["seconds"], cells[8]["seconds"], cells[0]["compare"]] == [0.0, 0.0, []]
    assert cells[0]["seconds"] > 0

    xml = (tmp_path / "report.xml").read_text()
    (suite,) = ElementTree.fromstring(xml)
    counts = {name: suite.get(name) for name in ("name", "tests", "errors", "failures", "skipped")}
    assert counts == {"name": "a.ipynb", "tests": "9", "errors": "1", "failures": "0", "skipped": "2"}
    (error,) = suite[7]
    assert (error.tag, error.get("type")) == ("error", "PreflightError")
    assert "ratio fails on the executor" in str(error.text)
    assert service.secret() not in out + xml
    assert path.read_bytes() == before


def test_what_fails_while_it_is_displayed_fails_its_cell(start: Start, tmp_path: Path) -> None:
    raises = "raises-exception"
    notebook(
        tmp_path / "d.ipynb",
        f"{IRIS}\ngone = o.create_table('displayed', 'a bigint')\nframe = gone.to_df()\ngone.drop()",
        ("def ratio(v):\n    return v / 0\niris.sepal_length.map(ratio)", raises),
        ("%%odps --no-preflight\niris.sepal_length.map(ratio)", raises),
        ("%%odps --backend pandas\niris.sepal_length.map(ratio)", raises),
        ("1\n\nframe[\n    frame.a,\n]", raises),
        ("\n%%odps\n# It is gone.\nframe.a.sum()", raises),
        ("from IPython.display import display\ndisplay(frame.a.sum())\n2", raises),
        ("class Broken:\n    def __repr__(self):\n        raise ValueError('broken')", raises),
        ("%%odps\nBroken()", raises),
        ("Broken()", raises),
        "try:\n    iris.sepal_length.map(ratio).execute()\nexcept Exception:\n    display(Broken())\n3",
        "%%odps\ndisplay(Broken())\n%tb",
        "Broken()",
        "never = 1",
    )
    process = start("d.ipynb", "--format", "json")
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (1, ""), err
    cells = json.loads(out)["cells"]
    errors = [cell["error"] and tuple(cell["error"][of] for of in ("type", "cell", "line", "code")) for cell in cells]
    gone = "ODPS-0130131"
    assert errors == [
        None,
        ("PreflightError", 1, 2, None),
        ("ScriptError", 1, 2, "ODPS-0123055"),
        ("ZeroDivisionError", 1, 2, None),
        ("NoSuchTable", 4, 3, gone),
        ("NoSuchTable", 5, 4, gone),
        ("NoSuchTable", 6, None, gone),
        None,
        ("ValueError", 7, 3, None),
        ("ValueError", 7, 3, None),
        None,
        None,
        ("ValueError", 7, 3, None),
        None,
    ]
    assert [cell["status"] for cell in cells] == [*["ok"] * 12, "error", "skipped"]


def test_the_quickstart_agrees(start: Start, tmp_path: Path) -> None:
    (tmp_path / QUICKSTART.name).write_bytes(QUICKSTART.read_bytes())
    process = start(QUICKSTART.name, "--compare", "--format", "json")
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (0, ""), out
    told = json.loads(out)
    assert told["backend"] == "pandas"
    compared = [one for cell in told["cells"] for one in cell["compare"]]
    assert len(compared) >= 4
    assert all(set(one) == {"equal", "rows", "first_difference", "cause"} for one in compared)
    assert all(one["equal"] and one["rows"] > 0 for one in compared)
    assert not any(cell["error"] for cell in told["cells"])


def test_differences_in_every_kind_of_cell(start: Start, tmp_path: Path) -> None:
    side = "iris.sepal_length.map(lambda v: os.getpid() == here, 'boolean').any()"
    notebook(
        tmp_path / "b.ipynb",
        f"{IRIS}\nimport os\nhere = os.getpid()",
        f"{side}.execute()",
        f"%%odps --backend maxcompute\n{side}",
        "iris.sepal_length.max().execute()",
        "later = iris.sepal_length.map(lambda v: os.getpid() == here, 'boolean').all().execute(async_=True)",
        "later.result()",
        "get_ipython().run_cell_magic('odps', '', 'iris.sepal_length.min().execute()')\n"
        "iris.sepal_width.max().execute()",
        "%reload_ext odps_jupyter",
        f"{IRIS}\n{side}.execute()",
    )
    process = start("b.ipynb", "--compare", "--junit", tmp_path / "report.xml")
    out, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 1, out
    lines = [line for line in out.splitlines() if "compare:" in line]
    assert ["differs" in line for line in lines] == [True, True, False, True, False, False, True]
    assert "  value of row 1: pandas True, executor False" in out
    assert out.splitlines()[-1] == "9 cells ran on pandas, 0 errors, 4 differences in 7 comparisons"
    (suite,) = ElementTree.parse(tmp_path / "report.xml").getroot()
    assert [[child.tag for child in case] for case in suite].count(["failure"]) == 4


def test_the_toggle_begins_as_asked_and_a_kernel_may_die(start: Start, tmp_path: Path) -> None:
    notebook(
        tmp_path / "c.ipynb",
        f"{IRIS}\nmine = o\nassert int(iris.count().execute()) == 100",
        "assert int(iris.count().execute()) == 100",
        "%%odps --backend maxcompute\nassert int(iris.count().execute()) == 150",
        "%unload_ext odps_jupyter",
        ("raise ValueError(mine.account.secret_access_key)", "raises-exception"),
        "import os\nos._exit(3)",
        "never = 1",
    )
    process = start("c.ipynb", "--backend", "pandas")
    out, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "  cell 5: ValueError: *** (expected: the cell's tag says that it raises)" in out
    died, why, last = out.splitlines()[-3:]
    assert died.startswith("code cell 6: error, ")
    assert why == "  DeadKernelError: The kernel died while the cell ran."
    assert last == "6 cells ran on pandas, 1 error, 1 cell skipped"


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_kernel(start: Start, tmp_path: Path, asked: signal.Signals) -> None:
    os.mkfifo(tmp_path / "running")
    notebook(
        tmp_path / "d.ipynb",
        # One line: the interrupt may come while the pipe is being closed.
        "import os, pathlib, threading\npathlib.Path('running').write_text(str(os.getpid())); threading.Event().wait()",
        "never = 1",
    )
    process = start("d.ipynb", "--format", "json", "--junit", "report.xml")
    kernel = int((tmp_path / "running").read_text())  # opens when the cell does
    process.send_signal(asked)
    out, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    first, second = json.loads(out)["cells"]
    assert (first["status"], first["error"]["type"], first["error"]["line"]) == ("error", "KeyboardInterrupt", 2)
    assert second["status"] == "skipped"
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_asked_again_it_waits_no_longer_and_still_reports(start: Start, tmp_path: Path, asked: signal.Signals) -> None:
    reached = ("running", "interrupted", "shutting-down")
    for name in reached:
        os.mkfifo(tmp_path / name)
    notebook(
        tmp_path / "g.ipynb",
        "before = 1",
        "import os, pathlib, threading\n"
        f"for name in {reached}:\n"
        "    try: pathlib.Path(name).write_text(str(os.getpid())); threading.Event().wait()\n"
        "    except KeyboardInterrupt: pass\n"
        "threading.Event().wait()",
        "never = 1",
    )
    process = start("g.ipynb", "--format", "json", "--junit", "report.xml")
    for name in reached:  # each opens when the kernel was told what the signal before it made of the run
        kernel = int((tmp_path / name).read_text())
        process.send_signal(asked)
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (1, "")
    first, second, third = json.loads(out)["cells"]
    assert (first["status"], second["status"], third["status"]) == ("ok", "error", "skipped")
    assert second["error"]["message"] == "The cell did not end when it was interrupted."
    (suite,) = ElementTree.parse(tmp_path / "report.xml").getroot()
    assert suite.get("errors") == "1"
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)


def test_an_event_loop_without_signals_will_do() -> None:
    with closing(BaseSelectorEventLoop()) as loop:  # what there is on Windows
        hear_interrupts(loop, loop.stop)


def test_an_error_that_was_not_noted_is_told_by_its_type(start: Start, tmp_path: Path) -> None:
    notebook(
        tmp_path / "h.ipynb",
        "from odps import ODPS\nmine = ODPS('some-id', 'a-key-of-the-notebook', 'p', endpoint='http://127.0.0.1:1')\n"
        "get_ipython().events.callbacks['pre_run_cell'].clear()\n"
        "get_ipython().events.callbacks['post_run_cell'].clear()",
        "raise ValueError(f'the key is {mine.account.secret_access_key}')",
    )
    process = start("h.ipynb", "--format", "json")
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (1, "")
    assert "a-key-of-the-notebook" not in out
    error = json.loads(out)["cells"][1]["error"]
    assert (error["type"], error["cell"], error["line"]) == ("ValueError", 1, None)
    assert error["message"].startswith("Its message is not told")


def test_a_kernel_that_does_not_start(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "jupyter" / "kernels" / "broken"
    folder.mkdir(parents=True)
    spec = {"argv": [sys.executable, "-c", "raise SystemExit('no such module')"], "language": "python"}
    (folder / "kernel.json").write_text(json.dumps({**spec, "display_name": "Broken"}))
    notebook(tmp_path / "f.ipynb", "1", kernel="broken")
    process = start("f.ipynb")
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (2, "")
    assert err == "odps-jupyter: f.ipynb cannot be run: the kernel 'broken' does not start (no such module).\n"


def test_what_cannot_be_started_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "script.py").write_text("x = 1\n")
    notebook(tmp_path / "r.ipynb", "1", language="R")
    notebook(tmp_path / "unknown.ipynb", "1", kernel="nobody-has-this")
    notebook(tmp_path / "good.ipynb", "1")
    for arguments, sentence in (
        (["absent.ipynb"], "absent.ipynb cannot be read: No such file or directory."),
        (["."], ". cannot be read: Is a directory."),
        (["script.py"], "script.py is not a notebook: it is not JSON"),
        (["r.ipynb"], "r.ipynb is a notebook in r, not in Python."),
        (["unknown.ipynb"], "unknown.ipynb cannot be run: there is no kernel named 'nobody-has-this' here."),
        (["good.ipynb", "--junit", "no/where.xml"], "no/where.xml cannot be written"),
        (["good.ipynb", "--compare", "--backend", "maxcompute"], "Leave --backend maxcompute out, or --compare."),
    ):
        assert main(["run", *arguments]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert sentence in err
        assert err.count("\n") == 1


def test_help_says_what_the_exit_codes_mean(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "--help"])
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "0: all ran (and agree), 1: an error or a difference, 2: it could not start" in text
    assert "as %%odps --compare does" in text
