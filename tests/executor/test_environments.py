"""The packages of an image: exactly those, from an environment made once, or a sentence that says why not.

What installs from the registry is marked ``registry``; environments stay in the user's cache folder, so only the first
run on a machine waits for them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from odps_jupyter.executor import environments, interpreters
from odps_jupyter.executor.environments import interpreter_for
from odps_jupyter.executor.errors import EnvironmentUnavailable, FunctionError, InterpreterError
from odps_jupyter.executor.job import Job
from odps_jupyter.executor.pool import Pool
from odps_jupyter.executor.profiles import Profile, profile_for
from tests.pythons import required

#: Seconds nothing here may take.
BOUND = 120
ONE = pa.record_batch([pa.array(["a"])], names=["s"])
#: A distribution that pip can install from a folder without any registry.
WHEEL = "tinylib-1.0-py2.py3-none-any.whl"


def run(pool: Pool, job: Job, make_function, body: str) -> str:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    function = make_function(
        "import sys\nfrom odps.udf import annotate\n@annotate('string->string')\n"
        f"class Udf(object):\n    def evaluate(self, s):\n{lines}"
    )
    with pool.session(job, function) as session:
        return session.evaluate(ONE)[0].as_py()


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """pip as a user without a line has it: it finds what lies in a folder, and nothing else."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return wheels


