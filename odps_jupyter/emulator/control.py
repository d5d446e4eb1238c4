"""Requests of this product's own: health, leases of clients, interpreters of kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from odps_jupyter.version import __version__

from . import interpreters
from .errors import OdpsError
from .folder import SERVICE_NAME
from .web import Request, Response, Route, json_body, json_response

if TYPE_CHECKING:
    from .service import Service

#: Seconds a lease lasts when the client names none.
DEFAULT_TTL = 60.0


def health(service: Service, request: Request) -> Response:
    """Unsigned: says only what program answers here."""
    return json_response({"name": SERVICE_NAME, "version": __version__})


def lease(service: Service, request: Request) -> Response:
    body = json_body(request)
    try:
        ttl = float(body.get("ttl", DEFAULT_TTL))
    except (AttributeError, TypeError, ValueError) as error:
        raise OdpsError("ODPS-0420061", 'Invalid parameter in HTTP request - expected {"ttl": seconds}') from error
    granted = service.clients.renew(request["client"], ttl)
    return json_response({"client": request["client"], "ttl": granted})


def leave(service: Service, request: Request) -> Response:
    service.clients.leave(request["client"])
    return Response(status=204, content_type="")


def register_interpreter(service: Service, request: Request) -> Response:
    body = json_body(request)
    executable = body.get("executable") if isinstance(body, dict) else None
    if not isinstance(executable, str):
        raise OdpsError("ODPS-0420061", 'Invalid parameter in HTTP request - expected {"executable": "/path/python"}')
    interpreters.register(service.store, executable)
    return json_response({"executable": executable})


ROUTES = [
    Route("/odps-jupyter/health", {"GET": health}, signed=False),
    Route("/odps-jupyter/clients/{client}", {"PUT": lease, "DELETE": leave}),
    Route("/odps-jupyter/interpreters", {"PUT": register_interpreter}),
]
