"""Starts services whose data folder is copied at exact points; run as a program by the tests beside it.

It imports the service once and forks it for every command, a line of JSON on stdin: the data folder, and where the
copies go. The service answers with its description on stdout. Between one SIGUSR1 and the next it stops itself, all its
threads, before each statement of the emulator that can change something outside the process (a DuckDB statement, a file
made, renamed or deleted). What lies in the folder then is what a SIGKILL would leave there; this program copies it and
lets the service go on.
"""

from __future__ import annotations

import ast
import asyncio
import enum
import json
import os
import re
import shutil
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import odps_jupyter.emulator
from odps_jupyter.emulator.folder import Folder
from odps_jupyter.emulator.service import Options, Service

#: Methods whose calls count: DuckDB's and those of files.
_CALLS = frozenset({"execute", "executemany", "replace", "rename", "unlink", "fsync", "rmtree", "mkdir"})
_HARMLESS = re.compile(r"\s*(SELECT|FROM|SHOW|DESCRIBE|SET|CREATE OR REPLACE TEMP MACRO)\b")


def _counts(call: ast.Call) -> bool:
    """Whether a call can change something outside the process."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _CALLS:
        return False
    owner, first = call.func.value, call.args[0] if call.args else None
    if call.func.attr == "replace":  # of files, not of texts, times or nodes of a tree
        return len(call.args) == 1 and not call.keywords and not (isinstance(owner, ast.Name) and owner.id == "call")
    if isinstance(owner, ast.Name) and owner.id in ("execution", "self"):
        return False  # comes to the one place that speaks to DuckDB
    if isinstance(first, ast.JoinedStr):
        first = first.values[0]
    if isinstance(first, ast.FormattedValue):
        first = first.value
    if isinstance(first, ast.Name):
        return first.id not in ("query", "_SELECT", "_SCHEMA")
    return not (isinstance(first, ast.Constant) and _HARMLESS.match(str(first.value)))


class Kind(enum.Enum):
    """What a statement does to what outlives the process."""

    BEGIN = "BEGIN"
    COMMIT = "COMMIT"
    ROLLBACK = "ROLLBACK"
    CHANGE = ""


def _kind(call: ast.Call) -> Kind:
    first = call.args[0] if call.args else None
    words = {kind.value: kind for kind in Kind if kind.value}
    return words.get(str(first.value), Kind.CHANGE) if isinstance(first, ast.Constant) else Kind.CHANGE


def _points(path: Path) -> dict[int, tuple[Kind, bool]]:
    """The lines of a source file where a statement begins that can change something, and whether DuckDB runs it."""
    statements = (one for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(one, ast.stmt))
    found = {}
    for statement in statements:
        if hasattr(statement, "body"):
            continue
        for call in ast.walk(statement):
            if isinstance(call, ast.Call) and _counts(call):
                assert isinstance(call.func, ast.Attribute)
                found[statement.lineno] = _kind(call), call.func.attr.startswith("execute")
    return found


class Transaction(threading.local):
    """What one thread has begun."""

    depth = 0
    dirty = False


class Stops:
    """Stops the process at every point.

    Not every statement is a point: what a transaction does shows only from its COMMIT on, and where nothing has changed
    since the last point, dying there again would prove nothing new. A change that wrongly stands outside its
    transaction shows at the point that comes next.
    """

    def __init__(self, points: dict[str, dict[int, tuple[Kind, bool]]]) -> None:
        self._points = points
        self._armed = False
        self._changed = True
        self._transaction = Transaction()
        self._lock = threading.Lock()

    def switch(self, *_: object) -> None:
        self._armed = not self._armed
        self._transaction = Transaction()  # a download may begin on one thread and end on another
        _say({"armed": self._armed})

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        lines = self._points.get(frame.f_code.co_filename)
        if not lines:
            return None
        first, last = frame.f_code.co_firstlineno, max((line or 0 for *_, line in frame.f_code.co_lines()), default=0)
        return self._line if any(first <= line <= last for line in lines) else None

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        found = self._points[frame.f_code.co_filename].get(frame.f_lineno) if event == "line" else None
        if found is not None:
            with self._lock:
                self._pass(*found)
        return self._line

    def _pass(self, kind: Kind, sql: bool) -> None:
        now = self._transaction
        if kind is Kind.CHANGE and sql and now.depth:
            now.dirty = True
            return
        if now.dirty if kind is Kind.COMMIT else self._changed:
            self._reach()
        if kind is Kind.CHANGE or (kind is Kind.COMMIT and now.dirty):
            self._changed = True
        if kind is not Kind.CHANGE:
            now.depth, now.dirty = now.depth + (1 if kind is Kind.BEGIN else -1), False

    def _reach(self) -> None:
        if self._armed:
            self._changed = False
            os.kill(os.getpid(), signal.SIGSTOP)


def _serve(folder: Folder, stops: Stops) -> None:
    with folder.lock():
        service = Service(folder, Options(project="testing"))
        signal.signal(signal.SIGUSR1, stops.switch)
        threading.settrace(stops.trace)
        try:
            asyncio.run(service.run(lambda description: _say(description | {"pid": os.getpid()})))
        finally:
            service.close()


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _fork(folder: Path, stops: Stops) -> int:
    pid = os.fork()
    if not pid:
        _serve(Folder(folder), stops)
        os._exit(0)
    return pid


def _copies(pid: int, folder: Path, copies: Path) -> int:
    """Copy the folder each time the service stops; how the service ended, as in ``subprocess``."""
    number = 0
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        shutil.copytree(folder, copies / f"{number:04}")
        number += 1
        os.kill(pid, signal.SIGCONT)


def main() -> None:
    """Fork a service for each command, and say how it ended."""
    root = Path(odps_jupyter.emulator.__file__).parent
    points = {str(path): lines for path in root.rglob("*.py") if (lines := _points(path))}
    for line in sys.stdin:
        command = json.loads(line)
        folder = Path(command["folder"])
        _say({"ended": _copies(_fork(folder, Stops(points)), folder, Path(command["copies"]))})


if __name__ == "__main__":
    main()
