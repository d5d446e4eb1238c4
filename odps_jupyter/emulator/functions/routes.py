"""REST requests on registered functions (``odps/models/functions.py``, ``function.py``)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from odps_jupyter.emulator import xmltext
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.store import now
from odps_jupyter.emulator.web import Request, Response, Route
from odps_jupyter.emulator.xmltext import element, leaf, rfc822

from . import models
from .models import Function

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

_PAGE = 1000


def _xml(function: Function) -> str:
    names = (leaf("ResourceName", name) for name in function.resources)
    return element(
        "Function",
        leaf("Alias", function.name),
        leaf("Owner", function.owner),
        leaf("CreationTime", rfc822(function.created)),
        leaf("ClassType", function.class_type),
        element("Resources", *names),
        leaf("IsSqlFunction", str(function.language == "SQL").lower()),
        leaf("IsEmbeddedFunction", str(function.language == "PYTHON").lower()),
        leaf("ProgramLanguage", function.language or None),
        leaf("Code", function.code or None),
        leaf("FileName", function.file_name or None),
    )


def _place(service: Service, connection: duckdb.DuckDBPyConnection, request: Request) -> tuple[str, str]:
    return service.places.find(connection, request["project"], request.schema)


def _body(service: Service, request: Request) -> Function:
    root = xmltext.parse(request.read())
    name = (root.findtext("Alias") or "").strip()
    class_type = (root.findtext("ClassType") or "").strip()
    if not name or not class_type:
        raise OdpsError("ODPS-0420061", "Invalid parameter in HTTP request - a function needs an alias and a class")
    names = tuple(one.text or "" for one in root.iterfind("Resources/ResourceName"))
    return Function(0, "", "", name, class_type, names, service.owner, now())


def list_functions(service: Service, request: Request) -> Response:
    limit = min(max(request.integer("maxitems", _PAGE), 1), _PAGE)
    prefix, marker = request.query.get("name", ""), request.query.get("marker", "")
    with service.store.reading() as connection:
        page = models.listing(connection, *_place(service, connection, request), prefix, marker, limit)
    owner = request.query.get("owner")
    items = [_xml(function) for function in page if not owner or function.owner == owner]
    return Response(xmltext.listing("Functions", items, page[-1].name if len(page) == limit else "", limit))


def create_function(service: Service, request: Request) -> Response:
    function = _body(service, request)
    with service.store.writing() as connection:
        project, schema = _place(service, connection, request)
        with service.store.claims.held(*models.claim(project, schema, function.name)):
            models.create(connection, replace(function, project=project, schema=schema))
    return Response(status=201, headers={"Location": f"{request.path}/{function.name}"})


def get_function(service: Service, request: Request) -> Response:
    with service.store.looking() as connection:
        function = models.get(connection, *_place(service, connection, request), request["function"])
    return Response(xmltext.document(_xml(function)), headers={"x-odps-owner": function.owner})


def update_function(service: Service, request: Request) -> Response:
    with service.store.writing() as connection:
        old = models.get(connection, *_place(service, connection, request), request["function"])
        if "updateowner" in request.query:
            new = replace(old, owner=request.header("x-odps-owner") or old.owner)
        else:
            body = _body(service, request)
            new = replace(old, class_type=body.class_type, resources=body.resources, language="", code="", file_name="")
        models.delete(connection, old)
        models.create(connection, new)
    return Response()


def delete_function(service: Service, request: Request) -> Response:
    with service.store.writing() as connection:
        models.delete(connection, models.get(connection, *_place(service, connection, request), request["function"]))
    return Response(status=204, content_type="")


_ONE = {"GET": get_function, "PUT": update_function, "DELETE": delete_function}
_ALL = {"GET": list_functions, "POST": create_function}

ROUTES = [
    Route("/projects/{project}/registration/functions", _ALL),
    Route("/projects/{project}/registration/functions/{function}", _ONE),
    Route("/projects/{project}/schemas/{schema}/registration/functions", _ALL),
    Route("/projects/{project}/schemas/{schema}/registration/functions/{function}", _ONE),
]
