"""Walks one change: the service dies before its first step, then before its second one, and so on.

It ends when the change is done and the service lives. After every death the next service starts on what was left.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import requests
from odps import ODPS, errors, options

#: More steps than any change has.
MOST_STEPS = 120

State = dict[str, Any]
GONE = (requests.ConnectionError, errors.ODPSError, OSError)


class Nursery:
    """Services on one folder, one after another."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._pid = 0

    def _ask(self, **command: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        return dict(json.loads(self._process.stdout.readline()))

    def start(self, point: int) -> ODPS:
        """A service that dies at the point once it is armed, and its entry object."""
        self._ask(folder=str(self._folder), point=point)
        said = self._answer()
        self._pid = said["pid"]
        options.logview_host = None
        secret = Path(said["secret_file"]).read_text()
        return ODPS(said["access_id"], secret, said["project"], endpoint=said["endpoint"], overwrite_global=False)

    def arm(self, armed: bool = True) -> None:
        os.kill(self._pid, signal.SIGUSR1)
        assert self._answer() == {"armed": armed}

    def ended(self) -> int:
        """The signal that ended the service."""
        self._ask(wait=True)
        return int(self._answer()["signal"])

    def stop(self) -> None:
        os.kill(self._pid, signal.SIGTERM)
        assert self.ended() == 0

    def check_clean(self) -> None:
        """Start once more, stop, and look for what nobody knows any more."""
        self.start(0)
        left = {path.name for path in (self._folder / "scratch").iterdir()}
        assert left <= {"duckdb"}
        self.stop()
        with duckdb.connect(str(self._folder / "emulator.duckdb"), read_only=True) as connection:
            tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'data'").fetchall()
            known = connection.execute("SELECT 't_' || id, definition FROM meta.tables").fetchall()
            blobs = connection.execute("SELECT blob FROM meta.resources").fetchall()
            instances = {str(one) for (one,) in connection.execute("SELECT id FROM meta.instances").fetchall()}
        views = {name for name, definition in known if json.loads(definition)["view_text"]}
        assert {name for (name,) in tables} == {name for name, _ in known} - views
        assert {path.name for path in (self._folder / "blobs").iterdir()} == {name for (name,) in blobs if name}
        assert {path.name.partition(".")[0] for path in (self._folder / "results").iterdir()} <= instances
        assert {path.name for path in self._folder.iterdir() if path.is_file()} <= {
            "access_id",
            "emulator.duckdb",
            "lock",
            "secret",
        }


def rows(table: Any, partition: str | None = None) -> list[Any]:
    with table.open_reader(partition=partition, reopen=True) as reader:
        return [list(record.values) for record in reader]


def state(o: ODPS) -> State:
    """Every table of ours with its columns and rows, every resource with its content, every function."""
    found: State = {}
    for table in o.list_tables(prefix="k_"):
        table.reload()
        if table.is_virtual_view:
            found[table.name] = "view"
            continue
        parts = [str(one.partition_spec) for one in table.partitions] if table.table_schema.partitions else [None]
        columns = [(column.name, str(column.type).lower()) for column in table.table_schema.simple_columns]
        found[table.name] = columns, {part: rows(table, part) for part in parts}
    for resource in o.list_resources(prefix="k_"):
        with resource.open("rb") as file:
            found[resource.name] = file.read()
    for function in o.list_functions(prefix="k_"):
        found[function.name] = function.class_type
    return found


Act = Callable[[ODPS, int, State], object]
Made = Callable[[State, int], State | list[State]]


def walk(
    place: Nursery,
    prepare: Callable[[ODPS], object],
    act: Act,
    made: Made,
    seen: Callable[[ODPS], State] = state,
) -> int:
    """Kill the service at every point of ``act``, and compare; how many points there were.

    ``act`` gets the number of the attempt and the old state, ``made`` says what becomes of an old state: one new state,
    or several one after another where the client itself asks for several changes. ``seen`` looks at the state.
    """
    o = place.start(0)
    prepare(o)
    place.stop()
    o = place.start(1)
    old = seen(o)
    for point in range(1, MOST_STEPS):
        place.arm()
        made_of = made(old, point)
        new = made_of if isinstance(made_of, list) else [made_of]
        assert old not in new
        try:
            act(o, point, old)
        except GONE:
            assert place.ended() == signal.SIGKILL
        else:
            place.arm(False)
            assert seen(o) == new[-1]
            place.stop()
            place.check_clean()
            return point - 1
        o = place.start(point + 1)
        left = seen(o)
        assert left in (old, *new)
        old = left
    raise AssertionError("the change has no end")


COLUMNS = [("id", "bigint"), ("word", "string")]


def kept(o: ODPS) -> None:
    """A table with a row, and one with a partition."""
    o.execute_sql("create table k_t as select cast(0 as bigint) as id, 'old' as word")
    o.execute_sql("create table k_p (id bigint, word string) partitioned by (pt string)")
    o.execute_sql("insert into k_p partition (pt = 'a') select cast(0 as bigint), 'old'")


def many(o: ODPS) -> None:
    """Tables to drop or rename, one for each attempt that may have succeeded."""
    o.execute_sql(";".join(f"create table k_{index:02} (id bigint)" for index in range(20)) + ";")


def table_of(old: State, name: str, content: dict[str | None, Any], columns: Any = COLUMNS) -> State:
    return old | {name: (columns, content)}
