"""What the tunnel writes is there whole or not at all."""

from __future__ import annotations

from odps import ODPS
from odps.tunnel import TableTunnel

from .walking import Nursery, State, kept, table_of, walk


def test_upload(place: Nursery) -> None:
    def act(o: ODPS) -> None:
        with o.get_table("k_t").open_writer(overwrite=True, blocks=[0, 1], reopen=True) as writer:
            writer.write(1, [[1, "second"]])
            writer.write(0, [[1, "first"]])

    assert walk(place, kept, act, lambda old: table_of(old, "k_t", {None: [[1, "first"], [1, "second"]]})) >= 2


def _with_new_partition(old: State) -> State:
    return table_of(old, "k_p", old["k_p"][1] | {"pt='b'": [[1, "new", "b"]]})


def test_upload_into_a_new_partition(place: Nursery) -> None:
    def act(o: ODPS) -> None:
        session = TableTunnel(o).create_upload_session("k_p", partition_spec="pt=b", create_partition=True)
        with session.open_record_writer(0) as writer:
            writer.write(session.new_record([1, "new"]))
        session.commit([0])

    assert walk(place, kept, act, _with_new_partition) >= 2


def test_stream(place: Nursery) -> None:
    def act(o: ODPS) -> None:
        session = TableTunnel(o).create_stream_upload_session("k_t")
        with session.open_record_writer() as writer:
            for word in ("one", "two"):
                writer.write(session.new_record([1, word]))

    rows = [[0, "old"], [1, "one"], [1, "two"]]
    assert walk(place, kept, act, lambda old: table_of(old, "k_t", {None: rows})) >= 2


def test_stream_of_dynamic_partitions(place: Nursery) -> None:
    def act(o: ODPS) -> None:
        session = TableTunnel(o).create_stream_upload_session("k_p", partition_spec="pt=b", dynamic_partition=True)
        with session.open_record_writer() as writer:
            writer.write(session.new_record([1, "new"]))

    assert walk(place, kept, act, _with_new_partition) >= 2


def test_upsert(place: Nursery) -> None:
    def prepare(o: ODPS) -> None:
        table = o.create_table("k_u", "id bigint not null, word string", transactional=True, primary_key=["id"])
        with table.open_writer() as writer:
            writer.write([[1, "old"]])

    def act(o: ODPS) -> None:
        with o.get_table("k_u").open_writer(reopen=True) as writer:
            writer.write([[1, "one"], [2, "two"]])

    assert walk(place, prepare, act, lambda old: table_of(old, "k_u", {None: [[1, "one"], [2, "two"]]})) >= 2
