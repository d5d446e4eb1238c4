"""Our side of the tunnel's protobuf form against the client's: every type, NULLs, damage."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odps import options

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tunnel import protobuf, protobuf_reader
from odps_jupyter.emulator.tunnel.wire import wire_columns

from .codec import Columns, read, written
from .values import KEYS, VALUES


@pytest.fixture(autouse=True)
def utc() -> Iterator[None]:
    """The client takes times as UTC, so that a row is the same on both sides whatever this machine's zone is."""
    before = options.local_timezone
    options.local_timezone = False
    yield
    options.local_timezone = before


def turned(columns: Columns, rows: list[Any]) -> list[list[Any]]:
    """Rows written by the client, stored by us, sent by us, read by the client."""
    ours = wire_columns(columns)
    batches = list(protobuf_reader.decode(written(columns, rows), ours))
    assert sum(batch.num_rows for batch in batches) == len(rows)
    return read(columns, b"".join(protobuf.encode(batches, ours)))


def plain(value: Any) -> Any:
    """Named tuples as the tuples they were written from."""
    if isinstance(value, tuple):
        return tuple(plain(one) for one in value)
    return [plain(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", VALUES)
def test_values_come_back(kind: str) -> None:
    rows = [[index, value] for index, value in enumerate([None, *VALUES[kind], None])]
    assert turned([("id", "bigint"), ("v", kind)], rows) == rows
    # Columns without NULL are laid out beside each other.
    whole = [[value, index, value, True] for index, value in enumerate(VALUES[kind])]
    assert turned([("v", kind), ("id", "bigint"), ("w", kind), ("t", "boolean")], whole) == whole


@pytest.mark.parametrize("kind", VALUES)
def test_values_inside_others_come_back(kind: str) -> None:
    values = VALUES[kind]
    columns = [("a", f"array<{kind}>"), ("s", f"struct<x:{kind},y:string>"), ("m", f"map<string,{kind}>")]
    rows = [
        [values, (values[0], "y"), {"first": values[0], "none": None}],
        [None, None, None],
        [[None, *values], (None, None), {}],
        [[], (values[-1], ""), {"last": values[-1]}],
    ]
    assert [plain(row) for row in turned(columns, rows)] == rows


@pytest.mark.parametrize("kind", KEYS)
def test_values_can_be_keys(kind: str) -> None:
    rows = [[dict.fromkeys(VALUES[kind], "x")], [None], [{}]]
    assert turned([("m", f"map<{kind},string>")], rows) == rows


def test_containers_nest() -> None:
    columns = [("v", "map<string,struct<a:array<array<decimal(10,2)>>,b:map<bigint,array<date>>>>")]
    inner = ([[Decimal("1.50"), None], None, []], {1: [datetime.date(2024, 1, 1), None], 2: None})
    rows = [[{"x": inner, "y": None}], [None], [{}], [{"z": (None, {})}]]
    assert [plain_map(row) for row in turned(columns, rows)] == rows


def plain_map(row: list[Any]) -> list[Any]:
    return [None if one is None else {key: plain(value) for key, value in one.items()} for one in row]


def test_rows_without_values_and_streams_without_rows() -> None:
    columns = [(f"c{index}", "bigint") for index in range(40)]
    rows = [[None] * 40, [*range(40)], [None] * 40]
    assert turned(columns, rows) == rows
    assert turned(columns, rows[1:2]) == rows[1:2]
    assert turned(columns, []) == []


def test_long_values_span_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protobuf_reader, "WINDOW", 64)
    rows = [[index, "x" * (index * 37 % 1000), b"\x80\xc0\xff\x7f"] for index in range(200)]
    assert turned([("id", "bigint"), ("text", "string"), ("data", "binary")], rows) == rows


def test_bytes_that_look_like_the_end_of_a_row() -> None:
    end = b"\x80\xc0\xff\x7f"
    rows = [[index, end * (index % 3), None if index % 2 else "ok"] for index in range(500)]
    assert turned([("id", "bigint"), ("data", "binary"), ("text", "string")], rows) == rows


def test_slices_and_dirty_nulls_are_encoded_as_they_look() -> None:
    lists = pa.ListArray.from_arrays(
        pa.array([0, 2, 3, 5]), pa.array([1, 2, 3, 4, 5]), mask=pa.array([False, True, False])
    )
    columns = [("v", "array<bigint>")]
    batch = pa.RecordBatch.from_arrays([lists], names=["v"])
    for part, expected in ((batch, [[[1, 2]], [None], [[4, 5]]]), (batch.slice(1), [[None], [[4, 5]]])):
        assert read(columns, b"".join(protobuf.encode([part], wire_columns(columns)))) == expected


def test_too_many_digits_are_rounded() -> None:
    batches = list(
        protobuf_reader.decode(
            written([("v", "string")], [["1.005"], ["1E+2"]]), wire_columns([("v", "decimal(10,2)")])
        )
    )
    assert batches[0].column(0).to_pylist() == [Decimal("1.01"), Decimal("100.00")]


@pytest.mark.parametrize(
    ("sent", "value", "kind"),
    [
        ("bigint", 300, "tinyint"),
        ("bigint", 2**62, "date"),
        ("bigint", 2**62, "datetime"),
        ("string", "1e99", "decimal(10,2)"),
        ("string", "money", "decimal(10,2)"),
        ("binary", b"\xff", "string"),
        ("array<string>", ["x"], "array<decimal(10,2)>"),
        ("array<bigint>", [300], "array<tinyint>"),
    ],
)
def test_values_that_do_not_fit_are_refused(sent: str, value: Any, kind: str) -> None:
    stream = written([("v", sent)], [[value]])
    with pytest.raises(OdpsError, match="does not fit") as caught:
        list(protobuf_reader.decode(stream, wire_columns([("v", kind)])))
    assert caught.value.status == 400


FLAT = [("a", "bigint"), ("b", "string"), ("c", "double"), ("d", "timestamp")]
ROWS = [[index * 10**12, f"row {index}", index / 7, pd.Timestamp(index * 10**15 + 1)] for index in range(5)]
DEEP = [("a", "bigint"), ("v", "array<string>")]
DEEP_ROWS = [[index, [None, f"x{index}", ""]] for index in range(5)]


@pytest.mark.parametrize(("columns", "rows"), [(FLAT, ROWS), (DEEP, DEEP_ROWS)])
def test_a_stream_cut_anywhere_is_refused(columns: Columns, rows: list[Any]) -> None:
    stream = written(columns, rows)
    for size in range(len(stream)):
        with pytest.raises(OdpsError, match="Checksum invalid"):
            list(protobuf_reader.decode(stream[:size], wire_columns(columns)))


def checked(batches: list[pa.RecordBatch]) -> list[list[Any]]:
    """The rows as far as their checksum goes."""
    rows = [row.values() for batch in batches for row in batch.to_pylist()]
    return [[[one for one in value if one] if isinstance(value, list) else value for value in row] for row in rows]


@settings(max_examples=300, deadline=None)
@given(data=st.data(), which=st.sampled_from([(FLAT, ROWS), (DEEP, DEEP_ROWS)]))
def test_damage_is_noticed(data: st.DataObject, which: tuple[Columns, list[Any]]) -> None:
    """Bytes changed, added or lost: an error with a code, or, where the change means nothing, the same rows.

    The protocol's checksum is of values, and an array's NULLs and empty texts add nothing to it.
    """
    columns, rows = which
    stream = bytearray(written(columns, rows))
    expected = list(protobuf_reader.decode(bytes(stream), wire_columns(columns)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(stream) - 1))
        stream[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    try:
        found = list(protobuf_reader.decode(bytes(stream), wire_columns(columns)))
    except OdpsError:
        return
    assert checked(found) == checked(expected)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    for columns in (FLAT, DEEP):
        with pytest.raises(OdpsError):
            list(protobuf_reader.decode(noise, wire_columns(columns)))


SCALARS = st.sampled_from(sorted(VALUES))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), kinds=st.lists(SCALARS, min_size=1, max_size=6), size=st.integers(0, 30))
def test_any_rows_of_any_types_come_back(data: st.DataObject, kinds: list[str], size: int) -> None:
    columns = [(f"c{index}", kind) for index, kind in enumerate(kinds)]
    row = st.tuples(*(st.sampled_from([None, *VALUES[kind]]) for kind in kinds)).map(list)
    rows = data.draw(st.lists(row, min_size=size, max_size=size))
    assert turned(columns, rows) == rows


def test_numbers_of_every_length() -> None:
    numbers = [sign * (1 << bits) for bits in range(63) for sign in (1, -1)]
    rows = [[one] for one in numbers]
    assert turned([("v", "bigint")], rows) == rows
    assert np.array(numbers).dtype == np.int64
