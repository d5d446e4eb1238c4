"""What the panel asks a kernel for: functions opened up, and a cell run for once elsewhere."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.texts import held_until

from .conftest import SECONDS, Kernel

INVERT = "def invert(length):\n    return scale / (length - 6.9)\n"


class Panel:
    """The front end's end of the line."""

    def __init__(self, kernel: Kernel) -> None:
        self._client = kernel.client
        self._comm = uuid.uuid4().hex
        self._send("comm_open", {"target_name": "odps_jupyter:request", "data": {}})

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        """The reply to one request."""
        request = {"version": 1, "id": uuid.uuid4().hex, "method": method, "params": params}
        sent = self._send("comm_msg", {"data": request})
        while True:
            message = self._client.get_iopub_msg(timeout=SECONDS)
            content = message["content"]
            # What the kernel tells by itself meanwhile, on the comm of events, has the request for its parent, too.
            if message["parent_header"].get("msg_id") == sent and content.get("comm_id") == self._comm:
                reply: dict[str, Any] = content["data"]
                assert reply["id"] == request["id"]
                return reply

    def _send(self, kind: str, content: dict[str, object]) -> str:
        message = self._client.session.msg(kind, {"comm_id": self._comm, **content})
        self._client.shell_channel.send(message)
        return str(message["header"]["msg_id"])


@pytest.fixture(scope="module")
def panel(kernel: Kernel) -> Panel:
    kernel.done("%%odps\niris = o.get_table('pyodps_iris').to_df()")
    return Panel(kernel)


def test_a_function_is_opened_up(kernel: Kernel, panel: Panel) -> None:
    kernel.run("scale = 1", cell_id="set")
    defined = kernel.run(f"import math\nlimits = [1.0, 2.0]\n{INVERT}", cell_id="define")
    outcome = kernel.run(
        "def handle(v):\n    return math.floor(v) * len(limits) * scale\niris.sepal_length.map(handle).sum().execute()",
        cell_id="ship",
    )
    assert (defined.error, outcome.error) == (None, None), outcome.traceback
    [told] = [one for one in panel.ask("sent")["result"]["functions"] if one["cell"] == "ship"]
    assert (told["name"], told["cell"], told["line"], told["failure"]) == ("handle", "ship", 0, None)
    captures = {one["name"]: (one["type"], one["by"], one["changed"]) for one in told["captures"]}
    assert captures == {
        "math": ("math", "reference", None),
        "limits": ("list", "value", False),
        "scale": ("int", "value", False),
    }
    assert [(one["name"], one["kind"]) for one in told["modules"]] == [("math", "standard library")]
    assert told["instance"]
    source = "def handle(v):\n    return math.floor(v) * len(limits) * scale"
    assert told["pieces"] == [{"name": "handle", "cell": "ship", "source": source, "stands": True}]
    kernel.done("limits.append(3.0)")
    [told] = [one for one in panel.ask("sent")["result"]["functions"] if one["cell"] == "ship"]
    assert {one["name"]: one["changed"] for one in told["captures"]} == {"math": None, "limits": True, "scale": False}

    texts = panel.ask("opened", job=told["job"], function=told["function"])["result"]
    assert "limits = [1.0, 2.0]  # list" in texts["listing"]
    assert "class PyOdpsFunc(object):" in texts["udf"]
    assert told["udf"] in texts["sql"]
    assert texts["headline"].startswith("Sent to project")
    gone = panel.ask("opened", job=999, function=0)["error"]
    assert gone == {"message": "What was sent then is not kept any more.", "hint": "Run the cell again."}


def test_what_was_verified_is_the_code_that_ran(kernel: Kernel, panel: Panel) -> None:
    helper, code = "def helper(v):\n    return v + 1", "def handled(v):\n    return scalers[0](helper(v))\n"
    scalers = "scalers = [lambda v, r=r: v * r for r in (2,)]"
    shipping = "iris.sepal_length.map(handled).sum().execute()"

    def told() -> tuple[bool | None, list[tuple[str, bool | None]]]:
        [function] = [one for one in panel.ask("sent")["result"]["functions"] if one["name"] == "handled"]
        return function["stands"], sorted((piece["name"], piece["stands"]) for piece in function["pieces"])

    for source, cell_id in ((helper, "helper"), (scalers, "scalers"), (code, "handled"), (shipping, "handling")):
        kernel.run(source, cell_id=cell_id)
    assert told() == (True, [("handled", True), ("helper", True), ("lambda", True)])
    # Run again as it was, with other code beside it: it is still what was sent.
    kernel.run(f"unused = 1\n{code}", cell_id="handled")
    assert told() == (True, [("handled", True), ("helper", True), ("lambda", True)])
    # Remarks behind it are none of it.
    kernel.run(f"{helper}\n\n    # of all\n        # and more\nunused = 1", cell_id="helper")
    assert told() == (True, [("handled", True), ("helper", True), ("lambda", True)])
    # A line more is another function, whatever the notebook's text is by now.
    kernel.run(f"{helper}\n    # of all\n    return v", cell_id="helper")
    assert told() == (False, [("handled", True), ("helper", False), ("lambda", True)])
    kernel.run(f"if True:\n    {helper}".replace("\n    return", "\n        return"), cell_id="helper")
    assert told() == (True, [("handled", True), ("helper", True), ("lambda", True)])
    kernel.run("handled = None", cell_id="handled")
    assert told() == (False, [("handled", False), ("helper", True), ("lambda", True)])


