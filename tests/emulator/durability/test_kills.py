"""A service killed before any step of a change shows, when it starts again, the old state or the new one.

Each test walks one change: the service dies before its first step, then before its second one, and so on until the
change is done and the service lives. After every death the next service starts on what was left.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests
from odps import ODPS, errors, options
from odps.df import DataFrame
from odps.tunnel import TableTunnel

from . import nursery

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


@pytest.fixture(scope="module")
def process() -> Iterator[subprocess.Popen[str]]:
    """The program that forks services."""
    arguments = [sys.executable, nursery.__file__]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 0


@pytest.fixture
def place(process: subprocess.Popen[str], tmp_path: Path) -> Iterator[Nursery]:
    """A folder of its own for each test; the client does not try again what failed."""
    before = options.retry_times
    options.retry_times = 0
    yield Nursery(process, tmp_path / "data")
    options.retry_times = before


@pytest.fixture
def small_chunks() -> Iterator[Callable[[], None]]:
    """Lets the client cut resources into parts of 16 bytes."""
    before = options.resource_chunk_size

    def cut() -> None:
        options.resource_chunk_size = 16

    yield cut
    options.resource_chunk_size = before


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


def test_create_table(place: Nursery) -> None:
    def act(o: ODPS, number: int, old: State) -> None:
        o.create_table(f"k_{number}", ("id bigint, word string", "pt string"), comment="new", lifecycle=3)

    steps = walk(place, kept, act, lambda old, number: table_of(old, f"k_{number}", {}))
    assert steps >= 2


def test_create_table_as(place: Nursery) -> None:
    def act(o: ODPS, number: int, old: State) -> None:
        o.execute_sql(f"create table k_{number} as select id + {number} as id, word from k_t")

    steps = walk(place, kept, act, lambda old, number: table_of(old, f"k_{number}", {None: [[number, "old"]]}))
    assert steps >= 2


def test_insert_overwrite(place: Nursery) -> None:
    def act(o: ODPS, number: int, old: State) -> None:
        o.execute_sql(f"insert overwrite table k_t select {number}, 'new'")

    assert walk(place, kept, act, lambda old, number: table_of(old, "k_t", {None: [[number, "new"]]})) >= 2


def test_insert_overwrite_of_dynamic_partitions(place: Nursery) -> None:
    def act(o: ODPS, number: int, old: State) -> None:
        source = f"select {number} as id, 'x' as word, 'a' as pt union all select {number}, 'y', 'b{number}'"
        o.execute_sql(f"insert overwrite table k_p partition (pt) select id, word, pt from ({source}) s")

    def made(old: State, number: int) -> State:
        parts = old["k_p"][1] | {"pt='a'": [[number, "x", "a"]], f"pt='b{number}'": [[number, "y", f"b{number}"]]}
        return table_of(old, "k_p", parts)

    assert walk(place, kept, act, made) >= 2


def test_upload(place: Nursery) -> None:
    def act(o: ODPS, number: int, old: State) -> None:
        with o.get_table("k_t").open_writer(overwrite=True, blocks=[0, 1], reopen=True) as writer:
            writer.write(1, [[number, "second"]])
            writer.write(0, [[number, "first"]])

    rows = [[0, "first"], [0, "second"]]
    assert walk(place, kept, act, lambda old, number: table_of(old, "k_t", {None: _with(rows, number)})) >= 2


def _with(rows: list[list[Any]], number: int) -> list[list[Any]]:
    return [[number, *rest] for _, *rest in rows]


def test_upload_into_a_new_partition(place: Nursery) -> None:
    def act(o: ODPS, number: int, old: State) -> None:
        session = TableTunnel(o).create_upload_session("k_p", partition_spec=f"pt={number}", create_partition=True)
        with session.open_record_writer(0) as writer:
            writer.write(session.new_record([number, "new"]))
        session.commit([0])

    def made(old: State, number: int) -> State:
        return table_of(old, "k_p", old["k_p"][1] | {f"pt='{number}'": [[number, "new", str(number)]]})

    assert walk(place, kept, act, made) >= 2


def test_stream(place: Nursery) -> None:
    def act(o: ODPS, number: int, old: State) -> None:
        session = TableTunnel(o).create_stream_upload_session("k_t")
        with session.open_record_writer() as writer:
            for word in ("one", "two"):
                writer.write(session.new_record([number, word]))

    def made(old: State, number: int) -> State:
        return table_of(old, "k_t", {None: old["k_t"][1][None] + [[number, "one"], [number, "two"]]})

    assert walk(place, kept, act, made) >= 2


def test_stream_of_dynamic_partitions(place: Nursery) -> None:
    def act(o: ODPS, number: int, old: State) -> None:
        session = TableTunnel(o).create_stream_upload_session(
            "k_p", partition_spec=f"pt={number}", dynamic_partition=True
        )
        with session.open_record_writer() as writer:
            writer.write(session.new_record([number, "new"]))

    def made(old: State, number: int) -> State:
        return table_of(old, "k_p", old["k_p"][1] | {f"pt='{number}'": [[number, "new", str(number)]]})

    assert walk(place, kept, act, made) >= 2


def test_upsert(place: Nursery) -> None:
    def prepare(o: ODPS) -> None:
        o.create_table("k_u", "id bigint not null, word string", transactional=True, primary_key=["id"])

    def act(o: ODPS, number: int, old: State) -> None:
        with o.get_table("k_u").open_writer(reopen=True) as writer:
            writer.write([[1, f"word {number}"], [2, f"word {number}"]])

    def made(old: State, number: int) -> State:
        return table_of(old, "k_u", {None: [[1, f"word {number}"], [2, f"word {number}"]]})

    assert walk(place, prepare, act, made) >= 2


def test_persist(place: Nursery) -> None:
    def act(o: ODPS, number: int, old: State) -> None:
        frame = DataFrame(o.get_table("k_t"))
        frame[(frame.id + number).rename("id"), frame.word].persist(f"k_{number}", lifecycle=1)

    def made(old: State, number: int) -> list[State]:
        # PyODPS creates the table and fills it with a second job.
        return [table_of(old, f"k_{number}", {None: rows}) for rows in ([], [[number, "old"]])]

    assert walk(place, kept, act, made) >= 2


@pytest.mark.parametrize(
    ("statement", "columns", "content"),
    [
        ("drop table {0}", None, None),
        ("alter table {0} add columns (more string)", [("id", "bigint"), ("more", "string")], {None: []}),
        ("create or replace view k_v{1} as select id from {0}", None, None),
    ],
)
def test_statements(place: Nursery, statement: str, columns: Any, content: Any) -> None:
    def victim(old: State) -> str:
        return max(name for name in old if name[2:].isdigit() and old[name][0] == [("id", "bigint")])

    def act(o: ODPS, number: int, old: State) -> None:
        o.execute_sql(statement.format(victim(old), number))

    def made(old: State, number: int) -> State:
        if "view" in statement:
            return old | {f"k_v{number}": "view"}
        rest = {name: one for name, one in old.items() if name != victim(old)}
        return rest if columns is None else table_of(rest, victim(old), content, columns)

    assert walk(place, many, act, made) >= 2


def test_rename_table(place: Nursery) -> None:
    def act(o: ODPS, number: int, old: State) -> None:
        o.execute_sql(f"alter table {min(old)} rename to k_z{number:02}")

    def made(old: State, number: int) -> State:
        return {f"k_z{number:02}" if name == min(old) else name: one for name, one in old.items()}

    assert walk(place, many, act, made) >= 2


def test_drop_partition(place: Nursery) -> None:
    def prepare(o: ODPS) -> None:
        table = o.create_table("k_p", ("id bigint", "pt string"))
        for index in range(20):
            with table.open_writer(partition=f"pt={index:02}", create_partition=True) as writer:
                writer.write([[index]])

    def act(o: ODPS, number: int, old: State) -> None:
        o.execute_sql(f"alter table k_p drop partition ({min(old['k_p'][1])})")

    def made(old: State, number: int) -> State:
        columns, parts = old["k_p"]
        return {"k_p": (columns, {name: one for name, one in parts.items() if name != min(parts)})}

    assert walk(place, prepare, act, made) >= 2


def test_create_resource(place: Nursery) -> None:
    def act(o: ODPS, number: int, old: State) -> None:
        o.create_resource(f"k_{number}.txt", "file", file_obj=f"content {number}")

    made = walk(place, lambda o: None, act, lambda old, number: old | {f"k_{number}.txt": b"content %d" % number})
    assert made >= 2


@pytest.mark.parametrize("parts", [False, True], ids=["whole", "in-parts"])
def test_update_resource(place: Nursery, small_chunks: Callable[[], None], parts: bool) -> None:
    if parts:
        small_chunks()

    def prepare(o: ODPS) -> None:
        o.create_resource("k_r", "file", file_obj="old")

    def act(o: ODPS, number: int, old: State) -> None:
        with o.get_resource("k_r").open("wb", stream=parts, overwrite=True) as file:
            for _ in range(3):
                file.write(b"content %08d" % number)

    assert walk(place, prepare, act, lambda old, number: {"k_r": (b"content %08d" % number) * 3}) >= 2


def test_functions(place: Nursery) -> None:
    def prepare(o: ODPS) -> None:
        o.create_resource("k_r.py", "py", file_obj="class F(object):\n    pass\n")

    def act(o: ODPS, number: int, old: State) -> None:
        o.create_function(f"k_f{number}", class_type="k_r.F", resources=["k_r.py"])

    assert walk(place, prepare, act, lambda old, number: old | {f"k_f{number}": "k_r.F"}) >= 2


def test_functions_of_a_schema(place: Nursery) -> None:
    def prepare(o: ODPS) -> None:
        o.create_schema("inner_one")
        o.create_resource("k_r.py", "py", file_obj="class F(object):\n    pass\n", schema="inner_one")

    def act(o: ODPS, number: int, old: State) -> None:
        statement = f"create or replace function k_f as 'k_r.F{number}' using 'k_r.py'"
        o.execute_sql(statement, default_schema="inner_one")

    def inside(o: ODPS) -> State:
        return {one.name: one.class_type for one in o.list_functions(schema="inner_one")}

    made = walk(place, prepare, act, lambda old, number: {"k_f": f"k_r.F{number}"}, seen=inside)
    assert made >= 2
