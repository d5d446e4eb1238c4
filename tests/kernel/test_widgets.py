"""The toggle and the bar's button, by the messages a front end sends for a hand on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.texts import held_until

from .conftest import SECONDS, Kernel

WIDGET = "application/vnd.jupyter.widget-view+json"


def send(kernel: Kernel, widget: str, data: dict[str, Any], subshell: str | None = None) -> str:
    """What a widget's view sends; the id of its message. ``subshell``: None where the front end uses none."""
    message = kernel.client.session.msg("comm_msg", {"comm_id": widget, "data": data})
    if subshell is not None:
        message["header"]["subshell_id"] = subshell
    kernel.client.shell_channel.send(message)
    return str(message["header"]["msg_id"])


def set_value(kernel: Kernel, widget: str, **state: Any) -> None:
    kernel.finish(send(kernel, widget, {"method": "update", "state": state, "buffer_paths": []}))


def click(kernel: Kernel, widget: str, subshell: str | None = None) -> str:
    return send(kernel, widget, {"method": "custom", "content": {"event": "click"}}, subshell)


def new_subshell(kernel: Kernel) -> str:
    message = kernel.client.session.msg("create_subshell_request", {})
    kernel.client.control_channel.send(message)
    reply = kernel.client.get_control_msg(timeout=SECONDS)
    assert reply["parent_header"]["msg_id"] == message["header"]["msg_id"]
    return str(reply["content"]["subshell_id"])


def ask(kernel: Kernel, method: str, params: dict[str, Any]) -> None:
    """What the panel asks."""
    opening = kernel.client.session.msg(
        "comm_open", {"comm_id": method, "target_name": "odps_jupyter:request", "data": {}}
    )
    kernel.client.shell_channel.send(opening)
    kernel.finish(send(kernel, method, {"version": 1, "id": "1", "method": method, "params": params}))


