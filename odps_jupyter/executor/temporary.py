"""Temporary folders that are gone some day, even if the process that made them is killed."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from filelock import FileLock, Timeout

#: Held by the owner for as long as it lives; the system lets go of it when the owner is killed.
LOCK = "lock"
#: Seconds after which a folder that nobody holds is a leftover; younger ones may be about to be locked.
AGE = 60.0


class TemporaryFolder:
    """A new folder below the system's temporary one, deleted by :meth:`close` or by whoever sweeps after a kill."""

    def __init__(self, prefix: str) -> None:
        sweep(prefix)
        self.path = Path(tempfile.mkdtemp(prefix=prefix))
        self._lock = FileLock(self.path / LOCK, mode=0o600)
        self._lock.acquire(timeout=0)

    def close(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()


def sweep(prefix: str) -> None:
    """Delete the folders of this prefix that killed processes left: ours, not new, and locked by nobody."""
    for path in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        lock = path / LOCK
        try:
            # An owner that was stopped before it could lock its folder leaves it without a lock.
            made = (lock if lock.exists() else path).stat().st_mtime
            if path.stat().st_uid != os.getuid() or time.time() - made <= AGE:
                continue
            with FileLock(lock, timeout=0):
                shutil.rmtree(path, ignore_errors=True)
        except (OSError, Timeout):
            # In use, somebody else's, or gone meanwhile: not ours to delete.
            continue
