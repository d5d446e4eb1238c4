from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from odps_jupyter.backends.connection import Connection
from odps_jupyter.backends.embedded import Service
from odps_jupyter.workflow.session import Session


@pytest.fixture
def told() -> list[str]:
    """What the user is told beside results."""
    return []


@pytest.fixture
def session(service: Service, told: list[str]) -> Iterator[Session]:
    """A kernel's session, connected to the shared service, as ``%odps connect embedded`` leaves it."""
    from odps import ODPS

    entry = ODPS(service.access_id, service.secret(), project=service.project, endpoint=service.endpoint)
    session = Session({}, {}, told.append)
    session.hook()
    session.connect(Connection("embedded", service.project, service.endpoint, "test", entry), said=True)
    yield session
    session.close()


@pytest.fixture
def o(session: Session) -> Any:
    return session.namespace["o"]


@pytest.fixture
def iris(o: Any) -> Any:
    """``pyodps_iris`` as a PyODPS DataFrame: 150 rows."""
    return o.get_table("pyodps_iris").to_df()
