"""Runs as the panel is told of them: live while the kernel is busy, after the page was reloaded, stopped, kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from odps_jupyter.backends.embedded import Service
from tests.conftest import entry_of
from tests.kernel.conftest import kernel_environment
from tests.texts import FOREVER

from .client import Kernel, ask, connected, execute, is_of, parent, started

CELL = f"""%%odps --no-preflight
{FOREVER}iris.sepal_length.map(held).sum().execute()"""
DIFFERS = """%%odps --compare --sample 2
import os
pid = os.getpid()
iris[iris.petal_width, iris.name.map(lambda v: "here" if os.getpid() == pid else "there").rename("side")]"""
FAILS = """%%odps
def invert(name):
    return 1 / (name != "Iris-virginica")
iris.name.map(invert, rtype="float").sum().execute()"""


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[KernelManager]:
    home = tmp_path_factory.mktemp("kernel")
    environment = kernel_environment(home, ODPS_JUPYTER_DATA_DIR=str(service.secret_file.parent))
    with started(env=environment | {"XDG_DATA_HOME": str(home / "data")}, cwd=str(home)) as manager:
        yield manager


@pytest.fixture
def kernel(manager: KernelManager) -> Iterator[Kernel]:
    with connected(manager) as kernel:
        kernel.run("%load_ext odps_jupyter\n%odps preflight --seconds 120")
        kernel.run("%%odps\niris = o.get_table('pyodps_iris').to_df()")
        yield kernel
        kernel.run("%unload_ext odps_jupyter")


def run_as(kernel: Kernel, code: str, cell_id: str) -> str:
    """Send a cell as JupyterLab does."""
    content = execute(code) | {"store_history": True}
    message = kernel.client.session.msg("execute_request", content, metadata={"cellId": cell_id})
    kernel.client.shell_channel.send(message)
    return str(message["header"]["msg_id"])


def state_where(kernel: Kernel, wanted: Any) -> dict[str, Any]:
    """The state of the first event that is as wanted."""

    def is_it(message: dict[str, Any]) -> bool:
        data = message["content"].get("data", {})
        return is_of(message, "odps_jupyter:events") and data.get("event") == "state" and wanted(data["snapshot"])

    state: dict[str, Any] = kernel.wait_for(is_it)["content"]["data"]["snapshot"]
    return state


def has_stages(state: dict[str, Any]) -> bool:
    return any(job["stages"] for live in state["live"] for job in live["jobs"])


def test_a_page_reloaded_in_the_middle_of_a_run_knows_all_and_stops_it(manager: KernelManager, kernel: Kernel) -> None:
    busy = run_as(kernel, CELL, "c-held")
    state_where(kernel, has_stages)
    with connected_again(manager) as (page, comm_id, subshell):
        event = state_where(page, has_stages)
        (live,) = event["live"]
        (run,) = event["underway"]
        (job,) = live["jobs"]
        assert (live["run"], run["cell_id"], run["status"]) == (run["number"], "c-held", "running")
        assert (live["backend"], live["functions"], live["operations"]) == ("maxcompute", ["held"], ["Sum"])
        assert (job["status"], job["project"]) == ("running", "embedded")
        assert job["stages"][0].keys() == {"name", "running", "ended", "workers", "fraction"}
        assert run["jobs"] == [{"instance": job["instance"], "project": "embedded"}]

        def answer(method: str, **params: object) -> Any:
            reply = page.request(comm_id, ask(method, **params), subshell)
            return reply["result"] if "result" in reply else reply["error"]["message"]

        asked = answer("state")["state"]
        assert asked["live"][0]["jobs"][0]["instance"] == job["instance"], "asked, it says the same as unasked"
        assert answer("stop", run=999) == "Run 999 is not under way."
        assert answer("stop") == "What to stop is not said."
        assert answer("stop", run=run["number"]) == {"stopping": [live["key"]]}
        ended = state_where(page, lambda state: not state["underway"])
        assert (ended["run"]["status"], ended["run"]["number"]) == ("stopped", run["number"])
        assert ended["live"] == []
        assert answer("stop", key=live["key"]) == f"Execution {live['key']} is not under way."
        newest = answer("history", limit=1)
        assert (newest["kept"], newest["notebook"]) == (False, None)
        assert newest["runs"][0] | {"seconds": 0} == {
            "id": run["id"],
            "number": run["number"],
            "cell": run["cell"],
            "cell_id": "c-held",
            "started": run["started"],
            "seconds": 0,
            "status": "stopped",
            "background": False,
            "backend": "maxcompute",
            "connection": "embedded",
            "sample": None,
            "executions": 1,
            "rows": None,
            "cost": newest["runs"][0]["cost"],
            "error": "Stopped",
            "jobs": run["jobs"],
            "here": True,
        }
        assert job["instance"] in answer("logview", **job_of(job))["url"]
        assert answer("logview", instance="1", project="far").startswith("The kernel is not connected to project far")
        assert answer("history", limit=0) == "0 is no number of runs."
        assert answer("notebook", path="/work/a.ipynb") == {"notebook": "/work/a.ipynb", "kept": True}
        assert answer("history")["kept"]
    kernel.wait_idle(busy)
    failed = kernel.wait_for(lambda m: m["msg_type"] == "error" and parent(m) == busy)
    assert failed["content"]["ename"] == "Stopped"


def job_of(job: dict[str, Any]) -> dict[str, str]:
    return {"instance": job["instance"], "project": job["project"]}


@contextmanager
def connected_again(manager: KernelManager) -> Iterator[tuple[Kernel, str, str]]:
    """Another page while the kernel is busy: a client, its comm and the subshell that answers there."""
    client = manager.client()
    client.start_channels()
    try:
        page = Kernel(client)
        subshell = page.create_subshell()
        yield page, page.open(subshell), subshell
    finally:
        client.stop_channels()


@pytest.mark.parametrize("waits", ["{}.execute()", "d = Delay()\n{}.execute(delay=d)\nd.execute()"])
def test_an_interrupt_stops_the_instance(manager: KernelManager, kernel: Kernel, service: Service, waits: str) -> None:
    kernel.run("from odps.df import Delay")
    *function, executed = CELL.removesuffix(".execute()").splitlines()
    busy = run_as(kernel, "\n".join([*function, waits.format(executed)]), uuid.uuid4().hex)
    (live,) = state_where(kernel, has_stages)["live"]
    manager.interrupt_kernel()
    kernel.wait_idle(busy)
    failed = kernel.wait_for(lambda m: m["msg_type"] == "error" and parent(m) == busy)
    assert failed["content"]["ename"] == "KeyboardInterrupt"
    entry_of(service).get_instance(live["jobs"][0]["instance"]).wait_for_completion()
    ended = state_where(
        kernel, lambda state: not state["underway"] and (state["run"] or {}).get("number") == live["run"]
    )
    assert ended["run"]["status"] == "interrupted"


def test_the_executors_side_of_a_comparison_is_stopped_too(kernel: Kernel) -> None:
    subshell = kernel.create_subshell()
    comm_id = kernel.open(subshell)
    busy = run_as(kernel, CELL.replace("%%odps", "%%odps --compare"), uuid.uuid4().hex)
    (live,) = state_where(kernel, has_stages)["live"]
    reply = kernel.request(comm_id, ask("stop", run=live["run"]), subshell)
    assert reply["result"] == {"stopping": [live["key"]]}
    kernel.wait_idle(busy)
    failed = kernel.wait_for(lambda m: m["msg_type"] == "error" and parent(m) == busy)
    assert failed["content"]["ename"] == "Stopped"


def test_comparisons_and_failures_are_told_in_full_and_without_values_where_masked(kernel: Kernel) -> None:
    kernel.wait_idle(run_as(kernel, DIFFERS, uuid.uuid4().hex))
    run = state_where(kernel, lambda state: state["run"] and state["run"]["comparisons"])["run"]
    (comparison,) = run["comparisons"]
    assert (comparison["equal"], comparison["rows"], comparison["columns"]) == (False, 2, ["side"])
    first = comparison["differences"][0]
    assert (first["row"], first["column"], first["pandas"], first["executor"]) == (0, "side", "here", "there")
    assert (comparison["masked"], comparison["error"], comparison["where"]) == (False, None, "embedded")
    kernel.wait_idle(run_as(kernel, FAILS, uuid.uuid4().hex))
    run = state_where(kernel, lambda state: state["run"] and state["run"]["failures"])["run"]
    (failure,) = run["failures"]
    assert (failure["function"], failure["code"]) == ("invert", "ODPS-0123055")
    assert failure["row"] == {"arg0": "Iris-virginica"}
    assert (failure["place"], failure["asked"]) == ({"cell": run["cell"], "line": 2}, {"cell": run["cell"], "line": 3})
    kernel.run("%odps mask on")
    masked = state_where(kernel, lambda state: state["run"] and state["run"]["failures"] and not failure_row(state))
    assert "Iris-virginica" not in str(masked["run"])
    kernel.run("%odps mask off")


def failure_row(state: dict[str, Any]) -> Any:
    return state["run"]["failures"][0]["row"]
