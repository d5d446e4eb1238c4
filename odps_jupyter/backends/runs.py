"""Which cells ran in a kernel, in their order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from typing import Any

#: Runs that are remembered and characters of source that are told, the last ones.
MOST_RUNS = 2_000
MOST_TEXT = 2_000_000


class Runs:
    """The runs of one kernel, the first one first.

    ``earlier`` are the sources of cells that ran before anybody listened: a notebook knows its cells by their text.
    """

    def __init__(self, earlier: Iterable[str] = ()) -> None:
        self._runs: deque[tuple[str | None, str]] = deque(((None, source) for source in earlier), maxlen=MOST_RUNS)
        # Told on another thread than the one that runs cells.
        self._lock = threading.Lock()

    def add(self, cell_id: str | None, source: str) -> None:
        """A cell begins to run; ``cell_id`` is None where the front end does not name it."""
        with self._lock:
            self._runs.append((cell_id, source))

    def told(self) -> list[dict[str, Any]]:
        """The runs as JSON: ``id`` (or null) and ``source``; a source that was told of a later run is left out."""
        with self._lock:
            runs = list(self._runs)
        told: list[dict[str, Any]] = []
        seen: set[str] = set()
        left = MOST_TEXT
        for cell_id, source in reversed(runs):
            if cell_id is not None and cell_id in seen:
                told.append({"id": cell_id, "source": None})
                continue
            left -= len(source)
            if left < 0:
                break
            if cell_id is not None:
                seen.add(cell_id)
            told.append({"id": cell_id, "source": source})
        return told[::-1]
