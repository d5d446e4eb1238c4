"""Starting, finding, stopping, killing the service."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import sys
import tempfile
import time
from pathlib import Path

import pytest
import requests
from odps import ODPS

from odps_jupyter.emulator.clients import Clients
from odps_jupyter.emulator.folder import Folder, open_folder
from odps_jupyter.emulator.service import Options, Service

from .conftest import SECONDS, Running, Start, launch, started


def client_path(running: Running, path: str) -> str:
    return f"{running.description['endpoint']}/odps-jupyter/{path}"


#: A function that is never done, so that its job still runs whenever the service is killed.
ENDLESS = """
from odps.udf import annotate
import threading

@annotate("bigint->bigint")
class Endless(object):
    def evaluate(self, number):
        threading.Event().wait()
"""


def test_data_survives_a_kill(start: Start, tmp_path: Path) -> None:
    first = start("--data-dir", str(tmp_path), "--project", "mine", "--access-id", "me")
    o = first.client()
    table = o.create_table("kept", "a bigint")
    with table.open_writer() as writer:
        writer.write([[1], [2]])
    o.create_resource("kept.py", "py", file_obj="pass")
    finished = o.execute_sql("select 7 as a")
    o.create_resource("endless.py", "py", file_obj=ENDLESS)
    o.create_function("endless", class_type="endless.Endless", resources=["endless.py"])
    running = o.run_sql("select endless(1) as a", hints={"odps.sql.python.version": "cp311"})
    first.kill()

    second = start("--data-dir", str(tmp_path), "--project", "mine")
    assert second.description["access_id"] == "me"
    assert second.secret == first.secret
    o = second.client()
    with o.get_table("kept").open_reader() as reader:
        assert [record[0] for record in reader] == [1, 2]
    with o.open_resource("kept.py", mode="r") as file:
        assert file.read() == "pass"
    with o.get_instance(finished.id).open_reader() as reader:
        assert reader[0][0] == 7
    killed = o.get_instance(running.id)
    assert killed.is_terminated()
    assert not killed.is_successful()
    assert "stopped while this job ran" in killed.get_task_result()
    assert second.stop() == 0
    assert not (tmp_path / "service.json").exists()


def test_second_start_finds_the_first(start: Start, tmp_path: Path) -> None:
    first = start("--data-dir", str(tmp_path))
    other = launch("--data-dir", str(tmp_path))
    output, _ = other.communicate(timeout=SECONDS)
    assert other.returncode == 0
    said = json.loads(output)
    assert said.pop("already_running") is True
    assert said == first.description


def test_two_starts_at_once_share_one_service(start: Start, tmp_path: Path) -> None:
    processes = [launch("--data-dir", str(tmp_path)) for _ in range(3)]
    said = [started(process) for process in processes]
    assert len({one.description["endpoint"] for one in said}) == 1
    assert sorted("already_running" in one.description for one in said) == [False, True, True]
    for one in said:
        if "already_running" not in one.description:
            assert one.stop() == 0
        else:
            one.process.communicate(timeout=SECONDS)


def test_a_start_that_meets_an_ending_service_takes_its_place(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    lock = folder.lock()
    with socket.create_server(("127.0.0.1", 0)) as ending:
        ending.settimeout(SECONDS)
        state = {"endpoint": f"http://127.0.0.1:{ending.getsockname()[1]}/api", "pid": os.getpid()}
        folder.state.write_text(json.dumps(state))
        process = launch("--data-dir", str(tmp_path))
        connection, _ = ending.accept()  # so it has found the folder taken
        lock.release()
        connection.close()
    running = started(process)
    assert "already_running" not in running.description
    assert running.stop() == 0


def test_stale_state_is_ignored(start: Start, tmp_path: Path) -> None:
    state = {"endpoint": "http://127.0.0.1:9/api", "pid": os.getpid(), "project": "p", "access_id": "a"}
    (tmp_path / "service.json").write_text(json.dumps(state))
    running = start("--data-dir", str(tmp_path))
    assert "already_running" not in running.description
    assert running.client().exist_table("pyodps_iris")


def test_the_port_stays_unless_somebody_else_has_it(start: Start, tmp_path: Path) -> None:
    first = start("--data-dir", str(tmp_path))
    assert first.stop() == 0
    second = start("--data-dir", str(tmp_path))
    assert second.description == first.description
    assert second.stop() == 0
    port = int(first.description["endpoint"].rpartition(":")[2].removesuffix("/api"))
    with socket.create_server(("127.0.0.1", port)):
        assert start("--data-dir", str(tmp_path)).description["endpoint"] != first.description["endpoint"]


def test_files_are_private(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    running = start("--data-dir", str(folder))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in ("secret", "service.json"):
        assert stat.S_IMODE((folder / file).stat().st_mode) == 0o600
    assert running.secret not in (folder / "service.json").read_text()


def test_secret_comes_from_the_environment(start: Start, tmp_path: Path) -> None:
    running = start(
        "--data-dir", str(tmp_path), "--access-id", "given", ODPS_JUPYTER_EMULATOR_SECRET="chosen-by-the-user"
    )
    endpoint = running.description["endpoint"]
    assert ODPS("given", "chosen-by-the-user", "embedded", endpoint=endpoint).exist_table("pyodps_iris")


def test_default_folder_obeys_jupyter(start: Start, tmp_path: Path) -> None:
    running = start(JUPYTER_DATA_DIR=str(tmp_path))
    assert Path(running.description["secret_file"]) == tmp_path / "odps-jupyter" / "emulator" / "secret"


def test_memory_leaves_nothing(start: Start) -> None:
    running = start("--data-dir", ":memory:")
    folder = Path(running.description["secret_file"]).parent
    assert folder.exists()
    assert running.stop() == 0
    assert not folder.exists()


def test_idle_service_stops_by_itself(start: Start, tmp_path: Path) -> None:
    running = start("--data-dir", str(tmp_path), "--idle-timeout", "0.5")
    running.process.communicate(timeout=SECONDS)
    assert running.process.returncode == 0
    assert not (tmp_path / "service.json").exists()


class Counted(Clients):
    """Lets go of its lease when the service has asked three times whether it is idle."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[float] = []

    def idle_seconds(self) -> float:
        self.told.append(super().idle_seconds())
        if len(self.told) == 3:
            self.leave("k1")
        return self.told[-1]


