"""Tunnel sessions: what is being downloaded or uploaded. They live in memory and end with the service."""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.store import now

from .wire import WireColumn

#: Seconds after which a session is forgotten (the vendor's tunnel: 24 hours).
LIFETIME = 24 * 3600.0


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
    started: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class InstanceDownload:
    """A result's rows."""

    id: str
    project: str
    instance: str
    task: str
    columns: tuple[WireColumn, ...]
    count: int
    started: float = field(default_factory=time.monotonic)


@dataclass
class Upload:
    """Blocks on their way into a table. Each block is an Arrow file in ``folder``, there whole or not at all."""

    id: str
    project: str
    schema: str
    table: str
    table_id: int
    partition: Mapping[str, str]
    columns: tuple[WireColumn, ...]
    overwrite: bool
    folder: Path
    streaming: bool = False
    status: str = "normal"
    started: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def path(self, block: int) -> Path:
        return self.folder / f"{block}.arrow"

    def blocks(self) -> list[int]:
        return sorted(int(path.stem) for path in self.folder.glob("*.arrow"))


Session = Download | InstanceDownload | Upload


class Sessions:
    """Open sessions by id."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def folder(self, identity: str) -> Path:
        """A new folder for the blocks of an upload."""
        path = self._scratch / f"upload-{identity}"
        path.mkdir(parents=True)
        return path

    def add(self, session: Session) -> None:
        with self._lock:
            self._forget_old()
            self._sessions[session.id] = session

    def _forget_old(self) -> None:
        limit = time.monotonic() - LIFETIME
        for identity, session in list(self._sessions.items()):
            if session.started < limit:
                del self._sessions[identity]
                if isinstance(session, Upload):
                    shutil.rmtree(session.folder, ignore_errors=True)

    def upload(self, identity: str) -> Upload:
        """The upload session.

        Raises:
            OdpsError: there is none of that id.
        """
        session = self._get(identity)
        if not isinstance(session, Upload):
            raise OdpsError("NoSuchUpload", f"There is no upload session {identity}", 404)
        return session

    def download(self, identity: str) -> Download:
        """The download session of a table.

        Raises:
            OdpsError: there is none of that id.
        """
        session = self._get(identity)
        if not isinstance(session, Download):
            raise OdpsError("NoSuchDownload", f"There is no download session {identity}", 404)
        return session

    def instance(self, identity: str) -> InstanceDownload:
        """The download session of a result.

        Raises:
            OdpsError: there is none of that id.
        """
        session = self._get(identity)
        if not isinstance(session, InstanceDownload):
            raise OdpsError("NoSuchDownload", f"There is no download session {identity}", 404)
        return session

    def _get(self, identity: str) -> Session | None:
        with self._lock:
            return self._sessions.get(identity)

    def remove(self, session: Upload) -> None:
        """Forget an upload and its blocks."""
        with self._lock:
            self._sessions.pop(session.id, None)
        shutil.rmtree(session.folder, ignore_errors=True)
