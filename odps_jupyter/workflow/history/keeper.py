"""Keeps the runs of one kernel in the history of its notebook, and settles what killed kernels left under way."""

from __future__ import annotations

import queue
import socket
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from odps_jupyter.workflow.run import RunRecord, plain

from . import notebook
from .entry import Entry, entry_of

if TYPE_CHECKING:
    from filelock import FileLock

    from odps_jupyter.backends.connection import Connection

    from .store import Store

#: Seconds to wait for what is being asked of the service before the history is shown.
ASKED_SECONDS = 5.0
#: The entry object that sent an instance, by its id.
Sender = Callable[[str], Any]
#: Changes a run that has ended, by its number.
Amend = Callable[..., None]


class History:
    """The history as one kernel sees it; kept for this kernel alone where no notebook is known."""

    def __init__(self, environ: Mapping[str, str], namespace: Mapping[str, Any], notify: Callable[[str], None]) -> None:
        """Args: ``notify`` tells the user something that is no error."""
        self._environ = environ
        self._namespace = namespace
        self._notify = notify
        self._told: str | None = None
        #: Where a notebook that the kernel knows itself lies by now.
        self._renamed: str | None = None
        self._kernel = uuid.uuid4().hex
        self._alive: FileLock | None = None
        self._own: dict[str, Entry] = {}
        self._store: Store | None = None
        self._failed: str | None = None
        self._settled: set[str] = set()
        self._lock = threading.RLock()
        self._asker = Asker()

    @property
    def notebook(self) -> str | None:
        """Path of the notebook, as far as anybody said."""
        return self._renamed or notebook.notebook_of(self._environ, self._namespace) or self._told

    @property
    def kept(self) -> bool:
        """Whether it outlives this kernel."""
        return self.notebook is not None and self._failed is None

    def tell(self, path: str, root: str | None = None) -> None:
        """The panel says which notebook this kernel serves; what the kernel knows itself holds until it is renamed.

        Args:
            path: on the server. ``root``: folder of the server that it counts from, None where that is not known.
        """
        with self._lock:
            if self.notebook is None:
                self._told = path
                for entry in list(self._own.values()):
                    self._put(entry)
                return
            known = self.notebook
            now = path if known == self._told else notebook.renamed(known, path, root)
            if now != known:
                self._follow(known, now)

    def copy(self, path: str, root: str | None = None) -> None:
        """The notebook was saved at another path as well, where its history goes on without this kernel.

        Args: as of :meth:`tell`.
        """
        with self._lock:
            known, before = self.notebook, self._file()
            if known is None or before is None:
                return
            copied = path if known == self._told else notebook.located(known, path, root)
            if copied is None or copied == known:
                return
            from .store import Store

            after = Store(notebook.file_of(copied))
            try:
                after.copy(before)
            except OSError as error:
                self._fail(after.path, error)

    def _follow(self, known: str, now: str) -> None:
        """Keep what was kept of ``known`` for its new name."""
        if known == self._told:
            self._told = now
        else:
            self._renamed = now
        before, self._store = self._file(), None
        after = self._file()
        if before is None or after is None or before.path == after.path:
            return
        try:
            after.adopt(before)
        except OSError as error:
            self._fail(after.path, error)

    def note(self, run: RunRecord, sender: Sender | None, amend: Amend) -> None:
        """Keep what is known of ``run`` now; called on any thread.

        Args:
            sender: gives the entry object that sent a job, to ask it what that read once it has ended.
            amend: what the service says is told so.
        """
        self._keep(entry_of(run, self._kernel, socket.gethostname()))
        if sender is not None and run.jobs and run.status != "running" and run.input is None:

            def ask() -> None:
                read = input_of(sender, run)
                if read is not None:
                    amend(run.number, input=read)
                    self._keep(replace(self._own[run.id], input=read))

            self._asker.ask(ask)

    def recent(self, limit: int, *, wait: bool = True) -> list[Entry]:
        """The newest runs of the notebook, newest first, with those of this kernel.

        Args: ``wait`` for what is being asked of the service about them; else it is not known yet.
        """
        if wait:
            self._asker.wait(ASKED_SECONDS)
        with self._lock:
            store = self._file()
            found = {} if store is None else {entry.id: entry for entry in self._reading(store)}
            found.update(self._own)
        return sorted(found.values(), key=lambda entry: entry.started, reverse=True)[:limit]

    def is_own(self, entry: Entry) -> bool:
        """Whether it ran in this kernel."""
        return entry.kernel == self._kernel

    def left(self) -> list[Entry]:
        """Runs that a killed kernel of this machine left under way."""
        store = self._file()
        if store is None or not store.path.exists():
            return []
        host = socket.gethostname()
        going = [entry for entry in self._reading(store) if entry.status == "running" and entry.host == host]
        return [entry for entry in going if not self.is_own(entry) and not _lives(entry.kernel)]

    def settle(self, connection: Connection) -> None:
        """Stop the jobs that a killed kernel left under way on this connection, and say so: a run ends with its kernel.

        Nobody could take the result, and the functions of such a job are removed from the project by PyODPS's next
        entry object.
        """
        with self._lock:
            for entry in self.left():
                mine = [job for job in entry.jobs if _is_at(job.project, job.endpoint, entry.connection, connection)]
                if entry.id in self._settled or len(mine) < len(entry.jobs):
                    continue
                self._settled.add(entry.id)
                stopped = [job.instance for job in mine if stop_left(connection.entry, job.instance)]
                self._put(replace(entry, status="stopped" if stopped else "lost"))
                if stopped:
                    cell = "A cell" if entry.cell is None else f"Cell [{entry.cell + 1}]"
                    self._notify(
                        f"{cell} was running when this notebook's kernel was killed; its job {stopped[-1]} is stopped."
                    )

    def close(self) -> None:
        """Let go of what says that this kernel lives."""
        self._asker.close()
        with self._lock:
            if self._alive is not None:
                self._alive.release()
                Path(self._alive.lock_file).unlink(missing_ok=True)
                self._alive = None

    # -- inside -------------------------------------------------------------------------------------------------

    def _keep(self, entry: Entry) -> None:
        with self._lock:
            self._own[entry.id] = entry
            # One that has sent nothing leaves nothing behind, whatever becomes of its kernel.
            if entry.status != "running" or entry.jobs:
                self._put(entry)

    def _file(self) -> Store | None:
        if self._store is None and self.notebook is not None:
            from .store import Store  # locks and folders are looked for by whoever has something to keep

            self._store = Store(notebook.file_of(self.notebook))
        return self._store

    def _put(self, entry: Entry) -> None:
        store = self._file()
        if store is None or self._failed is not None:
            return
        try:
            self._say_alive()
            store.put(entry)
        except OSError as error:  # a lock that is not let go of is one
            self._fail(store.path, error)

    def _reading(self, store: Store) -> list[Entry]:
        try:
            return store.read()
        except OSError as error:
            self._fail(store.path, error)
            return []

    def _fail(self, path: Path, error: Exception) -> None:
        if self._failed is None:
            self._failed = str(path)
            self._notify(f"the history of runs is not kept: {path} cannot be used ({type(error).__name__}).")

    def _say_alive(self) -> None:
        if self._alive is None:
            from filelock import FileLock

            path = _alive_file(self._kernel)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            alive = FileLock(path, mode=0o600, thread_local=False)
            alive.acquire(timeout=0)
            self._alive = alive


