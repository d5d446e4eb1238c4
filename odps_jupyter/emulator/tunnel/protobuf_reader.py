"""Rows in the tunnel's protobuf form, as PyODPS uploads them (``odps/tunnel/io/writer.py`` writes it).

PyODPS's compiled writer emits checksums as varints of ten bytes, sign-extended; only their lower 32 bits count.
"""

from __future__ import annotations

import datetime
import decimal
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.types import INTEGERS, TEXTS, Type

from . import varint
from .checksum import Running, mismatch, value
from .protobuf import END_RECORD, META_CHECKSUM, META_COUNT
from .wire import WireColumn

_I32, _I64 = struct.Struct("<i"), struct.Struct("<q")
_F32, _F64 = struct.Struct("<f"), struct.Struct("<d")
_NANOS = 1_000_000_000
_EPOCH = datetime.date(1970, 1, 1).toordinal()

#: Rows per batch.
BATCH = 16_384


Reader = Callable[[bytes, int, list[bytes]], tuple[Any, int]]
"""Reads a value of ``data`` at a position, adds what it counts for to the row's checksum, and says where it ends.

Positions are passed around instead of kept in an object: the loop over rows runs in Python, and this halves its time.
"""


def _unsigned(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    at += 1
    if byte < 0x80:
        return byte, at
    number, shift = byte & 0x7F, 7
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & 0xFFFF_FFFF_FFFF_FFFF, at
        shift += 7


def _integer(data: bytes, at: int, sums: list[bytes]) -> tuple[int, int]:
    number, at = _unsigned(data, at)
    number = (number >> 1) ^ -(number & 1)
    sums.append(_I64.pack(number))
    return number, at


def _boolean(data: bytes, at: int, sums: list[bytes]) -> tuple[bool, int]:
    number, at = _unsigned(data, at)
    sums.append(b"\1" if number else b"\0")
    return number != 0, at


def _double(data: bytes, at: int, sums: list[bytes]) -> tuple[float, int]:
    sums.append(data[at : at + 8])
    return _F64.unpack_from(data, at)[0], at + 8


def _float(data: bytes, at: int, sums: list[bytes]) -> tuple[float, int]:
    sums.append(data[at : at + 4])
    return _F32.unpack_from(data, at)[0], at + 4


def _data(data: bytes, at: int, sums: list[bytes]) -> tuple[bytes, int]:
    size, at = _unsigned(data, at)
    end = at + size
    if end > len(data):
        raise IndexError("cut short")
    part = data[at:end]
    sums.append(part)
    return part, end


def _nanoseconds(data: bytes, at: int, sums: list[bytes]) -> tuple[int, int]:
    seconds, at = _integer(data, at, sums)
    number, at = _unsigned(data, at)
    rest = varint.unzigzag(number)
    sums.append(_I32.pack(rest))
    return seconds * _NANOS + rest, at


def _items(read: Reader) -> Reader:
    def read_items(data: bytes, at: int, sums: list[bytes]) -> tuple[list[Any], int]:
        count, at = _unsigned(data, at)
        items: list[Any] = []
        for _ in range(count):
            missing, at = _unsigned(data, at)
            one = None
            if not missing:
                one, at = read(data, at, sums)
            items.append(one)
        return items, at

    return read_items


def _pairs(key: Reader, item: Reader) -> Reader:
    read_keys, read_items = _items(key), _items(item)

    def read_pairs(data: bytes, at: int, sums: list[bytes]) -> tuple[list[tuple[Any, Any]], int]:
        keys, at = read_keys(data, at, sums)
        items, at = read_items(data, at, sums)
        if len(keys) != len(items):
            raise IndexError("a map with unequal keys and values")
        return list(zip(keys, items, strict=True)), at

    return read_pairs


def _fields(names: Sequence[str], readers: Sequence[Reader]) -> Reader:
    parts = list(zip(names, readers, strict=True))

    def read_fields(data: bytes, at: int, sums: list[bytes]) -> tuple[dict[str, Any], int]:
        values: dict[str, Any] = {}
        for name, read in parts:
            missing, at = _unsigned(data, at)
            values[name] = None
            if not missing:
                values[name], at = read(data, at, sums)
        return values, at

    return read_fields


def reader(kind: Type) -> Reader:
    """How a value of a type is read: to a Python value of :func:`raw_type`.

    Raises:
        OdpsError: the type is not read here.
    """
    simple: dict[str, Reader] = {
        "double": _double,
        "float": _float,
        "boolean": _boolean,
        "datetime": _integer,
        "date": _integer,
        "timestamp": _nanoseconds,
        "timestamp_ntz": _nanoseconds,
        "interval_day_time": _nanoseconds,
        "interval_year_month": _integer,
        "binary": _data,
    }
    if kind.name in INTEGERS:
        return _integer
    if kind.name in simple:
        return simple[kind.name]
    if kind.name in TEXTS or kind.name in ("json", "decimal", "void"):
        return _data
    if kind.name == "array":
        return _items(reader(kind.items[0]))
    if kind.name == "map":
        return _pairs(reader(kind.items[0]), reader(kind.items[1]))
    if kind.name == "struct":
        return _fields(kind.fields, [reader(item) for item in kind.items])
    raise OdpsError("InvalidArgument", f"Columns of type {kind} cannot be uploaded", 400)


def _finish(values: list[Any], column: WireColumn) -> pa.Array:
    """Values of one column in their stored form."""
    kind, stored = column.kind, column.stored
    try:
        if kind.name == "datetime":
            return pa.array(values, type=pa.timestamp("ms")).cast(stored)
        if kind.name in ("timestamp", "timestamp_ntz"):
            return pa.array(values, type=stored)
        if kind.name == "date":
            return pa.array(values, type=pa.int32()).cast(stored)
        if kind.name in TEXTS or kind.name == "json":
            return pa.array(values, type=pa.binary()).cast(stored)
        if kind.name == "binary" or kind.name == "float":
            return pa.array(values, type=stored)
        if kind.name in INTEGERS:
            return pa.array(values, type=pa.int64()).cast(stored)
        return pa.array([_python(one, kind) for one in values], type=stored)
    except (pa.ArrowInvalid, decimal.InvalidOperation, ValueError) as error:
        raise OdpsError("InvalidArgument", f"A value of column {column.name} does not fit {kind}: {error}") from error


def _python(one: Any, kind: Type) -> Any:
    """A raw value as the Python value Arrow takes for the stored type."""
    if one is None:
        return None
    if kind.name in ("datetime", "timestamp", "timestamp_ntz"):
        unit = "ms" if kind.name == "datetime" else "ns"
        return pa.scalar(one, type=pa.timestamp(unit)).cast(pa.timestamp("us"), safe=False).as_py()
    if kind.name == "date":
        return datetime.date.fromordinal(_EPOCH + one)
    if kind.name == "decimal":
        return decimal.Decimal(one.decode()).quantize(decimal.Decimal(1).scaleb(-kind.sizes[1]), context=_WIDE)
    if kind.name == "interval_day_time":
        return (0, 0, one)
    if kind.name == "interval_year_month":
        return (one, 0, 0)
    if kind.name in TEXTS or kind.name == "json":
        return one.decode()
    if kind.name == "array":
        return [_python(item, kind.items[0]) for item in one]
    if kind.name == "map":
        return [(_python(key, kind.items[0]), _python(item, kind.items[1])) for key, item in one]
    if kind.name == "struct":
        return {name: _python(one[name], item) for name, item in zip(kind.fields, kind.items, strict=True)}
    return one


_WIDE = decimal.Context(prec=76, rounding=decimal.ROUND_HALF_UP)


def decode(data: bytes, columns: Sequence[WireColumn]) -> Iterator[pa.RecordBatch]:
    """The rows of a stream as stored batches.

    Raises:
        OdpsError: it is cut short, a checksum or the number of rows is wrong, or a value does not fit its column.
    """
    try:
        yield from _decode(data, columns)
    except (IndexError, struct.error) as error:
        raise mismatch("the stream is cut short") from error


def _decode(data: bytes, columns: Sequence[WireColumn]) -> Iterator[pa.RecordBatch]:
    readers = [(_I32.pack(index + 1), reader(column.kind)) for index, column in enumerate(columns)]
    empty: list[Any] = [None] * len(columns)
    rows: list[list[Any]] = []
    row, sums = empty.copy(), []
    at, count, total = 0, 0, Running()
    while True:
        tag, at = _unsigned(data, at)
        number = tag >> 3
        if 0 < number <= len(columns):
            head, read = readers[number - 1]
            sums.append(head)
            row[number - 1], at = read(data, at, sums)
        elif number == END_RECORD:
            expected, at = _unsigned(data, at)
            expected &= 0xFFFF_FFFF
            count += 1
            if value(b"".join(sums)) != expected:
                raise mismatch(f"row {count}")
            total.update(expected.to_bytes(4, "little"))
            rows.append(row)
            row, sums = empty.copy(), []
            if len(rows) == BATCH:
                yield _batch(rows, columns)
                rows = []
        elif number == META_COUNT:
            _check_end(data, at, count, total.value)
            if rows:
                yield _batch(rows, columns)
            return
        else:
            raise mismatch(f"there is no column {number}")


def _check_end(data: bytes, at: int, count: int, total: int) -> None:
    found, at = _unsigned(data, at)
    if varint.unzigzag(found) != count:
        raise mismatch("the number of rows")
    tag, at = _unsigned(data, at)
    found, at = _unsigned(data, at)
    if tag >> 3 != META_CHECKSUM or found & 0xFFFF_FFFF != total:
        raise mismatch("the whole stream")


def _batch(rows: list[list[Any]], columns: Sequence[WireColumn]) -> pa.RecordBatch:
    values = zip(*rows, strict=True)
    arrays = [_finish(list(one), column) for one, column in zip(values, columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])
