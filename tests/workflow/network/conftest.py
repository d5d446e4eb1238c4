"""A project behind a network that the tests decide about, and a session of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from odps_jupyter.backends.connection import Connection
from odps_jupyter.workflow.session import Session
from tests.far import Far, far_away
from tests.proxy import ENDPOINT, TUNNEL_ENDPOINT

from .asking import PATIENCE


@pytest.fixture(scope="package")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    with far_away(tmp_path_factory.mktemp("far")) as far:
        yield far


@pytest.fixture
def o(far: Far, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from odps import ODPS, options

    for name in ("http_proxy", "no_proxy"):
        monkeypatch.setenv(name, far.environ[name])
    before = options.retry_times, options.retry_delay, options.tunnel.endpoint
    options.retry_times, options.retry_delay = 0, 0.0
    account = (far.service.access_id, far.service.secret())
    yield ODPS(*account, project=far.service.project, endpoint=ENDPOINT, tunnel_endpoint=TUNNEL_ENDPOINT)
    options.retry_times, options.retry_delay, options.tunnel.endpoint = before


@pytest.fixture
def session(far: Far, o: Any, told: list[str]) -> Iterator[Session]:
    session = Session({}, {}, told.append)
    session.hook()
    session.connect(Connection("project", far.service.project, ENDPOINT, "test", o), said=True)
    session.set_terms(replace(session.terms, preflight=False, patience=PATIENCE))
    yield session
    session.close()


@pytest.fixture
def summed(session: Session, o: Any) -> Any:
    return o.get_table("pyodps_iris").to_df().sepal_length.map(lambda x: x + 1).sum()
