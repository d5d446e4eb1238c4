"""REST requests on projects, schemas, the tenant and permissions (``odps/models/project.py``, ``schemas.py``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from odps_jupyter.emulator import xmltext
from odps_jupyter.emulator.errors import OdpsError, not_emulated
from odps_jupyter.emulator.web import Request, Response, Route, json_body, json_response, unsupported
from odps_jupyter.emulator.xmltext import element, leaf, rfc822

from . import models

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service


#: Hours; PyODPS asks for 720 (30 days) for logview links.
_LONGEST_TOKEN = 24 * 366.0


def _properties(tag: str, values: dict[str, str]) -> str:
    items = (element("Property", leaf("Name", name), leaf("Value", value)) for name, value in values.items())
    return element(tag, *items)


def get_project(service: Service, request: Request) -> Response:
    with service.store.looking() as connection:
        project = models.get_project(connection, request["project"])
    headers = {
        "x-odps-owner": service.owner,
        "x-odps-creation-time": rfc822(project.created),
        "Last-Modified": rfc822(project.modified),
    }
    if "security_configuration" in request.query:
        raise unsupported(request)
    if "policy" in request.query:
        return Response(project.properties.get("policy", "").encode(), content_type="application/json", headers=headers)
    if "extended" in request.query:
        return Response(xmltext.document(element("Project", _properties("ExtendedProperties", {}))), headers=headers)
    properties = {
        "odps.sql.timezone": service.zone,
        "odps.sql.type.system.odps2": "true",
        "odps.sql.decimal.odps2": "true",
    }
    root = element(
        "Project",
        leaf("Name", project.name),
        leaf("Type", "managed"),
        leaf("Comment", "embedded MaxCompute of odps-jupyter"),
        leaf("Owner", service.owner),
        leaf("State", "AVAILABLE"),
        leaf("CreationTime", rfc822(project.created)),
        leaf("LastModifiedTime", rfc822(project.modified)),
        leaf("ProjectGroupName", ""),
        leaf("Region", "local"),
        _properties("Properties", properties),
    )
    return Response(xmltext.document(root), headers=headers)


def put_project(service: Service, request: Request) -> Response:
    """Keep the project's policy; nothing here asks it."""
    if "policy" not in request.query:
        raise unsupported(request)
    text = request.read().decode("utf-8", "replace")
    with service.store.writing() as connection:
        project = models.get_project(connection, request["project"])
        models.set_properties(connection, project.name, {**project.properties, "policy": text})
    return Response()


def list_projects(service: Service, request: Request) -> Response:
    with service.store.looking() as connection:
        projects = models.list_projects(connection)
    prefix = request.query.get("name", "")
    items = [
        element("Project", leaf("Name", one.name), leaf("Owner", service.owner), leaf("State", "AVAILABLE"))
        for one in projects
        if one.name.startswith(prefix)
    ]
    return Response(xmltext.listing("Projects", items))


async def survey(service: Service, request: Request) -> Response:
    """PyODPS reports which deprecated calls it saw; nothing is kept. It does so for every job: no thread is needed."""
    return Response()


def tenant(service: Service, request: Request) -> Response:
    content = {
        "Name": "embedded",
        "OwnerId": service.owner,
        "TenantId": "embedded",
        "TenantState": "NORMAL",
        "CreateTime": 0,
        "UpdateTime": 0,
        "TenantMeta": {},
        "Parameters": {"odps.namespace.schema": "false"},
    }
    return json_response({"Tenant": content})


def tunnel_address(service: Service, request: Request) -> Response:
    if "service" not in request.query:
        raise unsupported(request)
    return Response(f"127.0.0.1:{service.port}".encode(), content_type="text/plain")


def logview_host(service: Service, request: Request) -> Response:
    return Response(f"http://127.0.0.1:{service.port}".encode(), content_type="text/plain")


def _policy(body: Any) -> tuple[list[str], float]:
    """What a token is asked for: resources and hours."""
    try:
        policy = json.loads(body["policy"]) if isinstance(body["policy"], str) else body["policy"]
        named = [statement["Resource"] for statement in policy["Statement"]]
        resources = [str(one) for each in named for one in (each if isinstance(each, list) else [each])]
        hours = float(body.get("expires_in_hours", 24))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise OdpsError("ODPS-0420061", "Invalid parameter in HTTP request - the body holds no policy") from error
    if not 0 < hours <= _LONGEST_TOKEN:
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - a token cannot be valid {hours} hours")
    return resources, hours


