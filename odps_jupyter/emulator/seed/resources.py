"""The libraries of a new project: ``numpy.zip`` from the NumPy installed here, ``other.zip`` made for it."""

from __future__ import annotations

import io
import os
import sys
import uuid
import zipfile
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import duckdb

from odps_jupyter.emulator.resources.models import Blobs, put
from odps_jupyter.executor.interpreters import Interpreter

NUMPY = "numpy.zip"
#: Comment of the zips made here, before the Python they are for.
_MARK = b"odps-jupyter seed for "

_SKIPPED = {"__pycache__", "tests", "include"}
_SKIPPED_SUFFIXES = {".pyc", ".pyi", ".a", ".h", ".pxd"}


def pack_numpy(package: Path, target: IO[bytes], python: tuple[int, int]) -> None:
    """Write an installed NumPy with the libraries it brings as a stored zip.

    Args:
        package: its folder, ``.../site-packages/numpy``.
        python: the Python it is installed for; the zip's comment says so.
    """
    site = package.parent
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = _mark(python)
        for root in (package, site / "numpy.libs"):
            for folder, folders, names in os.walk(root):
                folders[:] = sorted(name for name in folders if name not in _SKIPPED)
                for name in sorted(names):
                    path = Path(folder, name)
                    if path.suffix not in _SKIPPED_SUFFIXES:
                        archive.write(path, path.relative_to(site))


def for_python(archive: Path, interpreter: Interpreter, folder: Path) -> Path:
    """The seeded NumPy as ``interpreter`` can load it; ``archive`` itself where it is that, or is the user's own.

    A service serves kernels of several Pythons, whose functions may run on their own (profile ``local``), and a binary
    package is good for one of them: numpy.zip is the NumPy installed for the executor's Python, whichever that is.
    """
    try:
        with zipfile.ZipFile(archive) as content:
            mark = content.comment
    except zipfile.BadZipFile:
        return archive
    site = interpreter.packages.get("numpy")
    if not mark.startswith(_MARK) or mark == _mark(interpreter.python) or site is None:
        return archive
    package = site / "numpy"
    stamp = (package / "__init__.py").stat().st_mtime_ns
    packed = folder / f"numpy-{interpreter.python[0]}.{interpreter.python[1]}-{stamp:x}.zip"
    if not packed.exists():
        building = packed.with_suffix(f".{uuid.uuid4().hex}")
        with building.open("wb") as target:
            pack_numpy(package, target, interpreter.python)
        building.replace(packed)
    return packed


def _mark(python: tuple[int, int]) -> bytes:
    return _MARK + f"{python[0]}.{python[1]}".encode()


def pack_other(target: IO[bytes]) -> None:
    """Write the package ``other`` as a zip."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("__init__.py", "words.py"):
            source = files(__package__).joinpath(f"data/other/{name}.txt").read_text(encoding="utf-8")
            archive.writestr(f"other/{name}", source)


def seed_resources(connection: duckdb.DuckDBPyConnection, blobs: Blobs, project: str, owner: str) -> None:
    """Store both libraries, inside the caller's transaction."""
    found: list[tuple[str, str, str, io.BytesIO]] = []
    numpy, other = io.BytesIO(), io.BytesIO()
    spec = find_spec("numpy")
    if spec is not None and spec.origin is not None:
        # This service's Python is an executor's, too: of profile cp311, or of `local` where the client is newer.
        pack_numpy(Path(spec.origin).parent, numpy, sys.version_info[:2])
        found.append((NUMPY, "archive", "NumPy as it is installed on this machine", numpy))
    pack_other(other)
    found.append(("other.zip", "file", "a pure Python package that is installed nowhere", other))
    for name, kind, comment, content in found:
        content.seek(0)
        blob = blobs.write(content)
        put(
            connection,
            project=project,
            schema="default",
            name=name,
            kind=kind,
            owner=owner,
            blob=blob,
            comment=comment,
        )
