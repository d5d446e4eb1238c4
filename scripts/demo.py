"""Runs the quickstart on pandas and on the embedded MaxCompute and prints what ran where, side by side."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from odps_jupyter.analysis import analyze
from odps_jupyter.analysis.wire import to_json
from odps_jupyter.display.split import show_split
from odps_jupyter.notebook.reading import read

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "01_quickstart.ipynb"
BACKENDS = ("pandas", "maxcompute")
#: The notebook's variables that are compared, with what each is.
RESULTS = {
    "rows": "rows of pyodps_iris",
    "val": "map and sum",
    "ratios": "apply, first rows",
    "spread": "custom aggregate",
    "pieces": "map_reduce",
}
REPORT = (
    "import json; rows = int(df.count().execute()); print(json.dumps({name: repr(globals()[name]) for name in %r}))"
)


def main() -> None:
    service = start_service()
    try:
        results = {backend: run(backend) for backend in BACKENDS}
    finally:
        if service is not None:
            service.terminate()
            service.wait()
    print_split()
    if not print_results(results):
        raise SystemExit("The backends disagree.")


def start_service() -> subprocess.Popen[str] | None:
    """The embedded MaxCompute, for the time of the demo; None where the user's own is running already."""
    service = subprocess.Popen(
        [sys.executable, "-m", "odps_jupyter.cli", "emulator"], stdout=subprocess.PIPE, text=True
    )
    assert service.stdout is not None
    line = service.stdout.readline()
    if not line:
        raise SystemExit(service.wait())  # it has said why
    facts = json.loads(line)
    print(f"Embedded MaxCompute at {facts['endpoint']}, project {facts['project']}")
    if facts.get("already_running"):
        service.wait()
        return None
    return service


def run(backend: str) -> dict[str, Any]:
    """Execute the notebook in a kernel of its own under ``backend``, on all rows; the values of RESULTS."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    toggle = nbformat.v4.new_code_cell(f"%odps connect embedded\n%odps backend {backend} --sample all")
    notebook.cells.insert(notebook.cells.index(code[0]) + 1, toggle)
    notebook.cells.append(nbformat.v4.new_code_cell(REPORT % (list(RESULTS),)))
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": NOTEBOOK.parent}}
    ).execute()
    # PyODPS may show its progress in the same cell.
    printed = next(output.text for output in notebook.cells[-1].outputs if output.output_type == "stream")
    reprs = json.loads(printed)
    return {name: ast.literal_eval(text) for name, text in reprs.items()}


def print_split() -> None:
    print("\nWhat of the notebook runs where")
    print(show_split(to_json(analyze(read(NOTEBOOK)))).text)


def print_results(results: dict[str, dict[str, Any]]) -> bool:
    """Print the results side by side; whether all of them agree."""
    print("\nThe same notebook on both backends, on all rows")
    for name, meaning in RESULTS.items():
        values = [results[backend][name] for backend in BACKENDS]
        agree = "same" if values[0] == values[1] else "DIFFERENT"
        print(f"  {name} ({meaning}): {agree}")
        for backend, value in zip(BACKENDS, values, strict=True):
            print(f"    {backend:<11}{value}")
    return all(results[BACKENDS[0]][name] == results[BACKENDS[1]][name] for name in RESULTS)


if __name__ == "__main__":
    main()
