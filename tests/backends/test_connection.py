"""Which MaxCompute, from the environment, a room, or an entry object."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from odps_jupyter.backends import connection as connections
from odps_jupyter.backends.embedded import Service
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.session import Session

KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "someone", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "hush-hush"}


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    import os

    for name in list(os.environ):
        if name.startswith(("ODPS_", "ALIBABA_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYODPS_DIR", str(tmp_path))
    from odps import options

    # PyODPS keeps the last entry object in its options: the tests that follow must not meet this one's.
    names = ("account", "endpoint", "default_project", "logview_host", "default_schema", "region_name")
    before = {name: getattr(options, name) for name in names}, options.tunnel.endpoint
    yield
    for name, value in before[0].items():
        setattr(options, name, value)
    options.tunnel.endpoint = before[1]


def test_nothing_is_named() -> None:
    assert connections.from_environment({}, "test") is None
    assert connections.from_environment(KEYS, "test") is None


def test_the_vendors_variables(service: Service) -> None:
    environ = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": service.access_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": service.secret(),
        "ODPS_PROJECT_NAME": service.project,
        "ODPS_ENDPOINT": service.endpoint,
    }
    connection = connections.from_environment(environ, "the environment")
    assert connection is not None
    connections.verify(connection)
    assert connection.entry.get_table("pyodps_iris").record_num in (150, None, -1)
    assert service.secret() not in repr(connection)


def test_an_sts_token(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ODPS_STS_ACCESS_KEY_ID": "id",
        "ODPS_STS_ACCESS_KEY_SECRET": "secret",
        "ODPS_STS_TOKEN": "token",
    }.items():
        monkeypatch.setenv(name, value)
    connection = connections.from_environment({"ODPS_PROJECT_NAME": "p", "ODPS_ENDPOINT": service.endpoint}, "test")
    assert connection is not None
    assert connection.entry.account.sts_token == "token"


def test_a_room(service: Service) -> None:
    from odps.inter import setup

    setup(service.access_id, service.secret(), service.project, endpoint=service.endpoint, room="mine")
    connection = connections.from_room("mine", "test")
    assert connection.kind == "embedded"
    assert connection.project == service.project
    with pytest.raises(UserError, match=r"There is no PyODPS room named 'yours'\. The rooms are: mine\."):
        connections.from_room("yours", "test")


def test_a_project_that_does_not_exist(service: Service) -> None:
    environ = {"ALIBABA_CLOUD_ACCESS_KEY_ID": service.access_id, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": service.secret()}
    with pytest.raises(UserError, match=f"There is no project nowhere at {service.endpoint}"):
        connections.verify(connections.to_project(environ, "nowhere", service.endpoint))


def test_no_endpoint() -> None:
    with pytest.raises(UserError, match="There is no endpoint for project far"):
        connections.to_project(KEYS, "far", None)


def test_the_users_own_object_is_found(service: Service) -> None:
    from odps import ODPS

    mine: Any = ODPS(service.access_id, service.secret(), project=service.project, endpoint=service.endpoint)
    session = Session({"o": mine}, {})
    try:
        connection = session.prepare()
        assert connection.entry is mine
        assert connection.origin == "the object o"
    finally:
        session.close()


def test_an_entry_takes_nothing_from_the_one_before(service: Service) -> None:
    from odps import options

    options.logview_host = "http://somewhere.else"
    environ = {"ALIBABA_CLOUD_ACCESS_KEY_ID": service.access_id, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": service.secret()}
    connection = connections.to_project(environ, service.project, service.endpoint)
    assert connection.entry.logview_host == service.endpoint.removesuffix("/api")
    assert options.logview_host == "http://somewhere.else"
