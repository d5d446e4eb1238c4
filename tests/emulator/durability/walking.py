"""Walks one change: what a kill before its first step would leave on the disk, before its second one, and so on.

The change is made once. Whatever lay on the disk at one of its points, a service that starts on it must show the state
before or after, and nothing besides.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from odps import ODPS, options

from odps_jupyter.emulator.folder import Folder
from odps_jupyter.emulator.functions import models as functions
from odps_jupyter.emulator.resources import models as resources
from odps_jupyter.emulator.service import Options, Service
from odps_jupyter.emulator.store import arrow_batches
from odps_jupyter.emulator.tables.models import Table

#: Seconds a service may take to end that has been told to stop.
END_SECONDS = 120.0

State = dict[str, Any]


class Nursery:
    """Services on one folder, one after another, and the copies of it that the last one left."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder / "data"
        self._copies = folder / "copies"
        self._pid = 0

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        return dict(json.loads(self._process.stdout.readline()))

    def start(self, folder: Path | None = None) -> ODPS:
        """The entry object of a service on a copy, or else on the folder itself."""
        assert self._process.stdin is not None
        folders = {"folder": str(folder or self._folder), "copies": str(self._copies)}
        self._process.stdin.write(json.dumps(folders) + "\n")
        self._process.stdin.flush()
        said = self._answer()
        self._pid = said["pid"]
        options.logview_host = None
        secret = Path(said["secret_file"]).read_text()
        return ODPS(said["access_id"], secret, said["project"], endpoint=said["endpoint"], overwrite_global=False)

    def arm(self, armed: bool = True) -> None:
        """From here on, or no longer, the folder is copied at every point."""
        os.kill(self._pid, signal.SIGUSR1)
        assert self._answer() == {"armed": armed}

    def end(self, how: signal.Signals) -> None:
        """Send the service, if one runs, a signal and wait until it has ended."""
        if self._pid:
            os.kill(self._pid, how)
            late = threading.Timer(END_SECONDS, os.kill, (self._pid, signal.SIGKILL))
            late.start()
            self._pid, ended = 0, self._answer()
            late.cancel()
            assert ended == {"ended": 0 if how is signal.SIGTERM else -how}

    def copies(self) -> list[Path]:
        """What a kill at each point would have left, in the order of the points."""
        return sorted(self._copies.iterdir())


def recovered(root: Path, schema: str) -> State:
    """The state a service shows that starts on a folder, which it leaves without anything that nobody knows."""
    folder = Folder(root)
    with folder.lock():
        service = Service(folder, Options(project="testing"))
        found = _stored(service, schema)
        _check_known(service)
        service.jobs.close()
        service.close()
    assert {path.name for path in root.iterdir() if path.is_file()} == {
        "access_id",
        "emulator.duckdb",
        "lock",
        "port",
        "secret",
    }
    return found


def _check_known(service: Service) -> None:
    """No table, content, result or scratch file is left that no metadata names."""
    folder = service.folder
    with service.store.reading() as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'data'").fetchall()
        known = connection.execute("SELECT 't_' || id, definition FROM meta.tables").fetchall()
        blobs = connection.execute("SELECT blob FROM meta.resources").fetchall()
        instances = {str(one) for (one,) in connection.execute("SELECT id FROM meta.instances").fetchall()}
    views = {name for name, definition in known if json.loads(definition)["view_text"]}
    assert {name for (name,) in tables} == {name for name, _ in known} - views
    assert {path.name for path in folder.blobs.iterdir()} == {name for (name,) in blobs if name}
    assert {path.name.partition(".")[0] for path in folder.results.iterdir()} <= instances
    assert {path.name for path in folder.scratch.iterdir()} <= {"duckdb"}


