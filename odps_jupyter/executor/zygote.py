"""Starts and talks to the warm interpreter that forks workers (guest/zygote.py)."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from .errors import InterpreterError
from .interpreters import Interpreter
from .preload import Preload

_SCRIPT = Path(__file__).parent / "guest" / "zygote.py"
_START_SECONDS = 120.0
_ANSWER_SECONDS = 120.0
# An interpreter built against libraries in unusual places needs these to start; workers do not see them.
_NEEDED_TO_START = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")


class Zygote:
    """One per interpreter and preload, of use once ``wait`` has returned.

    Safe to use from several threads; ``sessions`` is its owner's to count.
    """

    def __init__(self, interpreter: Interpreter, log: Path, preload: Preload | None, preludes: Path) -> None:
        self._interpreter = interpreter
        self._preload = preload
        self._preludes = preludes
        self.sessions = 0
        self._log = log
        self._lock = threading.Lock()
        self._pending = b""
        self._process = self._start()

    def wait(self) -> None:
        """Return when the interpreter is ready for sessions.

        Raises:
            InterpreterError: it does not start, or was killed meanwhile; its process has ended.
        """
        try:
            self._answer(_START_SECONDS)
        except InterpreterError:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def fork(self, socket_path: str, prelude: tuple[str, Path, str] | None) -> int:
        """Fork a worker that connects to ``socket_path``, and return its process id.

        ``prelude`` is (digest, file, name) of a header to keep compiled.
        """
        digest, path, name = prelude or (None, None, None)
        request = {
            "do": "fork",
            "socket": socket_path,
            "prelude": digest,
            "prelude_path": str(path),
            "prelude_name": name,
        }
        return int(self._ask(request)["pid"])

    def end(self, pid: int, grace: float) -> int | None:
        """Let a worker end by itself for ``grace`` seconds, then kill it; its wait status, or None if it is unknown."""
        try:
            status = self._ask({"do": "end", "pid": pid, "grace": grace})["status"]
        except InterpreterError:
            # The zygote is gone, and with it, by the kernel or the closed channel, every worker.
            return None
        return None if status is None else int(status)

    def kill(self) -> None:
        """End an interpreter that still starts: whoever waits for it is told at once."""
        self._process.kill()

    def close(self) -> None:
        """End the zygote, which kills its workers first."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is not None:
            # A request that nobody read, because the process ended by itself, breaks the pipe: nobody is left to tell.
            with contextlib.suppress(BrokenPipeError):
                stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if stdout is not None:
            stdout.close()

    def _start(self) -> subprocess.Popen[bytes]:
        isolation = ["-E", "-s", "-S", "-B"] if self._interpreter.version[0] == 2 else ["-I", "-S", "-B"]
        environment = {name: os.environ[name] for name in _NEEDED_TO_START if name in os.environ}
        # One thread each: a worker is one core of a cluster, and thread pools would count against its memory.
        threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
        with self._log.open("ab") as log:
            try:
                return subprocess.Popen(
                    [str(self._interpreter.executable), *isolation, str(_SCRIPT), *self._arguments()],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env={"LC_ALL": "C.UTF-8", **threads, **environment},
                    cwd="/",
                    start_new_session=True,
                )
            except OSError as error:
                raise InterpreterError(f"{self._interpreter.executable} cannot be started: {error}.") from error

    def _arguments(self) -> list[str]:
        preload = self._preload
        if preload is None:
            return []
        text = {
            "modules": preload.modules,
            "paths": [str(path) for path in preload.before],
            "after": [str(path) for path in preload.after],
            "readable": [str(path) for path in (*preload.readable, self._preludes)],
            "bytecode": [str(path) for path in preload.bytecode],
        }
        return [json.dumps(text)]

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            stdin = self._process.stdin
            if stdin is None or stdin.closed:
                raise self._gone()
            try:
                stdin.write(json.dumps(request).encode() + b"\n")
                stdin.flush()
            except OSError as error:
                raise self._gone() from error
            return self._answer(_ANSWER_SECONDS)

    def _answer(self, seconds: float) -> dict[str, Any]:
        stdout = self._process.stdout
        if stdout is None:
            raise self._gone()
        until = time.monotonic() + seconds
        while b"\n" not in self._pending:
            ready, _, _ = select.select([stdout], [], [], max(0.0, until - time.monotonic()))
            data = os.read(stdout.fileno(), 65536) if ready else b""
            if not data:
                raise self._gone()
            self._pending += data
        line, self._pending = self._pending.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _gone(self) -> InterpreterError:
        text = self._log.read_text(errors="replace").strip().splitlines()[-1:] if self._log.exists() else []
        reason = f": {text[0]}" if text else ""
        return InterpreterError(f"{self._interpreter.executable} does not work as an executor{reason}")
