"""The file of one notebook's history: JSON lines, the newest last, whole or not at all, for any number of kernels."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock

from .entry import Entry, entry_json, read_entry

#: What is kept at most; the oldest runs go first.
MOST_RUNS = 200
MOST_BYTES = 256 * 1024
#: Seconds to wait for another kernel that writes; each takes milliseconds.
LOCKED_SECONDS = 10.0


class Store:
    """Reads and changes one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Entry]:
        """Oldest first; lines that cannot be read are left out.

        Raises:
            OSError: it is there and cannot be read.
        """
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        return [entry for entry in map(_parsed, text.splitlines()) if entry is not None]

    def put(self, entry: Entry) -> None:
        """Keep ``entry``, in the place of what was kept of the same run.

        Raises:
            OSError: it cannot be written.
            filelock.Timeout: another kernel does not let go of it.
        """
        self.change(lambda entries: [*(one for one in entries if one.id != entry.id), entry])

    def change(self, change: Callable[[list[Entry]], Iterable[Entry]]) -> None:
        """Replace all that is kept by what ``change`` makes of it.

        Raises:
            OSError: it cannot be written.
            filelock.Timeout: another kernel does not let go of it.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(self.path.with_suffix(".lock"), timeout=LOCKED_SECONDS, mode=0o600):
            self._write(_bounded(sorted(change(self.read()), key=lambda entry: entry.started)))

    def _write(self, lines: list[str]) -> None:
        temporary = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.writelines(lines)
            temporary.replace(self.path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def _parsed(line: str) -> Entry | None:
    try:
        return read_entry(json.loads(line))
    except ValueError:
        return None


def _bounded(entries: list[Entry]) -> list[str]:
    lines: list[str] = []
    left = MOST_BYTES
    for entry in reversed(entries[-MOST_RUNS:]):
        line = json.dumps(entry_json(entry)) + "\n"
        left -= len(line)
        if left < 0:
            break
        lines.append(line)
    return lines[::-1]