def test_what_failed_there_is_told_until_it_runs_well(kernel: Kernel, panel: Panel) -> None:
    kernel.run(f"scale = 2.0\n{INVERT}", cell_id="define")
    # Its failing row is not among those tried first.
    fails = "iris.petal_length.map(invert).sum().execute()"
    assert kernel.run(fails, cell_id="fail").error == "ScriptError"
    answer = panel.ask("sent")["result"]
    assert answer["functions"][0]["failure"] == {
        "message": "ZeroDivisionError: float division by zero",
        "cell": "define",
        "line": 2,
        "row": "(6.9)",
        "advice": None,
    }
    [finding] = answer["findings"]
    assert finding["by"] == "job"
    assert (finding["cell"], finding["line"]) == ("define", 2)
    assert finding["text"] == "return scale / (length - 6.9)"

    kernel.done("%odps mask on")
    masked = panel.ask("sent")["result"]["functions"][0]["failure"]
    assert (masked["message"], masked["row"]) == ("ZeroDivisionError", "(float)")
    kernel.done("%odps mask off")

    tried = "def broken(v):\n    return {}[v]\niris.name.map(broken).execute()"
    assert kernel.run(tried, cell_id="tried").error == "PreflightError"
    newest, older = panel.ask("sent")["result"]["findings"]
    assert (newest["by"], newest["function"], newest["cell"], newest["line"]) == ("preflight", "broken", "tried", 1)
    assert newest["text"] == "return {}[v]"
    # The place stands beside it; in words it would be in numbers that the panel does not show.
    assert newest["message"].startswith("broken fails on the executor: KeyError")
    assert older == finding
    # A rule that stops a function has tried nothing.
    opens = "def opens(v):\n    return open('/etc/passwd').read()\niris.name.map(opens).execute()"
    kernel.run(opens, cell_id="opens")
    kernel.run("fine = 1", cell_id="tried")
    assert [one["ran"] for one in panel.ask("sent")["result"]["findings"]] == ["fail"]


def test_how_the_job_of_a_function_ended_is_told(kernel: Kernel, panel: Panel, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    kernel.done(held_until(str(gate)))
    kernel.run(f"scale = 2.0\n{INVERT}\ndef beside(length):\n    return length", cell_id="define")

    def outcomes() -> dict[str, str | None]:
        told = panel.ask("sent")["result"]["functions"]
        state = panel.ask("state")["result"]["state"]
        shipped = [one for shipment in state["shipments"] for one in shipment["functions"]]
        assert {one["name"]: one["outcome"] for one in shipped} == {one["name"]: one["outcome"] for one in told}
        return {one["name"]: one["outcome"] for one in told}

    kernel.done("iris.sepal_length.map(beside).max().execute()")
    assert outcomes()["beside"] == "ok"
    both = "iris[iris.petal_length.map(invert).rename('a'), iris.petal_length.map(beside).rename('b')].execute()"
    assert kernel.run(both).error == "ScriptError"
    assert (outcomes()["invert"], outcomes()["beside"]) == ("failed", "unfinished")

    begin = "%%odps --async --no-preflight --out later\niris.sepal_length.map(held).sum().execute()"
    kernel.done(begin)
    try:
        assert outcomes()["held"] is None
    finally:
        kernel.done("later.stop()\nlater.wait()")
        gate.touch()
    assert outcomes()["held"] == "unfinished"
    kernel.done(f"{begin}\n")
    kernel.done("later.wait()")
    assert outcomes()["held"] == "ok"


def test_a_cell_runs_for_once_elsewhere(kernel: Kernel, panel: Panel) -> None:
    kernel.run("scale = 1", cell_id="set")
    counted = "print(iris.count().execute())"
    assert kernel.run(counted, cell_id="count").stdout.strip() == "150"

    assert panel.ask("once", cell="count", how="pandas")["result"] == {}
    assert "100" not in kernel.run(counted, cell_id="other").stdout  # another cell is not meant
    once = kernel.run(counted, cell_id="count")
    assert once.stdout.strip() == "100"
    assert "pandas, " in once.text
    assert kernel.run(counted, cell_id="count").stdout.strip() == "150"

    panel.ask("once", cell="count", how="compare")
    compared = kernel.run("iris.sepal_length.sum().execute()", cell_id="count")
    assert "compare: Sum is equal on pandas and on the executor" in compared.text

    panel.ask("once", cell="count", how="pandas")
    failed = kernel.run("iris.count().execute()\n1 / 0", cell_id="count")
    assert failed.error == "ZeroDivisionError"
    assert kernel.run(counted, cell_id="count").stdout.strip() == "150"
    panel.ask("once", cell="count", how="pandas")
    panel.ask("once", cell="count", how=None)
    assert kernel.run(counted, cell_id="count").stdout.strip() == "150"
    magic = "%%odps\nprint(iris.count().execute())"
    panel.ask("once", cell="count", how="pandas")
    assert kernel.run(magic, cell_id="count").stdout.strip() == "100"
    failing = "%%odps\niris.sepal_length.map(lambda v: {}[v], 'int').max().execute()"
    assert kernel.run(failing, cell_id="count").error == "PreflightError"
    panel.ask("once", cell="count", how="regardless")
    assert kernel.run(failing, cell_id="count").error == "ScriptError"  # as the executor says it
    assert kernel.run(failing, cell_id="count").error == "PreflightError"
    panel.ask("once", cell="count", how="regardless")
    secret = "iris.sepal_length.map(lambda v: v + len(o.account.secret_access_key)).max().execute()"
    assert kernel.run(secret, cell_id="count").error == "SecretShipped"
    assert panel.ask("once", cell="count", how="spark")["error"]["message"] == "No cell can be run 'spark'."
