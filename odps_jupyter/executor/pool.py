"""Makes sessions, and sees to it that no process outlives it."""

from __future__ import annotations

import itertools
import os
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import quota, template
from .errors import ExecutorError, InterpreterError, WorkerDied
from .interpreters import Interpreter
from .job import Function, Job
from .preload import Preload, plan, profile_only
from .session import Session
from .temporary import TemporaryFolder
from .types import parse_type
from .wire import Channel
from .workspace import Layout, Workspace
from .zygote import Zygote

_CONNECT_SECONDS = 60.0
# Warm interpreters cost some 40 MB each.
_ZYGOTES_KEPT = 4
# The header of generated sources is compiled once for all of them, so they share the name that tracebacks show.
_GENERATED_NAME = "pyodps_udf.py"


class Pool:
    """One warm interpreter per executor Python, and the sessions forked from them.

    Args:
        workers: how many sessions a caller should use at once for one function; the number of cores by default.
        scratch: a folder that keeps unpacked archives from one pool to the next; a temporary one by default.
        disk: bytes that the files of one session may take together.

    Safe to use from several threads. ``close`` ends every process; should this process be killed instead, its
    workers end because their channel to it does.
    """

    def __init__(self, *, workers: int | None = None, scratch: Path | None = None, disk: int = quota.LIMIT) -> None:
        self.workers = workers or os.cpu_count() or 1
        # Sockets have short paths: the scratch folder of a deep home directory would be too long for one.
        self._temporary = TemporaryFolder("odps-pool-")
        self._runtime = self._temporary.path
        self._workspace = Workspace(scratch or self._runtime / "scratch")
        self._lock = threading.Lock()
        # Held for moments only, so that closing reaches an interpreter that starts, which can take minutes.
        self._starts = threading.Lock()
        self._starting: Zygote | None = None
        self._quota = quota.Quota(disk)
        self._zygotes: dict[tuple[Path, Preload | None], Zygote] = {}
        self._sessions: set[Session] = set()
        self._numbers = itertools.count(1)
        self._closed = False

    @property
    def intact(self) -> bool:
        """Whether its temporary folder, where sessions connect, is still there."""
        return self._runtime.is_dir()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm(self, interpreter: Interpreter, packages: Sequence[str] = ()) -> None:
        """Start the interpreter for a profile's packages now, so that the first session need not wait for it."""
        view, readable = self._workspace.view(interpreter, packages)
        self._release(self._zygote(interpreter, profile_only(view, readable)))

    def session(self, job: Job, function: Function, *, begun: Callable[[Session], None] | None = None) -> Session:
        """An isolated process that has loaded ``function``.

        Args:
            begun: told of the session before the function is loaded, which another thread can then end (``kill``);
                what it raises ends the session.

        Raises:
            FunctionError: of kind ``load``: the module or the class's constructor failed.
            ResourceError, InterpreterError: the job cannot be laid down or its Python not started.
        """
        source = function.source.encode("utf-8")
        session = self._load(job, function, source, begun, preloading=job.interpreter.version[0] > 2)
        if not session.preloaded_right:
            session.close()
            session = self._load(job, function, source, begun, preloading=False)
        return session

    def close(self) -> None:
        """End every session and every interpreter, and remove temporary files."""
        with self._starts:
            self._closed = True
            if self._starting is not None:
                self._starting.kill()
        with self._lock:
            sessions, zygotes = list(self._sessions), list(self._zygotes.values())
        self._quota.close()
        for session in sessions:
            session.close()
        for zygote in zygotes:
            zygote.close()
        self._workspace.close()
        self._temporary.close()

    def _load(
        self,
        job: Job,
        function: Function,
        source: bytes,
        begun: Callable[[Session], None] | None,
        *,
        preloading: bool,
    ) -> Session:
        number = next(self._numbers)
        layout = self._workspace.session(number, job.interpreter, job.profile.packages, job.resources)
        # A source of Python 2 may name its encoding at the top, where the rest of a parted source would not see it.
        part = template.split(source) if job.interpreter.version[0] > 2 or source.isascii() else None
        generated = template.is_generated(source, function.signature.kind)
        preload = plan(source, layout.archives, *layout.view) if preloading and generated else None
        try:
            session = self._connect(number, job, function, layout, part, source, preload)
        except ExecutorError:
            self._workspace.remove(layout)
            raise
        try:
            if begun is not None:
                begun(session)
            session.load(_setup(job, function, layout, part, preload, generated=generated), source)
        except BaseException:
            session.close()
            raise
        return session

    def _connect(
        self,
        number: int,
        job: Job,
        function: Function,
        layout: Layout,
        part: template.Split | None,
        source: bytes,
        preload: Preload | None,
    ) -> Session:
        prelude = None
        if part is not None:
            prelude = (part.digest, self._workspace.prelude(part.digest, source[: part.offset]), _GENERATED_NAME)
        zygote = self._zygote(job.interpreter, preload)
        try:
            pid, connection = self._fork(zygote, number, function, prelude)
        except BaseException:
            self._release(zygote)
            raise
        session = Session(
            job,
            function,
            layout,
            Channel(connection),
            end=lambda grace: zygote.end(pid, grace),
            forget=lambda closed: self._forget(closed, layout, zygote),
        )
        with self._lock:
            self._sessions.add(session)
        self._quota.watch(layout.directory, session.refuse_disk)
        return session

    def _fork(
        self, zygote: Zygote, number: int, function: Function, prelude: tuple[str, Path, str] | None
    ) -> tuple[int, socket.socket]:
        path = self._runtime / f"{number}.sock"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(path))
            listener.listen(1)
            listener.settimeout(_CONNECT_SECONDS)
            try:
                pid = zygote.fork(str(path), prelude)
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    zygote.end(pid, 0.0)
                    raise WorkerDied(function.name, exit_code=None, signal_number=None) from None
            finally:
                path.unlink(missing_ok=True)
        return pid, connection

    def _zygote(self, interpreter: Interpreter, preload: Preload | None) -> Zygote:
        key = (interpreter.executable, preload)
        with self._lock:
            if self._closed:
                raise InterpreterError("The executor is closed.")
            zygote = self._zygotes.pop(key, None)
            if zygote is not None and not zygote.alive:
                zygote.close()
                zygote = None
            if zygote is None:
                self._make_room()
                zygote = self._start(interpreter, preload)
            # Last in the dictionary is last used.
            self._zygotes[key] = zygote
            zygote.sessions += 1
            return zygote

    def _start(self, interpreter: Interpreter, preload: Preload | None) -> Zygote:
        log = self._runtime / f"zygote-{next(self._numbers)}.log"
        with self._starts:
            if self._closed:
                raise InterpreterError("The executor is closed.")
            self._starting = zygote = Zygote(interpreter, log, preload, self._workspace.preludes)
        try:
            zygote.wait()
        except InterpreterError as error:
            if self._closed:
                raise InterpreterError("The executor is closed.") from error
            raise
        finally:
            with self._starts:
                self._starting = None
        return zygote

    def _make_room(self) -> None:
        idle = [key for key, zygote in self._zygotes.items() if zygote.sessions == 0]
        while len(self._zygotes) >= _ZYGOTES_KEPT and idle:
            self._zygotes.pop(idle.pop(0)).close()

    def _release(self, zygote: Zygote) -> None:
        with self._lock:
            zygote.sessions -= 1

    def _forget(self, session: Session, layout: Layout, zygote: Zygote) -> None:
        self._quota.forget(layout.directory)
        with self._lock:
            self._sessions.discard(session)
            zygote.sessions -= 1
        self._workspace.remove(layout)


