"""The bar of a long execution, in the cell that runs it."""

from __future__ import annotations

from pathlib import Path

from .conftest import SECONDS, Kernel

WIDGET = "application/vnd.jupyter.widget-view+json"
#: Goes on until the test opens the gate, which it does when it has seen the bar.
CELL = """%%odps --no-preflight
def held(v):
    import os, time
    while not os.path.exists({gate!r}):
        time.sleep(0.01)
    return v
n = o.get_table('pyodps_iris').to_df().sepal_length.map(held).sum().execute()"""


def test_a_long_execution_shows_a_bar_that_goes_away(kernel: Kernel, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    started = kernel.start(CELL.format(gate=str(gate)))
    while True:
        message = kernel.client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") == started and WIDGET in message["content"].get("data", {}):
            break
    gate.touch()
    outcome = kernel.finish(started)
    assert outcome.error is None, outcome.traceback
    assert not any(WIDGET in bundle for bundle in outcome.shown), "there is one bar"
    assert outcome.updated == [{"text/plain": ""}]