class Asker:
    """Asks a service on a thread of its own, which is there while there is something to ask."""

    def __init__(self) -> None:
        self._questions: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._idle = threading.Condition()
        self._open = 0

    def ask(self, question: Callable[[], None]) -> None:
        with self._idle:
            self._open += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="odps-jupyter history", daemon=True)
                self._thread.start()
        self._questions.put(question)

    def wait(self, seconds: float) -> None:
        """Until all is answered, or for so long."""
        with self._idle:
            self._idle.wait_for(lambda: self._open == 0, seconds)

    def close(self) -> None:
        """End the thread after what it asks now."""
        self._questions.put(None)

    def _run(self) -> None:
        while (question := self._questions.get()) is not None:
            try:
                question()
            finally:
                with self._idle:
                    self._open -= 1
                    self._idle.notify_all()


def input_of(sender: Sender, run: RunRecord) -> int | None:
    """Bytes that the jobs of ``run`` read together; None where the service does not say of one."""
    from odps.errors import BaseODPSError
    from requests import RequestException

    total = 0
    for job in run.jobs:
        try:
            cost = sender(job.instance).get_instance(job.instance, project=job.project).get_task_cost()
        except (BaseODPSError, RequestException):
            return None
        if cost is None or cost.input_size is None:
            return None
        total += int(cost.input_size)
    return total


def stop_left(entry: Any, instance: str) -> bool:
    """Stop an instance if it still runs; whether it did."""
    from odps.errors import BaseODPSError
    from requests import RequestException

    try:
        found = entry.get_instance(instance)
        if found.is_terminated():
            return False
        entry.stop_instance(instance)
    except (BaseODPSError, RequestException):
        return False  # it is gone, with its service perhaps
    return True


def _is_at(project: str, endpoint: str, label: str, connection: Connection) -> bool:
    """Whether a job is of this connection; an embedded service may have another port with each start."""
    if connection.kind == "embedded" and label == "embedded":
        return project == connection.project
    return (project, endpoint) == (connection.project, plain(connection.endpoint))


def _alive_file(kernel: str) -> Path:
    return notebook.folder() / "kernels" / f"{kernel}.lock"


def _lives(kernel: str) -> bool:
    """Whether a kernel of this machine holds its file: the system lets go of it however the kernel ends."""
    from filelock import FileLock, Timeout

    path = _alive_file(kernel)
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0, mode=0o600):
            pass
    except Timeout:
        return True
    except OSError:
        return path.exists()
    path.unlink(missing_ok=True)
    return False
