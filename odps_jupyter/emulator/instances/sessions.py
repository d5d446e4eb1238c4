"""The processes of a job's functions: begun when a function is named, lent to a thread at a time, ended together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.executor.errors import ExecutorError
from odps_jupyter.executor.job import Function, Job
from odps_jupyter.executor.pool import Pool
from odps_jupyter.executor.session import Session


@dataclass
class _Lent:
    """Sessions of one function.

    Attributes:
        idle: nobody has them.
        busy: somebody has them, or they are being loaded.
        begun: one that a thread of its own makes, before anybody asks for it.
        count: how many there are or will be in all.
        dropped: nobody will ask for one any more.
    """

    idle: list[Session] = field(default_factory=list)
    busy: list[Session] = field(default_factory=list)
    begun: Future[Session] | None = None
    count: int = 0
    dropped: bool = False


class Sessions:
    """Sessions by function, at most ``limit`` of each.

    Args:
        pool: answers the pool to make them in; first asked for with the first session.
        limit: sessions of one function.
        stopped: told when the job has failed or is stopped.
    """

    def __init__(self, pool: Callable[[], Pool], limit: int, stopped: Callable[[], None]) -> None:
        self._pool = pool
        self._limit = limit
        self._stopped = stopped
        self._all: dict[str, _Lent] = {}
        self._free = threading.Condition()
        self._closed = False
        self._log: list[tuple[str, str]] = []
        #: The first failure of a function, kept whole.
        self.failure: Exception | None = None

    def begin(self, name: str, job: Job, function: Function) -> None:
        """Make a function's first session in a thread of its own: what comes before the first call takes as long."""
        with self._free:
            mine = self._all.setdefault(name, _Lent())
            if mine.count or self._closed:
                return
            mine.count = 1
            begun = mine.begun = Future()

        def make() -> None:
            try:
                begun.set_result(self._make(mine, job, function))
            except BaseException as error:  # noqa: BLE001 - raised where the session is asked for
                begun.set_exception(error)

        threading.Thread(target=make, name=f"session of {name}", daemon=True).start()

    @contextmanager
    def borrow(self, name: str, job: Job, function: Function) -> Iterator[Session]:
        """A session for the calling thread alone; one that failed is not used again.

        Raises:
            OdpsError: the job was cancelled.
            ExecutorError: the function cannot be loaded.
        """
        with self._free:
            mine = self._all.setdefault(name, _Lent())
            while not mine.idle and mine.begun is None and mine.count >= self._limit and not self._closed:
                self._free.wait()
            self._check(mine)
            session = mine.idle.pop() if mine.idle else None
            begun = None
            if session is not None:
                mine.busy.append(session)
            elif mine.begun is not None:
                begun, mine.begun = mine.begun, None
            else:
                mine.count += 1
        try:
            if session is None:
                session = self._make(mine, job, function) if begun is None else begun.result()
            with self._free:
                self._check(mine)
            yield session
        except BaseException as error:
            self._fail(name, mine, session, error)
            raise
        self._give_back(name, mine, session)

    def _make(self, mine: _Lent, job: Job, function: Function) -> Session:
        """A new session, which can be killed while its function is being loaded."""
        loading: list[Session] = []

        def note(session: Session) -> None:
            with self._free:
                self._check(mine)
                mine.busy[:] = [one for one in mine.busy if one not in loading]
                mine.busy.append(session)
            loading[:] = [session]

        try:
            return self._pool().session(job, function, begun=note)
        except BaseException:
            with self._free:
                mine.busy[:] = [one for one in mine.busy if one not in loading]
            raise

    def _check(self, mine: _Lent) -> None:
        if self._closed or mine.dropped:
            raise OdpsError("ODPS-0130241", "Job was cancelled")

    def _fail(self, name: str, mine: _Lent, session: Session | None, error: BaseException) -> None:
        with self._free:
            mine.count -= 1
            if session in mine.busy:
                mine.busy.remove(session)
            first = error if self.failure is None and isinstance(error, (ExecutorError, OdpsError)) else None
            self.failure = self.failure or first
            self._free.notify()
        if session is not None:
            self._end(name, session)
        if first is not None:
            # The job has failed: nobody waits for what its other functions still do.
            self.kill()

    def _give_back(self, name: str, mine: _Lent, session: Session) -> None:
        with self._free:
            mine.busy.remove(session)
            if self._closed:
                self._end(name, session)
            else:
                mine.idle.append(session)
            self._free.notify()

    def _end(self, name: str, session: Session) -> None:
        """Keep what a session wrote, and let it end in a thread of its own: nobody has to wait until it has."""
        self._log.append((name, _written(session)))
        threading.Thread(target=session.close, name=f"end of {name}", daemon=True).start()

    def forget(self, name: str) -> None:
        """End the idle sessions of a function that is another one from now on."""
        with self._free:
            old = self._all.pop(name, _Lent())
        self._retire(name, old)

    def _retire(self, name: str, old: _Lent) -> None:
        """End what nobody uses. A session that nobody has asked for ends as soon as its function is loaded."""
        with self._free:
            old.dropped = True
            idle, old.idle = old.idle, []
            begun, old.begun = old.begun, None
            unused = []
            if begun is not None:
                unused, old.busy = old.busy, []
        for session in unused:
            session.kill()
        if begun is not None:
            begun.add_done_callback(_close)
        for session in idle:
            self._end(name, session)

    @property
    def logs(self) -> list[tuple[str, str]]:
        """For each session, its function and what that wrote so far; complete after :meth:`close`."""
        with self._free:
            ended = list(self._log)
            open_ones = [(name, one) for name, lent in self._all.items() for one in (*lent.busy, *lent.idle)]
        return ended + [(name, _written(session)) for name, session in open_ones]

    def kill(self) -> None:
        """End the sessions at work as well; the calls that wait for them fail. May come from another thread."""
        with self._free:
            self._closed = True
            busy = [session for lent in self._all.values() for session in lent.busy]
        self._stopped()
        for session in busy:
            session.kill()
        self.close()

    def close(self) -> None:
        """End every idle session; a thread that waits for one is told that the job was cancelled."""
        with self._free:
            self._closed = True
            every = list(self._all.items())
            self._free.notify_all()
        for name, lent in every:
            self._retire(name, lent)


def _close(begun: Future[Session]) -> None:
    if begun.exception() is None:
        begun.result().close()


def _written(session: Session) -> str:
    try:
        return session.log
    except FileNotFoundError:
        # It ended at this moment, and kept what it had written.
        return session.log
