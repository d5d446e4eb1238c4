"""Rows in the tunnel's protobuf form, written by the column (``odps/tunnel/io/reader.py`` reads it).

A row is its non-NULL fields, field number i + 1 for column i, then the row's CRC32C; the stream ends with the number of
rows and a CRC32C over the rows' checksums. A field's share of the checksum is its number as 32 bits and its value in
little-endian binary, however it was encoded.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa

from odps_jupyter.emulator.types import INTEGERS, TEXTS, Type

from . import varint
from .checksum import Running, value
from .wire import WireColumn

#: Field numbers that are no columns (``odps/tunnel/wireconstants.py``).
META_COUNT, META_CHECKSUM, END_RECORD = 33_554_430, 33_554_431, 33_553_408

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_I32, _I64 = struct.Struct("<i"), struct.Struct("<q")
_F32, _F64 = struct.Struct("<f"), struct.Struct("<d")
_NANOS = 1_000_000_000


def tag(number: int, wire: int) -> bytes:
    return varint.encode(number << 3 | wire)


_END, _COUNT, _SUM = (tag(number, VARINT) for number in (END_RECORD, META_COUNT, META_CHECKSUM))

Pieces = tuple[list[bytes], list[bytes]]
"""What each row of a column adds to the stream and to the row's checksum."""


def _numbers(column: pa.Array, target: pa.DataType) -> np.ndarray[Any, Any]:
    """Values as numpy, NULL as 0."""
    plain = column.cast(target)
    return np.asarray(plain.fill_null(0).to_numpy(zero_copy_only=False))


def _fixed(numbers: np.ndarray[Any, Any], head: bytes) -> list[bytes]:
    """A fixed head before each number's little-endian bytes."""
    size = numbers.dtype.itemsize
    rows = np.empty((len(numbers), len(head) + size), dtype=np.uint8)
    rows[:, : len(head)] = np.frombuffer(head, dtype=np.uint8)
    rows[:, len(head) :] = numbers.view(np.uint8).reshape(-1, size)
    data, step = rows.tobytes(), len(head) + size
    return [data[start : start + step] for start in range(0, len(data), step)]


def _integers(numbers: np.ndarray[Any, Any], number: int) -> Pieces:
    return varint.encode_signed(numbers, tag(number, VARINT)), _fixed(numbers, _I32.pack(number))


def _bytes(values: Iterable[bytes | None], number: int) -> Pieces:
    head, crc = tag(number, BYTES), _I32.pack(number)
    stream, sums = [], []
    for one in values:
        if one is None:
            stream.append(b"")
            sums.append(b"")
        else:
            stream.append(head + varint.encode(len(one)) + one)
            sums.append(crc + one)
    return stream, sums


def _texts(column: pa.Array) -> list[bytes | None]:
    return column.cast(pa.binary()).to_pylist()  # type: ignore[no-any-return]


def _column(column: pa.Array, kind: Type, number: int) -> Pieces:
    name = kind.name
    if name in INTEGERS:
        pieces = _integers(_numbers(column, pa.int64()), number)
    elif name == "double":
        numbers = _numbers(column, pa.float64())
        pieces = _fixed(numbers, tag(number, FIXED64)), _fixed(numbers, _I32.pack(number))
    elif name == "float":
        numbers = _numbers(column, pa.float32())
        pieces = _fixed(numbers, tag(number, FIXED32)), _fixed(numbers, _I32.pack(number))
    elif name == "boolean":
        numbers = _numbers(column, pa.uint8())
        pieces = _fixed(numbers, tag(number, VARINT)), _fixed(numbers, _I32.pack(number))
    elif name == "datetime":
        millis = column.cast(pa.timestamp("ms"), safe=False).cast(pa.int64())
        pieces = _integers(_numbers(millis, pa.int64()), number)
    elif name == "date":
        pieces = _integers(_numbers(column.cast(pa.int32()), pa.int64()), number)
    elif name in TEXTS or name in ("json", "binary", "void"):
        return _bytes(_texts(column), number)
    elif name in ("timestamp", "timestamp_ntz"):
        return _written(column.cast(pa.int64()).to_pylist(), _seconds, number)
    elif name == "decimal":
        return _bytes(_texts(column.cast(pa.string())), number)
    else:
        return _written(column.to_pylist(), writer(kind), number)
    if column.null_count:
        empty = column.is_null().to_pylist()
        for part in pieces:
            for index, missing in enumerate(empty):
                if missing:
                    part[index] = b""
    return pieces


