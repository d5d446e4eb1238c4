"""What happens before functions leave the kernel, and what is known of them afterwards, in a real kernel."""

from __future__ import annotations

import pytest

from .conftest import Kernel

PREPARE = "%%odps\niris = o.get_table('pyodps_iris').to_df()\ncounted = len(list(o.list_instances()))"


@pytest.fixture(scope="module")
def prepared(kernel: Kernel) -> Kernel:
    outcome = kernel.run(PREPARE)
    assert outcome.error is None, outcome.traceback
    return kernel


def test_a_function_that_fails_is_stopped_at_its_line(prepared: Kernel) -> None:
    outcome = prepared.run(
        "%%odps\ndef ratio(x):\n    return 1 / (x - x)\niris.sepal_length.map(ratio).sum().execute()", cell_id="ratio"
    )
    assert outcome.error == "PreflightError"
    assert f"ratio fails on the executor (cell {outcome.number}, line 3): ZeroDivisionError" in outcome.traceback
    assert "Nothing was sent" in outcome.traceback
    assert "--no-preflight" in outcome.traceback
    assert "in ratio" in outcome.traceback


def test_so_it_is_in_a_cell_without_the_magic(prepared: Kernel) -> None:
    outcome = prepared.run("\n\ndef plain(x):\n    return x.missing\niris.sepal_length.map(plain).sum().execute()")
    assert outcome.error == "PreflightError"
    assert f"(cell {outcome.number}, line 4): AttributeError" in outcome.traceback
