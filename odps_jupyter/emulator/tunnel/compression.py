"""Compressed bodies, by the names the client gives them (``CompressOption`` in ``odps/tunnel/io/stream.py``)."""

from __future__ import annotations

import io
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pyarrow as pa

from odps_jupyter.emulator.errors import OdpsError

from . import snappy

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_READ = 1 << 20
#: Most bytes a body may unpack to: a few bytes can stand for very many.
MAX_PLAIN = 4 << 30


class _Damaged(ValueError):
    """The bytes are no stream of their encoding."""


@dataclass(frozen=True)
class Encoding:
    """How a body is packed and unpacked."""

    pack: Callable[[Iterable[bytes]], Iterator[bytes]]
    unpack: Callable[[IO[bytes]], Iterator[bytes]]


def _deflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1)
    for chunk in chunks:
        if packed := packer.compress(chunk):
            yield packed
    yield packer.flush()


def _inflate(body: IO[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    try:
        while chunk := body.read(_READ):
            while chunk:
                yield unpacker.decompress(chunk, _READ)
                chunk = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error as error:
        raise _Damaged(str(error)) from error
    if not unpacker.eof:
        raise _Damaged("it is cut short")


class _Drain(io.RawIOBase):
    """A file whose writer takes out what was written."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _pack(codec: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    drain = _Drain()
    with pa.CompressedOutputStream(pa.PythonFile(drain, mode="w"), codec) as packer:
        for chunk in chunks:
            packer.write(chunk)
            if packed := drain.taken():
                yield packed
        packer.flush()
        yield drain.taken()
    yield drain.taken()


def _unpack(codec: str, body: IO[bytes]) -> Iterator[bytes]:
    try:
        with pa.CompressedInputStream(pa.PythonFile(body, mode="r"), codec) as source:
            while chunk := source.read(_READ):
                yield chunk
    except (pa.ArrowException, OSError) as error:
        raise _Damaged(str(error)) from error


_LZ4 = Encoding(partial(_pack, "lz4"), partial(_unpack, "lz4"))
_ZSTD = Encoding(partial(_pack, "zstd"), partial(_unpack, "zstd"))
ENCODINGS: Mapping[str, Encoding] = {
    "deflate": Encoding(_deflate, _inflate),
    "zstd": _ZSTD,
    "x-lz4-frame": _LZ4,
    "x-odps-lz4-frame": _LZ4,
    "x-snappy-framed": Encoding(snappy.compress, snappy.decompress),
}


def accepted(header: str | None) -> str | None:
    """The encoding of an answer to a client that sends this Accept-Encoding, if it names one.

    requests adds a general ``gzip, deflate`` to every request; PyODPS names exactly one when it wants compression.
    """
    name = (header or "").strip().lower()
    return name if name in ENCODINGS else None


def compress(name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A body in the encoding :func:`accepted` chose."""
    return ENCODINGS[name].pack(chunks)


@contextmanager
def decompressed(body: IO[bytes], encoding: str | None, scratch: Path) -> Iterator[IO[bytes]]:
    """The plain body as a file.

    Raises:
        OdpsError: the encoding is unknown, the data is damaged, or it unpacks to more than :data:`MAX_PLAIN` bytes.
    """
    name = (encoding or "identity").strip().lower()
    if name in ("identity", ""):
        yield body
        return
    if name not in ENCODINGS:
        known = ", ".join(ENCODINGS)
        raise OdpsError("InvalidArgument", f"Content-Encoding {encoding} is not emulated; there are {known}", 400)
    with tempfile.SpooledTemporaryFile(16 << 20, dir=str(scratch)) as plain:
        size = 0
        try:
            for chunk in ENCODINGS[name].unpack(body):
                size += len(chunk)
                if size > MAX_PLAIN:
                    raise OdpsError("InvalidArgument", f"The data unpacks to more than {MAX_PLAIN >> 30} GB", 413)
                plain.write(chunk)
        except (_Damaged, snappy.Damaged) as error:
            raise OdpsError("InvalidArgument", f"The compressed data is damaged: {error}", 400) from error
        plain.seek(0)
        yield plain
