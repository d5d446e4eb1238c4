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


class Cursor:
    """A position in the stream, and the bytes the current row adds to its checksum."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.sum = bytearray()

    def unsigned(self) -> int:
        data, at, shift, number = self.data, self.at, 0, 0
        while True:
            byte = data[at]
            at += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                self.at = at
                return number & 0xFFFF_FFFF_FFFF_FFFF
            shift += 7

    def take(self, size: int) -> bytes:
        part = self.data[self.at : self.at + size]
        if len(part) < size:
            raise IndexError("cut short")
        self.at += size
        return part


Reader = Callable[[Cursor], Any]


def _integer(cursor: Cursor) -> int:
    number = varint.unzigzag(cursor.unsigned())
    cursor.sum += _I64.pack(number)
    return number


def _boolean(cursor: Cursor) -> bool:
    number = cursor.unsigned() != 0
    cursor.sum.append(number)
    return number


def _double(cursor: Cursor) -> float:
    data = cursor.take(8)
    cursor.sum += data
    return float(_F64.unpack(data)[0])


def _float(cursor: Cursor) -> float:
    data = cursor.take(4)
    cursor.sum += data
    return float(_F32.unpack(data)[0])


def _data(cursor: Cursor) -> bytes:
    data = cursor.take(cursor.unsigned())
    cursor.sum += data
    return data


def _nanoseconds(cursor: Cursor) -> int:
    seconds = _integer(cursor)
    rest = varint.unzigzag(cursor.unsigned())
    cursor.sum += _I32.pack(rest)
    return seconds * _NANOS + rest


def _items(read: Reader) -> Reader:
    def read_items(cursor: Cursor) -> list[Any]:
        return [None if cursor.unsigned() else read(cursor) for _ in range(cursor.unsigned())]

    return read_items


def _pairs(key: Reader, item: Reader) -> Reader:
    keys, items = _items(key), _items(item)
    return lambda cursor: list(zip(keys(cursor), items(cursor), strict=True))


def _fields(names: Sequence[str], readers: Sequence[Reader]) -> Reader:
    def read_fields(cursor: Cursor) -> dict[str, Any]:
        parts = zip(names, readers, strict=True)
        return {name: None if cursor.unsigned() else read(cursor) for name, read in parts}

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
    cursor = Cursor(data)
    try:
        yield from _decode(cursor, columns)
    except (IndexError, struct.error) as error:
        raise mismatch("the stream is cut short") from error


def _decode(cursor: Cursor, columns: Sequence[WireColumn]) -> Iterator[pa.RecordBatch]:
    readers = [(_I32.pack(index + 1), reader(column.kind)) for index, column in enumerate(columns)]
    rows: list[list[Any]] = []
    row: list[Any] = [None] * len(columns)
    count, total = 0, Running()
    while True:
        number = cursor.unsigned() >> 3
        if number == END_RECORD:
            expected = cursor.unsigned() & 0xFFFF_FFFF
            if value(bytes(cursor.sum)) != expected:
                raise mismatch(f"row {count + 1}")
            total.update(expected.to_bytes(4, "little"))
            cursor.sum.clear()
            rows.append(row)
            row = [None] * len(columns)
            count += 1
            if len(rows) == BATCH:
                yield _batch(rows, columns)
                rows = []
        elif number == META_COUNT:
            if varint.unzigzag(cursor.unsigned()) != count:
                raise mismatch("the number of rows")
            if cursor.unsigned() >> 3 != META_CHECKSUM or cursor.unsigned() & 0xFFFF_FFFF != total.value:
                raise mismatch("the whole stream")
            if rows:
                yield _batch(rows, columns)
            return
        elif 0 < number <= len(columns):
            head, read = readers[number - 1]
            cursor.sum += head
            row[number - 1] = read(cursor)
        else:
            raise mismatch(f"there is no column {number}")


def _batch(rows: list[list[Any]], columns: Sequence[WireColumn]) -> pa.RecordBatch:
    values = zip(*rows, strict=True)
    arrays = [_finish(list(one), column) for one, column in zip(values, columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])
