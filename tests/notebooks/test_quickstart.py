"""The shipped notebooks run as they are, on both backends, and both agree."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

from odps_jupyter.analysis import analyze
from odps_jupyter.backends.embedded import Service
from odps_jupyter.notebook.reading import read

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"
QUICKSTART = NOTEBOOKS / "01_quickstart.ipynb"
RESULTS = "import json; print(json.dumps([val, ratios, spread, pieces]))"
EXPECTED = [
    25864.347,
    [["Iris-virginica", 2.071, 2.125], ["Iris-virginica", 2.226, 2.217], ["Iris-virginica", 2.233, 2.261]],
    {"Iris-setosa": 0.9, "Iris-versicolor": 2.1, "Iris-virginica": 2.4},
    [["kettle", 37], ["notebook", 26], ["tea", 26], ["bicycle", 20], ["lamp", 15]],
]


def execute(path: Path, folder: Path, service: Service, *cells_after_loading: str) -> Any:
    """Run a notebook in a kernel of its own and return it with one more cell that prints the results."""
    notebook = nbformat.read(path, as_version=4)
    loading = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells[loading + 1 : loading + 1] = [nbformat.v4.new_code_cell(code) for code in cells_after_loading]
    notebook.cells.append(nbformat.v4.new_code_cell(RESULTS))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ODPS_", "ALIBABA_"))}
    environment = {**kept, "HOME": str(folder), "ODPS_JUPYTER_DATA_DIR": str(service.secret_file.parent)}
    # Over sockets in a folder: ports are chosen before the kernel takes them, and others may take them meanwhile.
    with TemporaryDirectory(prefix="kernel-") as sockets:
        config = Config({"KernelManager": {"transport": "ipc", "connection_file": f"{sockets}/kernel.json"}})
        client = NotebookClient(notebook, timeout=600, startup_timeout=120, kernel_name="python3", config=config)
        client.execute(env=environment, cwd=str(folder))
    return notebook


@pytest.mark.parametrize("backend", ["pandas", "maxcompute"])
def test_the_quickstart(tmp_path: Path, service: Service, backend: str) -> None:
    notebook = execute(QUICKSTART, tmp_path, service, f"%odps backend {backend} --sample all")
    assert json.loads(notebook.cells[-1].outputs[0].text) == EXPECTED


def test_its_split_is_the_documented_one() -> None:
    model = analyze(read(QUICKSTART))
    sides = {placement.name: placement.side for placement in model.placement}
    on_the_executor = ("handle", "ratios_of", "Spread", "sold", "add_up", "add_up.add")
    assert sides == dict.fromkeys(on_the_executor, "executor")
    handle = next(item for item in model.shipped if item.name == "handle")
    assert (handle.imports, handle.captures, handle.functions) == (("numpy",), ("coeffs",), ())


def test_no_output_is_stored_with_it() -> None:
    notebook = nbformat.read(QUICKSTART, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
