"""The HTTP server by itself: what a route that fails leaves on the line."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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


async def answer(scratch: Path) -> bytes:
    """All that a client gets that asks for :func:`half`."""
    sockets = bind_sockets(0, "127.0.0.1")
    port = sockets[0].getsockname()[1]
    service = cast("Any", SimpleNamespace(folder=SimpleNamespace(scratch=scratch), clients=Clients(), port=port))
    with ThreadPoolExecutor(1) as threads:
        server = HTTPServer(application(service, Router([Route("/half", {"GET": half}, signed=False)]), threads))
        server.add_sockets(sockets)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /half HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        sent = await asyncio.wait_for(reader.read(), 120)
        writer.close()
        server.stop()
        await server.close_all_connections()
    return sent


def test_a_body_that_breaks_off_is_not_ended_as_a_whole_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        sent = asyncio.run(answer(tmp_path))
    assert b"one half" in sent
    assert not sent.endswith(b"0\r\n\r\n")
    assert "a bug" in caplog.text
