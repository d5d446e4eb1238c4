"""The link in a real kernel, spoken to over real ZeroMQ channels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

from .client import SECONDS, Kernel, ask, connected, execute, is_of, parent, started

SETUP = """
import threading
from odps_jupyter.comm import Link
from odps_jupyter.errors import UserError

state = {"backend": "pandas"}

def set_backend(params):
    if params["backend"] not in ("pandas", "maxcompute"):
        raise UserError("There is no backend 'spark'.", hint="Say pandas or maxcompute.")
    state["backend"] = params["backend"]
    link.publish()
    return {"backend": state["backend"]}

def broken(params):
    raise RuntimeError("the password is hunter2")

link = Link(get_ipython(), {"set_backend": set_backend, "broken": broken}, lambda: dict(state))
"""


@pytest.fixture(scope="module")
def manager() -> Iterator[KernelManager]:
    with started(extra_arguments=["--HistoryManager.enabled=False"]) as manager:
        yield manager


@pytest.fixture
def kernel(manager: KernelManager) -> Iterator[Kernel]:
    with connected(manager) as kernel:
        kernel.run(SETUP)
        yield kernel
        kernel.run("link.close()")


@pytest.fixture
def loaded(manager: KernelManager) -> Iterator[Kernel]:
    """A kernel in which the extension is loaded as users load it."""
    with connected(manager) as kernel:
        kernel.run("before = 1")
        kernel.run("%load_ext odps_jupyter")
        yield kernel
        kernel.run("%unload_ext odps_jupyter")


def test_tells_what_ran_and_what_the_names_hold_while_a_cell_runs(loaded: Kernel) -> None:
    subshell = loaded.create_subshell()
    comm_id = loaded.open(subshell)
    content = execute("import pandas as pd, threading\nframe = pd.DataFrame()\n_own = 1\ngo = threading.Event()")
    message = loaded.client.session.msg("execute_request", content | {"store_history": True}, metadata={"cellId": "c1"})
    loaded.client.shell_channel.send(message)
    loaded.wait_idle(message["header"]["msg_id"])
    busy = loaded.start("big = bytes(3_000_000)\nprint('made', flush=True)\ngo.wait(120)\n")
    # A kernel says execute_input before it tells anyone in the kernel, so only the cell's own word shows that it runs.
    loaded.wait_for(lambda m: m["msg_type"] == "stream" and parent(m) == busy)
    answer = loaded.request(comm_id, ask("facts"), subshell)["result"]
    names = answer["names"]
    assert names["pd"] == {"kind": "module", "name": "pandas"}
    assert names["frame"] == {"kind": "object", "module": "pandas.core.frame", "name": "DataFrame"}
    assert names.keys().isdisjoint({"before", "_own", "In", "Out", "get_ipython"})
    runs = [(run["id"], (run["source"] or "").partition("\n")[0]) for run in answer["runs"]]
    start = runs.index((None, "before = 1"))
    assert runs[start + 1 :] == [
        (None, "%load_ext odps_jupyter"),
        ("c1", "import pandas as pd, threading"),
        (None, "big = bytes(3_000_000)"),
    ]
    loaded.wait_idle(loaded.send("execute_request", execute("go.set()"), subshell))
    loaded.wait_idle(busy)
    assert loaded.request(comm_id, ask("facts"), subshell)["result"]["names"]["big"]["size"] >= 3_000_000


def test_tells_how_functions_travel(loaded: Kernel) -> None:
    comm_id = loaded.open()
    told = []
    try:
        for asked in ("pass", "import odps", "%odps ship source", "%odps ship bytecode"):
            loaded.run(asked)
            told.append(loaded.request(comm_id, ask("facts"))["result"]["source"])
    finally:
        loaded.run("%odps ship auto")
    assert told == [False, False, True, False]


def test_creating_a_link_announces_the_whole_state(kernel: Kernel) -> None:
    event = kernel.wait_for(lambda m: m["msg_type"] == "comm_msg" and is_of(m, "odps_jupyter:events"))
    assert event["content"]["data"] == {
        "version": 2,
        "event": "state",
        "sequence": 1,
        "snapshot": {"backend": "pandas"},
        "control": True,
    }
    assert not [m for m in kernel.seen if m["msg_type"] == "comm_open"], "other front ends would refuse it aloud"


def test_comm_info_tells_whether_the_kernel_speaks(kernel: Kernel) -> None:
    def known() -> list[str]:
        reply = kernel.client.comm_info("odps_jupyter:events", reply=True, timeout=SECONDS)
        return list(reply["content"]["comms"])

    assert known() == ["odps_jupyter:events"]
    kernel.run("link.close()")
    assert known() == []
    assert kernel.wait_for(
        lambda m: is_of(m, "odps_jupyter:events") and m["content"].get("data", {}).get("event") == "closed"
    )


def test_a_request_is_answered_and_its_change_announced(kernel: Kernel) -> None:
    comm_id = kernel.open()
    reply = kernel.request(comm_id, ask("set_backend", backend="maxcompute"))
    assert reply["result"] == {"backend": "maxcompute"}
    event = kernel.wait_for(
        lambda m: is_of(m, "odps_jupyter:events") and m["content"]["data"].get("sequence") == 2,
    )
    assert event["content"]["data"]["snapshot"] == {"backend": "maxcompute"}
    state = kernel.request(comm_id, ask("state"))["result"]
    assert state == {"sequence": 2, "state": {"backend": "maxcompute"}, "control": True}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("hello", "A request needs an id, a text."),
        (
            {"version": 2, "id": "1", "method": "state"},
            "The panel speaks version 2, this kernel's odps-jupyter version 1.",
        ),
        (
            {"version": 1, "id": "1", "method": ["state"]},
            "A request names its method, a text, and its params, an object.",
        ),
        ({"version": 1, "id": "1", "method": "fly"}, "This kernel's odps-jupyter has no method 'fly'."),
        (
            {"version": 1, "id": "1", "method": "set_backend", "params": {"backend": "spark"}},
            "There is no backend 'spark'.",
        ),
    ],
)
def test_bad_input_gets_one_clear_sentence(kernel: Kernel, data: object, message: str) -> None:
    assert kernel.request(kernel.open(), data)["error"]["message"] == message


def test_an_internal_failure_is_answered_without_the_exceptions_own_text(kernel: Kernel) -> None:
    reply = kernel.request(kernel.open(), ask("broken"))
    assert reply["error"]["message"] == "broken failed inside odps-jupyter (RuntimeError)."
    assert "hunter2" not in str([m["content"] for m in kernel.seen if m["msg_type"] != "execute_input"])


def test_requests_on_a_subshell_or_by_control_are_answered_while_a_cell_runs_and_publishes(kernel: Kernel) -> None:
    # Trap A: were events and replies on one comm, the event from the main shell would send the next request there.
    assert "kernel subshells" in kernel.client.kernel_info(reply=True)["content"]["supported_features"]
    subshell = kernel.create_subshell()
    comm_id = kernel.open(subshell)
    busy = kernel.start("go = threading.Event()\nlink.publish()\nprint('published', go.wait(120))")
    kernel.wait_for(lambda m: is_of(m, "odps_jupyter:events") and m["content"]["data"].get("sequence") == 2)
    for backend in ("maxcompute", "pandas"):
        asked = ask("set_backend", backend=backend)
        assert kernel.request(comm_id, asked, subshell) == {
            "version": 1,
            "id": asked["id"],
            "result": {"backend": backend},
        }
    # Without subshells, as in ipykernel 6: the comm is opened and spoken on over the control channel.
    other = kernel.open(control=True)
    reply = kernel.request(other, ask("set_backend", backend="maxcompute"), control=True)
    assert reply["result"] == {"backend": "maxcompute"}
    kernel_is_idle = [m for m in kernel.seen if m["msg_type"] == "status" and parent(m) == busy]
    assert [m["content"]["execution_state"] for m in kernel_is_idle] == ["busy"]
    assert not [m for m in kernel.seen if m["msg_type"] == "stream"], "the cell was still waiting all the while"
    release = kernel.send("execute_request", execute("go.set()"), subshell)
    kernel.wait_idle(release)
    kernel.wait_idle(busy)


def test_a_background_threads_output_stays_with_its_cell(kernel: Kernel, tmp_path: Path) -> None:
    # Trap B: without care, what the thread prints after a request belongs to the request, and is lost.
    gate = tmp_path / "gate"
    os.mkfifo(gate)  # opened from here, so that no further message to the kernel is needed to let the thread go on
    cell = kernel.run(
        f"def speak():\n    open({str(gate)!r}).read()\n    print('from the thread', flush=True)\n"
        "threading.Thread(target=speak).start()"
    )
    # The cell's message is put back when the request is done with, which is after its reply.
    kernel.wait_idle(
        kernel.send("comm_msg", {"comm_id": kernel.open(), "data": ask("set_backend", backend="maxcompute")})
    )
    gate.write_text("go")
    printed = kernel.wait_for(lambda m: m["msg_type"] == "stream" and "from the thread" in m["content"]["text"])
    assert parent(printed) == cell
