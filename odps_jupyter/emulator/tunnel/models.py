"""Tunnel sessions: what is being downloaded or uploaded. They live in memory and end with the service."""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.store import now
from odps_jupyter.emulator.tables.models import Table

from .wire import WireColumn

#: Hours after which a session is forgotten (the vendor's tunnel); an upsert session may ask for fewer.
LIFETIME = 24


def new_id() -> str:
    """A session id: time, then chance."""
    return f"{now():%Y%m%d%H%M%S}{secrets.token_hex(9)}"


@dataclass(frozen=True)
class Download:
    """A table's (or partition's) rows as they were at one moment.

    ``modified`` is the table's last change then: a session whose table changed since has expired.
    """

    id: str
    project: str
    schema: str
    table: str
    table_id: int
    partition: Mapping[str, str]
    columns: tuple[WireColumn, ...]
    count: int
    modified: datetime

    @classmethod
    def of(cls, table: Table, partition: Mapping[str, str], columns: tuple[WireColumn, ...], count: int) -> Download:
        """A new session over ``count`` rows of a table as it is now."""
        return cls(
            new_id(), table.project, table.schema, table.name, table.id, partition, columns, count, table.modified
        )


@dataclass(frozen=True)
class InstanceDownload:
    """A result's rows."""

    id: str
    project: str
    instance: str
    task: str
    columns: tuple[WireColumn, ...]
    count: int


@dataclass
class Upload:
    """Blocks on their way into a table. Each block is an Arrow file in ``folder``, there whole or not at all.

    ``schema_json`` is the table as it was when the session began: the client reads every later answer with it in mind.
    """

    id: str
    project: str
    schema: str
    table: str
    table_id: int
    partition: Mapping[str, str]
    columns: tuple[WireColumn, ...]
    schema_json: Mapping[str, Any]
    overwrite: bool
    folder: Path
    create_partition: bool = False
    status: str = "normal"
    lock: threading.Lock = field(default_factory=threading.Lock)

    def path(self, block: int) -> Path:
        return self.folder / f"{block}.arrow"

    def blocks(self) -> list[int]:
        return sorted(int(path.stem) for path in self.folder.glob("*.arrow"))


class Stream(Upload):
    """An upload whose every request is in the table when it ends."""


class Upsert(Upload):
    """An upload whose rows are put in the place of those with the same key, or delete them, in the order they came."""

    _taken: int = 0

    def next_block(self) -> int:
        """The number of the block that comes now."""
        with self.lock:
            self._taken += 1
            return self._taken


Session = Download | InstanceDownload | Upload
S = TypeVar("S", bound=Session)

#: Error code and word of each kind of session (``odps/errors.py`` knows the last two by their codes).
_MISSING: Mapping[type[Any], tuple[str, str]] = {
    Download: ("NoSuchDownload", "download"),
    InstanceDownload: ("NoSuchDownload", "download"),
    Upload: ("NoSuchUpload", "upload"),
    Stream: ("StreamSessionNotFound", "stream"),
    Upsert: ("UpsertSessionNotFound", "upsert"),
}


class Sessions:
    """Sessions by id, each until it is given up or its time is over. ``clock`` tells monotonic seconds."""

    def __init__(self, scratch: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._scratch = scratch
        self._clock = clock
        self._sessions: dict[str, tuple[Session, float]] = {}
        # A lock lives as long as somebody holds or awaits it.
        self._writers: WeakValueDictionary[int, threading.Lock] = WeakValueDictionary()
        self._lock = threading.Lock()

    def folder(self, identity: str) -> Path:
        """A new folder for the blocks of an upload."""
        path = self._scratch / f"upload-{identity}"
        path.mkdir(parents=True)
        return path

    def add(self, session: Session, hours: float = LIFETIME) -> None:
        """Keep a session for some hours."""
        with self._lock:
            self._sessions[session.id] = session, self._clock() + hours * 3600

    def _forget_old(self) -> None:
        now = self._clock()
        for identity, (session, until) in list(self._sessions.items()):
            if until <= now:
                del self._sessions[identity]
                if isinstance(session, Upload):
                    shutil.rmtree(session.folder, ignore_errors=True)

    def get(self, kind: type[S], identity: str, project: str, name: str) -> S:
        """The session of a kind, on one table or instance of one project.

        Raises:
            OdpsError: there is none of that id there.
        """
        with self._lock:
            self._forget_old()
            session, _ = self._sessions.get(identity, (None, 0.0))
        if type(session) is not kind or (session.project.lower(), _subject(session)) != (project.lower(), name.lower()):
            code, word = _MISSING[kind]
            raise OdpsError(code, f"There is no {word} session {identity!r} on {name}", 404)
        return session

    def writer(self, table: int) -> threading.Lock:
        """What is held while a session's rows go into a table: of two commits at once DuckDB would fail one."""
        with self._lock:
            return self._writers.setdefault(table, threading.Lock())

    def remove(self, session: Upload) -> None:
        """Forget an upload and its blocks."""
        with self._lock:
            self._sessions.pop(session.id, None)
        shutil.rmtree(session.folder, ignore_errors=True)


def _subject(session: Session) -> str:
    return (session.instance if isinstance(session, InstanceDownload) else session.table).lower()
