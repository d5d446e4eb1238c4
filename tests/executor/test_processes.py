"""What a function does to the process around it ends with that process, and no process outlives its pool."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import replace

import pytest

from odps_jupyter.executor.errors import (
    ChannelBroken,
    DiskExceeded,
    ExecutorError,
    FunctionError,
    MemoryExceeded,
    SessionClosed,
    WorkerDied,
    WorkerTimeout,
)
from odps_jupyter.executor.pool import Pool

from .functions import ONE, PYTHONS, scalar

SECONDS = 120.0
#: What a function can do to the process around it, the error that this ends as, and what the error says.
BAD = {
    "closes all descriptors": ("os.closerange(0, 64)\nreturn n", WorkerDied, "of the function, which may have"),
    "writes into the channel": ("while True: os.write(3, b'x' * 65536)", ChannelBroken, "wrote into the channel"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", FunctionError, "^KeyboardInterrupt$"),
    "GeneratorExit": ("raise GeneratorExit", FunctionError, "^GeneratorExit$"),
    "kills itself": ("os.kill(os.getpid(), 9)", WorkerDied, "SIGKILL"),
    "alarm": ("import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.01)\nsignal.pause()", WorkerDied, "SIGALRM"),
    "stops itself": ("os.kill(os.getpid(), 19)\nreturn n", WorkerTimeout, "within 1 seconds"),
    "recurses": ("f = lambda: f()\nreturn f()", FunctionError, "maximum recursion depth exceeded"),
    "fills a file": (
        "with open('big', 'wb') as f:\n    f.truncate(5 << 30)\nreturn n",
        FunctionError,
        "File too large",
    ),
    "a huge text": ("return 'x' * (1 << 33)", MemoryExceeded, "64 MiB"),
    "an exception that cannot be shown": (
        "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E()",
        FunctionError,
        "E: <",
    ),
    "an exception of 90 MB": ("raise ValueError('x' * (90 << 20))", FunctionError, "ValueError: "),
    "a value whose methods fail": (
        "class E(object):\n    def fail(self, *_): raise ValueError\n"
        "    __repr__ = __eq__ = __hash__ = fail\nreturn E()",
        FunctionError,
        "E whose repr raised ValueError",
    ),
}
#: What changes nothing, as on the service, or only for the function itself.
HARMLESS = {
    "prints 100 MB": "for _ in range(100): sys.stdout.write('z' * 1048576)\nreturn n",
    "closes its streams": "sys.stdout.close()\nsys.stderr.close()\nreturn n",
    "loses its streams": "sys.stdout = sys.stderr = None\nreturn n",
    "leaves a fork behind": "import ctypes\nif ctypes.CDLL(None).fork() == 0:\n    while True: pass\nreturn n",
    "ignores signals": "import signal\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\nreturn n",
    "clears modules": "sys.modules.clear()\nreturn n",
    "clears paths": "sys.meta_path[:] = sys.path[:] = []\nreturn n",
    "makes warnings errors": "import warnings\nwarnings.simplefilter('error')\nreturn n",
    "deletes its folder": "import shutil\nshutil.rmtree(os.getcwd(), True)\nreturn n",
    "an int of its own kind": "class I(int):\n    def __repr__(self): raise ValueError\nreturn I(n)",
}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", BAD)
def test_what_a_function_does_to_its_process_is_one_clear_error(
    pool: Pool, make_job, make_function, python, name
) -> None:
    body, kind, message = BAD[name]
    job = make_job(python, memory=64)
    short = replace(job, timeout=1.0) if kind is WorkerTimeout else job
    before = _descendants()
    # A busy machine may need all of a short time to load the function: that ends alike.
    with pytest.raises(kind, match=message), pool.session(short, make_function(scalar(body))) as session:
        session.evaluate(ONE)
    with pool.session(job, make_function(scalar("return n"))) as session:
        assert session.evaluate(ONE).to_pylist() == [1]
    # The warm interpreter stays; of the workers none does.
    assert len([pid for pid in _descendants() - before if _running(pid)]) <= 1


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", HARMLESS)
def test_what_a_function_leaves_behind_ends_with_its_process(pool: Pool, make_job, make_function, python, name) -> None:
    before = _descendants()
    with pool.session(make_job(python), make_function(scalar(HARMLESS[name]))) as session:
        assert session.evaluate(ONE).to_pylist() == [1]
        group = {pid for pid in _descendants() - before if _running(pid)}
    assert len(session.log) <= 20 * 1024
    # What a function left behind is killed by then, and gone a moment later.
    _wait_until_at_most(1, (_descendants() - before) | group)


@pytest.mark.parametrize("python", PYTHONS)
def test_a_function_that_ends_what_made_its_process_leaves_the_pool_usable(make_job, make_function, python) -> None:
    body = "import ctypes\nctypes.CDLL(None).kill(os.getppid(), 9)\nimport signal\nsignal.pause()"
    with Pool() as pool:
        with pool.session(make_job(python), make_function(scalar(body))) as session, pytest.raises(WorkerDied):
            session.evaluate(ONE)
        with pool.session(make_job(python), make_function(scalar("return n"))) as session:
            assert session.evaluate(ONE).to_pylist() == [1]


@pytest.mark.parametrize("python", [(2, 7), (3, 11)])
def test_files_without_end_are_stopped(make_job, make_function, python) -> None:
    body = "n = 0\nwhile True:\n    n += 1\n    with open('f%d' % (n % 9), 'ab') as f: f.write(b'x' * 65536)"
    with Pool(disk=8 << 20) as pool:
        with pool.session(make_job(python), make_function(scalar(body))) as session:
            with pytest.raises(DiskExceeded, match="more than 8 MiB"):
                session.evaluate(ONE)
            with pytest.raises(SessionClosed):
                session.evaluate(ONE)
        with pool.session(make_job(python), make_function(scalar("return n"))) as session:
            assert session.evaluate(ONE).to_pylist() == [1]


def test_killed_from_another_thread_the_call_ends(pool: Pool, make_job, make_function) -> None:
    with pool.session(make_job(), make_function(scalar("while True: pass"))) as session:
        session.start(ONE)
        killer = threading.Thread(target=session.kill)
        killer.start()
        with pytest.raises(WorkerDied):
            session.finish()
        killer.join()


def test_no_process_outlives_the_pool(make_job, make_function) -> None:
    before = _descendants()
    with Pool() as pool:
        session = pool.session(make_job(), make_function(scalar("while True: pass")))
        session.start(ONE)
        ours = {pid for pid in _descendants() - before if _running(pid)}
        assert len(ours) >= 2
    assert not any(_running(pid) for pid in ours)
    with pytest.raises(ExecutorError):
        session.finish()


def test_no_process_outlives_a_parent_that_is_killed(make_job, make_function, tmp_path) -> None:
    job, function = make_job(), make_function(scalar("while True: pass"))
    script = tmp_path / "parent.py"
    script.write_text(
        "import pathlib, sys\n"
        "import pyarrow as pa\n"
        "from odps_jupyter.executor import interpreters, job, pool, profiles, signature\n"
        f"found = interpreters.probe(pathlib.Path({str(job.interpreter.executable)!r}))\n"
        f"source = {function.source!r}\n"
        "function = job.Function('f', source, 'Udf', signature.read_signature(source, 'Udf'))\n"
        "profile = profiles.profile_for('cp311', 'bare', None)\n"
        "made = pool.Pool()\n"
        "session = made.session(job.Job(profile, found), function)\n"
        "session.start(pa.record_batch([pa.array([1])], names=['n']))\n"
        "print('busy', flush=True)\n"
        "session.finish()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline() == b"busy\n"
        children = _descendants(parent.pid)
        assert len(children) >= 2
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    _wait_until_at_most(0, children)


def _wait_until_at_most(most: int, pids: set[int]) -> None:
    """Return once so few of these run."""
    with ExitStack() as opened, selectors.DefaultSelector() as ends:
        for pid in pids:
            try:
                descriptor = os.pidfd_open(pid)  # readable when the process ends; a grandchild's too
            except ProcessLookupError:
                continue
            opened.callback(os.close, descriptor)
            ends.register(descriptor, selectors.EVENT_READ)
        until = time.monotonic() + SECONDS
        while len(ends.get_map()) > most:
            ended = ends.select(until - time.monotonic())
            assert ended, "processes were left behind"
            for key, _ in ended:
                ends.unregister(key.fd)


def _descendants(root: int | None = None) -> set[int]:
    root = os.getpid() if root is None else root
    table = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in table.splitlines())}
    found: set[int] = set()
    level = {root}
    while level:
        level = {pid for pid, parent in parents.items() if parent in level}
        found |= level
    return found


def _running(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip() not in ("", "Z")
