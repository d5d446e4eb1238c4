"""``%odps inspect``: the panel's facts as a report, through a real kernel and nbconvert."""

from __future__ import annotations

import re
from typing import Any

import nbconvert
import nbformat

from .conftest import Kernel

PREPARE = "iris = o.get_table('pyodps_iris').to_df()\nlimits = [1.5, '<b>']"
DEFINE = """\
def area(length, width):
    return length * width

def petal(row):
    import math
    return math.sqrt(area(row.petal_length, row.petal_width)) + limits[0]

def margin(length):
    return 1 / (length - 6.9)

seen = []
def note(v):
    seen.append(v)
    return v"""


def test_a_report_shows_what_the_panel_shows(kernel: Kernel) -> None:
    kernel.done("%odps connect embedded")
    kernel.run(PREPARE, cell_id="prepare")
    kernel.run(DEFINE, cell_id="define")
    kernel.done("%%odps\niris.apply(petal, axis=1, reduce=True, types='float').sum().execute()\narea(2, 3)")
    failed = kernel.run("%%odps\niris.petal_length.map(margin).sum().execute()")
    assert failed.error == "ScriptError"
    compared = kernel.run("%%odps --compare\niris.sepal_width.map(note).sum().execute()\nlimits.append(len(seen))")
    assert compared.error is None, compared.traceback
    kernel.done("if not limits:\n    iris.sepal_width.map(note).execute(libraries=['absent.zip'])")
    bundle = kernel.done("%odps inspect").shown[-1]

    said = bundle["text/plain"]
    for fact in (
        "Problems: 1 error, 1 warning. Shipped functions: 3. ",
        "both     area (",
        "handed over by iris.apply in cell",
        "error, proven by a job: ZeroDivisionError",
        "captured-mutation-lost",
        "import math: imported inside it, ✓ there: Python",
        "by value, set in cell ",
        "! changed since it was sent",
        "Failed there: ZeroDivisionError: float division by zero for the row (6.9)",
        "resource absent.zip: ✗ not in project embedded yet: upload it before",
        "= the sides agree",
        "✗ failed",
    ):
        assert fact in said, said

    cell: Any = {"cell_type": "code", "source": "%odps inspect", "metadata": {}, "execution_count": 1, "id": "shown"}
    cell["outputs"] = [{"output_type": "display_data", "data": bundle, "metadata": {}}]
    read: Any = nbformat.from_dict
    notebook = read({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})
    exporter: Any = nbconvert.HTMLExporter
    page, _ = exporter().from_notebook_node(notebook)
    report = page[page.index('<div class="odps-jupyter">') : page.index("</body>")]
    for part in (
        r"<div class=.arrow verified.>",
        r"<div class=.arrow failed.>",
        r"<div class=.box failed.><div><span class=.badge error.>✗ failed</span><b><code>margin<",
        r"\d bytes<div class=.arrow",
        r"<code>petal</code></b> <span class=\"quiet\">cell \d+",
        r"Problems: 1 error, 1 warning\.",
        r"<div aria-label=.Where code runs. class=.bounded. role=.region. tabindex=.0.>",  # nbconvert sorts them
        r"travels with petal",
        r"As the executor sees it</summary><pre># ",
        r"class PyOdpsFunc\(",
        r"SQL</summary><pre>SELECT ",
        r"proven by a job</span>",
        r"Seen|Jobs: <code>\d",
        r"as above|SQL job",
    ):
        assert re.search(part, report), (part, report)
    assert "<script" not in report
    assert "http" not in report.replace("http://127.0.0.1", ""), "nothing is requested"


def test_without_anything_to_ship_it_says_so(kernel: Kernel) -> None:
    kernel.done("%unload_ext odps_jupyter\n")
    kernel.done("%load_ext odps_jupyter")
    kernel.run("broken = 'x")
    output = kernel.done("%odps inspect")
    assert "hands no function to the executor" in output.text
    assert "Nothing has run yet." in output.html
    assert "nothing is handed over" in output.html
