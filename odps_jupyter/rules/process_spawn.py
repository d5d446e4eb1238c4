"""A process or a pool of processes is started on the executor.

The executor's sandbox forbids it on Python 2; for Python 3 the vendor documents nothing, and a function shares its
worker's small memory.

Example::

    def run(v):
        import subprocess
        return subprocess.check_output(['date', str(v)])

Fix: use a library that does the same in the process (``datetime`` for ``date``, ``zlib`` for ``gzip``), or do it here
before, and capture or join what came of it. Where the process was for speed, call the function itself: MaxCompute runs
it on many workers as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from .calls import library_calls, under
from .model import Diagnostic
from .subject import Subject

CODE, KIND = "ODP111", "process-spawn"
PROCESSES = (
    "subprocess.", "os.system", "os.popen", "os.fork", "os.forkpty", "os.execv", "os.execve", "os.execvp",
    "os.posix_spawn", "os.spawnl", "os.spawnv", "os.spawnvp", "pty.spawn",
    "multiprocessing.Process", "multiprocessing.Pool", "multiprocessing.pool.Pool", "multiprocessing.Manager",
    "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.process.ProcessPoolExecutor",
    "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell",
)  # fmt: skip
#: Those that are for speed.
_POOLS = (
    "multiprocessing.Process", "multiprocessing.Pool", "multiprocessing.pool.Pool", "multiprocessing.Manager",
    "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.process.ProcessPoolExecutor",
)  # fmt: skip
#: Names under ``subprocess`` that start nothing.
_NAMES = ("subprocess.list2cmdline", "subprocess.CalledProcessError", "subprocess.TimeoutExpired")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for path, call in library_calls(code):
            if under(path, PROCESSES) and path not in _NAMES:
                instead = (
                    "Call the function itself: its rows are computed on many workers anyway."
                    if under(path, _POOLS)
                    else "Use a library that does it in the process, or do it here and capture or join the result."
                )
                message = f"{path} starts a process, which the executor's sandbox forbids. {instead}"
                yield code.fails(CODE, KIND, call, message)
