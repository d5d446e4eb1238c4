"""Changed cells put back into the file they were read from; everything else stays as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from .reading import code_ranges, decode

_INDENT = re.compile(r"\{\r?\n([ \t]+)")


def write(path: Path, sources: Sequence[str]) -> None:
    """Give the code cells of a notebook or script, in document order, these sources.

    Raises:
        OSError: the file cannot be read or written.
    """
    data = path.read_bytes()
    written = _notebook(data, sources) if path.suffix == ".ipynb" else _script(data, str(path), sources)
    path.write_bytes(written)


def _notebook(data: bytes, sources: Sequence[str]) -> bytes:
    text = data.decode("utf-8-sig")
    notebook = json.loads(text)
    cells = [cell for cell in notebook["cells"] if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    for cell, source in zip(cells, sources, strict=True):
        before = cell.get("source", "")
        joined = "".join(before) if isinstance(before, list) else before
        if source != joined:
            cell["source"] = source.splitlines(keepends=True) if isinstance(before, list) else source
    indent = _INDENT.search(text)
    made = json.dumps(notebook, ensure_ascii=text.isascii(), indent=indent[1] if indent else None)
    return (made + ("\n" if text.endswith("\n") else "")).encode("utf-8")


def _script(data: bytes, name: str, sources: Sequence[str]) -> bytes:
    text, encoding = decode(data, name)
    lines = text.split("\n")
    for (start, end), source in sorted(zip(code_ranges(lines), sources, strict=True), reverse=True):
        lines[start:end] = source.split("\n")
    newline = "\r\n" if b"\r\n" in data else "\n"
    return newline.join(lines).encode(encoding)