def _setup(
    job: Job,
    function: Function,
    layout: Layout,
    part: template.Split | None,
    preload: Preload | None,
    *,
    generated: bool,
) -> dict[str, Any]:
    signature = function.signature
    module = function.class_name.rsplit(".", 1)[0] if "." in function.class_name else function.name
    return {
        "directory": str(layout.directory),
        "log": str(layout.log),
        "paths": [str(path) for path in layout.paths],
        "readable": [str(path) for path in layout.readable],
        "bytecode": [str(path) for path in layout.archives.values()],
        "preloaded": preload.modules if preload is not None else (),
        "tables": layout.tables,
        "absent": dict(job.interpreter.absent),
        "environment": {
            "TZ": job.timezone,
            "LC_ALL": "C.UTF-8",
            "HOME": str(layout.directory),
            "TMPDIR": str(layout.directory / "tmp"),
        },
        "memory": job.memory,
        "kind": signature.kind,
        "returns": [["*", [], []] if name == "*" else parse_type(name).to_wire() for name in signature.returns],
        "module": module,
        "class": function.class_name.rsplit(".", 1)[-1],
        "filename": _GENERATED_NAME if part is not None else f"{module}.py",
        "prelude": part.digest if part is not None else None,
        "offset": part.offset if part is not None else 0,
        "generated": job.shortcut and generated,
    }
