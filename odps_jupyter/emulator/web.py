"""What a route sees of HTTP: a plain request, a plain response, and a table of patterns.

Routes are ordinary functions ``(service, request) -> Response`` that run in a thread; one that only waits is a
coroutine on the event loop. None of them knows tornado.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from . import xmltext
from .absent import refusal
from .errors import OdpsError

if TYPE_CHECKING:
    from .service import Service


#: Largest body that is read as a whole: a job whose SQL holds a large embedded resource. Contents of resources and
#: rows of tables are read from a file and may be larger.
MAX_TEXT = 64 << 20


@dataclass(frozen=True)
class Request:
    """One verified request. ``query`` holds the last value of each name, blank ones included."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: IO[bytes]
    names: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """A part of the path that the route's pattern names."""
        return self.names[name]

    def read(self) -> bytes:
        """The whole body. For bodies of any size use :attr:`body`, a file at its start.

        Raises:
            OdpsError: it is larger than :data:`MAX_TEXT`.
        """
        self.body.seek(0)
        content = self.body.read(MAX_TEXT + 1)
        if len(content) > MAX_TEXT:
            raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - more than {MAX_TEXT >> 20} MB", 413)
        return content

    def header(self, name: str, default: str | None = None) -> str | None:
        return self.headers.get(name, default)

    @property
    def schema(self) -> str:
        """The schema the request is about; the names of the three ways the client says it, then ``default``."""
        named = self.names.get("schema") or self.query.get("curr_schema") or self.query.get("schema_name")
        return (named or "default").lower()

    def integer(self, name: str, default: int) -> int:
        """A whole number of the query string.

        Raises:
            OdpsError: it is given and is no whole number.
        """
        value = self.query.get(name, "")
        if not value:
            return default
        try:
            return int(value)
        except ValueError as error:
            raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {name}={value}") from error


@dataclass(frozen=True)
class Response:
    """``body`` is bytes, or an iterator whose chunks are sent as they come."""

    body: bytes | Iterator[bytes] = b""
    status: int = 200
    content_type: str = "application/xml"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(content).encode(), status, "application/json", headers or {})


def error_response(error: OdpsError, request_id: str, host: str, *, as_json: bool) -> Response:
    """The error body of MaxCompute: JSON on the tunnel, XML elsewhere; PyODPS's ``parse_response`` reads both."""
    if as_json:
        return json_response({"Code": error.code, "Message": error.message}, error.status)
    root = xmltext.element(
        "Error",
        xmltext.leaf("Code", error.code),
        xmltext.leaf("Message", error.message),
        xmltext.leaf("RequestId", request_id),
        xmltext.leaf("HostId", host),
    )
    return Response(xmltext.document(root), error.status)


Handler = Callable[["Service", Request], Response] | Callable[["Service", Request], Awaitable[Response]]


@dataclass(frozen=True)
class Route:
    """A pattern such as ``/projects/{project}/tables/{table}`` and what answers each method.

    A route with ``verbs`` takes only requests whose query names one of them: the tunnel shares paths with REST.
    """

    pattern: str
    handlers: Mapping[str, Handler]
    signed: bool = True
    verbs: frozenset[str] = frozenset()

    @property
    def regex(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.pattern)) + r"\Z")


class Router:
    """Finds the route of a request. Routes are tried in the order given."""

    def __init__(self, routes: list[Route]) -> None:
        self._routes = [(route.regex, route) for route in routes]

    def find(self, path: str, query: Mapping[str, str]) -> tuple[Route, dict[str, str]] | None:
        for regex, route in self._routes:
            match = regex.match(path)
            if match and (not route.verbs or route.verbs & query.keys()):
                return route, match.groupdict()
        return None


def unsupported(request: Request) -> OdpsError:
    """The error for a request outside what is emulated; it names the request."""
    return refusal(request.method, request.path, request.query, 405)


def json_body(request: Request) -> Any:
    """The body as JSON.

    Raises:
        OdpsError: it is none.
    """
    try:
        return json.loads(request.read() or b"{}")
    except (ValueError, RecursionError) as error:
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - the body is no JSON: {error}") from error
