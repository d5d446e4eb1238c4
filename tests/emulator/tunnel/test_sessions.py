"""Sessions as programs use them: resumed, side by side, in ranges, with chosen columns, through the table's methods."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from odps import ODPS, errors
from odps.tunnel import InstanceTunnel, TableTunnel

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tunnel.models import Sessions, Upload

SCHEMA = "id bigint, word string, real double"
ROWS = [[index, f"word {index}", index / 8] for index in range(1000)]


@pytest.fixture
def table(o: ODPS, name: str) -> Iterator[Any]:
    yield o.create_table(name, SCHEMA)
    o.delete_table(name)


@pytest.fixture
def parts(o: ODPS, name: str) -> Iterator[Any]:
    yield o.create_table(name, ("id bigint, word string", "pt string, hh int"))
    o.delete_table(name)


def rows(table: Any, **where: Any) -> list[Any]:
    with table.open_reader(reopen=True, **where) as reader:
        return [list(record.values) for record in reader]


def test_an_upload_is_resumed_by_its_id(o: ODPS, table: Any) -> None:
    tunnel = TableTunnel(o)
    first = tunnel.create_upload_session(table)
    with first.open_record_writer(1) as writer:
        writer.write(first.new_record(ROWS[1]))
    second = tunnel.create_upload_session(table, upload_id=first.id)
    assert second.get_block_list() == [1]
    with second.open_record_writer(0) as writer:
        writer.write(second.new_record(ROWS[0]))
    second.commit([0, 1])
    assert second.status.value == "CLOSED"
    second.commit([0, 1])
    assert rows(table) == ROWS[:2]
    with pytest.raises(errors.ODPSError, match="closed"), second.open_record_writer(2) as writer:
        writer.write(second.new_record(ROWS[2]))


def test_uploads_side_by_side(o: ODPS, table: Any) -> None:
    def write(part: int) -> None:
        session = TableTunnel(o).create_upload_session(table)
        with session.open_record_writer(0) as writer:
            for row in ROWS[part * 100 : part * 100 + 100]:
                writer.write(session.new_record(row))
        session.commit([0])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))
    assert sorted(rows(table)) == ROWS[:800]


def test_two_who_overwrite_leave_one_of_both(o: ODPS, table: Any) -> None:
    def write(value: int) -> None:
        with o.get_table(table.name).open_writer(overwrite=True, reopen=True) as writer:
            writer.write([[value, "x", 0.0]] * 50)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, [1, 2] * 4))
    found = rows(table)
    assert len(found) == 50
    assert len({row[0] for row in found}) == 1


def test_a_buffered_writer_makes_blocks_of_its_own(o: ODPS, table: Any) -> None:
    session = TableTunnel(o).create_upload_session(table)
    with session.open_record_writer(buffer_size=1024) as writer:
        for row in ROWS:
            writer.write(session.new_record(row))
    assert len(writer.get_blocks_written()) > 10
    session.commit(writer.get_blocks_written())
    assert rows(table) == ROWS


def test_several_blocks_of_one_writer(table: Any) -> None:
    with table.open_writer(blocks=[3, 1]) as writer:
        writer.write(3, ROWS[500:])
        writer.write(1, ROWS[:500])
    assert rows(table) == ROWS


def test_ranges_columns_and_steps(o: ODPS, table: Any) -> None:
    o.write_table(table, ROWS)
    session = TableTunnel(o).create_download_session(table)
    with session.open_record_reader(990, 100, columns=["real", "id"]) as reader:
        assert [list(record.values) for record in reader] == [[row[2], row[0]] for row in ROWS[990:]]
    again = TableTunnel(o).create_download_session(table, download_id=session.id)
    with again.open_arrow_reader(10, 5, columns=["real", "id"]) as reader:
        assert reader.to_pandas().values.tolist() == [[row[2], row[0]] for row in ROWS[10:15]]
    with session.open_record_reader(0, 1000, buffered=True, row_batch_size=150) as reader:
        assert [list(record.values) for record in reader] == ROWS
    with table.open_reader() as reader:
        assert [list(record.values) for record in reader[100:200:20]] == ROWS[100:200:20]
        assert reader.count == 1000


def test_write_and_read_table(o: ODPS, name: str) -> None:
    frame = pd.DataFrame({"id": [1, 2], "word": ["a", None]})
    o.write_table(name, frame, create_table=True)
    assert list(o.read_table(name, limit=1).__next__().values) == [1, "a"]
    pd.testing.assert_frame_equal(o.get_table(name).to_pandas(), frame)
    o.write_table(name, [[3, "c"]], overwrite=True)
    assert [list(record.values) for record in o.read_table(name)] == [[3, "c"]]
    pages = list(o.get_table(name).iter_pandas(batch_size=1))
    assert [page.values.tolist() for page in pages] == [[[3, "c"]]]
    o.delete_table(name)


def test_dynamic_partitions(o: ODPS, name: str) -> None:
    frame = pd.DataFrame({"id": [1, 2, 3], "pt": ["a", "b", "a"]})
    o.write_table(name, frame, partitions=["pt"], create_table=True, create_partition=True)
    table = o.get_table(name)
    assert rows(table, partition="pt=a") == [[1, "a"], [3, "a"]]
    o.write_table(name, [[4, "c"], [5, "b"]], partitions=["pt"], create_partition=True, overwrite=True)
    assert {str(one.partition_spec): rows(table, partition=str(one.partition_spec)) for one in table.partitions} == {
        "pt='a'": [[1, "a"], [3, "a"]],
        "pt='b'": [[5, "b"]],
        "pt='c'": [[4, "c"]],
    }
    table.drop()


def test_partitions_of_two_columns(o: ODPS, parts: Any) -> None:
    tunnel = TableTunnel(o)
    with pytest.raises(errors.NoSuchPartition):
        tunnel.create_upload_session(parts, partition_spec="pt=a,hh=1")
    session = tunnel.create_upload_session(parts, partition_spec="pt=a,hh=1", create_partition=True)
    with session.open_record_writer(0) as writer:
        writer.write(session.new_record([1, "x"]))
    assert not parts.exist_partition("pt=a,hh=1")
    session.commit([0])
    assert rows(parts, partition="pt=a,hh=1") == [[1, "x", "a", "1"]]
    assert rows(parts, partition="hh=1,pt=a") == [[1, "x", "a", "1"]]
    with parts.open_reader(partition="pt=a,hh=1", arrow=True, append_partitions=True) as reader:
        assert reader.to_pandas().values.tolist() == [[1, "x", "a", 1]]
    for wrong in ("pt=a", "pt=a,hh=1,zz=2"):
        with pytest.raises(errors.ODPSError, match="partition"):
            tunnel.create_download_session(parts, partition_spec=wrong)


def test_a_table_altered_meanwhile(o: ODPS, table: Any) -> None:
    tunnel = TableTunnel(o)
    upload = tunnel.create_upload_session(table)
    with upload.open_record_writer(0) as writer:
        writer.write(upload.new_record(ROWS[0]))
    download = tunnel.create_download_session(table)
    o.execute_sql(f"alter table {table.name} add columns (more string)")
    upload.commit([0])
    assert rows(table) == [[*ROWS[0], None]]
    download.reload()
    assert download.status.value == "EXPIRED"
    fresh = tunnel.create_upload_session(table)
    assert "more" in fresh.schema
    o.execute_sql(f"drop table {table.name}")
    with pytest.raises(errors.NoSuchTable):
        fresh.reload()
    o.create_table(table.name, SCHEMA)
    with pytest.raises(errors.ODPSError, match="altered during the upload"):
        fresh.commit([])


def test_streams(o: ODPS, parts: Any) -> None:
    session = TableTunnel(o).create_stream_upload_session(parts, partition_spec="pt=a,hh=1", create_partition=True)
    writer = session.open_record_writer(compress=True)
    for index in range(3):
        writer.write(session.new_record([index, "x"]))
    writer._flush()
    assert len(rows(parts, partition="pt=a,hh=1")) == 3
    writer.write(session.new_record([3, "y"]))
    writer.close()
    assert [row[0] for row in rows(parts, partition="pt=a,hh=1")] == [0, 1, 2, 3]
    session.abort()
    with pytest.raises(errors.StreamSessionNotFound):
        session.reload(force=True)


def test_streams_make_partitions_as_they_come(o: ODPS, parts: Any) -> None:
    tunnel = TableTunnel(o)
    session = tunnel.create_stream_upload_session(parts, partition_spec="pt=new,hh=1", dynamic_partition=True)
    with session.open_record_writer() as writer:
        writer.write(session.new_record([1, "x"]))
    assert rows(parts, partition="pt=new,hh=1")[0][:2] == [1, "x"]
    anywhere = tunnel.create_stream_upload_session(parts, dynamic_partition=True)
    # PyODPS sends no partition with such a session's rows; MaxCompute's Java client sorts rows and names it in each.
    with pytest.raises(errors.ODPSError, match="specify a partitionspec"), anywhere.open_record_writer() as writer:
        writer.write(anywhere.new_record([2, "y"]))
    for place in ("pt=a,hh=1", "pt=b,hh=2"):
        anywhere._partition_spec = place
        with anywhere.open_record_writer() as writer:
            writer.write(anywhere.new_record([3, "z"]))
        assert [row[:2] for row in rows(parts, partition=place)] == [[3, "z"]]
    with pytest.raises(errors.NoSuchPartition):
        tunnel.create_stream_upload_session(parts, partition_spec="pt=c,hh=1")


def test_streams_that_must_know_the_latest_schema(o: ODPS, table: Any) -> None:
    tunnel = TableTunnel(o)
    session = tunnel.create_stream_upload_session(table, allow_schema_mismatch=False)
    assert session.schema_version
    with pytest.raises(errors.NoSuchSchema, match="not the latest"):
        tunnel.create_stream_upload_session(table, allow_schema_mismatch=False, schema_version="1")


def test_results_of_instances(o: ODPS) -> None:
    instance = o.execute_sql("select name, sepal_width from pyodps_iris")
    tunnel = InstanceTunnel(o)
    session = tunnel.create_download_session(instance)
    assert session.count == 150
    with session.open_record_reader(140, 20, columns=["sepal_width"]) as reader:
        assert len([record.values for record in reader]) == 10
    again = tunnel.create_download_session(instance, download_id=session.id)
    with again.open_arrow_reader(0, 3) as reader:
        assert reader.to_pandas().shape == (3, 2)
    with pytest.raises(errors.ODPSError):
        tunnel.create_download_session(o.execute_sql("create table if not exists pyodps_iris (a bigint)"))


def test_a_session_belongs_to_its_table(o: ODPS, table: Any) -> None:
    tunnel = TableTunnel(o)
    upload, download = tunnel.create_upload_session(table), tunnel.create_download_session(table)
    with pytest.raises(errors.ODPSError, match="no upload session"):
        tunnel.create_upload_session("pyodps_iris", upload_id=upload.id)
    with pytest.raises(errors.ODPSError, match="no download session"):
        tunnel.create_download_session("pyodps_iris", download_id=download.id)
    with pytest.raises(errors.ODPSError, match="no upload session"):
        tunnel.create_upload_session(table, upload_id=download.id)


def test_sessions_end_with_their_time(tmp_path: Path) -> None:
    now = 0.0
    sessions = Sessions(tmp_path, lambda: now)
    kept = {}
    for identity, hours in (("short", 2), ("whole", 24)):
        folder = sessions.folder(identity)
        kept[identity] = Upload(identity, "p", "default", "t", 1, {}, (), {}, False, folder)
        sessions.add(kept[identity], hours)
    now = 2 * 3600 - 1.0
    assert sessions.get(Upload, "short", "P", "T") is kept["short"]
    now += 1
    with pytest.raises(OdpsError, match="no upload session 'short'"):
        sessions.get(Upload, "short", "p", "t")
    assert [path.name for path in tmp_path.iterdir()] == ["upload-whole"]
    now = 24 * 3600
    with pytest.raises(OdpsError):
        sessions.get(Upload, "whole", "p", "t")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_of_a_table_lives_as_long_as_it_is_needed(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    lock = sessions.writer(1)
    assert sessions.writer(1) is lock
    assert sessions.writer(2) is not lock
    ended = weakref.ref(lock)
    del lock
    assert ended() is None
