"""A real kernel, spoken to as a notebook does."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from odps_jupyter.backends.embedded import Service

SECONDS = 120
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Outcome:
    """What one cell showed."""

    status: str = "ok"
    number: int = 0  # the n of In[n]
    stdout: str = ""
    stderr: str = ""
    shown: list[dict[str, Any]] = field(default_factory=list)  # mime bundles, display_data and execute_result
    updated: list[dict[str, Any]] = field(default_factory=list)  # what was put in the place of something shown
    value: str | None = None  # text of the execute_result
    error: str | None = None  # name of the exception
    said: str = ""  # its text, which a notebook keeps beside the traceback
    traceback: str = ""

    @property
    def text(self) -> str:
        return "\n".join([self.stdout, *(bundle.get("text/plain", "") for bundle in self.shown)])

    @property
    def html(self) -> str:
        return "\n".join(bundle.get("text/html", "") for bundle in self.shown)


@dataclass(frozen=True)
class Kernel:
    client: BlockingKernelClient
    manager: KernelManager

    def run(self, code: str, *, cell_id: str | None = None) -> Outcome:
        return self.finish(self.start(code, cell_id=cell_id))

    def done(self, code: str) -> Outcome:
        """Run a cell; the test fails where it raises."""
        outcome = self.run(code)
        assert outcome.error is None, outcome.traceback
        return outcome

    def start(self, code: str, *, cell_id: str | None = None, answers: bool = False) -> str:
        """Send a cell and return the id of its message; ``answers``: as a front end that somebody sits at."""
        metadata = {"cellId": cell_id} if cell_id else {}
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": answers,
            "stop_on_error": False,
        }
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def finish(self, started: str) -> Outcome:
        """Collect what a started cell shows until it is done."""
        outcome = Outcome()
        while True:
            reply = self.client.get_iopub_msg(timeout=SECONDS)
            if reply["parent_header"].get("msg_id") != started:
                continue
            kind, body = reply["msg_type"], reply["content"]
            if kind == "status" and body["execution_state"] == "idle":
                break
            self._collect(outcome, kind, body)
        return outcome

    def value(self, expression: str) -> str:
        """The ``repr`` of an expression; the test fails where it raises."""
        return self.done(f"print(repr({expression}))").stdout.strip()

    @staticmethod
    def _collect(outcome: Outcome, kind: str, body: dict[str, Any]) -> None:
        if kind == "execute_input":
            outcome.number = body["execution_count"]
        elif kind == "stream":
            setattr(outcome, body["name"], getattr(outcome, body["name"]) + body["text"])
        elif kind in {"display_data", "execute_result"}:
            outcome.shown.append(body["data"])
            if kind == "execute_result":
                outcome.value = body["data"]["text/plain"]
        elif kind == "update_display_data":
            outcome.updated.append(body["data"])
        elif kind == "error":
            outcome.status, outcome.error, outcome.said = "error", body["ename"], body["evalue"]
            outcome.traceback = ANSI.sub("", "\n".join(body["traceback"]))


def kernel_environment(tmp_path: Path, **variables: str) -> dict[str, str]:
    """The environment of a user with an empty home: no credentials, no settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ODPS_", "ALIBABA_", "JUPYTER_"))}
    return {
        **kept,
        "HOME": str(tmp_path),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"),
        "PYODPS_DIR": str(tmp_path / "pyodps"),
        **variables,
    }


def start_kernel(tmp_path: Path, **variables: str) -> Iterator[Kernel]:
    # Over sockets in a folder: ports are chosen before the kernel takes them, and others may take them meanwhile.
    # The paths of sockets are short, those of pytest's folders are not.
    with TemporaryDirectory(prefix="kernel-") as sockets:
        manager = KernelManager(transport="ipc", connection_file=f"{sockets}/kernel.json")
        manager.start_kernel(env=kernel_environment(tmp_path, **variables), cwd=str(tmp_path))
        client = manager.client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=SECONDS)
            kernel = Kernel(client, manager)
            # A busy machine takes its time to try functions.
            loaded = kernel.run(f"%load_ext odps_jupyter\n%odps preflight --seconds {SECONDS}")
            assert loaded.error is None, loaded.traceback
            yield kernel
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[Kernel]:
    """A kernel with the extension, whose embedded MaxCompute is the shared service."""
    folder = str(service.secret_file.parent)
    yield from start_kernel(tmp_path_factory.mktemp("kernel"), ODPS_JUPYTER_DATA_DIR=folder)
