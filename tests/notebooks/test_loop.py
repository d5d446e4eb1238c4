"""The notebooks of the daily loop: run locally, then remotely; find and fix. Their mistakes are met as told."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from odps_jupyter.backends.embedded import Service

from .running import execute

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def told(notebook: Any, beginning: str) -> str:
    """All that the cell showed whose text begins so, or holds it as a line."""
    cell = next(cell for cell in notebook.cells if beginning in cell.source.splitlines())
    shown = []
    for output in cell.outputs:
        if output.output_type == "error":
            shown.extend(output.traceback)
        else:
            shown.append(output.get("text") or output.get("data", {}).get("text/plain", ""))
    # Shell lines run in a terminal, whose lines end as on a typewriter.
    return ANSI.sub("", "\n".join(shown)).replace("\r\n", "\n")


def test_run_locally_then_remotely(tmp_path: Path, service: Service) -> None:
    notebook = execute("02_run_locally_then_remotely.ipynb", tmp_path, service)
    assert "Apply of 20 of 150 rows" in told(notebook, "%%odps --backend pandas --sample 20")
    assert "# ---- shape as the executor sees it" in told(notebook, "%%odps --dry-run")
    assert "KeyError: 'Iris-setosa', for the row ('Iris-setosa'). Nothing was sent." in told(
        notebook, "known = {'setosa': 1}"
    )
    assert "300" in told(notebook, "numbers")
    assert "ZeroDivisionError: float division by zero, for the row (6.9)." in told(notebook, "def margin(length):")
    assert "----> 3     return 1 / (length - 6.9)" in told(notebook, "%odps replay")
    wrong = told(notebook, "        buffer[0] = other[0]")
    assert "Aggregation differs between pandas and the executor" in wrong
    assert "merge" in wrong
    assert "Aggregation is equal on pandas and on the executor" in told(notebook, "class Shortest(Shortest):")
    assert "# ---- number as the executor sees it" in told(notebook, "%odps explain number")


def test_find_and_fix(tmp_path: Path, service: Service) -> None:
    notebook = execute("03_find_and_fix.ipynb", tmp_path, service)
    found = told(notebook, "import sys")
    kinds = {"late-binding-capture", "captured-mutation-lost", "module-imported-outside", "dataframe-in-udf"}
    assert set(re.findall(r"\[([a-z-]+)\]$", found, re.MULTILINE)) == kinds
    mended = told(notebook, "!{check} --fix --unsafe-fixes shop.py")
    assert re.findall(r"\[([a-z-]+)\]$", mended, re.MULTILINE) == ["captured-mutation-lost"]
    assert "predicted: ok on pandas, ok on MaxCompute" in told(notebook, "from pathlib import Path")
    last = next(cell for cell in notebook.cells if cell.source.startswith("answers = {}"))
    answers = ast.literal_eval(last.outputs[-1].data["text/plain"])
    assert answers["pandas"] == answers["maxcompute"] == [[3464.1, 6928.2, 10392.3], 36, 113.318, 6]
