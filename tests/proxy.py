"""A forward proxy on the loopback: it stands for the network between a client and a MaxCompute that is far away.

It takes requests for host names of its own (``http_proxy`` is how any client is told) to a service on this machine, and
does to a request what a test asks for: loses it or its answer, breaks the answer off, or answers as a gateway or the
cloud would.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

#: Nobody has these names; without the proxy a request to them goes nowhere.
SERVICE, TUNNEL = "service.far-away.example", "tunnel.far-away.example"
ENDPOINT, TUNNEL_ENDPOINT = f"http://{SERVICE}/api", f"http://{TUNNEL}"
_HOPS = {"connection", "proxy-connection", "keep-alive", "transfer-encoding", "content-length", "host"}


@dataclass(frozen=True)
class Asked:
    """A request as it comes; ``number`` counts those since the last :meth:`Proxy.doing` from 1."""

    number: int
    method: str
    path: str
    query: str
    headers: dict[str, str] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.number} {self.method} {self.path}?{self.query}"


@dataclass(frozen=True)
class Answer:
    """What the client gets instead of the service's answer."""

    status: int
    code: str = ""
    message: str = ""

    @property
    def body(self) -> bytes:
        if not self.code:
            return f"<html><body><h1>{self.status} Bad Gateway</h1></body></html>".encode()
        said = f"<Code>{escape(self.code)}</Code><Message><![CDATA[{self.message}]]></Message>"
        return f"<?xml version='1.0'?><Error>{said}<RequestId>R</RequestId><HostId>h</HostId></Error>".encode()


#: ``lost``: the request never arrives; ``unanswered``: it does, and the answer is lost; ``broken``: half of it comes.
Fault = Literal["lost", "unanswered", "broken"] | Answer | None
Decide = Callable[[Asked], Fault]


@dataclass
class Proxy:
    """Where it listens, and what it has seen."""

    url: str
    target: tuple[str, int]
    seen: list[Asked] = field(default_factory=list)
    _decide: Decide | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def doing(self, decide: Decide) -> Iterator[list[Asked]]:
        """Do to each request what ``decide`` says, and give those that came."""
        with self._lock:
            self.seen, self._decide = [], decide
        try:
            yield self.seen
        finally:
            with self._lock:
                self._decide = None

    def take(self, method: str, target: str, headers: dict[str, str]) -> Fault:
        parts = urlsplit(target)
        with self._lock:
            asked = Asked(len(self.seen) + 1, method, parts.path, parts.query, headers)
            self.seen.append(asked)
            decide = self._decide
        return None if decide is None else decide(asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A head and a body that are sent apart wait for each other's receipts.
    wbufsize = -1
    disable_nagle_algorithm = True
    proxy: Proxy
    _upstream: HTTPConnection | None = None

    def handle_any(self) -> None:
        body = self._body()
        fault = self.proxy.take(self.command, self.path, dict(self.headers.items()))
        if fault == "lost":
            self._reset()
        elif isinstance(fault, Answer):
            self._answer(fault.status, [("Content-Type", "application/xml" if fault.code else "text/html")], fault.body)
        else:
            status, headers, answer = self._forward(body)
            if fault == "unanswered":
                self._reset()
            elif fault == "broken":
                self._answer(status, headers, answer, cut=len(answer) // 2)
                self._reset()
            else:
                self._answer(status, headers, answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any

    def finish(self) -> None:
        if self._upstream is not None:
            self._upstream.close()
        if not self.wfile.closed:
            try:
                super().finish()
            except OSError:
                return  # the client has gone, or was sent away

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        host, port = self.proxy.target
        if self._upstream is None:
            self._upstream = HTTPConnection(host, port)
        parts = urlsplit(self.path)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOPS}
        headers |= {"Host": f"{host}:{port}", "Content-Length": str(len(body))}
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self._upstream.request(self.command, target, body, headers)
        answer = self._upstream.getresponse()
        return answer.status, answer.getheaders(), answer.read()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, cut: int | None = None) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _HOPS:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if cut is None or body else 1))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:cut])
        self.wfile.flush()

    def _reset(self) -> None:
        """Ends the connection as a network does that breaks."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves in the middle is no error of a network."""


def start_proxy(endpoint: str) -> tuple[Proxy, ThreadingHTTPServer]:
    """A proxy that takes every request to the service at ``endpoint``, until its server is shut down or the process
    has ended.
    """
    parts = urlsplit(endpoint)
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    target = str(parts.hostname), int(parts.port or 80)
    proxy = handler.proxy = Proxy(f"http://127.0.0.1:{server.server_port}", target)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return proxy, server


@contextmanager
def forward_proxy(endpoint: str) -> Iterator[Proxy]:
    """As :func:`start_proxy`, and shut down."""
    proxy, server = start_proxy(endpoint)
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