def _stored(service: Service, schema: str) -> State:
    """Every table of ours with its columns and rows, every resource with its content, every function."""
    found: State = {}
    with service.store.reading() as connection:
        catalog = service.catalog(connection, "testing")
        for table in catalog.tables(schema, "k_"):
            if table.view_text:
                found[table.name] = "view"
                continue
            specs = [
                ",".join(f"{name}='{value}'" for name, value in spec.items()) for spec in catalog.partitions(table)
            ]
            rows = [
                list(row.values())
                for batch in arrow_batches(connection, f"SELECT * FROM {table.physical}")
                for row in batch.to_pylist()
            ]
            columns = [(column.name, column.type) for column in table.columns]
            found[table.name] = columns, _by_partition(table, specs, rows)
        for resource in resources.listing(connection, "testing", schema, "k_", "", 1000):
            found[resource.name] = service.blobs.path(resource.blob).read_bytes()
        for function in functions.listing(connection, "testing", schema, "k_", "", 1000):
            found[function.name] = function.class_type
    return found


def _by_partition(table: Table, specs: list[str], rows: list[list[Any]]) -> dict[str | None, list[list[Any]]]:
    if not table.partitions:
        return {None: rows}
    [column] = table.partitions
    found: dict[str | None, list[list[Any]]] = {spec: [] for spec in specs}
    for row in rows:
        found[f"{column.name}='{row[-1]}'"].append(row)
    return found


def _rows(table: Any, partition: str | None = None) -> list[Any]:
    with table.open_reader(partition=partition, reopen=True) as reader:
        return [list(record.values) for record in reader]


def _shown(o: ODPS, schema: str) -> State:
    """The same, as the client sees it."""
    found: State = {}
    for table in o.list_tables(prefix="k_", schema=schema):
        table.reload()
        if table.is_virtual_view:
            found[table.name] = "view"
            continue
        parts = [str(one.partition_spec) for one in table.partitions] if table.table_schema.partitions else [None]
        columns = [(column.name, str(column.type).lower()) for column in table.table_schema.simple_columns]
        found[table.name] = columns, {part: _rows(table, part) for part in parts}
    for resource in o.list_resources(prefix="k_", schema=schema):
        with resource.open("rb") as file:
            found[resource.name] = file.read()
    for function in o.list_functions(prefix="k_", schema=schema):
        found[function.name] = function.class_type
    return found


Act = Callable[[ODPS], object]
Made = Callable[[State], State | list[State]]


def walk(place: Nursery, prepare: Act, act: Act, made: Made, schema: str = "default") -> int:
    """Look at the disk at every point of ``act``; how many points there were.

    ``made`` says what becomes of the old state: one new state, or several one after another where the client itself
    asks for several changes.
    """
    o = place.start()
    for seeded in o.list_resources():  # they would be copied each time
        seeded.drop()
    prepare(o)
    old = _shown(o, schema)
    made_of = made(old)
    states = [old, *(made_of if isinstance(made_of, list) else [made_of])]
    assert old not in states[1:]
    place.arm()
    act(o)
    place.arm(False)
    assert _shown(o, schema) == states[-1]
    place.end(signal.SIGTERM)
    before: Path | None = None
    for copy in place.copies():
        left = recovered(copy, schema)
        assert left in states
        del states[: states.index(left)]  # what was done stays done
        before = copy if left == old else before
    assert before is not None
    # The change is made as well after a kill as without one.
    o = place.start(before)
    act(o)
    new = _shown(o, schema)
    place.end(signal.SIGTERM)
    assert states[-1] == new
    assert recovered(before, schema) == new
    return len(place.copies())


COLUMNS = [("id", "bigint"), ("word", "string")]


def kept(o: ODPS) -> None:
    """A table with a row, and one with a partition."""
    o.execute_sql("create table k_t as select cast(0 as bigint) as id, 'old' as word")
    o.execute_sql("create table k_p (id bigint, word string) partitioned by (pt string)")
    o.execute_sql("insert into k_p partition (pt = 'a') select cast(0 as bigint), 'old'")


def table_of(old: State, name: str, content: dict[str | None, Any], columns: Any = COLUMNS) -> State:
    return old | {name: (columns, content)}
