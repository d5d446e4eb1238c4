"""A client of a kernel that speaks over its comms as the panel does."""

from __future__ import annotations

import queue
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

SECONDS = 120.0


class Kernel:
    """A client that keeps every iopub message it has read, so that order does not matter to the tests."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client
        self.seen: list[dict[str, Any]] = []

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        for message in self.seen:
            if wanted(message):
                return message
        deadline = time.monotonic() + SECONDS
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = self.client.get_iopub_msg(timeout=left)
            except queue.Empty:
                break
            self.seen.append(message)
            if wanted(message):
                return message
        raise AssertionError(f"not seen; last were {[(m['msg_type'], m['content']) for m in self.seen[-5:]]}")

    def run(self, code: str) -> str:
        """Run a cell to its end and return its message id."""
        message_id: str = self.client.execute(code)
        self.wait_idle(message_id)
        errors = [m for m in self.seen if m["msg_type"] == "error" and parent(m) == message_id]
        assert not errors, errors[0]["content"]
        return message_id

    def start(self, code: str) -> str:
        """Send a cell and return when it has begun."""
        message_id: str = self.client.execute(code)
        self.wait_for(lambda m: m["msg_type"] == "execute_input" and parent(m) == message_id)
        return message_id

    def wait_idle(self, message_id: str) -> None:
        self.wait_for(
            lambda m: (
                m["msg_type"] == "status" and m["content"]["execution_state"] == "idle" and parent(m) == message_id
            )
        )

    def send(self, kind: str, content: dict[str, Any], subshell: str | None = None, *, control: bool = False) -> str:
        message = self.client.session.msg(kind, content)
        if subshell:
            message["header"]["subshell_id"] = subshell
        channel = self.client.control_channel if control else self.client.shell_channel
        channel.send(message)
        message_id: str = message["header"]["msg_id"]
        return message_id

    def open(self, subshell: str | None = None, *, control: bool = False) -> str:
        comm_id = uuid.uuid4().hex
        content = {"comm_id": comm_id, "target_name": "odps_jupyter:request", "data": {}}
        opened = self.send("comm_open", content, subshell, control=control)
        self.wait_idle(opened)
        return comm_id

    def request(
        self, comm_id: str, data: object, subshell: str | None = None, *, control: bool = False
    ) -> dict[str, Any]:
        """Send one request and return the reply whose parent is that request."""
        asked = self.send("comm_msg", {"comm_id": comm_id, "data": data}, subshell, control=control)
        message = self.wait_for(lambda m: m["msg_type"] == "comm_msg" and parent(m) == asked and is_of(m, comm_id))
        reply: dict[str, Any] = message["content"]["data"]
        return reply

    def create_subshell(self) -> str:
        message = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(message)
        reply = self.client.control_channel.get_msg(timeout=SECONDS)
        subshell: str = reply["content"]["subshell_id"]
        return subshell


def parent(message: dict[str, Any]) -> str | None:
    return message["parent_header"].get("msg_id")


def is_of(message: dict[str, Any], comm_id: str) -> bool:
    return bool(message["content"].get("comm_id") == comm_id)


def ask(method: str, **params: object) -> dict[str, Any]:
    return {"version": 1, "id": uuid.uuid4().hex, "method": method, "params": params}


@contextmanager
def started(**options: Any) -> Iterator[KernelManager]:
    """A kernel, over sockets in a folder: ports are chosen before the kernel takes them, and others may take them
    meanwhile. ``options`` are those of ``KernelManager.start_kernel``.
    """
    with TemporaryDirectory(prefix="kernel-") as folder:
        manager = KernelManager(kernel_name="python3", transport="ipc", connection_file=f"{folder}/kernel.json")
        manager.start_kernel(**options)
        try:
            yield manager
        finally:
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()


@contextmanager
def connected(manager: KernelManager) -> Iterator[Kernel]:
    """A client whose sockets are closed however the test ends: left open, they fail a later test."""
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        yield Kernel(client)
    finally:
        client.stop_channels()


def execute(code: str) -> dict[str, Any]:
    return {
        "code": code,
        "silent": False,
        "store_history": False,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": False,
    }
