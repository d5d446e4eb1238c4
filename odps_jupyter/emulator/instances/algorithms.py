"""REST requests on XFlows (``odps/models/xflows.py``): the algorithms that can be run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from odps_jupyter.emulator import xmltext
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.projects.models import Project, get_project
from odps_jupyter.emulator.web import Request, Response, Route
from odps_jupyter.emulator.xmltext import element, leaf, rfc822

from .flows import ALGORITHMS

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service


def _project(service: Service, request: Request) -> Project:
    with service.store.reading() as connection:
        return get_project(connection, request["project"])


def _xml(service: Service, project: Project, name: str) -> str:
    return element(
        "odpsalgo",
        leaf("Name", name),
        leaf("Owner", service.owner),
        leaf("CreationTime", rfc822(project.created)),
        leaf("LastModifiedTime", rfc822(project.created)),
    )


def list_flows(service: Service, request: Request) -> Response:
    project = _project(service, request)
    owner = request.query.get("owner")
    names = sorted(ALGORITHMS) if owner in (None, service.owner) else []
    return Response(xmltext.listing("odpsalgos", [_xml(service, project, name) for name in names]))


def get_flow(service: Service, request: Request) -> Response:
    project = _project(service, request)
    for name in ALGORITHMS:
        if name.lower() == request["flow"].lower():
            headers = {
                "x-odps-owner": service.owner,
                "x-odps-creation-time": rfc822(project.created),
                "Last-Modified": rfc822(project.created),
            }
            return Response(xmltext.document(_xml(service, project, name)), headers=headers)
    raise OdpsError("NoSuchObject", f"ODPS-0420111: XFlow not found - '{request['flow']}'", 404)


ROUTES = [
    Route("/projects/{project}/xflows", {"GET": list_flows}),
    Route("/projects/{project}/xflows/{flow}", {"GET": get_flow}),
]