def test_connected_client_keeps_the_service(tmp_path: Path) -> None:
    service = Service(Folder(tmp_path), Options(idle_timeout=0.1))
    service.clients = clients = Counted()
    clients.renew("k1", 3600)
    try:
        asyncio.run(service.run(lambda _: None))
    finally:
        service.close()
    assert clients.told[:3] == [0, 0, 0]
    assert clients.told[-1] > 0.1


def test_leases_are_given_and_given_back(service: Running) -> None:
    rest = service.client().rest
    assert rest.put(client_path(service, "clients/k1"), json.dumps({"ttl": 60})).json()["ttl"] == 60
    assert rest.put(client_path(service, "clients/k1"), json.dumps({"ttl": 1e9})).json()["ttl"] == 3600
    assert rest.delete(client_path(service, "clients/k1")).status_code == 204


def test_interpreters_are_registered(service: Running) -> None:
    rest = service.client().rest
    answer = rest.put(client_path(service, "interpreters"), json.dumps({"executable": sys.executable}))
    assert answer.json() == {"executable": sys.executable}
    refused = requests.put(client_path(service, "interpreters"), data="{}", timeout=SECONDS)
    assert refused.status_code == 401


@pytest.mark.parametrize("place", ["file", "broken", "full"])
def test_unusable_folder_is_said_in_one_sentence(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "data"
    limit = None
    if place == "file":
        folder.write_text("not a folder")
    elif place == "broken":
        folder.mkdir()
        (folder / "emulator.duckdb").write_text("not a database" * 1000)
    else:
        limit = 10 << 20
    process = launch("--data-dir", str(folder), largest_file=limit)
    output, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert output == ""
    last = errors.strip().splitlines()[-1]
    assert last.startswith("The data folder of the embedded MaxCompute cannot be used")
    assert str(folder) in last
    assert "Traceback" not in errors


def test_taken_port_is_said_in_one_sentence(service: Running, tmp_path: Path) -> None:
    port = service.description["endpoint"].rpartition(":")[2].removesuffix("/api")
    process = launch("--data-dir", str(tmp_path), "--port", port)
    _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert f"cannot listen on port {port}" in errors.strip().splitlines()[-1]
    assert "Traceback" not in errors


def test_a_memory_service_sweeps_no_folders_but_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    open_folder(":memory:")
    (swept,) = tmp_path.iterdir()
    kept = tmp_path / "odps-jupyter-run-of-mine"
    kept.mkdir()
    for path in (kept, swept):
        os.utime(path, (0, 0))
    open_folder(":memory:")
    assert kept.is_dir()
    assert not swept.exists()


def test_folder_of_a_killed_memory_service_is_swept(start: Start) -> None:
    killed = start("--data-dir", ":memory:")
    folder = Path(killed.description["secret_file"]).parent
    killed.kill()
    tomorrow = time.time() + 24 * 3600
    os.utime(folder / "lock", (tomorrow, tomorrow))  # young, however long the next start takes
    alive = start("--data-dir", ":memory:")
    assert folder.exists()
    os.utime(folder / "lock", (0, 0))
    assert start("--data-dir", ":memory:").client().exist_table("pyodps_iris")
    assert not folder.exists()
    assert alive.client().exist_table("pyodps_iris")
