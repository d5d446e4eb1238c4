"""The bar of a long execution, in the cell that runs it."""

from __future__ import annotations

from .conftest import Kernel

WIDGET = "application/vnd.jupyter.widget-view+json"
#: A quarter of a minute's worth of rows would be too long for a test, less than the bar's patience shows no bar.
SLOW = """\
def slow(v):
    import time
    time.sleep(0.015)
    return v
"""


def test_a_long_execution_shows_a_bar_that_goes_away(kernel: Kernel) -> None:
    outcome = kernel.run(
        f"%%odps\n{SLOW}\nn = o.get_table('pyodps_iris').to_df().sepal_length.map(slow).sum().execute()"
    )
    assert outcome.error is None, outcome.traceback
    assert sum(WIDGET in bundle for bundle in outcome.shown) == 1
    assert outcome.updated == [{"text/plain": ""}]
