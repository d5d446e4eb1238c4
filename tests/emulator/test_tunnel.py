"""Rows through the tunnel, both codecs, every basic type and NULL."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from odps import ODPS, errors
from odps.tunnel import TableTunnel
from odps.tunnel.io.types import odps_schema_to_arrow_schema

COLUMNS = {
    "tiny": "tinyint",
    "small": "smallint",
    "number": "int",
    "big": "bigint",
    "single": "float",
    "real": "double",
    "word": "string",
    "name": "varchar(20)",
    "letters": "char(3)",
    "data": "binary",
    "truth": "boolean",
    "day": "date",
    "moment": "datetime",
    "instant": "timestamp",
    "plain": "timestamp_ntz",
    "money": "decimal(10,2)",
    "words": "array<string>",
    "counts": "map<string,bigint>",
    "pair": "struct<a:bigint,b:string>",
}
ROW: list[Any] = [
    -128,
    32767,
    -(2**31),
    2**63 - 1,
    0.5,
    -1.25e300,
    "naïve 中文 'quoted' \n",
    "Ada",
    "abc",
    b"\x00\xff",
    True,
    datetime.date(1969, 12, 31),
    datetime.datetime(2024, 2, 29, 23, 59, 59, 123000),
    pd.Timestamp("2024-02-29 23:59:59.123456789"),
    pd.Timestamp("1950-01-01 00:00:00.000000001"),
    Decimal("-12345678.90"),
    ["a", None, ""],
    {"x": 1, "y": None},
    (7, None),
]


def make(o: ODPS, name: str, columns: dict[str, str]) -> Any:
    schema = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    return o.create_table(name, schema, hints={"odps.sql.type.system.odps2": "true"})


@pytest.mark.parametrize("compress", [None, "zlib"])
def test_records_come_back_as_written(o: ODPS, name: str, compress: str | None) -> None:
    table = make(o, name, COLUMNS)
    empty: list[Any] = [None] * len(ROW)
    with table.open_writer(compress_algo=compress) as writer:
        writer.write([ROW, empty])
    with table.open_reader(compress_algo=compress) as reader:
        assert reader.count == 2
        first, second = (list(record.values) for record in reader)
    assert tuple(first.pop()) == ROW[-1]
    assert first == ROW[:-1]
    assert second == empty
    table.drop()


def test_arrow_comes_back_as_written(o: ODPS, name: str) -> None:
    columns = {column: kind for column, kind in COLUMNS.items() if column not in ("letters", "pair")}
    table = make(o, name, columns)
    moment = datetime.datetime(2024, 2, 29, 23, 59, 59, 123000)
    batch = pa.table(
        {
            "tiny": pa.array([1, None], pa.int8()),
            "small": pa.array([1, None], pa.int16()),
            "number": pa.array([1, None], pa.int32()),
            "big": pa.array([2**63 - 1, None], pa.int64()),
            "single": pa.array([0.5, None], pa.float32()),
            "real": pa.array([0.1, None], pa.float64()),
            "word": pa.array(["中文", None]),
            "name": pa.array(["Ada", None]),
            "data": pa.array([b"\x00\xff", None], pa.binary()),
            "truth": pa.array([True, None]),
            "day": pa.array([datetime.date(1969, 12, 31), None]),
            "moment": pa.array([moment, None], pa.timestamp("ms")),
            "instant": pa.array([1_700_000_000_123_456_789, None], pa.timestamp("ns")),
            "plain": pa.array([1, None], pa.timestamp("ns")),
            "money": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
            "words": pa.array([["a", None], None], pa.list_(pa.string())),
            "counts": pa.array([[("x", 1)], None], pa.map_(pa.string(), pa.int64())),
        }
    )
    with table.open_writer(arrow=True) as writer:
        writer.write(batch)
    with table.open_reader(arrow=True) as reader:
        back = pa.Table.from_batches(list(reader.read()))
    assert back.to_pylist() == batch.to_pylist()
    table.drop()


def test_to_pandas_and_column_choice(o: ODPS) -> None:
    table = o.get_table("pyodps_iris")
    frame = table.to_pandas(columns=["name", "sepal_width"])
    assert list(frame.columns) == ["name", "sepal_width"]
    assert len(frame) == 150
    with table.open_reader(columns=["petal_width", "sepal_length"]) as reader:
        record = reader[0]
    assert (record["petal_width"], record["sepal_length"]) == (0.2, 5.1)


def test_ranges(o: ODPS) -> None:
    with o.get_table("pyodps_iris").open_reader() as reader:
        everything = [record.values for record in reader]
        assert [record.values for record in reader[100:120]] == everything[100:120]


def test_ranges_of_several_batches_are_parts_of_the_whole(o: ODPS, name: str) -> None:
    rows = pa.table(
        {
            "id": range(70_000),
            "word": [None if i % 3 == 0 else f"naïve {i}" for i in range(70_000)],
            "parts": [None if i % 5 == 0 else [None, str(i)][: i % 4] for i in range(70_000)],
            "at": pa.array([None if i % 7 == 0 else i * 1_000_000_007 for i in range(70_000)], pa.timestamp("ns")),
        }
    )
    table = o.create_table(name, "id bigint, word string, parts array<string>, at timestamp_ntz")
    with table.open_writer(arrow=True) as writer:
        writer.write(rows)
    session = TableTunnel(o).create_download_session(name)
    # The first and the last read few of many rows, the others most or all up to their end.
    for start, count in ((69_990, 9), (0, 70_000), (1, 69_999), (30_000, 35_600), (0, 1)):
        with session.open_arrow_reader(start, count) as reader:
            got = pa.Table.from_batches(list(reader), rows.schema)
        assert got.equals(rows.slice(start, count)), (start, count)
    for start, count in ((69_990, 9), (60_000, 9_990)):
        with session.open_record_reader(start, count) as reader:
            records = [record.values for record in reader]
        assert [record[:3] for record in records] == [
            list(row.values())[:3] for row in rows.slice(start, count).to_pylist()
        ]
        moments = [None if record[3] is None else record[3].value for record in records]
        assert moments == rows["at"].slice(start, count).cast(pa.int64()).to_pylist()
    table.drop()


def test_many_rows_in_blocks_of_any_order(o: ODPS, name: str) -> None:
    table = o.create_table(name, "id bigint, word string")
    session = TableTunnel(o).create_upload_session(name)
    for block in (7, 0, 3):
        with session.open_record_writer(block) as writer:
            for index in range(20_000):
                writer.write(session.new_record([block * 1_000_000 + index, str(index)]))
    session.commit([0, 3, 7])
    with table.open_reader() as reader:
        assert reader.count == 60_000
        ids = [record["id"] for record in reader]
    assert ids == [block * 1_000_000 + index for block in (0, 3, 7) for index in range(20_000)]
    assert table.to_pandas()["id"].tolist() == ids
    table.drop()


def test_a_block_too_large_for_memory_is_read_from_its_file(o: ODPS, name: str) -> None:
    table = make(o, name, {"id": "bigint", "word": "string"})
    rows = [[index, chr(ord("a") + index) * (1 << 20) if index % 3 else None] for index in range(9)]
    with table.open_writer() as writer:
        writer.write(rows)
    with table.open_reader() as reader:
        assert [list(record.values) for record in reader] == rows


def test_nothing_is_there_before_the_commit(o: ODPS, name: str) -> None:
    table = o.create_table(name, "id bigint")
    session = TableTunnel(o).create_upload_session(name)
    with session.open_record_writer(0) as writer:
        writer.write(session.new_record([1]))
    with table.open_reader() as reader:
        assert reader.count == 0
    session.commit([0])
    with table.open_reader(reopen=True) as reader:
        assert reader.count == 1
    table.drop()


def test_a_block_sent_twice_counts_once(o: ODPS, name: str) -> None:
    table = o.create_table(name, "id bigint")
    session = TableTunnel(o).create_upload_session(name)
    for value in (1, 2):
        with session.open_record_writer(0) as writer:
            writer.write(session.new_record([value]))
    session.commit([0])
    with table.open_reader() as reader:
        assert [record[0] for record in reader] == [2]
    table.drop()


def test_overwrite_replaces_and_append_adds(o: ODPS, name: str) -> None:
    table = o.create_table(name, ("id bigint", "pt string"))
    for value, overwrite in ((1, False), (2, False), (3, True)):
        with table.open_writer(partition="pt=a", create_partition=True, overwrite=overwrite) as writer:
            writer.write([value])
    with table.open_writer(partition="pt=b", create_partition=True) as writer:
        writer.write([9])
    with table.open_reader(partition="pt=a", reopen=True) as reader:
        assert [record[0] for record in reader] == [3]
    with table.open_reader(partition="pt=b") as reader:
        assert [record.values for record in reader] == [[9, "b"]]
    table.drop()


def test_stream_upload_is_there_at_once(o: ODPS, name: str) -> None:
    table = o.create_table(name, "id bigint")
    session = TableTunnel(o).create_stream_upload_session(name)
    with session.open_record_writer() as writer:
        writer.write(session.new_record([5]))
    with table.open_reader() as reader:
        assert [record[0] for record in reader] == [5]
    table.drop()


def test_preview_reader(o: ODPS, name: str) -> None:
    table = make(o, name, {"id": "bigint", "instant": "timestamp"})
    assert list(table.head(3, use_legacy=False)) == []
    with table.open_writer() as writer:
        writer.write([[1, pd.Timestamp("1950-01-01 00:00:00.000000001")], [2, None]])
    records = list(table.head(3, use_legacy=False))
    assert [list(record.values) for record in records] == [
        [1, pd.Timestamp("1950-01-01 00:00:00.000000001")],
        [2, None],
    ]
    table.drop()


def test_changed_table_ends_a_download(o: ODPS, name: str) -> None:
    table = o.create_table(name, "id bigint")
    session = TableTunnel(o).create_download_session(name)
    with table.open_writer() as writer:
        writer.write([1])
    session.reload()
    assert session.status.value == "EXPIRED"
    table.drop()


def test_missing_partition_is_named(o: ODPS, name: str) -> None:
    table = o.create_table(name, ("id bigint", "pt string"))
    with pytest.raises(errors.NoSuchPartition, match="pt='nope'"), table.open_reader(partition="pt=nope"):
        pass
    with pytest.raises(errors.ODPSError, match="specify a partitionspec"), table.open_reader():
        pass
    table.drop()


def test_damaged_block_is_refused(o: ODPS, name: str) -> None:
    table = o.create_table(name, "id bigint")
    session = TableTunnel(o).create_upload_session(name)
    url = session._table.table_resource()
    for body in (b"", b"\x08\x02", b"\x08\x02\xff\xff\xff\xff"):
        with pytest.raises(errors.InvalidArgument, match="Checksum invalid"):
            session._client.put(url, body, params={"uploadid": session.id, "blockid": "0"})
    with pytest.raises(errors.InvalidArgument, match="Checksum invalid"):
        session._client.put(url, b"\0\0\1\0abc", params={"uploadid": session.id, "blockid": "0", "arrow": ""})
    table.drop()


NESTED = {
    "moments": "array<datetime>",
    "prices": "map<string,decimal(10,2)>",
    "mixed": "struct<d:date,t:datetime,n:array<array<bigint>>>",
    "blobs": "array<binary>",
    "note": "json",
}
MOMENT = datetime.datetime(2024, 2, 29, 1, 2, 3)
NESTED_ROW: list[Any] = [
    [MOMENT, None],
    {"a": Decimal("1.25"), "b": None},
    (datetime.date(2024, 1, 1), MOMENT, [[1, None], None, []]),
    [b"\xff", None],
    {"k": [1, 2.5, None]},
]


def test_nested_values_come_back_as_written(o: ODPS, name: str) -> None:
    table = make(o, name, NESTED)
    with table.open_writer() as writer:
        writer.write([NESTED_ROW, [None] * len(NESTED_ROW)])
    with table.open_reader() as reader:
        first, second = (list(record.values) for record in reader)
    first[2] = tuple(first[2])
    assert first == NESTED_ROW
    assert second == [None] * len(NESTED_ROW)
    table.drop()


def test_nested_arrow_comes_back_as_written(o: ODPS, name: str) -> None:
    table = make(o, name, {"moments": "array<datetime>", "mixed": "struct<d:date,n:array<array<bigint>>>"})
    batch = pa.table(
        {
            "moments": pa.array([[MOMENT, None], None], pa.list_(pa.timestamp("ms"))),
            "mixed": pa.array(
                [{"d": datetime.date(2024, 1, 1), "n": [[1, None], None]}, None],
                pa.struct([("d", pa.date32()), ("n", pa.list_(pa.list_(pa.int64())))]),
            ),
        }
    )
    with table.open_writer(arrow=True) as writer:
        writer.write(batch)
    with table.open_reader(arrow=True) as reader:
        assert pa.Table.from_batches(list(reader)).to_pylist() == batch.to_pylist()
    table.drop()


def test_chars_are_filled_and_decimals_keep_extended_places(o: ODPS, name: str) -> None:
    """What SQL writes and what the tunnel writes is the same, read either way."""
    hints = {"odps.sql.type.system.odps2": "true", "odps.sql.decimal2.extended.scale.enable": "true"}
    table = o.create_table(name, "c char(4), d decimal(38,30)", hints=hints)
    value = Decimal("1." + "3" * 30)
    with table.open_writer() as writer:
        writer.write([["ab", value], [None, None]])
    with table.open_writer(arrow=True) as writer:
        writer.write(pa.table({"c": ["ab"], "d": pa.array([value], pa.decimal128(38, 30))}).to_batches()[0])
    o.execute_sql(f"INSERT INTO {name} SELECT 'ab', max(d) FROM {name}", hints=hints)
    with table.open_reader() as reader:
        assert [list(record.values) for record in reader] == [
            ["ab  ", value],
            [None, None],
            ["ab  ", value],
            ["ab  ", value],
        ]
    for tunnel in (False, True):
        query = f"SELECT c, d, count(*) AS n FROM {name} WHERE c = 'ab' GROUP BY c, d"
        with o.execute_sql(query, hints=hints).open_reader(tunnel=tunnel) as reader:
            assert [list(record.values) for record in reader] == [["ab  ", value, 3]]


def test_texts_inside_others_are_filled_and_cut(o: ODPS, name: str) -> None:
    """As SQL does it, whatever came: the client looks at the lengths of records, not at those of Arrow."""
    columns = "v varchar(2), a array<char(3)>, m map<string,varchar(2)>, s struct<x:char(2),y:array<varchar(1)>>"
    table = o.create_table(name, columns, hints={"odps.sql.type.system.odps2": "true"})
    expected = ["ab", ["abc", None, "x  "], {"k": "ab"}, ("x ", ["a"])]
    with table.open_writer() as writer:
        writer.write([["ab", ["abc", None, "x"], {"k": "ab"}, ("x", ["a"])], [None] * 4])
    batch = pa.RecordBatch.from_pylist(
        [{"v": "abc", "a": ["abcd", None, "x"], "m": [("k", "abc")], "s": {"x": "x", "y": ["ab"]}}],
        schema=odps_schema_to_arrow_schema(table.table_schema),
    )
    with table.open_writer(arrow=True) as writer:
        writer.write(batch)
    with table.open_reader() as reader:
        found = [list(record.values) for record in reader]
    assert found == [expected, [None] * 4, expected]