@pytest.fixture
def tiny(offline: Path) -> Profile:
    """A profile of one small package, which lies in the folder."""
    info = "tinylib-1.0.dist-info"
    files = {
        "tinylib.py": "value = 'tiny'\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tinylib\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py2-none-any\n"
        "Tag: py3-none-any\n",
        f"{info}/RECORD": f"tinylib.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    with zipfile.ZipFile(offline / WHEEL, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return Profile("cp", (3, 11), "tiny", ("tinylib",), is_runtime=True, requirements=("tinylib==1.0",), pinned=True)


VERSIONS = {
    "cp37": "3.7 1.21.6 1.3.5 2.2.1 2.31.0 68.0.0",
    "cp311": "3.11 1.26.4 2.2.2 2.2.1 2.31.0 68.0.0",
}


@pytest.mark.registry
@pytest.mark.parametrize("tag", VERSIONS)
def test_common_has_the_documented_versions(pool: Pool, make_function, tag: str) -> None:
    profile = profile_for(tag, "common", None)
    job = Job(profile, environments.interpreter_for(profile), timeout=BOUND)
    body = (
        "import numpy, pandas, cloudpickle, requests, setuptools\n"
        "frame = pandas.DataFrame({'a': numpy.arange(3)})\n"
        "assert frame.a.sum() == 3\n"
        "versions = [m.__version__ for m in (numpy, pandas, cloudpickle, requests, setuptools)]\n"
        "return ' '.join(['%d.%d' % sys.version_info[:2]] + versions)"
    )
    assert run(pool, job, make_function, body) == VERSIONS[tag]
    with pytest.raises(FunctionError, match="No module named 'pip'"):
        run(pool, job, make_function, "import pip")


@pytest.mark.registry
@pytest.mark.parametrize("tag", ["cp27", "cp37", "cp311"])
def test_the_plain_runtime_has_numpy(pool: Pool, make_function, tag: str) -> None:
    profile = profile_for(tag, None, None)
    job = Job(profile, environments.interpreter_for(profile), timeout=BOUND)
    assert run(pool, job, make_function, "import numpy\nreturn str(numpy.arange(4).sum())") == "6"


def test_bare_has_none_and_asks_no_registry(pool: Pool, make_function, offline: Path) -> None:
    profile = profile_for("cp37", "bare", None)
    job = Job(profile, environments.interpreter_for(profile))
    with pytest.raises(FunctionError, match="No module named 'numpy'"):
        run(pool, job, make_function, "import numpy")


@pytest.mark.parametrize("python", [(2, 7), (3, 7), (3, 11), (3, 13)])
def test_an_environment_is_made_once_and_holds_nothing_else(
    pool: Pool, make_function, tiny: Profile, offline: Path, tmp_path: Path, python: tuple[int, int]
) -> None:
    profile = replace(tiny, python=python)
    made = environments.interpreter_for(profile, folder=tmp_path)
    assert made.python == python
    assert made.environment is not None
    (offline / WHEEL).unlink()
    assert environments.interpreter_for(profile, folder=tmp_path).environment == made.environment
    body = "import tinylib\nreturn tinylib.value + tinylib.__file__"
    assert run(pool, Job(profile, made), make_function, body).startswith(f"tiny{made.environment}")
    with pytest.raises(FunctionError, match="No module named"):
        run(pool, Job(profile, made), make_function, "import pip")


def test_a_python_without_pip_is_served_by_ours(tiny: Profile, tmp_path: Path) -> None:
    # As `uv venv` and some distributions leave it.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True, timeout=BOUND)
    python = interpreters.probe(tmp_path / "bare" / "bin" / "python")
    assert python is not None
    assert "pip" not in python.packages
    made = environments.equip(tiny, python, tmp_path)
    assert made.environment is not None
    assert (made.environment / "tinylib.py").is_file()


def test_credentials_of_a_registry_are_not_repeated(tiny: Profile, offline: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "http://somebody:hunter2@127.0.0.1:9/wheels")
    with pytest.raises(EnvironmentUnavailable) as caught:
        environments.interpreter_for(tiny, folder=tmp_path)
    assert "hunter2" not in str(caught.value)


def test_of_two_makers_at_once_one_wins(tiny: Profile, tmp_path: Path) -> None:
    script = (
        "import sys, pathlib\n"
        "from odps_jupyter.executor import environments, profiles\n"
        f"profile = profiles.Profile({tiny.name!r}, {sys.version_info[:2]!r}, 'tiny', ('tinylib',), True,"
        " ('tinylib==1.0',), True)\n"
        f"print(environments.interpreter_for(profile, folder=pathlib.Path({str(tmp_path)!r})).environment)\n"
    )
    makers = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = {maker.communicate(timeout=BOUND)[0].strip() for maker in makers}
    assert [maker.returncode for maker in makers] == [0, 0]
    (environment,) = told
    assert (Path(environment) / "tinylib.py").is_file()
    assert not list((tmp_path / "environments").glob("*.new-*"))


def test_what_cannot_be_installed_is_said_and_leaves_nothing(tiny: Profile, offline: Path, tmp_path: Path) -> None:
    (offline / WHEEL).unlink()
    with pytest.raises(EnvironmentUnavailable) as caught:
        environments.interpreter_for(tiny, folder=tmp_path)
    text = str(caught.value)
    assert text.startswith("The image tiny of cp has tinylib 1.0, which could not be installed for ")
    assert "No matching distribution found for tinylib==1.0" in text
    assert "Connect to your package registry" in text
    assert not [path for path in (tmp_path / "environments").iterdir() if path.is_dir()]


def test_what_a_killed_maker_left_is_cleared_away(tiny: Profile, tmp_path: Path) -> None:
    made = environments.interpreter_for(tiny, folder=tmp_path).environment
    assert made is not None
    made.rename(made.with_name(f"{made.name}.new-left"))
    again = environments.interpreter_for(tiny, folder=tmp_path).environment
    assert again == made
    assert [path for path in made.parent.iterdir() if path.is_dir()] == [made]


def test_the_plain_runtime_without_a_registry_runs_and_numpy_says_what_is_missing(
    pool: Pool, make_function, offline: Path, tmp_path: Path
) -> None:
    profile = profile_for("cp37", None, None)
    lean = replace(environments.interpreter_for(profile_for("cp37", "bare", None)), packages={})
    equipped = environments.equip(profile, lean, tmp_path)
    job = Job(profile, equipped)
    assert run(pool, job, make_function, "return s") == "a"
    with pytest.raises(
        FunctionError, match=r"ModuleNotFoundError: No module named 'numpy' \(The plain runtime of cp37"
    ):
        run(pool, job, make_function, "import numpy.linalg")
    # Not tried again for every job.
    refused = (tmp_path / "environments").glob("*.failed")
    assert [path.read_text() for path in refused] == [equipped.absent["numpy"]]


def test_a_clients_own_python_has_what_is_installed_there(pool: Pool, make_function) -> None:
    profile = profile_for(None, "common", (3, 13))
    lean = required((3, 13))
    equipped = environments.equip(profile, replace(lean, packages={}))
    with pytest.raises(FunctionError, match=r"No module named 'pandas' \(it is not installed in the Python that runs"):
        run(pool, Job(profile, equipped), make_function, "import pandas")


def test_a_python_that_nobody_has_is_refused() -> None:
    profile = Profile("cp32", (3, 2), None, (), is_runtime=False)
    with pytest.raises(InterpreterError, match=r"needs Python 3\.2 and none was found here; install it"):
        environments.interpreter_for(profile)


def test_an_installation_is_stopped_at_once(tiny: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that takes the question and never answers: pip would wait for minutes."""
    stop, asked = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as silent:

        def listen() -> None:
            connection, _ = silent.accept()
            asked.set()
            stop.wait(BOUND)
            connection.close()

        listener = threading.Thread(target=listen)
        listener.start()
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.delenv("PIP_FIND_LINKS")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        stopper = threading.Thread(target=lambda: (asked.wait(BOUND), stop.set()))
        stopper.start()
        with pytest.raises(EnvironmentUnavailable, match="it was stopped"):
            interpreter_for(tiny, folder=tmp_path, stop=stop)
        listener.join(BOUND)
        stopper.join(BOUND)
    assert asked.is_set()
    assert not list((tmp_path / "environments").glob("*.new-*"))
    assert not list((tmp_path / "environments").glob("*.failed"))
