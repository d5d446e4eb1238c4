"""What the tunnel writes is there whole or not at all."""

from __future__ import annotations

from typing import Any

from odps import ODPS
from odps.tunnel import TableTunnel

from .walking import Nursery, State, kept, table_of, walk


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
