"""Tables, partitions and views, made and changed by SQL, are there as before or as after."""

from __future__ import annotations

from typing import Any

import pytest
from odps import ODPS
from odps.df import DataFrame

from .walking import Nursery, State, kept, many, table_of, walk


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
