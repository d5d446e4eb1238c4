"""This kernel's own executor: functions run in isolated processes under the profile that a job would have."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from odps_jupyter.executor.environments import interpreter_for
from odps_jupyter.executor.errors import InterpreterError
from odps_jupyter.executor.interpreters import Interpreter
from odps_jupyter.executor.job import Function, Job, ResourceFile, ResourceTable
from odps_jupyter.executor.pool import Pool
from odps_jupyter.executor.profiles import Profile
from odps_jupyter.executor.session import Session
from odps_jupyter.executor.temporary import TemporaryFolder
from odps_jupyter.sizes import MEBIBYTE, in_words

from .deadline import Deadline

#: Seconds that installing an image's packages may take before a submission; the rest is the service's own affair.
INSTALL_SECONDS = 10.0
#: Bytes of one resource, and rows of a table resource, that are worth fetching to prove a function.
MOST_BYTES = 256 * MEBIBYTE
MOST_ROWS = 10_000


class CannotProve(Exception):
    """Why something cannot be found out here; one line."""


@dataclass(frozen=True)
class _Kept:
    """A resource fetched before: what it was like, and where its bytes lie."""

    stamp: tuple[object, ...]
    path: Path


class Twin:
    """A pool of warm interpreters, made when first needed and closed with the kernel."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: Held by who tries functions: PyODPS's pandas engine and the filters of warnings are the whole process's.
        self.alone = threading.Lock()
        self._pool: Pool | None = None
        self._starting = False
        self._trying: list[Session] = []
        self._interpreters: dict[Profile, Interpreter | InterpreterError] = {}
        self._folder: TemporaryFolder | None = None
        self._resources: dict[str, _Kept] = {}

    def session(
        self,
        profile: Profile,
        function: Function,
        resources: Sequence[Any],
        *,
        deadline: Deadline,
        timezone: str,
    ) -> Session:
        """A process that has loaded ``function``, with its resources laid down beside it.

        Args:
            resources: PyODPS's resource objects, or files that are here already.
            deadline: of all that is tried together.

        Raises:
            CannotProve: this machine lacks the interpreter or its packages, or a resource cannot be fetched.
            TookLonger: a resource was not fetched, or the process not started, in time.
            ExecutorError: the function did not load.
        """
        laid = tuple(deadline.within(partial(self._lay, resource)) for resource in resources)
        interpreter = self._interpreter(profile, deadline.left)
        with self._lock:
            if self._pool is None or not self._pool.intact:
                self._pool = Pool(workers=1)
            pool = self._pool
            self._starting = True
        try:
            job = Job(profile, interpreter, laid, timezone=timezone, timeout=deadline.seconds)
            return pool.session(job, function, begun=self._begun)
        except InterpreterError as error:
            raise CannotProve(str(error)) from error
        except OSError:
            deadline.check()  # stopping takes the pool's folder away from whoever is starting in it
            raise
        finally:
            self._starting = False

    def _begun(self, session: Session) -> None:
        with self._lock:
            self._starting = False
            self._trying.append(session)

    def stop(self) -> None:
        """End what is being tried, on any thread: whoever waits for it gets an error of the executor."""
        with self._lock:
            for session in self._trying:
                session.kill()
            if self._starting and self._pool is not None:
                self._pool.close()  # it reaches an interpreter that starts, and another is made the next time

    def tried(self) -> None:
        """What was being tried has been closed."""
        with self._lock:
            self._trying.clear()

    def close(self) -> None:
        """End every process and remove what was fetched."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()
                self._pool = None
            if self._folder is not None:
                self._folder.close()
                self._folder = None
            self._resources.clear()

    def _interpreter(self, profile: Profile, seconds: float) -> Interpreter:
        found = self._interpreters.get(profile)
        if found is None:
            stop = threading.Event()
            timer = threading.Timer(min(INSTALL_SECONDS, seconds), stop.set)
            timer.daemon = True
            timer.start()
            try:
                found = interpreter_for(profile, stop=stop)
            except InterpreterError as error:
                found = error
            finally:
                timer.cancel()
            self._interpreters[profile] = found
        if isinstance(found, InterpreterError):
            raise CannotProve(str(found)) from found
        return found

    def _lay(self, resource: Any) -> ResourceFile | ResourceTable:
        from odps.errors import BaseODPSError
        from requests import RequestException

        if isinstance(resource, ResourceFile):
            return resource
        try:
            kind = str(resource.type.value).lower()
            if kind == "table":
                return _table(resource)
            return ResourceFile(resource.name, kind, self._fetch(resource))  # type: ignore[arg-type]
        except (BaseODPSError, RequestException) as error:
            raise CannotProve(f"resource {resource.name} cannot be read: {error}") from error

    def _fetch(self, resource: Any) -> Path:
        resource.reload()
        stamp = (resource.content_md5, resource.last_modified_time, resource.size)
        key = f"{resource.project.name}/{resource.name}"
        kept = self._resources.get(key)
        if kept is not None and kept.stamp == stamp:
            return kept.path
        if resource.size is not None and int(resource.size) > MOST_BYTES:
            raise CannotProve(f"resource {resource.name} has {in_words(int(resource.size))}, too many to fetch")
        with resource.open("rb") as stream:
            data = stream.read()
        path = self.folder / uuid.uuid4().hex
        path.write_bytes(data)
        self._resources[key] = _Kept(stamp, path)
        return path

    @property
    def folder(self) -> Path:
        """Where fetched resources lie."""
        if self._folder is None:
            self._folder = TemporaryFolder("odps-jupyter-twin-")
        return self._folder.path


def _table(resource: Any) -> ResourceTable:
    table, partition = resource.get_source_table(), resource.get_source_table_partition()
    with table.open_reader(partition=partition, arrow=True, reopen=True) as reader:
        if reader.count > MOST_ROWS:
            raise CannotProve(f"table resource {resource.name} has {reader.count:,} rows, too many to fetch")
        read = reader.to_pandas() if reader.count else None
    columns = tuple((column.name, str(column.type).lower()) for column in table.table_schema.simple_columns)
    batches = [] if read is None else [pa.RecordBatch.from_pandas(read, preserve_index=False)]
    return ResourceTable(resource.name, columns, lambda: iter(batches))
