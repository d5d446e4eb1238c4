"""Rows in the tunnel's protobuf form, written by the column (``odps/tunnel/io/reader.py`` reads it).

A row is its non-NULL fields, field number i + 1 for column i, then the row's CRC32C; the stream ends with the number of
rows and a CRC32C over the rows' checksums. A field's share of the checksum is its number as 32 bits and its value in
little-endian binary, however it was encoded. Elements of arrays, maps and structs stand behind a byte that is 1 for
NULL.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator.types import INTEGERS, TEXTS, Type

from . import ragged, varint
from .checksum import Running, value
from .ragged import Mask
from .wire import INTERVAL, WireColumn

#: Field numbers that are no columns (``odps/tunnel/wireconstants.py``).
META_COUNT, META_CHECKSUM, END_RECORD = 33_554_430, 33_554_431, 33_553_408

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_I32 = struct.Struct("<i")
_NANOS = 1_000_000_000


def tag(number: int, wire: int) -> bytes:
    return varint.encode(number << 3 | wire)


_END, _COUNT, _SUM = (tag(number, VARINT) for number in (END_RECORD, META_COUNT, META_CHECKSUM))


class Pieces(NamedTuple):
    """What each value of a column adds to the stream and to its row's checksum; NULL for NULL."""

    stream: pa.Array
    sums: pa.Array


def wire_of(kind: Type) -> int:
    """The protobuf wire type of a column."""
    if kind.name in INTEGERS or kind.name in ("boolean", "date", "datetime", "interval_year_month"):
        return VARINT
    return {"double": FIXED64, "float": FIXED32}.get(kind.name, BYTES)


def _numbers(column: pa.Array, target: pa.DataType) -> np.ndarray[Any, Any]:
    """Values as numpy, NULL as 0."""
    return np.asarray(column.cast(target).fill_null(0).to_numpy(zero_copy_only=False))


def _same(part: pa.Array) -> Pieces:
    return Pieces(part, part)


def _integers(numbers: np.ndarray[Any, Any], valid: Mask | None) -> Pieces:
    return Pieces(ragged.signed(numbers, valid), ragged.fixed(numbers, valid))


def _seconds(seconds: np.ndarray[Any, Any], rest: np.ndarray[Any, Any], valid: Mask | None) -> Pieces:
    """Seconds and nanoseconds, as timestamps and day intervals are written."""
    stream = ragged.joined(ragged.signed(seconds, valid), ragged.signed(rest))
    return Pieces(stream, ragged.joined(ragged.fixed(seconds, valid), ragged.fixed(rest.astype(np.int32))))


