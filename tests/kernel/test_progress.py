"""The bar of a long execution, in the cell that runs it."""

from __future__ import annotations

from pathlib import Path

from tests.texts import held_until

from .conftest import SECONDS, Kernel

WIDGET = "application/vnd.jupyter.widget-view+json"
CELL = """%%odps --no-preflight
{held}
n = o.get_table('pyodps_iris').to_df().sepal_length.map(held).sum().execute()"""


def test_a_long_execution_shows_a_bar_that_goes_away(kernel: Kernel, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    started = kernel.start(CELL.format(held=held_until(str(gate))), answers=True)
    while True:
        message = kernel.client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") == started and WIDGET in message["content"].get("data", {}):
            break
    gate.touch()
    outcome = kernel.finish(started)
    assert outcome.error is None, outcome.traceback
    assert not any(WIDGET in bundle for bundle in outcome.shown), "there is one bar"
    assert outcome.updated == [{"text/plain": ""}]