Writer = Callable[[Any], tuple[bytes, bytes]]
"""From a Python value, as Arrow gives it, to its bytes on the stream and in the checksum."""


def _written(values: Iterable[Any], write: Writer, number: int) -> Pieces:
    """Nested values and the rarer types, one value at a time."""
    head, crc = tag(number, BYTES), _I32.pack(number)
    stream, sums = [], []
    for one in values:
        if one is None:
            stream.append(b"")
            sums.append(b"")
        else:
            data, part = write(one)
            stream.append(head + data)
            sums.append(crc + part)
    return stream, sums


def _signed(number: int) -> tuple[bytes, bytes]:
    return varint.encode(varint.zigzag(number)), _I64.pack(number)


def _data(text: bytes) -> tuple[bytes, bytes]:
    return varint.encode(len(text)) + text, text


def _seconds(nanos: int) -> tuple[bytes, bytes]:
    seconds, rest = divmod(nanos, _NANOS)
    head = varint.encode(varint.zigzag(seconds)) + varint.encode(varint.zigzag(rest))
    return head, _I64.pack(seconds) + _I32.pack(rest)


def _nanos(one: Any) -> int:
    """Nanoseconds since 1970 of a ``datetime`` or of what Arrow makes of a finer one."""
    return int(pa.scalar(one, type=pa.timestamp("ns")).value)


def writer(kind: Type) -> Writer:
    """How single values of a type are written."""
    name = kind.name
    simple: dict[str, Writer] = {
        "double": lambda one: (_F64.pack(one), _F64.pack(one)),
        "float": lambda one: (_F32.pack(one), _F32.pack(one)),
        "boolean": lambda one: (bytes([one]), bytes([one])),
        "datetime": lambda one: _signed(_nanos(one) // 1_000_000),
        "date": lambda one: _signed(one.toordinal() - 719_163),
        "binary": _data,
        "timestamp": lambda one: _seconds(_nanos(one)),
        "timestamp_ntz": lambda one: _seconds(_nanos(one)),
        "interval_day_time": lambda one: _seconds((one[0] * 30 + one[1]) * 86_400 * _NANOS + one[2]),
        "interval_year_month": lambda one: _signed(one[0]),
    }
    if name in INTEGERS:
        return _signed
    if name in simple:
        return simple[name]
    if name == "array":
        return lambda values: _array(values, writer(kind.items[0]))
    if name == "map":
        return lambda pairs: _map(pairs, writer(kind.items[0]), writer(kind.items[1]))
    if name == "struct":
        return lambda one: _items([one[field] for field in kind.fields], [writer(item) for item in kind.items])
    return lambda one: _data(str(one).encode())


def _items(values: Sequence[Any], writers: Iterable[Writer]) -> tuple[bytes, bytes]:
    stream, sums = bytearray(), bytearray()
    for one, write in zip(values, writers, strict=False):
        if one is None:
            stream.append(1)
            continue
        stream.append(0)
        data, part = write(one)
        stream += data
        sums += part
    return bytes(stream), bytes(sums)


def _array(values: Sequence[Any], write: Writer) -> tuple[bytes, bytes]:
    stream, sums = _items(values, repeat(write))
    return varint.encode(len(values)) + stream, sums


def _map(pairs: Sequence[tuple[Any, Any]], key: Writer, item: Writer) -> tuple[bytes, bytes]:
    keys, key_sums = _array([pair[0] for pair in pairs], key)
    items, item_sums = _array([pair[1] for pair in pairs], item)
    return keys + items, key_sums + item_sums


def encode(batches: Iterable[pa.RecordBatch], columns: Sequence[WireColumn]) -> Iterator[bytes]:
    """The stream of some stored batches of exactly these columns."""
    count, total = 0, Running()
    for batch in batches:
        count += batch.num_rows
        yield _rows(batch, columns, total)
    yield _COUNT + varint.encode(varint.zigzag(count)) + _SUM + varint.encode(total.value)


def _rows(batch: pa.RecordBatch, columns: Sequence[WireColumn], total: Running) -> bytes:
    pieces = [
        _column(array.cast(column.stored), column.kind, index + 1)
        for index, (array, column) in enumerate(zip(batch.columns, columns, strict=True))
    ]
    sums = [value(row) for row in map(b"".join, zip(*(one[1] for one in pieces), strict=True))]
    numbers = np.array(sums, dtype=np.uint64)
    total.update(numbers.astype("<u4").tobytes())
    ends = varint.encode_unsigned(numbers, _END)
    return b"".join(map(b"".join, zip(*(one[0] for one in pieces), ends, strict=True)))
