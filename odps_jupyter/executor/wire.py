"""Frames between parent and worker: one kind byte, a JSON head, a binary body. The worker's half is guest/wire.py."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from io import BufferedReader
from typing import Any, cast

HEAD = struct.Struct("<cIQ")
# What a worker sends: ready, values, done, an error.
KINDS = (b"R", b"V", b"D", b"E")
# More than the largest traceback and the layouts of the widest table; whatever claims more is no frame.
_LARGEST_HEAD = 16 << 20
# Small buffers travel in one call together; a system call costs more than the copy.
_SMALL = 1 << 16


class ChannelClosed(Exception):
    """The worker's end of the channel is gone."""


class Garbled(ChannelClosed):
    """What came is no frame: the function has written into the channel of its process."""


class DeadlinePassed(Exception):
    """The worker did not answer in time."""


@dataclass(frozen=True)
class Frame:
    """``kind`` is one byte, ``head`` small JSON, ``body`` raw buffers one after the other."""

    kind: bytes
    head: dict[str, Any]
    body: memoryview


class Channel:
    """Frames over a connected socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        # Small frames arrive in one system call; a large body goes past the buffer.
        self._stream = cast(BufferedReader, connection.makefile("rb", buffering=_SMALL))

    def send(self, kind: bytes, head: dict[str, Any], chunks: Iterable[Any] = (), *, deadline: float) -> None:
        """Send one frame; ``deadline`` is a time of the monotonic clock."""
        views = [memoryview(chunk).cast("B") for chunk in chunks if len(chunk)]
        text = json.dumps(head, separators=(",", ":")).encode()
        size = sum(map(len, views))
        pending = bytearray(HEAD.pack(kind, len(text), size) + text)
        for view in views:
            if len(view) <= _SMALL:
                pending += view
                continue
            self._write(pending, deadline)
            pending = bytearray()
            self._write(view, deadline)
        self._write(pending, deadline)

    def receive(self, *, deadline: float) -> Frame:
        """The next frame of the worker; the deadline holds for each wait for more of it.

        Raises:
            ChannelClosed: there is none any more, or what came is no frame (``Garbled``).
            DeadlinePassed: it did not come in time.
        """
        kind, head_size, body_size = HEAD.unpack(self._read(HEAD.size, deadline))
        if head_size > _LARGEST_HEAD or kind not in KINDS:
            raise Garbled
        try:
            head = json.loads(bytes(self._read(head_size, deadline)))
        except ValueError as error:
            raise Garbled from error
        return Frame(kind, head, self._read(body_size, deadline))

    def close(self) -> None:
        """Close this end; the worker's next read finds the end of the stream."""
        self._stream.close()
        self._socket.close()

    def _write(self, data: bytearray | memoryview, deadline: float) -> None:
        try:
            self._arm(deadline)
            self._socket.sendall(data)
        except TimeoutError:
            raise DeadlinePassed from None
        except OSError as error:
            raise ChannelClosed from error

    def _read(self, size: int, deadline: float) -> memoryview:
        target = memoryview(bytearray(size))
        at = 0
        self._arm(deadline)
        while at < size:
            try:
                count = self._stream.readinto(target[at:])
            except TimeoutError:
                raise DeadlinePassed from None
            except (OSError, ValueError) as error:
                raise ChannelClosed from error
            if not count:
                raise ChannelClosed
            at += count
        return target

    def _arm(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise DeadlinePassed
        try:
            self._socket.settimeout(left)
        except OSError as error:
            raise ChannelClosed from error
