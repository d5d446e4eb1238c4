"""The file of one notebook's history: JSON lines, the newest last, whole or not at all, for any number of kernels."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from filelock import FileLock

from .entry import VERSION, Entry, entry_json, read_entry

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
        """In the order of their last words; lines that cannot be read are left out.

        Raises:
            OSError: it is there and cannot be read.
        """
        return [entry for entry in map(_parsed, self._lines()) if entry is not None]

    def put(self, entry: Entry) -> None:
        """Keep ``entry``, in the place of what was kept of the same run.

        The other lines are not parsed: a cell waits for this.

        Raises:
            OSError: it cannot be written; ``filelock.Timeout``, which is one: another kernel does not let go of it.
        """
        line = json.dumps(entry_json(entry))
        same = json.dumps({"version": VERSION, "id": entry.id})[:-1] + ","
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked():
            self._write(_bounded([*(one for one in self._lines() if not one.startswith(same)), line]))

    def adopt(self, other: Store) -> None:
        """Take over all that ``other`` keeps, the newest words last; nothing is kept there any more.

        Raises:
            OSError: as :meth:`put`.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with other._locked(), self._locked():
            theirs = other._lines()
            if theirs:
                own = [line for line in self._lines() if line not in set(theirs)]
                self._write(_bounded([*own, *theirs]))
                other.path.unlink()

    def copy(self, other: Store) -> None:
        """Take over the runs that ``other`` keeps and that have ended; they are kept there too.

        Raises:
            OSError: as :meth:`put`.
        """
        for entry in other.read():
            if entry.status != "running":
                self.put(entry)

    def _locked(self) -> FileLock:
        return FileLock(self.path.with_suffix(".lock"), timeout=LOCKED_SECONDS, mode=0o600)

    def _lines(self) -> list[str]:
        try:
            return self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []

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


def _bounded(lines: list[str]) -> list[str]:
    kept: list[str] = []
    left = MOST_BYTES
    for line in reversed(lines[-MOST_RUNS:]):
        left -= len(line) + 1
        if left < 0:
            break
        kept.append(f"{line}\n")
    return kept[::-1]
