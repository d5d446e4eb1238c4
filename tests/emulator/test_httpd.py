"""The HTTP server by itself: what a route that fails leaves on the line."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from odps_jupyter.emulator.clients import Clients
from odps_jupyter.emulator.httpd import application
from odps_jupyter.emulator.web import Request, Response, Route, Router


def half(service: Any, request: Request) -> Response:
    def body() -> Iterator[bytes]:
        yield b"one half"
        raise RuntimeError("a bug")

    return Response(body())


@asynccontextmanager
async def asked(scratch: Path, route: Route) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """The connection of a client that has asked a server with this route only."""
    sockets = bind_sockets(0, "127.0.0.1")
    port = sockets[0].getsockname()[1]
    service = cast("Any", SimpleNamespace(folder=SimpleNamespace(scratch=scratch), clients=Clients(), port=port))
    with ThreadPoolExecutor(1) as threads:
        server = HTTPServer(application(service, Router([route]), threads))
        server.add_sockets(sockets)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {route.pattern} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        yield reader, writer
        writer.close()
        server.stop()
        await server.close_all_connections()


async def answer(scratch: Path) -> bytes:
    """All that a client gets that asks for :func:`half`."""
    async with asked(scratch, Route("/half", {"GET": half}, signed=False)) as (reader, _):
        return await asyncio.wait_for(reader.read(), 120)


async def leave(scratch: Path) -> bool:
    """Whether a body ends whose client has left in the middle of it."""
    ended = threading.Event()

    def endless(service: Any, request: Request) -> Response:
        def body() -> Iterator[bytes]:
            try:
                while True:
                    yield bytes(1 << 20)
            finally:
                ended.set()

        return Response(body())

    async with asked(scratch, Route("/endless", {"GET": endless}, signed=False)) as (reader, writer):
        await reader.readexactly(1 << 20)
        writer.close()
        return await asyncio.to_thread(ended.wait, 120)


def test_a_body_that_breaks_off_is_not_ended_as_a_whole_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        sent = asyncio.run(answer(tmp_path))
    assert b"one half" in sent
    assert not sent.endswith(b"0\r\n\r\n")
    assert "a bug" in caplog.text


def test_a_body_ends_with_its_client(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert asyncio.run(leave(tmp_path))
    assert caplog.text == ""
