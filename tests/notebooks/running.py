"""Runs a shipped notebook in a kernel of its own, as its reader would."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from odps_jupyter.backends.embedded import Service

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"


def execute(
    name: str, folder: Path, service: Service, *, after_loading: Sequence[str] = (), at_the_end: Sequence[str] = ()
) -> Any:
    """The executed notebook, with more cells after the one that loads the extension, and at its end."""
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    loading = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells[loading + 1 : loading + 1] = [nbformat.v4.new_code_cell(code) for code in after_loading]
    notebook.cells.extend(nbformat.v4.new_code_cell(code) for code in at_the_end)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ODPS_", "ALIBABA_"))}
    environment = {**kept, "HOME": str(folder), "ODPS_JUPYTER_DATA_DIR": str(service.secret_file.parent)}
    # Over sockets in a folder: ports are chosen before the kernel takes them, and others may take them meanwhile.
    with TemporaryDirectory(prefix="kernel-") as sockets:
        config = Config({"KernelManager": {"transport": "ipc", "connection_file": f"{sockets}/kernel.json"}})
        client = NotebookClient(notebook, timeout=600, startup_timeout=120, kernel_name="python3", config=config)
        client.execute(env=environment, cwd=str(folder))
    return notebook
