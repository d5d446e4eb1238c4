"""Nothing stays: not in the project, not on this machine, whatever went wrong at which step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from odps_jupyter.backends.embedded import Service
from tests.conftest import entry_of
from tests.far import far_service

from .leaking import RUNS

#: What the programs are meant to leave, and what the service is seeded with.
MEANT = {"kept.zip", "written", "numpy.zip", "other.zip"}
SEEDED = ("pyodps_iris", "pyodps_ml", "retail_")


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with far_service(tmp_path_factory.mktemp("far")) as service:
        yield service


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


def run(far: Service, home: Path, ending: str) -> subprocess.CompletedProcess[str]:
    """One kernel's life."""
    facts = {**vars(far), "secret_file": str(far.secret_file)}
    names = {"HOME": "home", "PYODPS_DIR": "home/pyodps", "TMPDIR": "tmp"}
    env = {**os.environ, **{name: str(home / path) for name, path in names.items()}}
    env["WAIT_CLEANUP"] = "1"  # PyODPS gives what it does at the end of a process five seconds else
    command = [sys.executable, "-m", "tests.workflow.leaking", json.dumps(facts), ending]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=600)


def left(far: Service) -> list[str]:
    """What the project holds that it should not."""
    o = entry_of(far)
    found = [one.name for one in (*o.list_tables(), *o.list_resources(), *o.list_functions())]
    return [name for name in found if name not in MEANT and not name.startswith(SEEDED)]


def processes(folder: Path) -> list[str]:
    """Those that were started with ``folder`` for their temporary files."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (path / "environ").read_bytes():
                found.append((path / "cmdline").read_text())
        except OSError:
            continue  # somebody else's, or gone
    return found


def unswept(folder: Path) -> list[Path]:
    """What a later kernel would not delete either: an interrupt may leave a folder that was just being made."""
    for path in (*folder.glob("odps-jupyter-*/lock"), *folder.glob("odps-jupyter-*")):
        os.utime(path, (0, 0))
    env = {**os.environ, "TMPDIR": str(folder)}
    code = "from odps_jupyter.executor.temporary import sweep; sweep('odps-jupyter-')"
    subprocess.run([sys.executable, "-c", code], env=env, check=True, timeout=600)
    return list(folder.iterdir())


def test_two_hundred_runs_leave_nothing(far: Service, home: Path) -> None:
    ended = run(far, home, "runs")
    assert ended.returncode == 0, ended.stderr
    outcomes = json.loads(ended.stdout.splitlines()[-1])
    assert sum(outcomes.values()) == RUNS
    assert {"ok", "ScriptError", "KeyboardInterrupt", "ODPSError"} <= outcomes.keys()
    assert left(far) == []
    assert list(entry_of(far).list_instances(status="Running")) == []
    assert processes(home) == []
    assert unswept(home / "tmp") == []
    assert [path for path in (home / "home").rglob("*") if path.is_file() and ".his" in path.name] == []


def test_what_a_killed_kernel_leaves_goes_with_the_next_one(far: Service, home: Path) -> None:
    killed = run(far, home, "killed")
    assert killed.returncode < 0, killed.stderr
    assert any("udf" in name for name in left(far))
    again = run(far, home, "next")
    assert again.returncode == 0, again.stderr
    assert left(far) == []
    assert processes(home) == []
