"""Arrow data as the tunnel frames it: chunk size, chunks each with its CRC32C, and a CRC32C of everything at the end.

The payload is the bare record batch messages; both ends know the schema (``odps/tunnel/io/reader.py``
``ArrowStreamReader`` and ``writer.py`` ``BaseArrowWriter``). Numbers are unsigned 32-bit, big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO

import pyarrow as pa
import pyarrow.ipc

from .checksum import Running, mismatch, value

#: Bytes per chunk. The client takes any size.
CHUNK = 65_536
_U32 = struct.Struct("!I")
# The client reads every byte twice for its checksums, which takes it longer than to unpack them.
_PACKED = pa.ipc.IpcWriteOptions(compression="zstd" if pa.Codec.is_available("zstd") else None, use_threads=False)


def frame(messages: Iterable[bytes]) -> Iterator[bytes]:
    """The framed stream of some IPC messages."""
    # The head goes with the first batch: what fails while that one is made can still be answered with an error.
    pending, whole, out = b"", Running(), bytearray(_U32.pack(CHUNK))
    for message in messages:
        pending += message
        full = len(pending) // CHUNK * CHUNK
        for start in range(0, full, CHUNK):
            chunk = pending[start : start + CHUNK]
            whole.update(chunk)
            out += chunk
            out += _U32.pack(value(chunk))
        pending = pending[full:]
        yield bytes(out)
        out.clear()
    whole.update(pending)
    yield bytes(out) + pending + _U32.pack(whole.value)


def unframe(stream: IO[bytes]) -> Iterator[bytes]:
    """The payload of a framed stream.

    Raises:
        OdpsError: it is cut short, or a checksum does not match.
    """
    head = stream.read(4)
    if len(head) < 4:
        raise mismatch("the stream is empty")
    size = _U32.unpack(head)[0]
    if not 0 < size <= 1 << 30:
        raise mismatch(f"impossible chunk size {size}")
    whole = Running()
    while True:
        chunk = _read_exactly(stream, size + 4)
        if len(chunk) < 4:
            raise mismatch("the stream is cut short")
        data, expected = chunk[:-4], _U32.unpack(chunk[-4:])[0]
        whole.update(data)
        if len(chunk) < size + 4:
            if whole.value != expected:
                raise mismatch("the whole stream")
            yield data
            return
        if value(data) != expected:
            raise mismatch("a chunk of the stream")
        yield data


class _Payload:
    """Chunks as a file, for one reader from the start to the end."""

    closed = False

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, size: int) -> bytes:
        # Of as many bytes as there are: the number comes from outside, and may be any.
        parts = []
        while size > 0 and (chunk := self._rest or next(self._chunks, b"")):
            parts.append(chunk[:size])
            self._rest = chunk[size:]
            size -= len(parts[-1])
        return b"".join(parts)

    def close(self) -> None:
        self._rest = b""


def _read_exactly(stream: IO[bytes], size: int) -> bytes:
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def encode(batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """Batches as the framed stream, their buffers compressed as Arrow's own format has it."""
    return frame(map(_message, batches))


def _message(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    # Never closed: the end mark is none of the messages.
    pa.ipc.new_stream(sink, batch.schema, options=_PACKED).write_batch(batch)
    return memoryview(sink.getvalue())[batch.schema.serialize().size :].tobytes()


def decode(stream: IO[bytes], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Batches of a framed stream whose columns have ``schema``, one at a time in memory.

    Raises:
        OdpsError: the stream is damaged or holds no batches of that schema; batches before the damage may have come.
    """
    chunks = unframe(stream)
    payload = _Payload(chain([schema.serialize().to_pybytes()], chunks))
    try:
        for batch in pa.ipc.open_stream(pa.PythonFile(payload, "r")):
            batch.validate(full=True)  # offsets come from outside: unchecked, they would be followed anywhere
            yield batch
        for _ in chunks:
            pass  # what follows Arrow's own end is checked as well
    except (pa.ArrowException, OSError) as error:
        raise mismatch(f"the Arrow data cannot be read: {error}") from error
