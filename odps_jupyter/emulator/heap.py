"""What the C library keeps of memory that was freed goes back to the system."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable

import psutil

#: Bytes by which this process may grow before it is looked for.
_GROWN = 32 << 20


def _found() -> Callable[[int], int] | None:
    """``malloc_trim`` of glibc, whose heaps keep what lies below anything still in use (its manual, "malloc_trim(3)").

    ``None`` with other C libraries.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return None
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    return trim  # type: ignore[no-any-return]


class Heap:
    """This process's; a job that made many rows leaves tens of megabytes of it free and not given back."""

    def __init__(self) -> None:
        self._trim = _found()
        self._process = psutil.Process()
        self._lock = threading.Lock()
        self._level = self._process.memory_info().rss

    def give_back(self) -> None:
        """Give back what is free if the process has grown since; takes a few milliseconds then, else microseconds."""
        if self._trim is None:
            return
        with self._lock:
            size = self._process.memory_info().rss
            if size - self._level > _GROWN:
                self._trim(0)
                self._level = self._process.memory_info().rss
            else:
                self._level = min(self._level, size)
