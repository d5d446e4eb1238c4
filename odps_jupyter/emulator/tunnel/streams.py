"""Stream uploads: rows of each request are in the table when it ends (``TableStreamUploadSession``)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tables.catalog import parse_spec
from odps_jupyter.emulator.web import Request, Response, Route, json_response
from odps_jupyter.emulator.xmltext import epoch

from .models import Stream
from .opening import open_upload, table_of
from .tables import decoded, insert

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service


def _json(service: Service, session: Stream) -> dict[str, Any]:
    table = table_of(service, session)
    return {
        "session_name": session.id,
        "status": session.status,
        "schema": session.schema_json,
        "schema_version": str(epoch(table.ddl_modified)),
        "slots": [["0", f"127.0.0.1:{service.port}"]],
        "QuotaName": "",
    }


def _session(service: Service, request: Request) -> Stream:
    return service.sessions.get(Stream, request.query.get("uploadid", ""), request["project"], request["table"])


def post(service: Service, request: Request) -> Response:
    """Begin a stream, or end one."""
    if "uploadid" in request.query:
        service.sessions.remove(_session(service, request))
        return json_response({})
    session = open_upload(service, request, Stream, dynamic=_is_dynamic(request))
    _check_version(service, request, session)
    return json_response(_json(service, session), 201)


def _is_dynamic(request: Request) -> bool:
    return request.query.get("dynamic_partition", "false").lower() == "true"


def _check_version(service: Service, request: Request, session: Stream) -> None:
    """A client that must not miss a change of columns names the version it knows."""
    wanted = request.query.get("schema_version", "")
    if request.query.get("check_latest_schema", "false").lower() != "true" or not wanted:
        return
    current = str(epoch(table_of(service, session).ddl_modified))
    if wanted != current:
        service.sessions.remove(session)
        message = f"The schema version {wanted} of {session.table} is not the latest one, {current}"
        raise OdpsError("NoSuchSchema", message, 404)


def get(service: Service, request: Request) -> Response:
    return json_response(_json(service, _session(service, request)))


def put(service: Service, request: Request) -> Response:
    session = _session(service, request)
    if _is_dynamic(request) and "partition" in request.query:
        # The client sorts rows by partition itself and names that of each request.
        session = replace(session, partition=parse_spec(request.query["partition"]))
    with decoded(service, request, session.columns) as rows:
        insert(service, session, list(rows), overwrite=False)
    routed = f"127.0.0.1:{service.port}"
    return Response(content_type="", headers={"odps-tunnel-routed-server": routed, "odps-tunnel-slot-num": "1"})


_STREAM = {"GET": get, "POST": post, "PUT": put}

ROUTES = [
    Route("/projects/{project}/tables/{table}/streams", _STREAM),
    Route("/projects/{project}/schemas/{schema}/tables/{table}/streams", _STREAM),
]
