"""Single values in the tunnel's protobuf form, read one after another (``odps/tunnel/io/writer.py`` writes them)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from mmap import mmap
from typing import Any

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.types import INTEGERS, TEXTS, Type

from . import varint

_I32, _I64 = struct.Struct("<i"), struct.Struct("<q")
_F32, _F64 = struct.Struct("<f"), struct.Struct("<d")
_NANOS = 1_000_000_000
#: Bytes of the longest varint.
_LONGEST = 10

Reader = Callable[[bytes | mmap, int, list[bytes]], tuple[Any, int]]
"""Reads a value of ``data`` at a position, adds what it counts for to the row's checksum, and says where it ends.

Positions are passed around instead of kept in an object: the loop over rows runs in Python, and this halves its time.
"""


def unsigned(data: bytes | mmap, at: int) -> tuple[int, int]:
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
        if shift >= 7 * _LONGEST:
            raise IndexError("a number without end")


def _integer(data: bytes | mmap, at: int, sums: list[bytes]) -> tuple[int, int]:
    number, at = unsigned(data, at)
    number = (number >> 1) ^ -(number & 1)
    sums.append(_I64.pack(number))
    return number, at


def _boolean(data: bytes | mmap, at: int, sums: list[bytes]) -> tuple[bool, int]:
    number, at = unsigned(data, at)
    sums.append(b"\1" if number else b"\0")
    return number != 0, at


def _double(data: bytes | mmap, at: int, sums: list[bytes]) -> tuple[float, int]:
    sums.append(data[at : at + 8])
    return _F64.unpack_from(data, at)[0], at + 8


def _float(data: bytes | mmap, at: int, sums: list[bytes]) -> tuple[float, int]:
    sums.append(data[at : at + 4])
    return _F32.unpack_from(data, at)[0], at + 4


def _data(data: bytes | mmap, at: int, sums: list[bytes]) -> tuple[bytes, int]:
    size, at = unsigned(data, at)
    end = at + size
    if end > len(data):
        raise IndexError("cut short")
    part = data[at:end]
    sums.append(part)
    return part, end


def _nanoseconds(data: bytes | mmap, at: int, sums: list[bytes]) -> tuple[int, int]:
    seconds, at = _integer(data, at, sums)
    number, at = unsigned(data, at)
    rest = varint.unzigzag(number)
    sums.append(_I32.pack(rest))
    return seconds * _NANOS + rest, at


def _items(read: Reader) -> Reader:
    def read_items(data: bytes | mmap, at: int, sums: list[bytes]) -> tuple[list[Any], int]:
        count, at = unsigned(data, at)
        if count > len(data) - at:
            raise IndexError("cut short")
        items: list[Any] = []
        for _ in range(count):
            missing, at = unsigned(data, at)
            one = None
            if not missing:
                one, at = read(data, at, sums)
            items.append(one)
        return items, at

    return read_items


def _pairs(key: Reader, item: Reader) -> Reader:
    read_keys, read_items = _items(key), _items(item)

    def read_pairs(data: bytes | mmap, at: int, sums: list[bytes]) -> tuple[list[tuple[Any, Any]], int]:
        keys, at = read_keys(data, at, sums)
        items, at = read_items(data, at, sums)
        if len(keys) != len(items):
            raise IndexError("a map with unequal keys and values")
        return list(zip(keys, items, strict=True)), at

    return read_pairs


def _fields(names: Sequence[str], readers: Sequence[Reader]) -> Reader:
    parts = list(zip(names, readers, strict=True))

    def read_fields(data: bytes | mmap, at: int, sums: list[bytes]) -> tuple[dict[str, Any], int]:
        values: dict[str, Any] = {}
        for name, read in parts:
            missing, at = unsigned(data, at)
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