def _interval(column: pa.Array, kind: Type, valid: Mask | None) -> Pieces:
    stored = np.frombuffer(column.buffers()[1], dtype=INTERVAL)[column.offset : column.offset + len(column)]
    stored = np.where(True if valid is None else valid, stored, np.zeros(1, dtype=INTERVAL))
    if kind.name == "interval_year_month":
        return _integers(stored["months"].astype(np.int64), valid)
    days = stored["months"].astype(np.int64) * 30 + stored["days"]
    return _seconds(days * 86_400 + stored["nanos"] // _NANOS, stored["nanos"] % _NANOS, valid)


def _bytes(values: pa.Array) -> Pieces:
    plain = values.cast(pa.large_binary())
    return Pieces(ragged.sized(plain), plain)


def _simple(column: pa.Array, kind: Type) -> np.ndarray[Any, Any] | None:
    """A column of single numbers: whole ones as 64 bits, which are written as varints, others as they are written."""
    name = kind.name
    if name in INTEGERS:
        return _numbers(column, pa.int64())
    if name in ("double", "float"):
        return _numbers(column, column.type)
    if name == "boolean":
        return _numbers(column, pa.uint8())
    if name == "datetime":
        return _numbers(column.cast(pa.timestamp("ms"), safe=False).cast(pa.int64()), pa.int64())
    if name == "date":
        return _numbers(column.cast(pa.int32()), pa.int64())
    return None


def _parts(column: pa.Array, kind: Type) -> tuple[list[Any], list[Any]]:
    """As :func:`pieces` of a column without NULL, what it is made of not yet joined."""
    numbers = _simple(column, kind)
    if numbers is not None:
        return [ragged.signed(numbers) if numbers.dtype == np.int64 else numbers], [numbers]
    if kind.name in TEXTS or kind.name in ("json", "binary"):
        plain = column.cast(pa.large_binary())
        return [ragged.varints(np.asarray(pc.binary_length(plain)).astype(np.uint64)), plain], [plain]
    whole = pieces(column, kind)
    return [whole.stream], [whole.sums]


def pieces(column: pa.Array, kind: Type) -> Pieces:
    """The values of a stored column."""
    name, valid = kind.name, ragged.valid_of(column)
    numbers = _simple(column, kind)
    if numbers is not None:
        return _integers(numbers, valid) if numbers.dtype == np.int64 else _same(ragged.fixed(numbers, valid))
    if name in ("timestamp", "timestamp_ntz"):
        nanos = _numbers(column.cast(pa.int64()), pa.int64())
        return _seconds(nanos // _NANOS, nanos % _NANOS, valid)
    if name in ("interval_day_time", "interval_year_month"):
        return _interval(column, kind, valid)
    if name == "decimal":
        return _bytes(column.cast(pa.string()))
    if name == "array":
        compact = _compact(column)
        return _list(compact.values, compact, kind.items[0])
    if name == "map":
        compact = _compact(column)
        keys, items = (_list(part, compact, item) for part, item in zip(_sides(compact), kind.items, strict=True))
        return Pieces(ragged.joined(keys.stream, items.stream), ragged.joined(keys.sums, items.sums))
    if name == "struct":
        return _struct(column, kind, valid)
    if name in TEXTS or name in ("json", "binary", "void"):
        return _bytes(column)
    raise AssertionError(f"no column has type {kind}")


def _compact(column: pa.Array) -> pa.Array:
    """The same lists with nothing before the first, between them or in the place of a NULL."""
    return column.take(pa.array(np.arange(len(column))))


def _sides(column: pa.MapArray) -> tuple[pa.Array, pa.Array]:
    return column.keys, column.items


def _elements(values: pa.Array, kind: Type) -> Pieces:
    """Values inside others: NULL is a byte of its own."""
    inner = pieces(values, kind)
    missing = np.asarray(values.is_null()).view(np.uint8)
    return Pieces(ragged.rows(ragged.fixed(missing), inner.stream), ragged.rows(inner.sums))


def _list(values: pa.Array, column: pa.Array, kind: Type) -> Pieces:
    valid = ragged.valid_of(column)
    lengths = np.diff(np.asarray(column.offsets)).astype(np.int64)
    inner = _elements(values[: int(lengths.sum())], kind)
    counts = ragged.varints(lengths.astype(np.uint64), valid)
    stream = ragged.joined(counts, ragged.grouped(inner.stream, lengths, valid))
    return Pieces(stream, ragged.grouped(inner.sums, lengths, valid))


def _struct(column: pa.StructArray, kind: Type, valid: Mask | None) -> Pieces:
    inner = [_elements(column.field(at), item) for at, item in enumerate(kind.items)]
    here = ragged.made(np.zeros(len(column), dtype=np.int64), b"", valid)
    return Pieces(
        ragged.joined(here, *(one.stream for one in inner)), ragged.joined(here, *(one.sums for one in inner))
    )


def encode(batches: Iterable[pa.RecordBatch], columns: Sequence[WireColumn]) -> Iterator[bytes]:
    """The stream of some stored batches of exactly these columns."""
    count, total = 0, Running()
    for batch in batches:
        count += batch.num_rows
        yield _rows(batch, columns, total)
    yield _COUNT + varint.encode(varint.zigzag(count)) + _SUM + varint.encode(total.value)


def _rows(batch: pa.RecordBatch, columns: Sequence[WireColumn], total: Running) -> bytes:
    size = batch.num_rows
    if not size:
        return b""
    stream: list[Any] = []
    sums: list[Any] = []
    for index, (array, column) in enumerate(zip(batch.columns, columns, strict=True)):
        stored, mark, number = array.cast(column.stored), tag(index + 1, wire_of(column.kind)), _I32.pack(index + 1)
        if stored.null_count:
            part = pieces(stored, column.kind)
            stream.append(ragged.joined(ragged.constant(mark), part.stream))
            sums.append(ragged.joined(ragged.constant(number), part.sums))
        else:
            written, counted = _parts(stored, column.kind)
            stream += [mark, *written]
            sums += [number, *counted]
    numbers = np.fromiter(map(value, ragged.beside(sums, size).to_pylist()), dtype=np.uint32, count=size)
    total.update(numbers.astype("<u4").tobytes())
    return ragged.whole(ragged.beside([*stream, _END, ragged.varints(numbers.astype(np.uint64))], size))
