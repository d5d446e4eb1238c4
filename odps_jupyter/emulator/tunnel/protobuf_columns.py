"""Many rows of the tunnel's protobuf form at once, for columns that hold no others.

A row ends with a tag of four bytes that hardly ever occurs inside one. So the ends are looked up first, all rows are
then read side by side, one column after another, and every row must end exactly where its end was found. Where one does
not, the rows before it stand and the caller reads that one by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator.types import Type

from . import ragged
from .checksum import Running, mismatch, value
from .protobuf import END_RECORD, FIXED32, FIXED64, VARINT, tag, wire_of
from .protobuf_stored import from_bytes, from_numbers, misfit
from .ragged import Mask
from .wire import WireColumn

#: Zero bytes the data must end with, so that a number that seems to begin at its end can be read.
PADDING = 16
_END = tag(END_RECORD, VARINT)
_NANOS = 1_000_000_000
_INSTANTS = ("timestamp", "timestamp_ntz", "interval_day_time")
#: Bytes a value from which on copying it by itself is faster than copying all by index.
_LONG = 64

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Rows found together, where the next one begins, and whether something in between was no row."""

    batch: pa.RecordBatch
    next: int
    doubtful: bool


class ColumnReader:
    """Reads rows of flat columns from one padded string."""

    def __init__(self, data: bytes, columns: Sequence[WireColumn]) -> None:
        self._data = data
        self._view = np.frombuffer(data, dtype=np.uint8)
        self._limit = len(data) - PADDING
        self._columns = columns
        self._tags = [tag(index + 1, wire_of(column.kind)) for index, column in enumerate(columns)]

    def read(self, start: int, stop: int, count: int, total: Running) -> Rows | None:
        """The rows that begin at ``start`` and end before ``stop``; ``None`` if there is none.

        Args:
            start, stop: positions in the data.
            count: rows read before, for messages.
            total: the checksum over the rows' checksums, which grows.

        Raises:
            OdpsError: a checksum is wrong, or a value does not fit its column.
        """
        ends = self._found(_END, start, min(stop, self._limit))
        if not len(ends):
            return None
        expected, after = self._varints(ends + len(_END))
        places = np.concatenate(([start], after[:-1]))
        found = []
        for mark, column in zip(self._tags, self._columns, strict=True):
            present = self._present(mark, places)
            parts, then = self._read(column.kind, np.where(present, places + len(mark), self._limit))
            places = np.where(present, np.minimum(then, self._limit), places)
            found.append((present, parts))
        good = (places == ends) & (after <= self._limit)
        size = len(good) if good.all() else int(np.argmin(good))
        if not size:
            return None
        arrays, sums = [], []
        for index, (column, (present, parts)) in enumerate(zip(self._columns, found, strict=True)):
            valid = None if present[:size].all() else present[:size]
            array, part = self._column(column, [one[:size] for one in parts], valid)
            arrays.append(array)
            sums.append(ragged.joined(ragged.constant((index + 1).to_bytes(4, "little")), part))
        _verify(sums, expected[:size].astype(np.uint32), count, total)
        batch = pa.RecordBatch.from_arrays(arrays, names=[column.name for column in self._columns])
        return Rows(batch, int(after[size - 1]), size < len(good))

    def _found(self, mark: bytes, start: int, stop: int) -> Places:
        """Where a mark begins between two positions."""
        size = stop - start - len(mark) + 1
        if size <= 0:
            return np.empty(0, dtype=np.int64)
        same = self._view[start : start + size] == mark[0]
        for offset, byte in enumerate(mark[1:], 1):
            same &= self._view[start + offset : start + offset + size] == byte
        return np.flatnonzero(same) + start

    def _present(self, mark: bytes, places: Places) -> Mask:
        present: Mask = self._view[places] == mark[0]
        for offset, byte in enumerate(mark[1:], 1):
            present &= self._view[places + offset] == byte
        return present

    def _read(self, kind: Type, places: Places) -> tuple[list[npt.NDArray[Any]], Places]:
        """What lies at some places, as one or two columns of numbers, and where it ends."""
        wire = wire_of(kind)
        if wire == FIXED64:
            return [self._loaded("<f8", places)], places + 8
        if wire == FIXED32:
            return [self._loaded("<f4", places)], places + 4
        number, after = self._varints(places)
        if wire == VARINT:
            return [number if kind.name == "boolean" else _unzigzag(number)], after
        if kind.name in _INSTANTS:
            rest, after = self._varints(np.minimum(after, self._limit))
            return [_unzigzag(number), _unzigzag(rest)], after
        lengths = np.minimum(number, np.uint64(len(self._view))).astype(np.int64)
        return [after, lengths], after + lengths

    def _loaded(self, form: str, places: Places) -> npt.NDArray[Any]:
        """Numbers at places that no alignment has."""
        size = np.dtype(form).itemsize
        return np.ndarray((len(self._view) - size + 1,), dtype=form, buffer=self._data, strides=(1,))[places]

    def _varints(self, places: Places) -> tuple[npt.NDArray[np.uint64], Places]:
        byte = self._view[places]
        numbers, after = (byte & 0x7F).astype(np.uint64), places + 1
        more, shift = np.flatnonzero(byte > 0x7F), 7
        while len(more) and shift < 70:
            byte = self._view[after[more]]
            numbers[more] |= (byte & 0x7F).astype(np.uint64) << np.uint64(shift)
            after[more] += 1
            more, shift = more[byte > 0x7F], shift + 7
        after[more] = self._limit + 1  # longer than any number: such a row is no row
        return numbers, after

    def _column(
        self, column: WireColumn, parts: list[npt.NDArray[Any]], valid: Mask | None
    ) -> tuple[pa.Array, pa.Array]:
        """A column in its stored form, and what its values count for in the checksums."""
        kind, first = column.kind, parts[0]
        missing = None if valid is None else ~valid
        if kind.name in ("double", "float"):
            return pa.array(first, mask=missing), ragged.fixed(first, valid)
        if kind.name == "boolean":
            return pa.array(first != 0, mask=missing), ragged.fixed((first != 0).astype(np.uint8), valid)
        if kind.name in _INSTANTS:
            seconds, rest = parts
            sums = ragged.joined(ragged.fixed(seconds, valid), ragged.fixed(rest.astype(np.int32)))
            return from_numbers(_nanoseconds(column, seconds, rest, missing), column), sums
        if wire_of(kind) == VARINT:
            return from_numbers(pa.array(first, mask=missing), column), ragged.fixed(first, valid)
        texts = self._gathered(first, parts[1] if valid is None else np.where(valid, parts[1], 0), valid)
        return from_bytes(texts, column), texts

    def _gathered(self, starts: Places, lengths: Places, valid: Mask | None) -> pa.Array:
        total = int(lengths.sum())
        if total > _LONG * len(starts):
            ends = (starts + lengths).tolist()
            data = b"".join([self._data[start:end] for start, end in zip(starts.tolist(), ends, strict=True)])
            return ragged.made(lengths, data, valid)
        before = np.cumsum(lengths) - lengths
        return ragged.made(lengths, self._view[np.repeat(starts - before, lengths) + np.arange(total)], valid)


def _unzigzag(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    return (numbers >> np.uint64(1)).view(np.int64) ^ -(numbers & np.uint64(1)).view(np.int64)


def _nanoseconds(
    column: WireColumn, seconds: npt.NDArray[np.int64], rest: npt.NDArray[np.int64], missing: Mask | None
) -> pa.Array:
    try:
        whole = pc.multiply_checked(pa.array(seconds, mask=missing), _NANOS)
        return pc.add_checked(whole, pa.array(rest, mask=missing))
    except pa.ArrowInvalid as error:
        raise misfit(column, error) from error


def _verify(sums: Sequence[pa.Array], expected: npt.NDArray[np.uint32], count: int, total: Running) -> None:
    """Compare the rows' checksums with those sent, which count for the stream's."""
    found = np.fromiter(map(value, ragged.rows(*sums).to_pylist()), dtype=np.uint32, count=len(expected))
    wrong = np.flatnonzero(found != expected)
    if len(wrong):
        raise mismatch(f"row {count + int(wrong[0]) + 1}")
    total.update(found.astype("<u4").tobytes())
