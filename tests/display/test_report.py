"""The report below a cell."""

from __future__ import annotations

from dataclasses import replace

from odps_jupyter.backends.execution import Execution
from odps_jupyter.backends.sample import Sample, SampledTable
from odps_jupyter.display.report import show_run
from odps_jupyter.workflow.compare.comparison import Comparison, Difference
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


def test_a_comparison_marks_what_differs_and_masks_values() -> None:
    differences = (Difference(4, "n", 1, 2, (("name", "<Ann>"),)), Difference(7, None, None, ("Bob", 3)))
    differing = Comparison("Map", "execute", "embedded", False, 9, differences, "lost-mutation", "seen holds Ann.")
    failed = replace(differing, differences=(), cause=None, error="KeyError: 'Ann'")
    execution = replace(EXECUTION, error="KeyError: 'Ann'")
    run = replace(RUN, executions=(execution,), comparisons=(differing, failed))
    output = show_run(run, "cp311")
    assert output.html is not None
    for part in ("name = &quot;&lt;Ann&gt;&quot;", "no such row", "&quot;Bob&quot;, 3", "lost-mutation", "≠ </span>"):
        assert part in output.html
    assert "n where name is '<Ann>': pandas 1, executor 2" in output.text
    masked = show_run(run, "cp311", masked=True)
    assert masked.html is not None
    assert "lost-mutation" in masked.text
    assert "n of row 5: pandas masked, executor masked" in masked.text
    for value in ("Ann", "Bob"):
        assert value not in masked.text + masked.html
