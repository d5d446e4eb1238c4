"""Compressed bodies. ``deflate`` is the client's default; the others come when the client has their packages."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from odps_jupyter.emulator.errors import OdpsError

DEFLATE = "deflate"


def accepted(header: str | None) -> str | None:
    """The encoding of an answer to a client that sends this Accept-Encoding: ``deflate`` if that alone is asked for.

    requests adds a general ``gzip, deflate`` to every request; PyODPS names exactly one when it wants compression.
    """
    return DEFLATE if (header or "").strip().lower() == DEFLATE else None


def compress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A zlib stream."""
    packer = zlib.compressobj(1)
    for chunk in chunks:
        if packed := packer.compress(chunk):
            yield packed
    yield packer.flush()


def decompressed(body: IO[bytes], encoding: str | None, scratch: Path) -> IO[bytes]:
    """The plain body as a file.

    Raises:
        OdpsError: the encoding is not emulated, or the data is damaged.
    """
    name = (encoding or "identity").strip().lower()
    if name in ("identity", ""):
        return body
    if name != DEFLATE:
        raise OdpsError("InvalidArgument", f"Content-Encoding {encoding} is not emulated; use zlib or none", 400)
    plain = tempfile.SpooledTemporaryFile(16 << 20, dir=str(scratch))  # noqa: SIM115 the caller reads it
    unpacker = zlib.decompressobj()
    try:
        while chunk := body.read(1 << 20):
            plain.write(unpacker.decompress(chunk))
        plain.write(unpacker.flush())
    except zlib.error as error:
        raise OdpsError("InvalidArgument", f"The compressed data is damaged: {error}", 400) from error
    if not unpacker.eof:
        raise OdpsError("InvalidArgument", "The compressed data is cut short", 400)
    plain.seek(0)
    return plain
