"""The HTTP server: who may speak, bodies to disk, routes in threads, errors as MaxCompute writes them."""

from __future__ import annotations

import asyncio
import inspect
import logging
import tempfile
import time
import uuid
from collections.abc import Awaitable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, unquote

import duckdb
from tornado import web
from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPServerRequest
from tornado.iostream import StreamClosedError

from .absent import refusal
from .errors import OdpsError, not_emulated
from .web import Handler, Request, Response, Router, error_response, unsupported

if TYPE_CHECKING:
    from .service import Service

log = logging.getLogger(__name__)

#: Bodies up to this size stay in memory.
_SPOOL = 4 << 20
#: Largest body accepted: a resource of 2,048 MB (the vendor's limit) and its framing.
MAX_BODY = (2048 + 64) << 20
#: Endpoint path. Tunnel requests come without it (PyODPS builds them from ``host:port`` alone).
API = "/api"


class Gate(web.RequestHandler):
    """Every request passes here: checks it, runs its route in a thread, sends the answer."""

    service: Service
    router: Router
    threads: ThreadPoolExecutor

    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")

    def initialize(self, service: Service, router: Router, threads: ThreadPoolExecutor) -> None:
        self.service = service
        self.router = router
        self.threads = threads
        self.path = self.request.path
        self._file: IO[bytes] | None = None
        self._unkept: OSError | None = None

    def set_default_headers(self) -> None:
        self.request_id = uuid.uuid4().hex.upper()
        self.set_header("Server", "odps-jupyter-emulator")
        self.set_header("x-odps-request-id", self.request_id)

    async def prepare(self) -> None:
        # The signature covers no body, so a stranger is sent away before the first byte of one is kept.
        cast("HTTP1Connection", self.request.connection).set_max_body_size(MAX_BODY)
        self._file = tempfile.SpooledTemporaryFile(_SPOOL, dir=str(self.service.folder.scratch))  # noqa: SIM115 closed by _run or _drop
        self.target = self.request.uri or "/"
        # The storage API is asked on the tunnel's endpoint, and has an ``/api`` of its own.
        if self.target.startswith(f"{API}/") and not self.target.startswith(f"{API}/storage/"):
            self.target = self.target.removeprefix(API)
        path, _, query = self.target.partition("?")
        self.path = unquote(path)
        # Matched as sent, so that a slash inside a name stays inside it; PyODPS quotes this one slash of its own.
        path = path.replace("registration%2Ffunctions", "registration/functions")
        self.query = dict(parse_qsl(query, keep_blank_values=True))
        self.service.clients.touch()
        try:
            self._check_origin()
            self._check_length()
            found = self.router.find(path, self.query)
            if found is None or found[0].signed:
                self.service.verifier.verify(
                    self.request.method or "GET", self.target, dict(self.request.headers.get_all())
                )
            if found is None:
                raise refusal(self.request.method or "GET", self.path, self.query, 404)
        except OdpsError as error:
            # The body is not read, so tornado ends the connection; a client told so does not send on it again.
            self.set_header("Connection", "close")
            await self._send_error(error)
            return
        self.route, names = found
        self.names = {name: unquote(value) for name, value in names.items()}

    def _check_origin(self) -> None:
        """Browsers name the page that sends a request and the host it was meant for; only ours may be named."""
        allowed = {f"127.0.0.1:{self.service.port}", f"localhost:{self.service.port}"}
        if self.request.headers.get("Host", "") not in allowed:
            raise OdpsError("ODPS-0410041", "Access Denied - the Host header names another service", 403)
        origin = self.request.headers.get("Origin")
        if origin is not None and origin.removeprefix("http://") not in allowed:
            raise OdpsError("ODPS-0410041", "Access Denied - requests from other origins are not accepted", 403)

    def _check_length(self) -> None:
        length = self.request.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - Content-Length {length!r}")
        if int(length) > MAX_BODY:
            raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - more than {MAX_BODY >> 20} MB", 413)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        if self._file is not None and not self._finished and self._unkept is None:
            try:
                self._file.write(chunk)
            except OSError as error:
                # Answered when the rest has come: closing the connection now would tell the client nothing.
                self._unkept = error
        return None

    async def _run(self) -> None:
        if self._finished or self._file is None:
            return
        # Closed here however the answer ends: tornado tells of no end where the client has left.
        body, self._file = self._file, None
        with body:
            body.seek(0)
            await self._answer(
                Request(self.request.method or "GET", self.path, self.query, self.request.headers, body, self.names)
            )

    async def _answer(self, request: Request) -> None:
        try:
            if self._unkept is not None:
                reason = self._unkept.strerror
                raise OdpsError("ODPS-0010000", f"System internal error - the request was not kept: {reason}", 500)
            handler = self.route.handlers.get(request.method)
            if handler is None:
                raise unsupported(request)
            await self._send(await self._call(handler, request))
        except OdpsError as error:
            await self._send_error(error)
        except duckdb.Error as error:
            # What DuckDB says at this level (disk full, corrupt file) is the best explanation there is.
            log.exception("%s %s", request.method, self.path)
            await self._send_error(OdpsError("ODPS-0010000", f"System internal error - {error}", 500))
        except StreamClosedError:
            log.debug("the client left during %s %s", request.method, self.path)

    get = post = put = delete = head = patch = options = _run

    async def _call(self, handler: Handler, request: Request) -> Response:
        if inspect.iscoroutinefunction(handler):
            return cast("Response", await handler(self.service, request))
        loop = asyncio.get_running_loop()
        return cast("Response", await loop.run_in_executor(self.threads, handler, self.service, request))

    async def _send(self, response: Response) -> None:
        self.set_status(response.status)
        if response.content_type:
            self.set_header("Content-Type", response.content_type)
        for name, value in response.headers.items():
            self.set_header(name, value)
        if isinstance(response.body, bytes):
            await self.finish(response.body or None)
            return
        await self._stream(response.body)

    async def _stream(self, chunks: Iterator[bytes]) -> None:
        # One chunk is made while the socket takes the one before it, and no more: memory stays flat.
        loop = asyncio.get_running_loop()
        end = object()
        making = loop.run_in_executor(self.threads, next, chunks, end)
        try:
            while (chunk := await making) is not end:
                making = loop.run_in_executor(self.threads, next, chunks, end)
                self.write(cast("bytes", chunk))
                await self.flush()
        finally:
            # Also if the client left: files and transactions behind the chunks end with them.
            await asyncio.wait([making])
            making.exception()  # asked for, or asyncio would tell of one that nobody waited for
            if isinstance(chunks, Generator):
                chunks.close()
        await self.finish()

    async def _send_error(self, error: OdpsError) -> None:
        if self._headers_written:
            self._break_off()
            return
        on_tunnel = not (self.request.uri or "").startswith(f"{API}/")
        await self._send(error_response(error, self.request_id, f"127.0.0.1:{self.service.port}", as_json=on_tunnel))

    def _break_off(self) -> None:
        """Too late for an error body: end the connection, so that the client cannot take a part for the whole."""
        cast("HTTP1Connection", self.request.connection).stream.close()

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Called by tornado for a bug of ours; in the middle of a body it would end that as if it were whole."""
        if self._headers_written:
            self._break_off()
        else:
            super().send_error(status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A bug of ours, or a request tornado itself refuses: still an answer with a code."""
        self.set_header("Content-Type", "application/xml")
        if status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            error = not_emulated(f"{self.request.method} {self.path}", status_code)
        elif status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            error = OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {self._reason}", status_code)
        else:
            error = OdpsError("ODPS-0010000", f"System internal error - {self._reason}", status_code)
        self.finish(cast("bytes", error_response(error, self.request_id, "127.0.0.1", as_json=False).body))

    def on_finish(self) -> None:
        self._drop()
        self.service.clients.touch()

    def on_connection_close(self) -> None:
        self._drop()
        super().on_connection_close()

    def _drop(self) -> None:
        """Close a body that no route has taken."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, StreamClosedError | web.HTTPError):
            log.error("%s %s", self.request.method, self.path, exc_info=(typ, value, tb))


# The decorator of tornado is untyped; it marks the class as taking its body in chunks.
StreamingGate = cast("type[Gate]", web.stream_request_body(Gate))


def quiet(handler: web.RequestHandler) -> None:
    """Access log: at debug level only, and without the query, which may hold a token."""
    request: HTTPServerRequest = handler.request
    took = (time.time() - request._start_time) * 1000
    log.debug("%s %s %d %.1f ms", request.method, request.path, handler.get_status(), took)


def application(service: Service, router: Router, threads: ThreadPoolExecutor) -> web.Application:
    arguments = {"service": service, "router": router, "threads": threads}
    return web.Application([(r".*", StreamingGate, arguments)], log_function=quiet)
