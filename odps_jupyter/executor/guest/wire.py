# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""Frames between the worker and its parent: one kind byte, a JSON head, a binary body."""

from __future__ import absolute_import, division

import io
import json
import struct
from json import encoder as encoding
from os import write  # by a name of its own: a function may replace the one in ``os``

HEAD = struct.Struct("<cIQ")
SMALL = 1 << 16
# json's own functions are Python below a thin layer of C, and use built-in names that a function may have replaced.
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
_encoder = encoding.c_make_encoder  # type: ignore[attr-defined]
_encode = _encoder and _encoder(None, None, encoding.encode_basestring_ascii, None, ": ", ", ", False, False, False)


def _dumps(value):
    return "".join(_encode(value, 0)) if _encode else json.dumps(value)


class EndOfStream(Exception):
    """The other end is gone."""


class Channel(object):
    """Frames over one file descriptor."""

    def __init__(self, descriptor):
        self._descriptor = descriptor
        # Small frames arrive in one system call; a large body goes past the buffer.
        self._stream = io.open(descriptor, "rb", buffering=1 << 16, closefd=False)  # noqa: SIM115

    def receive(self):
        """The next frame as (kind, head, body)."""
        return read_frame(self._read)

    def send(self, kind, head, chunks=()):
        """Send one frame; ``chunks`` are objects with the buffer interface that make up its body."""
        text = _dumps(head).encode("utf-8")
        size = sum(map(len, chunks))
        pending = HEAD.pack(kind, len(text), size) + text
        if size <= SMALL:
            self._write(b"".join([pending] + [_plain(chunk) for chunk in chunks]))
            return
        self._write(pending)
        for chunk in chunks:
            self._write(chunk)

    def _read(self, size):
        target = bytearray(size)
        view = memoryview(target)
        at = 0
        while at < size:
            count = self._stream.readinto(view[at:])
            if not count:
                raise EndOfStream()
            at += count
        return target

    def _write(self, data):
        view = memoryview(data)
        while len(view):
            view = view[write(self._descriptor, view) :]


def _plain(chunk):
    # bytes() of a view is its repr on Python 2.
    return chunk.tobytes() if isinstance(chunk, memoryview) else bytes(chunk)


def read_frame(read):
    """One frame from ``read(size) -> bytearray``."""
    kind, head_size, body_size = HEAD.unpack(bytes(read(HEAD.size)))
    head, _ = _scan(bytes(read(head_size)).decode("utf-8"), 0)
    return kind, head, read(body_size)


def read_file(path):
    """Every frame of a file, one after the other."""
    with open(path, "rb") as stream:

        def read(size):
            data = stream.read(size)
            if len(data) != size:
                raise EndOfStream()
            return bytearray(data)

        while True:
            try:
                yield read_frame(read)
            except EndOfStream:
                return
