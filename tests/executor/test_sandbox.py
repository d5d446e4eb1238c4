"""What the executor refuses and what it allows, on Pythons with audit events and on older ones."""

from __future__ import annotations

import pyarrow as pa
import pytest

from odps_jupyter.executor.errors import FunctionError
from odps_jupyter.executor.pool import Pool

PYTHONS = [(2, 7), (3, 7), (3, 11), (3, 13)]
ONE = pa.record_batch([pa.array(["x"])], names=["s"])


def run(pool: Pool, job, make_function, body: str) -> str:
    """What a function of one STRING returns as text."""
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    function = make_function(
        "import os, sys\nfrom odps.udf import annotate\n@annotate('string->string')\n"
        f"class Udf(object):\n    def evaluate(self, s):\n{lines}"
    )
    with pool.session(job, function) as session:
        return session.evaluate(ONE)[0].as_py()


REFUSED = {
    "network": [
        "import socket\nsocket.socket()",
        "import socket\nsocket.create_connection(('127.0.0.1', 9))",
        "import socket\nsocket.getaddrinfo('localhost', 80)",
    ],
    "processes": [
        "import subprocess\nsubprocess.Popen(['true'])",
        "os.system('true')",
        "os.fork()",
        "import multiprocessing\nmultiprocessing.Process(target=len).start()",
    ],
    "writing files outside": [
        "open('/tmp/odps-jupyter-test', 'w')",
        "os.mkdir('/tmp/odps-jupyter-test')",
        "os.remove('/tmp/odps-jupyter-test')",
        "os.open('/tmp/odps-jupyter-test', os.O_CREAT | os.O_WRONLY)",
        "open('link', 'w').close()\nos.rename('link', '/tmp/odps-jupyter-test')",
    ],
    "sends no signals": ["import signal\nos.kill(os.getppid(), signal.SIGTERM)", "os.killpg(1, 0)"],
    "reading files outside": [
        "open('/etc/passwd')",
        "import io\nio.FileIO('/etc/passwd')",
        "import io\nio.open('/etc/hostname')",
        "os.listdir('/tmp')",
        "os.open('/etc/passwd', os.O_RDONLY)",
    ],
}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("reason", "body"), [(reason, body) for reason, bodies in REFUSED.items() for body in bodies])
def test_refused(pool: Pool, make_job, make_function, python, reason, body) -> None:
    with pytest.raises(FunctionError) as caught:
        run(pool, make_job(python), make_function, body)
    assert reason.split()[0] in caught.value.message
    assert "the executor" in caught.value.message
    assert caught.value.message.startswith("IOError" if python[0] == 2 else "PermissionError")


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    "body",
    [
        "with open('mine', 'w') as f: f.write('x')\nwith open('mine') as f: return f.read()",
        "import tempfile\nwith tempfile.TemporaryFile() as f: f.write(b'x')\nreturn 'x'",
        "import shutil, tempfile\nd = tempfile.mkdtemp()\nshutil.rmtree(d)\nreturn 'x'",
        "import json, decimal, datetime, email.mime.text, unittest, sqlite3, ctypes\nreturn 'x'",
        "os.urandom(4)\nwith open('/dev/null', 'w') as f: f.write('y')\nreturn s",
        "import logging\nlogging.getLogger('a').warning('w')\nreturn s",
        "os.kill(os.getpid(), 0)\nreturn s",
        # joblib, below scikit-learn, looks there for how many processors it may use.
        "try:\n    open('/sys/fs/cgroup/none')\nexcept EnvironmentError as e:\n    assert e.errno == 2, e\nreturn s",
    ],
)
def test_allowed(pool: Pool, make_job, make_function, python, body) -> None:
    assert run(pool, make_job(python), make_function, body) == "x"


@pytest.mark.parametrize(
    "body", ["import threading\nt = threading.Thread(target=len, args=('',))\nt.start()\nt.join()"]
)
def test_threads_are_refused_on_python_2_only(pool: Pool, make_job, make_function, body) -> None:
    assert run(pool, make_job((3, 11)), make_function, body + "\nreturn s") == "x"
    with pytest.raises(FunctionError, match="no threads"):
        run(pool, make_job((2, 7)), make_function, body)


