"""Hears of threads that begin, whoever begins them.

``threading.setprofile`` is the standard library's word for what each new thread of ``threading`` runs first
(https://docs.python.org/3/library/threading.html#threading.setprofile). What is put there takes itself away with its
first event, so that no thread is slower for it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

#: What the names of our own threads begin with.
OURS = "odps-jupyter"


class Threads:
    """Calls ``begun`` first on each thread that begins while this is installed, but for ours."""

    def __init__(self, begun: Callable[[], None]) -> None:
        self._begun = begun
        self._before: Any = None
        self._installed = False

    def install(self) -> None:
        """A second call changes nothing; a profiler that somebody installed later stays alone."""
        if not self._installed:
            self._installed, self._before = True, threading.getprofile()
            threading.setprofile(self._first)

    def remove(self) -> None:
        """Give back what was there before."""
        if self._installed and threading.getprofile() == self._first:
            threading.setprofile(self._before)
        self._installed = False

    def _first(self, frame: FrameType, event: str, argument: Any) -> None:
        sys.setprofile(self._before)
        if self._installed and not threading.current_thread().name.startswith(OURS):
            self._begun()
        if self._before is not None:
            self._before(frame, event, argument)
