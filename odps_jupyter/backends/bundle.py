"""Several packages as one resource, the same bytes for the same content.

PyODPS hands libraries over as ``list(set(libraries))`` and the executor puts each in front of the ones before it: of
several resources nobody knows which is found first. Within one resource there is nothing to order, so the order that
is asked for is settled here, and the first part that holds a module is the one that it comes from.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from odps_jupyter.errors import UserError

#: A file at the root makes PyODPS's importer put the root itself on sys.path, so that packages without an
#: ``__init__.py`` are found too; it tells a reader what the resource holds.
MANIFEST = "odps_jupyter_pack.json"
ARCHIVES = (".zip", ".whl", ".egg", ".tar", ".tar.gz", ".tgz", ".tar.bz2")
_LEFT_OUT = frozenset({"__pycache__", ".git", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache"})
_WHEEL_DATA = re.compile(r"^[^/]+\.data/(?:purelib|platlib)/(.+)$")
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Part:
    """One thing to pack: files by their names inside the resource. Wheels ``share`` packages, as installed ones do."""

    label: str
    files: tuple[tuple[str, Path], ...]
    shares: bool = False


@dataclass(frozen=True)
class Bundle:
    """Attributes:

    kind: what it is uploaded as. An ``archive`` is unpacked on the executor, which binaries, data files and packages
        without ``__init__.py`` need; a ``file`` of pure Python works in projects that allow no archives of libraries.
    md5, sha256: of its bytes, in hexadecimal. ``size``: bytes.
    shadowed: module, the part it comes from, and the part whose own one was left out.
    """

    path: Path
    kind: Literal["archive", "file"]
    md5: str
    sha256: str
    size: int
    shadowed: tuple[tuple[str, str, str], ...]


def part_of_wheel(path: Path, folder: Path) -> Part:
    """The packages of a wheel, unpacked below ``folder``; its scripts and headers have no use on an executor."""
    files = []
    for name, file in _unpacked(path, folder):
        inside = _WHEEL_DATA.match(name)
        if inside is not None:
            files.append((inside[1], file))
        elif ".data/" not in name.partition("/")[0] + "/":
            files.append((name, file))
    return Part(path.name, tuple(files), shares=True)


def part_of_archive(path: Path, folder: Path, label: str) -> Part:
    """The packages of an archive, at its root or, as pyodps-pack makes them, under ``packages``."""
    files = list(_unpacked(path, folder))
    if any(name.startswith("packages/") for name, _ in files):
        files = [(name.removeprefix("packages/"), file) for name, file in files if name.startswith("packages/")]
    return Part(label, tuple(files))


def part_of_local(path: Path) -> Part:
    """A module, or a folder as the package it is.

    Raises:
        UserError: it is neither, or its name cannot be imported.
    """
    path = path.resolve()
    name = path.name.partition(".")[0]
    if not name.isidentifier():
        raise UserError(f"{path.name} cannot be imported under that name.", hint="Rename it to a Python name.")
    if path.is_file():
        return Part(path.name, ((path.name, path),))
    files = tuple((f"{path.name}/{file.relative_to(path).as_posix()}", file) for file in _files(path))
    if not any(name.endswith((".py", ".so")) for name, _ in files):
        raise UserError(f"The folder {path.name} holds no Python module.", hint="Name the folder that is the package.")
    return Part(path.name, files)


def bundle(parts: Sequence[Part], target: Path, present: frozenset[str] = frozenset(), about: str = "") -> Bundle:
    """Write ``parts`` to ``target``, the first that has a module winning.

    Args:
        present: modules that the executor has; to go before them, a library has to be unpacked.
        about: for whom it was packed, kept in the manifest.
    """
    chosen: dict[str, Path] = {}
    owners: dict[str, Part] = {}
    shadowed: dict[str, tuple[str, str, str]] = {}
    for part in parts:
        mine: dict[str, Part] = {}
        for name, file in part.files:
            top = _module(name)
            owner = owners.get(top)
            if owner is not None and not (owner.shares and part.shares):
                shadowed.setdefault(f"{top} {part.label}", (top, owner.label, part.label))
            elif name not in chosen:
                chosen[name] = file
                mine[top] = part
        owners.update({top: part for top, part in mine.items() if top not in owners})
    manifest = {"version": 1, "for": about, "packed": [part.label for part in parts]}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, MANIFEST, json.dumps(manifest, indent=1).encode())
        for name in sorted(chosen):
            _add(archive, name, chosen[name].read_bytes())
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with target.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            md5.update(chunk)
            sha256.update(chunk)
    kind: Literal["archive", "file"] = "file" if _is_plain(chosen) and not present & set(owners) else "archive"
    return Bundle(target, kind, md5.hexdigest(), sha256.hexdigest(), target.stat().st_size, tuple(shadowed.values()))


def _is_plain(names: dict[str, Path]) -> bool:
    """Whether PyODPS's importer can load it from the packed file: modules and regular packages, nothing beside."""
    for name in names:
        path = PurePosixPath(name)
        if path.parts[0].endswith((".dist-info", ".egg-info")):
            continue
        if path.suffix != ".py" or any(f"{parent}/__init__.py" not in names for parent in list(path.parents)[:-1]):
            return False
    return True


def _module(name: str) -> str:
    """The module that a file belongs to; metadata belongs to nobody else."""
    first, slash, _ = name.partition("/")
    return first if slash else first.partition(".")[0]


def _unpacked(path: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    folder.mkdir(parents=True)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)
        else:
            with tarfile.open(path) as tar:
                tar.extractall(folder, filter="data")
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
        raise UserError(f"{path.name} cannot be unpacked: {error}.", hint="Check that it is whole.") from error
    for file in _files(folder):
        name = file.relative_to(folder).as_posix()
        if name != MANIFEST:
            yield name, file


def _files(folder: Path) -> list[Path]:
    return [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix != ".pyc" and not _LEFT_OUT.intersection(file.relative_to(folder).parts)
    ]


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # Neither times nor modes of this machine: the same content gives the same bytes.
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)