def bar_of(kernel: Kernel, started: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The bar a running cell shows: its button, the button's state, and all that is shown in its place elsewhere."""
    button, state = "", {}
    while True:
        message = kernel.client.get_iopub_msg(timeout=SECONDS)
        content = message["content"]
        if message["msg_type"] == "comm_open" and content["data"]["state"]["_model_name"] == "ButtonModel":
            button, state = content["comm_id"], content["data"]["state"]
        shown = content.get("data", {})
        if message["parent_header"].get("msg_id") == started and WIDGET in shown:
            return button, state, shown


def held_job(gate: Path, options: str) -> str:
    return (
        f"%%odps --no-preflight {options}\n{held_until(str(gate))}\n"
        f"o.get_table('pyodps_iris').to_df().sepal_length.map(held).sum().execute()"
    )


def test_the_toggle_and_the_sample_are_in_step_with_the_magic(kernel: Kernel) -> None:
    kernel.done("%odps connect embedded")
    kernel.done("%odps backend maxcompute --sample 100")
    code = "toggle = get_ipython().run_line_magic('odps', 'backend')\ntoggle"
    stated = kernel.done(code).shown[-1]
    assert WIDGET not in stated, "nobody uses what nbconvert --execute shows"
    shown = kernel.finish(kernel.start(code, answers=True)).shown[-1]
    assert WIDGET in shown
    assert {**stated, WIDGET: shown[WIDGET]} == shown
    for text in (shown["text/plain"], shown["text/html"]):
        assert "Expressions run on MaxCompute." in text
        assert "%odps backend pandas, %odps backend maxcompute" in text
        assert "%odps connect embedded" in text
    assert "<script" not in shown["text/html"]

    buttons, sample = (kernel.value(f"toggle.{name}.model_id").strip("'") for name in ("backend", "sample"))
    refused = "toggle._refuses.value"
    set_value(kernel, buttons, index=0)
    set_value(kernel, sample, value="sepal_length > 7")
    assert kernel.value("int(o.get_table('pyodps_iris').to_df().count().execute())") == "12"
    assert "100 rows where sepal_length > 7 of each table" in kernel.done("%odps backend pandas").text

    for wrong in ("none", "0", "", "x >", "x > 1; drop table t", "-3"):
        set_value(kernel, sample, value=wrong)
        assert f"'{wrong}' is no sample. Give a number of rows" in kernel.value(refused)
        assert kernel.value("toggle.sample.value").strip("'") == wrong, "it stays, to be mended"
        assert "where sepal_length > 7" in kernel.done("%odps status").text

    ask(kernel, "set_backend", {"backend": "pandas", "sample": "petal_width > 2"})
    assert kernel.value("(toggle.backend.value, toggle.sample.value)") == "('pandas', 'petal_width > 2')"
    assert kernel.value(refused) == "''"
    kernel.done("%odps backend maxcompute --sample all")
    assert kernel.value("(toggle.backend.value, toggle.sample.value)") == "('maxcompute', 'all')"
    assert kernel.value(refused) == "''"
    again = kernel.finish(kernel.start("%odps backend", answers=True)).shown[-1]
    assert again[WIDGET]["model_id"] == shown[WIDGET]["model_id"], "there is one toggle, shown twice"
    kernel.done("%odps backend maxcompute --sample 100")


def test_a_click_stops_what_a_cell_waits_for(kernel: Kernel, tmp_path: Path) -> None:
    subshell = new_subshell(kernel)
    models = "len(__import__('comm').get_comm_manager().comms)"
    before = kernel.value(models)
    for options, where in (("", "MaxCompute embedded"), ("--backend pandas", "pandas")):
        # Nobody opens the gate: the cell ends by the click alone.
        started = kernel.start(held_job(tmp_path / "never", options), answers=True)
        button, state, shown = bar_of(kernel, started)
        assert "interrupt the kernel instead" in state["tooltip"]
        assert shown["text/plain"] == f"Sum is under way on {where}. To stop it, interrupt the kernel."
        click(kernel, button, subshell)
        outcome = kernel.finish(started)
        assert outcome.error == "Stopped", outcome.traceback
        assert outcome.updated == [{"text/plain": ""}]
        # A row that is left with children that are gone keeps a page that reloads from showing any widget.
        assert kernel.value(models) == before


def test_a_long_execution_shows_a_bar_that_goes_away(kernel: Kernel, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    started = kernel.start(held_job(gate, ""), answers=True)
    bar_of(kernel, started)
    gate.touch()
    outcome = kernel.finish(started)
    assert outcome.error is None, outcome.traceback
    assert not any(WIDGET in bundle for bundle in outcome.shown), "there is one bar"
    assert outcome.updated == [{"text/plain": ""}]


def test_a_click_stops_what_goes_on_in_the_background_and_nothing_else(kernel: Kernel, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    begun = []
    for at, place in enumerate((tmp_path / "never", gate)):
        started = kernel.start(held_job(place, f"--async --out run{at}"), answers=True)
        begun.append(bar_of(kernel, started)[0])
        assert kernel.finish(started).error is None
    # Without a subshell, as a front end that knows of none sends it.
    kernel.finish(click(kernel, begun[0]))
    assert kernel.value("(run0.wait(), run0.status)") == "(True, 'stopped')"
    assert kernel.value("run1.status") == "'running'"
    gate.touch()
    assert kernel.value("(run1.wait(), run1.status)") == "(True, 'ok')"


def test_what_the_last_cell_prints_stays_its_own_after_a_click(kernel: Kernel) -> None:
    """A kernel takes the message of a widget for the parent of what threads print from then on."""
    kernel.finish(kernel.start("toggle = get_ipython().run_line_magic('odps', 'backend')", answers=True))
    buttons = kernel.value("toggle.backend.model_id").strip("'")
    kernel.done(
        "import threading\ngo = threading.Event()\nthreading.Thread(target=lambda: (go.wait(), print('late'))).start()"
    )
    set_value(kernel, buttons, index=1)
    outcome = kernel.done("go.set()\n[one.join() for one in threading.enumerate() if '<lambda>' in one.name];")
    assert "late" in outcome.stdout
