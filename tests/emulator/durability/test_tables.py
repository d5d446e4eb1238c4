"""Tables, partitions and views, made and changed by SQL, are there as before or as after."""

from __future__ import annotations

from typing import Any

import pytest
from odps import ODPS
from odps.df import DataFrame

from .walking import Nursery, State, kept, table_of, walk


def test_create_table(place: Nursery) -> None:
    def act(o: ODPS) -> None:
        o.create_table("k_new", ("id bigint, word string", "pt string"), comment="new", lifecycle=3)

    assert walk(place, kept, act, lambda old: table_of(old, "k_new", {})) >= 2


def test_create_table_as(place: Nursery) -> None:
    def act(o: ODPS) -> None:
        o.execute_sql("create table k_new as select id + 1 as id, word from k_t")

    assert walk(place, kept, act, lambda old: table_of(old, "k_new", {None: [[1, "old"]]})) >= 2


def test_insert_overwrite(place: Nursery) -> None:
    def act(o: ODPS) -> None:
        o.execute_sql("insert overwrite table k_t select 1, 'new'")

    assert walk(place, kept, act, lambda old: table_of(old, "k_t", {None: [[1, "new"]]})) >= 2


def test_insert_overwrite_of_dynamic_partitions(place: Nursery) -> None:
    def act(o: ODPS) -> None:
        source = "select 1 as id, 'x' as word, 'a' as pt union all select 1, 'y', 'b'"
        o.execute_sql(f"insert overwrite table k_p partition (pt) select id, word, pt from ({source}) s")

    parts = {"pt='a'": [[1, "x", "a"]], "pt='b'": [[1, "y", "b"]]}
    assert walk(place, kept, act, lambda old: table_of(old, "k_p", parts)) >= 2


def test_persist(place: Nursery) -> None:
    def act(o: ODPS) -> None:
        frame = DataFrame(o.get_table("k_t"))
        frame[(frame.id + 1).rename("id"), frame.word].persist("k_new", lifecycle=1)

    def made(old: State) -> list[State]:
        # PyODPS creates the table and fills it with a second job.
        return [table_of(old, "k_new", {None: rows}) for rows in ([], [[1, "old"]])]

    assert walk(place, kept, act, made) >= 2


@pytest.mark.parametrize(
    ("statement", "made"),
    [
        ("drop table k_a", {}),
        ("alter table k_a rename to k_z", {"k_z": ([("id", "bigint")], {None: [[7]]})}),
        (
            "alter table k_a add columns (more string)",
            {"k_a": ([("id", "bigint"), ("more", "string")], {None: [[7, None]]})},
        ),
        (
            "create or replace view k_v as select id from k_a",
            {"k_a": ([("id", "bigint")], {None: [[7]]}), "k_v": "view"},
        ),
    ],
)
def test_statements(place: Nursery, statement: str, made: Any) -> None:
    def prepare(o: ODPS) -> None:
        o.execute_sql("create table k_a as select cast(7 as bigint) as id")

    assert walk(place, prepare, lambda o: o.execute_sql(statement), lambda old: made) >= 2


def test_drop_partition(place: Nursery) -> None:
    def act(o: ODPS) -> None:
        o.execute_sql("alter table k_p drop partition (pt = 'a')")

    assert walk(place, kept, act, lambda old: table_of(old, "k_p", {})) >= 2
