"""Variable-length integers of the protobuf wire format, one at a time and by the column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def encode_one(number: int) -> bytes:
    """An unsigned integer."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


#: The most common lengths and tags, ready made.
SMALL = [encode_one(number) for number in range(1 << 14)]


def encode(number: int) -> bytes:
    """An unsigned integer, from the table if it is small."""
    return SMALL[number] if number < 1 << 14 else encode_one(number)


def zigzag(number: int) -> int:
    """A signed 64-bit integer as the unsigned one of protobuf's ``sint64``."""
    return (number << 1) ^ (number >> 63)


def unzigzag(number: int) -> int:
    return (number >> 1) ^ -(number & 1)


def encode_signed(column: npt.NDArray[np.int64], prefix: bytes) -> list[bytes]:
    """Every value of a column as zigzag varint behind a fixed prefix."""
    return encode_unsigned(((column << 1) ^ (column >> 63)).view(np.uint64), prefix)


def encode_unsigned(column: npt.NDArray[np.uint64], prefix: bytes) -> list[bytes]:
    """Every value of a column as varint behind a fixed prefix. One row of ten bytes is laid out per value, and only as
    much of it as the value needs is taken."""
    rest = column.copy()
    width = len(prefix)
    table = np.empty((len(column), width + 10), dtype=np.uint8)
    table[:, :width] = np.frombuffer(prefix, dtype=np.uint8)
    lengths = np.ones(len(column), dtype=np.int64)
    for index in range(10):
        more = rest > 0x7F
        table[:, width + index] = (rest & np.uint64(0x7F)).astype(np.uint8) | (more.astype(np.uint8) << 7)
        rest >>= np.uint64(7)
        lengths += more
        if not more.any():
            break
    data, step = table.tobytes(), width + 10
    ends = (np.arange(len(column)) * step + width + lengths).tolist()
    return [data[start:end] for start, end in zip(range(0, len(data), step), ends, strict=True)]
