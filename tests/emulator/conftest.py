"""A real service process per test worker, and the real client on it."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from odps import ODPS, options

from odps_jupyter.emulator.folder import Folder
from odps_jupyter.emulator.service import Options, Service

#: Seconds for what must come, on a machine that has much else to do.
SECONDS = 120


@dataclass
class Running:
    """A service process and what it said when it was ready."""

    process: subprocess.Popen[str]
    description: dict[str, Any]

    @property
    def secret(self) -> str:
        return Path(self.description["secret_file"]).read_text()

    def client(self, **changes: Any) -> ODPS:
        """A new entry object; ``changes`` replace what is right."""
        given = {
            "access_id": self.description["access_id"],
            "secret_access_key": self.secret,
            "project": self.description["project"],
            "endpoint": self.description["endpoint"],
        }
        given.update(changes)
        # PyODPS hands the logview host of the last entry object, another suite's, on to the next.
        options.logview_host = None
        return ODPS(**given, overwrite_global=False)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=SECONDS)

    def stop(self) -> int:
        """Ask it to stop, and wait for its exit code."""
        self.process.terminate()
        self.process.communicate(timeout=SECONDS)
        return self.process.returncode


Start = Callable[..., Running]


def launch(*arguments: str, largest_file: int | None = None, **environment: str) -> subprocess.Popen[str]:
    """Start a service process without waiting for it; ``largest_file`` in bytes stands for a disk that is full."""

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.Popen(
        [sys.executable, "-m", "odps_jupyter.emulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        preexec_fn=limit,
    )


def started(process: subprocess.Popen[str]) -> Running:
    """The process once it is ready."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        _, errors = process.communicate(timeout=SECONDS)
        raise AssertionError(f"the service did not start: {errors}")
    return Running(process, json.loads(line))


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts services with the arguments of the command line, and ends them after the test."""
    running: list[Running] = []

    def begin(*arguments: str, **environment: str) -> Running:
        running.append(started(launch(*arguments, **environment)))
        return running[-1]

    yield begin
    for one in running:
        if one.process.poll() is None:
            one.kill()
        for stream in (one.process.stdout, one.process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture(scope="session")
def service() -> Iterator[Running]:
    """One service in memory for all tests of a worker."""
    running = started(launch("--data-dir", ":memory:", "--project", "testing"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def o(service: Running) -> ODPS:
    """The entry object of the shared service."""
    options.verbose = False
    return service.client()


@pytest.fixture
def name() -> str:
    """A name no other test uses."""
    return f"t_{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def unserved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service in this process that answers no requests."""
    service = Service(Folder(tmp_path_factory.mktemp("data")), Options(project="mine"))
    yield service
    service.jobs.close()
    service.close()
