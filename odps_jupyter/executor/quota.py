"""Sees to it that no function fills the disk: the folders of running sessions are measured while they run."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

#: Bytes that the files of one session may take together; no page of the vendor's names a limit.
LIMIT = 4 << 30
#: Seconds between two looks.
PERIOD = 1.0
# What st_blocks counts, whatever the file system's own block is.
_BLOCK = 512


class Quota:
    """Measures folders from a thread of its own, which starts with the first one and ends with ``close``.

    Safe to use from several threads.
    """

    def __init__(self, limit: int = LIMIT, period: float = PERIOD) -> None:
        self._limit = limit
        self._period = period
        self._lock = threading.Lock()
        self._watched: dict[Path, Callable[[int], None]] = {}
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, folder: Path, exceeded: Callable[[int], None]) -> None:
        """Call ``exceeded`` with the limit in bytes, once, when the files below ``folder`` take more."""
        with self._lock:
            self._watched[folder] = exceeded
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._look, name="executor quota", daemon=True)
                self._thread.start()

    def forget(self, folder: Path) -> None:
        """Stop measuring a folder."""
        with self._lock:
            self._watched.pop(folder, None)

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _look(self) -> None:
        while not self._closed.wait(self._period):
            with self._lock:
                watched = dict(self._watched)
            for folder, exceeded in watched.items():
                if size_of(folder) > self._limit:
                    self.forget(folder)
                    exceeded(self._limit)


def size_of(folder: Path) -> int:
    """Bytes on disk of the files below a folder, links not followed; what vanishes meanwhile counts nothing."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(path, name).lstat().st_blocks * _BLOCK
            except FileNotFoundError:
                continue
    return total
