"""The libraries of a new project: ``numpy.zip`` from the NumPy installed here, ``other.zip`` made for it."""

from __future__ import annotations

import io
import os
import zipfile
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import duckdb

from odps_jupyter.emulator.resources.models import Blobs, put

_SKIPPED = {"__pycache__", "tests", "include"}
_SKIPPED_SUFFIXES = {".pyc", ".pyi", ".a", ".h", ".pxd"}


def pack_numpy(target: IO[bytes]) -> bool:
    """Write the installed NumPy with the libraries it brings as a stored zip; returns whether there is one.

    It is the NumPy of the Python this service runs on. That is an executor's Python too: the one of profile cp311, or
    of ``local`` where the client is newer than every MaxCompute runtime.
    """
    spec = find_spec("numpy")
    if spec is None or spec.origin is None:
        return False
    package = Path(spec.origin).parent
    site = package.parent
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for root in (package, site / "numpy.libs"):
            for folder, folders, names in os.walk(root):
                folders[:] = sorted(name for name in folders if name not in _SKIPPED)
                for name in sorted(names):
                    path = Path(folder, name)
                    if path.suffix not in _SKIPPED_SUFFIXES:
                        archive.write(path, path.relative_to(site))
    return True


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
    if pack_numpy(numpy):
        found.append(("numpy.zip", "archive", "NumPy as it is installed on this machine", numpy))
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
