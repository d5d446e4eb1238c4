"""Snappy's framing format, which Arrow's codecs leave out: chunks of at most 64 KB, each with a masked CRC32C.

Source: https://github.com/google/snappy/blob/main/framing_format.txt
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import IO

import pyarrow as pa

from .checksum import value

_HEAD = b"\xff\x06\x00\x00sNaPpY"
_COMPRESSED, _PLAIN, _PADDING, _FIRST_SKIPPED = 0x00, 0x01, 0xFE, 0x80
_CHUNK = 65_536
_U32 = struct.Struct("<I")


class Damaged(ValueError):
    """The bytes are no framed stream."""


def _masked(data: bytes) -> bytes:
    checksum = value(data)
    return _U32.pack(((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFF_FFFF)


def compress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A framed stream."""
    codec = pa.Codec("snappy")
    yield _HEAD
    for chunk in chunks:
        for start in range(0, len(chunk), _CHUNK):
            part = chunk[start : start + _CHUNK]
            body = _masked(part) + codec.compress(part, asbytes=True)
            yield bytes([_COMPRESSED]) + len(body).to_bytes(3, "little") + body


def decompress(stream: IO[bytes]) -> Iterator[bytes]:
    """The content of a framed stream.

    Raises:
        Damaged: it is cut short, a checksum is wrong, or it is something else.
    """
    if stream.read(len(_HEAD)) != _HEAD:
        raise Damaged("it does not begin as a framed stream does")
    codec = pa.Codec("snappy")
    while head := stream.read(4):
        size = int.from_bytes(head[1:], "little")
        body = stream.read(size)
        if len(head) < 4 or len(body) < size:
            raise Damaged("it is cut short")
        if head[0] in (_COMPRESSED, _PLAIN):
            yield _part(codec, head[0], body)
        elif head[0] < _FIRST_SKIPPED:
            raise Damaged(f"a chunk of the unknown kind {head[0]}")


def _part(codec: pa.Codec, kind: int, body: bytes) -> bytes:
    data = body[4:]
    if kind == _COMPRESSED:
        size = _length(data)
        try:
            data = codec.decompress(data, decompressed_size=size, asbytes=True)
        except (pa.ArrowException, OSError) as error:
            raise Damaged("a chunk cannot be unpacked") from error
    if _masked(data) != body[:4]:
        raise Damaged("a chunk's checksum is wrong")
    return data


def _length(data: bytes) -> int:
    """The unpacked size, which snappy writes first."""
    size, shift = 0, 0
    for byte in data[:5]:
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if not 0 < size <= _CHUNK:
        raise Damaged("a chunk of an impossible size")
    return size
