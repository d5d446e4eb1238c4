"""What paths on the command line stand for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from glob import has_magic
from pathlib import Path

from odps_jupyter.errors import UserError

from .documents import Document, File, Input


def documents(paths: Sequence[str]) -> Iterator[Document | UserError]:
    """What the paths stand for, each file once; for a path that stands for nothing, what to say of it."""
    seen: set[Path] = set()
    for path in paths:
        for document in _found(path):
            if isinstance(document, UserError | Input):
                yield document
            elif (resolved := document.path.resolve()) not in seen:
                seen.add(resolved)
                yield document


def _found(path: str) -> Iterator[Document | UserError]:
    """The notebooks of a folder, the files of a pattern, or the file; ``-`` is the input."""
    place = Path(path)
    if path == "-":
        yield Input(sys.stdin.buffer.read())
    elif os.path.isdir(place):  # noqa: PTH112 (Path.is_dir raises where a folder above is closed)
        yield from _notebooks(path)
    elif has_magic(path) and not os.path.lexists(place):
        yield from _matching(path)
    else:
        yield File(place)


def _notebooks(path: str) -> Iterator[Document | UserError]:
    """The notebooks of a folder, Jupyter's own copies left out, and the folders in it that cannot be listed."""
    closed: list[OSError] = []
    found = [
        Path(folder, name)
        for folder, _, names in os.walk(path, onerror=closed.append)
        for name in names
        if name.endswith(".ipynb") and ".ipynb_checkpoints" not in Path(folder).parts
    ]
    yield from map(File, sorted(found))
    for error in closed:
        yield UserError(f"{error.filename} cannot be read: {error.strerror or error}.")
    if not found and not closed:
        yield UserError(f"{path} holds no notebook.", hint="Give a .ipynb or a .py file.")


def _matching(path: str) -> Iterator[Document | UserError]:
    place = Path(path)
    try:
        found = sorted(Path(place.anchor).glob(str(place.relative_to(place.anchor))))
    except ValueError as error:
        yield UserError(f"{path} is no pattern: {error}.")
        return
    if not found:
        yield UserError(f"{path} matches no file.")
    yield from map(File, found)
