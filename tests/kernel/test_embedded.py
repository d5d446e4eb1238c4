"""The embedded MaxCompute as kernels start, share, lose and find it again."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .conftest import SECONDS, Kernel, start_kernel

open_kernel = contextmanager(start_kernel)


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose service, if one was started, ends with the test."""
    folder = tmp_path / "data"
    yield folder
    state = folder / "service.json"
    if state.exists():
        os.kill(json.loads(state.read_text())["pid"], signal.SIGTERM)


def kill(folder: Path) -> None:
    """Kill the service and return when the system has closed its port."""
    state = json.loads((folder / "service.json").read_text())
    stop_listening(state["pid"], state["endpoint"])


def stop_listening(pid: int, endpoint: str) -> None:
    address = ("127.0.0.1", urlsplit(endpoint).port)
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(address) != 0:
                return
    pytest.fail("the killed service still listens")


def test_killed_between_two_cells(tmp_path: Path, data_dir: Path) -> None:
    with open_kernel(tmp_path, ODPS_JUPYTER_DATA_DIR=str(data_dir)) as kernel:
        first = kernel.run(
            "%%odps\nkept = o.get_table('pyodps_iris').to_df()[:5].persist('kept_over_a_kill')\nkept.count().execute()"
        )
        assert first.value == "5", first.traceback
        kill(data_dir)
        for cell in ("%%odps\nkept.count().execute()", "kept.count().execute()"):
            outcome = kernel.run(cell)
            assert outcome.value == "5", outcome.traceback


def test_killed_in_memory(tmp_path: Path) -> None:
    with open_kernel(tmp_path) as kernel:
        kernel.run("%odps connect embedded --data-dir :memory:")
        endpoint = kernel.value("o.endpoint").strip("'")
        pid = kernel.value(
            "next(p.pid for p in __import__('psutil').Process().children(recursive=True) "
            "if 'odps_jupyter.emulator' in p.cmdline())"
        )
        stop_listening(int(pid), endpoint)
        outcome = kernel.run("%%odps\nint(o.get_table('pyodps_iris').to_df().count().execute())")
        assert outcome.value == "150", outcome.traceback
        assert "was started anew: get tables again from `o`" in outcome.stderr
        kernel.run(
            "__import__('psutil').Process(next(p.pid for p in __import__('psutil').Process().children() "
            "if 'odps_jupyter.emulator' in p.cmdline())).terminate()"
        )


def test_reloading_the_extension_keeps_the_service_in_reach(tmp_path: Path, data_dir: Path) -> None:
    count = "%%odps\nint(o.get_table('pyodps_iris').to_df().count().execute())"
    with open_kernel(tmp_path, ODPS_JUPYTER_DATA_DIR=str(data_dir)) as kernel:
        assert kernel.run(count).value == "150"
        assert kernel.run("%reload_ext odps_jupyter").error is None
        assert kernel.run(count).value == "150"
        kill(data_dir)
        assert kernel.run(count).value == "150"


def test_behind_a_proxy(tmp_path: Path, data_dir: Path) -> None:
    proxy = "http://127.0.0.1:9"
    variables = {"HTTP_PROXY": proxy, "http_proxy": proxy, "ODPS_JUPYTER_DATA_DIR": str(data_dir)}
    with open_kernel(tmp_path, **variables) as kernel:
        outcome = kernel.run("%%odps\nint(o.get_table('pyodps_iris').to_df().count().execute())")
        assert outcome.value == "150", outcome.traceback


def test_two_kernels_start_it_at_the_same_moment(tmp_path: Path, data_dir: Path) -> None:
    cell = "%%odps\nint(o.get_table('pyodps_iris').to_df().count().execute())"
    with ExitStack() as stack:
        kernels: list[Kernel] = []
        for name in ("one", "two"):
            home = tmp_path / name
            home.mkdir()
            kernels.append(stack.enter_context(open_kernel(home, ODPS_JUPYTER_DATA_DIR=str(data_dir))))
        started = [kernel.start(cell) for kernel in kernels]
        outcomes = [kernel.finish(message) for kernel, message in zip(kernels, started, strict=True)]
        assert [outcome.value for outcome in outcomes] == ["150", "150"]
        endpoints = {kernel.value("o.endpoint") for kernel in kernels}
        assert len(endpoints) == 1


def test_an_unusable_data_folder(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with open_kernel(tmp_path, ODPS_JUPYTER_DATA_DIR=str(blocked / "data")) as kernel:
        outcome = kernel.run("%%odps\n1")
        assert outcome.error == "UserError"
        assert outcome.traceback.startswith("The embedded MaxCompute did not start: ")
        assert str(blocked) in outcome.traceback
        assert "\n" not in outcome.traceback.strip()
