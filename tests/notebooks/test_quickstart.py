"""The shipped notebooks run as they are, on both backends, and both agree."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from odps_jupyter.analysis import analyze
from odps_jupyter.backends.embedded import Service
from odps_jupyter.notebook.reading import read

from .running import NOTEBOOKS, execute

QUICKSTART = "01_quickstart.ipynb"
RESULTS = "import json; print(json.dumps([val, ratios, spread, pieces]))"
EXPECTED = [
    25864.347,
    [["Iris-virginica", 2.071, 2.125], ["Iris-virginica", 2.226, 2.217], ["Iris-virginica", 2.233, 2.261]],
    {"Iris-setosa": 0.9, "Iris-versicolor": 2.1, "Iris-virginica": 2.4},
    [["kettle", 37], ["notebook", 26], ["tea", 26], ["bicycle", 20], ["lamp", 15]],
]


@pytest.mark.parametrize("backend", ["pandas", "maxcompute"])
def test_the_quickstart(tmp_path: Path, service: Service, backend: str) -> None:
    toggle = f"%odps backend {backend} --sample all"
    notebook = execute(QUICKSTART, tmp_path, service, after_loading=[toggle], at_the_end=[RESULTS])
    assert json.loads(notebook.cells[-1].outputs[0].text) == EXPECTED


def test_its_split_is_the_documented_one() -> None:
    model = analyze(read(NOTEBOOKS / QUICKSTART))
    sides = {placement.name: placement.side for placement in model.placement}
    on_the_executor = ("handle", "ratios_of", "Spread", "sold", "add_up", "add_up.add")
    assert sides == dict.fromkeys(on_the_executor, "executor")
    handle = next(item for item in model.shipped if item.name == "handle")
    assert (handle.imports, handle.captures, handle.functions) == (("numpy",), ("coeffs",), ())


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_output_is_stored_with_a_notebook(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)
