"""Who may use a project, and with how much: users, roles, quotas. There is one user, no role and one quota."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from odps_jupyter.emulator import xmltext
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.web import Request, Response, Route
from odps_jupyter.emulator.xmltext import element, leaf

from . import models

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

#: Nickname of the quota that every job runs in.
QUOTA = "default"


def _check(service: Service, request: Request) -> None:
    with service.store.reading() as connection:
        models.get_project(connection, request["project"])


def _user(service: Service) -> str:
    return element("User", leaf("ID", service.owner), leaf("DisplayName", service.owner), leaf("Comment", ""))


def list_users(service: Service, request: Request) -> Response:
    _check(service, request)
    return Response(xmltext.document(element("Users", _user(service))))


def get_user(service: Service, request: Request) -> Response:
    _check(service, request)
    if request["user"] != service.owner:
        raise OdpsError("NoSuchObject", f"ODPS-0420111: User not found - '{request['user']}'", 404)
    if "roles" in request.query:
        return Response(xmltext.document(element("Roles")))
    return Response(xmltext.document(_user(service)))


def list_roles(service: Service, request: Request) -> Response:
    _check(service, request)
    return Response(xmltext.document(element("Roles")))


def get_role(service: Service, request: Request) -> Response:
    _check(service, request)
    raise OdpsError("NoSuchObject", f"ODPS-0420111: Role not found - '{request['role']}'", 404)


def _quota() -> str:
    return element(
        "Quota",
        leaf("Name", QUOTA),
        leaf("Nickname", QUOTA),
        leaf("ID", "1"),
        leaf("IsEnabled", "true"),
        leaf("ResourceSystemType", "FUXI_OFFLINE"),
        leaf("CPU", 100 * (os.cpu_count() or 1)),
        leaf("Status", "ON"),
        leaf("Region", "local"),
    )


def list_quotas(service: Service, request: Request) -> Response:
    return Response(xmltext.listing("Quotas", [_quota()]))


def get_quota(service: Service, request: Request) -> Response:
    if request["quota"].lower() != QUOTA:
        raise OdpsError("NoSuchObject", f"ODPS-0420111: Quota not found - '{request['quota']}'", 404)
    return Response(xmltext.document(_quota()))


ROUTES = [
    Route("/projects/{project}/users", {"GET": list_users}),
    Route("/projects/{project}/users/{user}", {"GET": get_user}),
    Route("/projects/{project}/roles", {"GET": list_roles}),
    Route("/projects/{project}/roles/{role}", {"GET": get_role}),
    Route("/quotas", {"GET": list_quotas}),
    Route("/quotas/{quota}", {"GET": get_quota}),
]
