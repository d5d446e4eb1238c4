"""The backends of a test worker: pandas, the shared embedded service, and a real project where one is named."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from odps import ODPS, options

from odps_jupyter.backends.embedded import Service

from .backends import Backend, PandasBackend, ServiceBackend


@pytest.fixture(scope="session")
def emulator(service: Service) -> Iterator[ServiceBackend]:
    options.logview_host = None
    o = ODPS(
        service.access_id,
        service.secret(),
        project=service.project,
        endpoint=service.endpoint,
        overwrite_global=False,
    )
    backend = ServiceBackend(o, "emulator")
    yield backend
    backend.drop()


@pytest.fixture(autouse=True)
def nobody_is_global() -> Iterator[None]:
    """A kernel's session makes its entry object PyODPS's default; programs know none but the one they are given."""
    account, options.account = options.account, None
    yield
    options.account = account


@pytest.fixture(scope="session")
def pandas(emulator: ServiceBackend) -> PandasBackend:
    return PandasBackend(emulator.o)


@pytest.fixture(scope="session")
def others(emulator: ServiceBackend) -> Iterator[list[Backend]]:
    """The embedded service; a real project too where ODPS_JUPYTER_CONFORMANCE=1 and the credentials are set."""
    if os.environ.get("ODPS_JUPYTER_CONFORMANCE") != "1":
        yield [emulator]
        return
    o = ODPS(
        os.environ["ODPS_ACCESS_ID"],
        os.environ["ODPS_ACCESS_KEY"],
        project=os.environ["ODPS_PROJECT"],
        endpoint=os.environ["ODPS_ENDPOINT"],
        overwrite_global=False,
    )
    project = ServiceBackend(o, "project")
    yield [emulator, project]
    project.drop()