#: Security queries by their words, and the answer for the owner; there are no other users and no roles.
SECURITY_QUERIES: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "whoami": lambda owner: {"ID": owner, "DisplayName": owner, "SourceIP": "127.0.0.1"},
    "list users": lambda owner: {"users": [{"ID": owner, "DisplayName": owner}]},
    "list roles": lambda owner: {"roles": []},
}


async def authorization(service: Service, request: Request) -> Response:
    """Tokens, which every job asks for twice, and security queries: both take no time, so that no thread is needed."""
    if "sign_bearer_token" in request.query:
        token = service.verifier.token(*_policy(json_body(request)))
        return Response(xmltext.document(element("Authorization", leaf("Result", token))))
    query = (xmltext.parse(request.read()).findtext("Query") or "").strip().rstrip(";")
    asked = " ".join(query.lower().split())
    if asked not in SECURITY_QUERIES:
        raise not_emulated(f"the security query {query!r}")
    answer = SECURITY_QUERIES[asked](service.owner)
    return Response(xmltext.document(element("Authorization", leaf("Result", json.dumps(answer)))))


def _schema_xml(schema: models.Schema) -> str:
    return element(
        "Schema",
        leaf("Name", schema.name),
        leaf("Owner", schema.owner),
        leaf("Description", schema.comment),
        leaf("CreateTime", rfc822(schema.created)),
        leaf("ModifyTime", rfc822(schema.modified)),
        leaf("Type", "MANAGED"),
    )


def list_schemas(service: Service, request: Request) -> Response:
    with service.store.looking() as connection:
        schemas = models.list_schemas(connection, models.get_project(connection, request["project"]).name)
    prefix, owner = request.query.get("name", ""), request.query.get("owner")
    items = [
        _schema_xml(schema)
        for schema in schemas
        if schema.name.startswith(prefix) and (not owner or schema.owner == owner)
    ]
    return Response(xmltext.listing("Schemas", items))


def get_schema(service: Service, request: Request) -> Response:
    with service.store.looking() as connection:
        schema = models.get_schema(connection, request["project"].lower(), request["schema"])
    headers = {
        "x-odps-owner": schema.owner,
        "x-odps-creation-time": rfc822(schema.created),
        "Last-Modified": rfc822(schema.modified),
    }
    return Response(xmltext.document(_schema_xml(schema)), headers=headers)


def create_schema(service: Service, request: Request) -> Response:
    root = xmltext.parse(request.read())
    name = (root.findtext("Name") or "").strip()
    if not name:
        raise OdpsError("ODPS-0420061", "Invalid parameter in HTTP request - a schema needs a name")
    with service.store.writing() as connection:
        project = models.get_project(connection, request["project"]).name
        models.create_schema(connection, project, name, service.owner, root.findtext("Description") or "")
    return Response(status=201)


def drop_schema(service: Service, request: Request) -> Response:
    with service.store.writing() as connection:
        models.drop_schema(connection, request["project"].lower(), request["schema"])
    return Response(status=204, content_type="")


def catalog_host(service: Service, request: Request) -> Response:
    """Where the client looks for models, which are refused there by name; without an answer it would fall over."""
    # Signatures cover the path below the endpoint, and the client adds an ``/api`` of its own.
    return Response(f"http://127.0.0.1:{service.port}/api".encode(), content_type="text/plain")


ROUTES = [
    Route("/projects", {"GET": list_projects}),
    Route("/projects/{project}", {"GET": get_project, "PUT": put_project}),
    Route("/projects/{project}/logs", {"PUT": survey}),
    Route("/projects/{project}/tunnel", {"GET": tunnel_address}),
    Route("/projects/{project}/authorization", {"POST": authorization}),
    Route("/projects/{project}/schemas", {"GET": list_schemas, "POST": create_schema}),
    Route("/projects/{project}/schemas/{schema}", {"GET": get_schema, "DELETE": drop_schema}),
    Route("/tenants", {"GET": tenant}),
    # Unsigned: PyODPS keeps the answer for the endpoint, so a client with a wrong secret would spoil it for the next.
    Route("/logview/host", {"GET": logview_host}, signed=False),
    Route("/catalogapi", {"GET": catalog_host}, signed=False),
]
