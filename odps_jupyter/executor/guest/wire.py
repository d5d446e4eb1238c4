# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""Frames between the worker and its parent: one kind byte, a JSON head, a binary body."""

from __future__ import absolute_import, division

import json
import os
import struct

HEAD = struct.Struct("<cIQ")
LARGEST_READ = 1 << 22


class EndOfStream(Exception):
    """The other end is gone."""


class Channel(object):
    """Frames over one file descriptor."""

    def __init__(self, descriptor):
        self._descriptor = descriptor

    def receive(self):
        """The next frame as (kind, head, body)."""
        return read_frame(self._read)

    def send(self, kind, head, chunks=()):
        """Send one frame; ``chunks`` are objects with the buffer interface that make up its body."""
        text = json.dumps(head).encode("utf-8")
        size = sum(len(chunk) for chunk in chunks)
        self._write(HEAD.pack(kind, len(text), size) + text)
        for chunk in chunks:
            self._write(chunk)

    def _read(self, size):
        target = bytearray(size)
        view = memoryview(target)
        at = 0
        while at < size:
            # os.readv would read in place, but Python 2 lacks it; the copy costs less than the decoding that follows.
            chunk = os.read(self._descriptor, min(size - at, LARGEST_READ))
            if not chunk:
                raise EndOfStream()
            view[at : at + len(chunk)] = chunk
            at += len(chunk)
        return target

    def _write(self, data):
        view = memoryview(data)
        while len(view):
            view = view[os.write(self._descriptor, view) :]


def read_frame(read):
    """One frame from ``read(size) -> bytearray``."""
    kind, head_size, body_size = HEAD.unpack(bytes(read(HEAD.size)))
    head = json.loads(bytes(read(head_size)).decode("utf-8"))
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
