"""The embedded MaxCompute as its clients see it: a process to find or start, and an endpoint to speak to.

The service itself is a program of its own (``python -m odps_jupyter.emulator``); nothing here imports it.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from odps_jupyter.errors import UserError

#: A busy machine takes its time: these bound what will not come at all.
START_SECONDS = 120.0
ANSWER_SECONDS = 20.0
IDLE_SECONDS = 600
LEASE_SECONDS = 30.0
HEALTH_PATH = "/odps-jupyter/health"
SERVICE_NAME = "odps-jupyter-emulator"


@dataclass(frozen=True)
class Service:
    """A running embedded MaxCompute. The secret stays in its file (0600) until a request is signed."""

    endpoint: str
    project: str
    access_id: str
    secret_file: Path

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Service:
        return cls(facts["endpoint"], facts["project"], facts["access_id"], Path(facts["secret_file"]))

    def secret(self) -> str:
        return self.secret_file.read_text(encoding="utf-8").strip()


def answers(endpoint: str) -> bool:
    """Whether ``endpoint`` is on this machine and an embedded MaxCompute answers there."""
    import requests

    parts = urlsplit(endpoint)
    if parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        return False  # the service listens on the loopback alone
    url = f"{parts.scheme}://{parts.netloc}{HEALTH_PATH}"
    try:
        with requests.Session() as session:
            session.trust_env = False  # a proxy has no business on the loopback
            return bool(session.get(url, timeout=ANSWER_SECONDS).json().get("name") == SERVICE_NAME)
    except (requests.RequestException, ValueError):
        return False


def ensure(data_dir: str | None = None, *, previous: Service | None = None) -> Service:
    """The service of ``data_dir``, started if none runs.

    Args:
        data_dir: a folder, or ``":memory:"``; the service's default where None.
        previous: what ran there before; its port is asked for again, so that objects made with it stay good.

    Raises:
        UserError: it does not start; the sentence is the service's own.
    """
    command = [sys.executable, "-m", "odps_jupyter.emulator", "--idle-timeout", str(IDLE_SECONDS)]
    if data_dir is not None:
        command += ["--data-dir", data_dir]
    port = None if previous is None else urlsplit(previous.endpoint).port
    if port is not None:
        try:
            return _start([*command, "--port", str(port)])
        except UserError:
            # Somebody else has that port by now: any other will do.
            return _start(command)
    return _start(command)


def _start(command: list[str]) -> Service:
    # The service outlives this kernel: what it says later goes to a file without a name, never into a closed pipe.
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        )
        assert process.stdout is not None
        watchdog = threading.Timer(START_SECONDS, process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            # Whoever starts it will speak to it through PyODPS, which takes as long to import as the service to start.
            importlib.import_module("odps.accounts")
            with process.stdout as output:
                line = output.readline()
        finally:
            watchdog.cancel()
        if line:
            return Service.from_json(json.loads(line))
        process.wait()
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip().splitlines()
    reason = said[-1] if said else f"it did not answer within {START_SECONDS:.0f} seconds"
    raise UserError(
        f"The embedded MaxCompute did not start: {reason}",
        hint="Mend that, or name another folder: `%odps connect embedded --data-dir DIR` (`:memory:` keeps nothing).",
    )


class Lease:
    """Tells the service that this kernel is connected: it stops by itself when nobody is."""

    def __init__(self, entry: Any, service: Service, pause: float = LEASE_SECONDS / 3) -> None:
        """Args: ``pause`` is the time between two renewals, in seconds."""
        self._entry = entry
        self._pause = pause
        self._endpoint = service.endpoint
        self._client = uuid.uuid4().hex
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="odps-jupyter-lease", daemon=True)

    def start(self) -> None:
        """Register this client and the Python it runs on, whose functions the service may have to run."""
        self._put("interpreters", {"executable": sys.executable})
        self._put(f"clients/{self._client}", {})
        self._thread.start()

    def close(self) -> None:
        if self._closed.is_set():
            return
        self._closed.set()
        self._give_back()

    def _give_back(self) -> None:
        import requests
        from odps.errors import ODPSError

        try:
            self._entry.rest.delete(self._url(f"clients/{self._client}"), timeout=ANSWER_SECONDS)
        except (requests.RequestException, ODPSError):
            return  # a service that is gone has no lease to give back

    def _renew(self) -> None:
        import requests
        from odps.errors import ODPSError

        while not self._closed.wait(self._pause):
            # A service that is gone is started again by the next cell that needs it.
            with suppress(requests.RequestException, ODPSError):
                self._put(f"clients/{self._client}", {})
            if self._closed.is_set():
                self._give_back()  # the renewal was on its way when it was closed, and may have come after that

    def _put(self, path: str, body: Mapping[str, Any]) -> None:
        self._entry.rest.put(self._url(path), data=json.dumps(body), timeout=ANSWER_SECONDS)

    def _url(self, path: str) -> str:
        return f"{self._endpoint}/odps-jupyter/{path}"
