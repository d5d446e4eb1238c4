"""What every suite stands on: a real embedded MaxCompute in a process of its own, one for each worker."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from odps_jupyter.backends.connection import Connection
from odps_jupyter.backends.embedded import Service
from odps_jupyter.workflow.failure import Failure
from odps_jupyter.workflow.session import Session
from odps_jupyter.workflow.terms import Terms

#: Seconds that trying functions may take: far more than a busy machine needs.
AMPLE = 300.0

#: Files and folders whose tests take more than half a minute, the longest first.
LONG = (
    "conformance/test_programs.py",
    "workflow/test_leaks.py",
    "cli/test_run.py",
    "emulator/durability/test_tables.py",
    "kernel/test_embedded.py",
    "kernel/test_interrupts.py",
    "executor/test_failures.py",
)

# A shell that starts the tests in the background has them, and what they start, ignore what the stop button sends.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples on every machine, however busy it is: what is landed is judged by the change, not by luck.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal out a file's tests together, so that its kernel or service starts once, unless they are grouped otherwise.

    What takes long begins: at the end no process is to be alone with it while the others have nothing to do.
    """
    here = Path(__file__).parent
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(here).as_posix()))

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(here).as_posix()
        return next((at for at, long in enumerate(LONG) if path.startswith(long)), len(LONG))

    items.sort(key=place)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The seeded service, shared by the tests of one worker: each makes tables under names of its own."""
    folder = tmp_path_factory.mktemp("emulator")
    with start_service(folder) as process:
        assert process.stdout is not None
        yield Service.from_json(json.loads(process.stdout.readline()))
        process.terminate()


def start_service(folder: Path | str, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "odps_jupyter.emulator", "--data-dir", str(folder), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def entry_of(service: Service) -> Any:
    """A new entry object of a service."""
    from odps import ODPS

    return ODPS(service.access_id, service.secret(), project=service.project, endpoint=service.endpoint)


@pytest.fixture
def told() -> list[str]:
    """What the user is told beside results."""
    return []


@pytest.fixture
def failures() -> list[Failure]:
    """What the user is told of failed jobs."""
    return []


@pytest.fixture
def session(service: Service, told: list[str], failures: list[Failure]) -> Iterator[Session]:
    """A kernel's session, connected to the shared service, as ``%odps connect embedded`` leaves it."""

    def failed(_error: Exception, failure: Failure, *_: object) -> None:
        failures.append(failure)

    session = Session({}, {}, told.append, failed=failed)
    session.set_terms(Terms(seconds=AMPLE))
    session.hook()
    connection = Connection("embedded", service.project, service.endpoint, "test", entry_of(service))
    session.connect(connection, said=True)
    yield session
    session.close()


@pytest.fixture
def o(session: Session) -> Any:
    return session.namespace["o"]


@pytest.fixture
def iris(o: Any) -> Any:
    """``pyodps_iris`` as a PyODPS DataFrame: 150 rows."""
    return o.get_table("pyodps_iris").to_df()