@pytest.mark.parametrize("python", [(3, 6), (3, 7), (3, 8), (3, 13)])
def test_pathlib_works_and_keeps_to_the_rules(pool: Pool, make_job, make_function, python) -> None:
    body = (
        "import pathlib\nfolder = pathlib.Path('folder')\nfolder.mkdir()\n(folder / 'a').write_text('x')\n"
        "(folder / 'a').rename('folder/b')\nfound = [path.name for path in folder.iterdir()]\n"
        "(folder / 'b').unlink()\nfolder.rmdir()\nreturn found[0]"
    )
    assert run(pool, make_job(python), make_function, body) == "b"
    for refused in ("pathlib.Path('/etc/passwd').read_text()", "list(pathlib.Path('/etc').iterdir())"):
        with pytest.raises(FunctionError, match="reading files outside"):
            run(pool, make_job(python), make_function, f"import pathlib\n{refused}")


def test_the_old_name_of_open_keeps_to_the_rules(pool: Pool, make_job, make_function) -> None:
    with pytest.raises(FunctionError, match="reading files outside"):
        run(pool, make_job((2, 7)), make_function, "file('/etc/passwd')")


@pytest.mark.parametrize("python", [(3, 6), (3, 7), (3, 13)])
@pytest.mark.parametrize("module", ["tokenize", "_io"])
def test_open_of_other_modules_keeps_to_the_rules(pool: Pool, make_job, make_function, python, module) -> None:
    """A traceback would else show lines of files that lie on this machine alone: linecache reads with tokenize."""
    with pytest.raises(FunctionError, match="reading files outside"):
        run(pool, make_job(python), make_function, f"import {module}\n{module}.open('/etc/passwd')")


def test_asyncio_works_without_network(pool: Pool, make_job, make_function) -> None:
    body = "import asyncio\nasync def f(): return s\nreturn asyncio.run(f())"
    assert run(pool, make_job(), make_function, body) == "x"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", ["pip", "setuptools", "odps.df", "odps.models", "guest", "worker", "pytest"])
def test_nothing_else_can_be_imported(pool: Pool, make_job, make_function, python, name) -> None:
    with pytest.raises(FunctionError, match=r"ImportError|ModuleNotFoundError"):
        run(pool, make_job(python), make_function, f"import {name}")


@pytest.mark.parametrize("python", PYTHONS)
def test_a_path_to_installed_packages_does_not_help(pool: Pool, make_job, make_function, python) -> None:
    body = (
        "import sysconfig\n"
        "sys.path.insert(0, sysconfig.get_paths()['purelib'])\n"
        "sys.path.insert(0, os.path.join(os.path.dirname(os.__file__), 'site-packages'))\n"
        "import pip"
    )
    with pytest.raises(FunctionError, match="No module named"):
        run(pool, make_job(python), make_function, body)


@pytest.mark.parametrize("python", PYTHONS)
def test_the_parents_environment_stays_outside(pool: Pool, make_job, make_function, python, monkeypatch) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "not for the executor")
    body = "return ' '.join(sorted(os.environ)) + ' ' + __import__('time').tzname[0]"
    job = make_job(python, timezone="Asia/Shanghai")
    # Python 3.6 and later may add LC_CTYPE by themselves where there is no locale.
    assert run(pool, job, make_function, body) in ("HOME LC_ALL TMPDIR TZ CST",)


@pytest.mark.parametrize("python", PYTHONS)
def test_workers_draw_different_random_numbers(pool: Pool, make_job, make_function, python) -> None:
    job = make_job(python)
    drawn = {run(pool, job, make_function, "import random\nreturn repr(random.random())") for _ in range(3)}
    assert len(drawn) == 3


def test_main_module_is_empty(pool: Pool, make_job, make_function) -> None:
    body = "return ' '.join(n for n in dir(sys.modules['__main__']) if not n.startswith('__'))"
    assert run(pool, make_job(), make_function, body) == ""


def test_numpy_works_and_its_random_numbers_differ(pool: Pool, make_job, make_function) -> None:
    job = make_job(packages=("numpy",))
    body = "import numpy as np\nreturn repr(np.random.rand(3).sum())"
    assert len({run(pool, job, make_function, body) for _ in range(3)}) == 3
    with pytest.raises(FunctionError, match="No module named 'numpy'"):
        run(pool, make_job(), make_function, body)
    with pytest.raises(FunctionError, match="No module named 'pandas'"):
        run(pool, job, make_function, "import pandas")
