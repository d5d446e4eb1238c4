"""Columns of byte strings of different lengths, made and joined in C: the protobuf codec works on these.

Every array here is an Arrow ``large_binary``: one byte string per row, NULL where the row has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]

_TYPE = pa.large_binary()
_NOTHING = pa.scalar(b"", _TYPE)


def valid_of(array: pa.Array) -> Mask | None:
    """Which values are there; ``None`` if all are."""
    return np.asarray(array.is_valid()) if array.null_count else None


def made(lengths: npt.NDArray[np.int64], data: Any, valid: Mask | None) -> pa.Array:
    """Values of these lengths, which follow each other in ``data``; a NULL has length 0 or is skipped over."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(_TYPE, len(lengths), [bitmap, pa.py_buffer(offsets), pa.py_buffer(data)])


def fixed(numbers: npt.NDArray[Any], valid: Mask | None = None) -> pa.Array:
    """The little-endian bytes of each number."""
    lengths = np.full(len(numbers), numbers.dtype.itemsize, dtype=np.int64)
    return made(lengths, np.ascontiguousarray(numbers), valid)


def varints(numbers: npt.NDArray[np.uint64], valid: Mask | None = None) -> pa.Array:
    """Each number as a protobuf varint."""
    rest = numbers.copy()
    table = np.zeros((len(numbers), 10), dtype=np.uint8)
    lengths = np.ones(len(numbers), dtype=np.int64)
    width = 0
    while True:
        more = rest > 0x7F
        table[:, width] = (rest & np.uint64(0x7F)).astype(np.uint8) | (more.view(np.uint8) << 7)
        width += 1
        if not more.any():
            break
        lengths += more
        rest >>= np.uint64(7)
    used = np.arange(width) < lengths[:, None]
    return made(lengths, table[:, :width][used], valid)


def signed(numbers: npt.NDArray[np.int64], valid: Mask | None = None) -> pa.Array:
    """Each number as a zigzag varint, protobuf's ``sint64``."""
    return varints(((numbers << 1) ^ (numbers >> 63)).view(np.uint64), valid)


def sized(values: pa.Array) -> pa.Array:
    """Each value behind its length."""
    lengths = np.asarray(pc.binary_length(values).fill_null(0))
    return joined(varints(lengths.astype(np.uint64)), values)


def joined(*parts: pa.Array | pa.Scalar) -> pa.Array:
    """Parts joined row by row; NULL where one of them is."""
    return pc.binary_join_element_wise(*parts, _NOTHING, null_handling="emit_null")


def rows(*parts: pa.Array | pa.Scalar) -> pa.Array:
    """Parts joined row by row; a NULL adds nothing."""
    # Arrow leaves out a row whose parts are all NULL: the first part never is.
    return pc.binary_join_element_wise(_NOTHING, *parts, _NOTHING, null_handling="skip")


def beside(parts: Sequence[npt.NDArray[Any] | pa.Array | bytes], count: int) -> pa.Array:
    """Parts joined row by row, none of which is NULL: arrays of numbers, byte strings, and what is alike in every row.

    Joining costs most for every part of every row, so neighbours that are as long in every row are laid out as one.
    """
    found: list[pa.Array | pa.Scalar] = []
    for is_fixed, run in groupby(parts, key=lambda part: not isinstance(part, pa.Array)):
        neighbours = list(run)
        found += [_laid(neighbours, count)] if is_fixed else neighbours
    return rows(*found)


def _laid(parts: Sequence[npt.NDArray[Any] | bytes], count: int) -> pa.Array | pa.Scalar:
    if all(isinstance(part, bytes) for part in parts):
        return constant(b"".join(bytes(part) for part in parts))
    columns = [np.frombuffer(part, dtype=f"V{len(part)}") if isinstance(part, bytes) else part for part in parts]
    table = np.empty(count, dtype=[(f"c{at}", column.dtype) for at, column in enumerate(columns)])
    for at, column in enumerate(columns):
        table[f"c{at}"] = column
    return made(np.full(count, table.itemsize, dtype=np.int64), table.view(np.uint8), None)


def grouped(values: pa.Array, lengths: npt.NDArray[np.int64], valid: Mask | None = None) -> pa.Array:
    """Runs of so many values joined to one each, without a copy; no value is NULL."""
    ends = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=ends[1:])
    _, offsets, data = values.buffers()
    edges = np.frombuffer(offsets, dtype=np.int64)[values.offset : values.offset + len(values) + 1][ends]
    bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(_TYPE, len(lengths), [bitmap, pa.py_buffer(edges), data or pa.py_buffer(b"")])


def whole(values: pa.Array) -> bytes:
    """Everything in one string; ``values`` begins at its own buffer's start, as every result of this module does."""
    _, offsets, data = values.buffers()
    end = int(np.frombuffer(offsets, dtype=np.int64)[len(values)])
    return b"" if data is None else data.slice(0, end).to_pybytes()


def constant(data: bytes) -> pa.Scalar:
    return pa.scalar(data, _TYPE)
