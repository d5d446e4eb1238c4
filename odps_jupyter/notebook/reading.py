"""Notebooks and scripts on disk, as cells."""

from __future__ import annotations

import json
import re
import tokenize
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from odps_jupyter.errors import UserError

from .cell import Cell

_CELL_MARK = re.compile(r"^[ \t]*#[ \t]?%%(?P<title>.*)$")
#: Kernels of other languages by the first part of their name, for notebooks that do not say their language.
_LANGUAGES = {
    "ir": "r", "julia": "julia", "bash": "bash", "scala": "scala", "spylon": "scala", "javascript": "javascript",
    "deno": "typescript", "xcpp11": "c++", "xcpp14": "c++", "xcpp17": "c++", "rust": "rust", "ruby": "ruby",
    "matlab": "matlab", "octave": "octave", "sas": "sas", "java": "java", "kotlin": "kotlin", "gophernotes": "go",
}  # fmt: skip
_NOT_CODE = re.compile(r"\[(?:markdown|md|raw)\]")


def read(path: Path) -> list[Cell]:
    """The code cells of ``path`` in document order.

    ``.ipynb`` is nbformat 4 (https://nbformat.readthedocs.io), ``.py`` is a percent script where it has ``# %%`` lines
    and one cell otherwise.

    Raises:
        UserError: the file cannot be read, is no notebook, or belongs to another language.
    """
    data = contents(path)
    if path.suffix == ".ipynb":
        return from_notebook(data, str(path))
    if path.suffix == ".py":
        return from_script(decode(data, str(path))[0])
    raise UserError(f"{path} is neither a notebook nor a script.", hint="Give a .ipynb or a .py file.")


def contents(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error


def from_notebook(data: bytes, name: str) -> list[Cell]:
    """The code cells of a notebook's bytes; ``name`` stands in messages.

    Raises:
        UserError: not JSON, not nbformat 4, or a kernel that is not Python.
    """
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UserError(f"{name} is not UTF-8 (byte {error.start}).", hint="Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        # ValueError: no JSON, or a number of thousands of digits, which Python refuses to read.
        raise UserError(f"{name} is not a notebook: it is not JSON ({error}).") from error
    major = notebook.get("nbformat", 4) if isinstance(notebook, dict) else 4
    if major != 4:
        raise UserError(
            f"{name} has notebook format {major}; 4 is needed.",
            hint="Convert it with `jupyter nbconvert --to notebook --nbformat 4`.",
        )
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise UserError(f"{name} is not a notebook: it has no list of cells.")
    language = _language(notebook.get("metadata"))
    if language not in (None, "python", "ipython"):
        raise UserError(f"{name} is a notebook in {language}, not in Python.")
    cells = []
    for position, cell in enumerate(notebook["cells"]):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        elif not isinstance(source, str):
            raise UserError(f"{name} is not a notebook: the source of cell {position} is no text.")
        identity = cell.get("id")
        cells.append(Cell(identity if isinstance(identity, str) else f"cell-{position}", str(source)))
    return cells


def _language(metadata: Any) -> str | None:
    """The kernel's language; None where the notebook does not say."""
    if not isinstance(metadata, dict):
        return None
    for section, field in (("kernelspec", "language"), ("language_info", "name")):
        value = metadata.get(section)
        if isinstance(value, dict) and isinstance(value.get(field), str):
            return str(value[field]).lower()
    kernel = metadata.get("kernelspec")
    named = kernel.get("name") if isinstance(kernel, dict) else None
    return _LANGUAGES.get(named.partition("-")[0].lower()) if isinstance(named, str) else None


def from_script(text: str) -> list[Cell]:
    """The code cells of a script: split at ``# %%`` lines, which belong to no cell; markdown cells are left out."""
    lines = text.split("\n")
    return [Cell(f"cell-{index}", "\n".join(lines[start:end])) for index, (start, end) in enumerate(code_ranges(lines))]


def code_ranges(lines: Sequence[str]) -> list[tuple[int, int]]:
    """The first line of each code cell of a script, from 0, and the line behind its last."""
    marks = [(number, match) for number, line in enumerate(lines) if (match := _CELL_MARK.match(line))]
    if not marks:
        return [(0, len(lines))]
    first = marks[0][0]
    ranges = [(0, first)] if "".join(lines[:first]).strip() else []
    ends = [number for number, _ in marks[1:]] + [len(lines)]
    ranges += [
        (start + 1, end)
        for (start, match), end in zip(marks, ends, strict=True)
        if not _NOT_CODE.search(match["title"])
    ]
    return ranges


def decode(data: bytes, name: str) -> tuple[str, str]:
    """A script's text, lines ended by ``\\n``, and the encoding it declares (PEP 263).

    Raises:
        UserError: the bytes are not of that encoding.
    """
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
        return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n"), encoding
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise UserError(f"{name} cannot be decoded: {error}.", hint="Save it as UTF-8.") from error
