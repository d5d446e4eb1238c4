"""Rows in the tunnel's protobuf form, as PyODPS uploads them (``odps/tunnel/io/writer.py`` writes it).

PyODPS's compiled writer emits checksums as varints of ten bytes, sign-extended; only their lower 32 bits count.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from mmap import mmap
from typing import Any

import pyarrow as pa

from . import varint
from .checksum import Running, mismatch, value
from .protobuf import END_RECORD, META_CHECKSUM, META_COUNT
from .protobuf_columns import PADDING, ColumnReader
from .protobuf_stored import NESTED, from_values
from .protobuf_values import reader, unsigned
from .wire import WireColumn

#: Rows per batch, when they are read one by one.
BATCH = 16_384
#: Bytes looked through at once for the ends of rows.
WINDOW = 4 << 20
#: Bytes that the mark of a row's end and the checksum behind it take at most.
_CHECKSUM = 16
#: Failures of reading many rows at once after which a stream is read row by row.
_DOUBTS = 8
_I32 = struct.Struct("<i")


def decode(data: bytes | mmap, columns: Sequence[WireColumn]) -> Iterator[pa.RecordBatch]:
    """The rows of a stream as stored batches.

    Raises:
        OdpsError: it is cut short, a checksum or the number of rows is wrong, or a value does not fit its column.
    """
    try:
        yield from Stream(data, columns).batches()
    except (IndexError, struct.error) as error:
        raise mismatch("the stream is cut short") from error


class Stream:
    """One stream: many rows at once where that can be done, else one by one."""

    def __init__(self, data: bytes | mmap, columns: Sequence[WireColumn]) -> None:
        self._data = data
        self._columns = columns
        self._at = 0
        self._count = 0
        self._total = Running()
        self._readers = [(_I32.pack(index + 1), reader(column.kind)) for index, column in enumerate(columns)]
        self._rows: list[list[Any]] = []

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Every batch; the end of the stream is checked after the last one."""
        if not any(column.kind.name in NESTED for column in self._columns):
            yield from self._together()
        while self._one():
            if len(self._rows) == BATCH:
                yield self._taken()
        if self._rows:
            yield self._taken()

    def _together(self) -> Iterator[pa.RecordBatch]:
        window, doubts = WINDOW, 0
        while self._at < len(self._data) and doubts < _DOUBTS:
            part = self._data[self._at : self._at + window + _CHECKSUM] + bytes(PADDING)
            found = ColumnReader(part, self._columns).read(0, window, self._count, self._total)
            if found is None:
                if self._at + window >= len(self._data):
                    return
                window *= 2  # no row ends in it: a long one
                continue
            yield found.batch
            self._at, self._count = self._at + found.next, self._count + found.batch.num_rows
            if found.doubtful:
                doubts += 1
                if not self._one():
                    return
                yield self._taken()

    def _one(self) -> bool:
        """Read a row into :attr:`_rows`; false at the stream's end, which is checked."""
        data, at = self._data, self._at
        row: list[Any] = [None] * len(self._columns)
        sums: list[bytes] = []
        while True:
            tag, at = unsigned(data, at)
            number = tag >> 3
            if 0 < number <= len(self._columns):
                head, read = self._readers[number - 1]
                sums.append(head)
                row[number - 1], at = read(data, at, sums)
            elif number == END_RECORD:
                expected, self._at = unsigned(data, at)
                self._count += 1
                if value(b"".join(sums)) != expected & 0xFFFF_FFFF:
                    raise mismatch(f"row {self._count}")
                self._total.update((expected & 0xFFFF_FFFF).to_bytes(4, "little"))
                self._rows.append(row)
                return True
            elif number == META_COUNT and not sums:
                self._check_end(at)
                return False
            else:
                raise mismatch(f"there is no column {number}")

    def _check_end(self, at: int) -> None:
        found, at = unsigned(self._data, at)
        if varint.unzigzag(found) != self._count:
            raise mismatch("the number of rows")
        tag, at = unsigned(self._data, at)
        found, at = unsigned(self._data, at)
        if tag >> 3 != META_CHECKSUM or found & 0xFFFF_FFFF != self._total.value:
            raise mismatch("the whole stream")
        if at != len(self._data):
            raise mismatch("something follows the stream's end")

    def _taken(self) -> pa.RecordBatch:
        values = zip(*self._rows, strict=True)
        arrays = [from_values(list(one), column) for one, column in zip(values, self._columns, strict=True)]
        self._rows = []
        return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in self._columns])
