"""The report below a cell."""

from __future__ import annotations

from dataclasses import replace

from odps_jupyter.backends.execution import Execution
from odps_jupyter.backends.sample import Sample, SampledTable
from odps_jupyter.display.report import show_run
from odps_jupyter.workflow.run import RunRecord

EXECUTION = Execution("maxcompute", "execute", "Sum", ("p.iris",), (), ("handle",), 0.5, ("2026g1",))
RUN = RunRecord(1, "maxcompute", Sample(), "embedded", 0.0, 0.75, "ok", (EXECUTION,))


def test_on_maxcompute() -> None:
    text = show_run(RUN, "cp311").text
    assert text.splitlines() == [
        "MaxCompute embedded: 1 execution; handle ran on the executor (cp311), 0.75 s",
        "  Sum of p.iris, 0.50 s",
    ]


def test_on_pandas_it_says_how_much_was_read() -> None:
    read = (SampledTable("iris", 100, 150), SampledTable("sales", 100, None))
    execution = replace(EXECUTION, backend="pandas", sampled=read, instances=())
    text = show_run(replace(RUN, backend="pandas", executions=(execution,)), "cp311").text
    assert "pandas, 100 rows: 1 execution; handle ran here" in text
    assert "100 of 150 rows of iris, 100 of more rows of sales" in text


def test_an_error_is_text() -> None:
    execution = replace(EXECUTION, error="ValueError: <script>alert(1)</script>")
    output = show_run(replace(RUN, status="error", executions=(execution,)), "cp311")
    assert output.html is not None
    assert "<script>" not in output.html
    assert "&lt;script&gt;" in output.html
