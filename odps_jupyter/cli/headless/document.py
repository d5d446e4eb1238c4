"""The notebook to run: its code cells as they are written, and the kernel it asks for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odps_jupyter.notebook.reading import contents, from_notebook

#: Jupyter's name for the kernel of the running Python, and what a notebook means that names none.
NATIVE_KERNEL = "python3"
#: Tags of cells as Jupyter's other runners know them: https://nbclient.readthedocs.io/en/latest/client.html
RAISES, SKIPPED = "raises-exception", "skip-execution"


@dataclass(frozen=True)
class CodeCell:
    """One code cell; ``index`` counts the code cells from 0 in document order."""

    index: int
    source: str
    tags: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to run in it; a front end sends no such cell to the kernel."""
        return not self.source.strip()


@dataclass(frozen=True)
class Notebook:
    """``kernel`` is the name of the kernelspec it asks for."""

    path: Path
    kernel: str
    cells: tuple[CodeCell, ...]

    @property
    def folder(self) -> Path:
        """Where its kernel works: beside it, as in Jupyter."""
        return self.path.absolute().parent


def open_notebook(path: Path) -> Notebook:
    """Read a notebook; it is never written.

    Raises:
        UserError: it cannot be read, is no notebook, or is one of another language.
    """
    data = contents(path)
    cells = from_notebook(data, str(path))
    raw = json.loads(data.decode("utf-8-sig"))
    code = [cell for cell in raw["cells"] if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    return Notebook(
        path,
        _kernel(raw.get("metadata")),
        tuple(
            CodeCell(index, cell.source, _tags(held.get("metadata")))
            for index, (cell, held) in enumerate(zip(cells, code, strict=True))
        ),
    )


def _kernel(metadata: Any) -> str:
    spec = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    name = spec.get("name") if isinstance(spec, dict) else None
    return name if isinstance(name, str) and name else NATIVE_KERNEL


def _tags(metadata: Any) -> frozenset[str]:
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset()
