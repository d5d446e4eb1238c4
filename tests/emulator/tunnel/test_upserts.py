"""Upserts into tables with a primary key."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from odps import ODPS, errors, options
from odps.tunnel import TableTunnel


@pytest.fixture
def table(o: ODPS, name: str) -> Iterator[Any]:
    yield o.create_table(name, "id bigint not null, word string", transactional=True, primary_key=["id"])
    o.delete_table(name)


def rows(table: Any, **where: Any) -> list[Any]:
    with table.open_reader(reopen=True, **where) as reader:
        return sorted(list(record.values) for record in reader)


def test_the_last_word_on_a_key_counts(o: ODPS, table: Any) -> None:
    session = TableTunnel(o).create_upsert_session(table)
    assert not session.support_partial_update
    with session.open_upsert_stream(compress=True) as stream:
        for row in ([1, "a"], [2, "b"], [3, None], [1, "A"]):
            stream.upsert(session.new_record(row))
        stream.delete(session.new_record([2, None]))
        stream.flush()
        stream.upsert(session.new_record([4, "d"]))
    assert rows(table) == []
    session.commit()
    assert rows(table) == [[1, "A"], [3, None], [4, "d"]]

    session = TableTunnel(o).create_upsert_session(table)
    with session.open_upsert_stream() as stream:
        stream.delete(session.new_record([1, None]))
        stream.upsert(session.new_record([3, "c"]))
        stream.delete(session.new_record([9, None]))
    session.commit()
    assert rows(table) == [[3, "c"], [4, "d"]]


def test_a_table_writer_upserts(table: Any) -> None:
    for row in ([1, "a"], [1, "b"]):
        with table.open_writer() as writer:
            writer.write([row])
    assert rows(table) == [[1, "b"]]


def test_sessions_are_resumed_given_up_and_told_apart(o: ODPS, table: Any) -> None:
    tunnel = TableTunnel(o)
    session = tunnel.create_upsert_session(table)
    with session.open_upsert_stream() as stream:
        stream.upsert(session.new_record([1, "a"]))
    again = tunnel.create_upsert_session(table, upsert_id=session.id)
    again.commit()
    assert rows(table) == [[1, "a"]]
    given_up = tunnel.create_upsert_session(table)
    with given_up.open_upsert_stream() as stream:
        stream.upsert(given_up.new_record([1, "b"]))
    given_up.abort()
    with pytest.raises(errors.UpsertSessionNotFound):
        given_up.reload()
    assert rows(table) == [[1, "a"]]
    for one in (session, again):
        one.close()


def test_keys_of_every_hashable_type(o: ODPS, name: str) -> None:
    columns = "a string not null, b datetime not null, c decimal(10,2) not null, d boolean not null, v bigint"
    table = o.create_table(name, columns, transactional=True, primary_key=["a", "b", "c", "d"])
    moment = datetime.datetime(2024, 1, 1, 12)
    for value in (1, 2):
        with table.open_writer() as writer:
            writer.write([["中", moment, Decimal("1.50"), True, value], ["中", moment, Decimal("1.50"), False, value]])
    assert rows(table) == [["中", moment, Decimal("1.50"), truth, 2] for truth in (False, True)]
    table.drop()


def test_keys_belong_to_their_partition(o: ODPS, name: str) -> None:
    schema = ("id bigint not null, word string", "pt string")
    table = o.create_table(name, schema, transactional=True, primary_key=["id"])
    for partition, word in (("pt=a", "x"), ("pt=b", "y"), ("pt=a", "z")):
        with table.open_writer(partition=partition, create_partition=True) as writer:
            writer.write([[1, word]])
    assert rows(table, partition="pt=a") == [[1, "z", "a"]]
    assert rows(table, partition="pt=b") == [[1, "y", "b"]]
    table.drop()


def test_what_cannot_be_upserted_is_refused(o: ODPS, table: Any) -> None:
    tunnel = TableTunnel(o)
    with pytest.raises(errors.ODPSError, match="has a primary key; write it by upsert"):
        tunnel.create_upload_session(table)
    with pytest.raises(errors.ODPSError, match="has no primary key"):
        tunnel.create_upsert_session("pyodps_iris")
    session = tunnel.create_upsert_session(table)
    stream = session.open_upsert_stream()
    stream.upsert(session.new_record([None, "nobody"]))
    with pytest.raises(errors.InvalidArgument, match="primary key column id holds NULL"):
        stream.flush()
    session.abort()
    assert options.tunnel.upsert_keepalive_interval > 0
    assert rows(table) == []
