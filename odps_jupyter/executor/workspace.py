"""The directories a worker sees: unpacked archives, chosen packages, the resources of a job."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import columns
from .errors import ResourceError
from .interpreters import Interpreter
from .job import ResourceFile, ResourceTable
from .sites import members
from .types import parse_type
from .wire import HEAD

_ARCHIVE_DAYS = 30


@dataclass(frozen=True)
class Layout:
    """What a session's directory holds and what of the rest of the disk its worker may see.

    ``archives`` are unpacked archives by resource name; ``view`` is the folder of the profile's packages with all that
    has to be readable for them; ``tables`` are files of frames by resource name.
    """

    directory: Path
    paths: tuple[Path, ...]
    readable: tuple[Path, ...]
    archives: dict[str, Path]
    view: tuple[Path, tuple[Path, ...]]
    tables: dict[str, str]
    log: Path


class Workspace:
    """Owns a scratch directory: ``archives`` and ``packages`` outlive sessions, ``sessions`` do not."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._archives = root / "archives"
        self._packages = root / "packages"
        for folder in (self._archives, self._packages, self.preludes):
            folder.mkdir(parents=True, exist_ok=True)
        self._sessions = Path(tempfile.mkdtemp(prefix="sessions-", dir=root))
        self._forget_old_archives()

    @property
    def preludes(self) -> Path:
        """The folder of generated headers."""
        return self._root / "preludes"

    def prelude(self, digest: str, text: bytes) -> Path:
        """The file that holds a generated header, written once."""
        path = self.preludes / f"{digest}.py"
        if not path.exists():
            _write_whole(path, text)
        return path

    def session(
        self,
        number: int,
        interpreter: Interpreter,
        packages: Sequence[str],
        resources: Iterable[ResourceFile | ResourceTable],
    ) -> Layout:
        """Lay down the resources of one session.

        Raises:
            ResourceError: a resource is missing on disk or is no archive though it is said to be one.
        """
        directory = self._sessions / str(number)
        work, modules, tables = directory / "work", directory / "modules", directory / "tables"
        for folder in (work, modules, tables, directory / "tmp"):
            folder.mkdir(parents=True)
        archives: dict[str, Path] = {}
        files: list[Path] = []
        rows: dict[str, str] = {}
        for resource in resources:
            if isinstance(resource, ResourceTable):
                path = tables / str(len(rows))
                _write_table(path, resource)
                rows[resource.name] = str(path)
            elif not resource.path.is_file():
                raise ResourceError(f"Resource {resource.name} is gone from disk; upload it again.")
            elif resource.kind == "archive":
                unpacked = self._unpack(resource)
                archives[resource.name] = unpacked
                (work / resource.name).symlink_to(unpacked, target_is_directory=True)
            else:
                (work / resource.name).symlink_to(resource.path.resolve())
                files.append(resource.path.resolve())
                if resource.kind == "py":
                    (modules / resource.name).symlink_to(resource.path.resolve())
        view, readable = self.view(interpreter, packages)
        return Layout(
            directory,
            (modules, view),
            (*readable, *files),
            archives,
            (view, readable),
            rows,
            directory / "log",
        )

    def remove(self, layout: Layout) -> None:
        """Remove a session's directory and all that its function wrote."""
        shutil.rmtree(layout.directory, ignore_errors=True)

    def close(self) -> None:
        """Remove all sessions' directories."""
        shutil.rmtree(self._sessions, ignore_errors=True)

    def view(self, interpreter: Interpreter, packages: Sequence[str]) -> tuple[Path, tuple[Path, ...]]:
        """A folder of links to the chosen packages and what belongs to them, and to nothing else that is installed.

        Returns the folder, and all that has to be readable for it. An environment of the profile's own is that folder.
        """
        if interpreter.environment is not None:
            return interpreter.environment, (interpreter.environment,)
        entries: dict[Path, Path] = {}
        for package in packages:
            site = interpreter.packages.get(package)
            if site is not None:
                entries.update(members(site, package))
        key = hashlib.sha256(json.dumps(sorted(map(str, entries))).encode()).hexdigest()[:16]
        view = self._packages / key
        if not view.exists():
            building = Path(tempfile.mkdtemp(prefix="new-", dir=self._packages))
            for path in entries:
                (building / path.name).symlink_to(path)
            _settle(building, view)
        return view, (view, *entries.values())

    def _unpack(self, resource: ResourceFile) -> Path:
        facts = resource.path.stat()
        text = f"{resource.path.resolve()} {facts.st_size} {facts.st_mtime_ns}"
        target = self._archives / hashlib.sha256(text.encode()).hexdigest()[:24]
        if target.exists():
            os.utime(target)
            return target
        building = Path(tempfile.mkdtemp(prefix="new-", dir=self._archives))
        try:
            _extract(resource.path, building)
        except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, ValueError) as error:
            shutil.rmtree(building, ignore_errors=True)
            raise ResourceError(f"Archive resource {resource.name} cannot be unpacked: {error}.") from error
        _settle(building, target)
        return target

    def _forget_old_archives(self) -> None:
        oldest = time.time() - _ARCHIVE_DAYS * 86400
        for entry in self._archives.iterdir():
            if entry.stat().st_mtime < oldest:
                shutil.rmtree(entry, ignore_errors=True)


def _extract(path: Path, target: Path) -> None:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(target)
        return
    with tarfile.open(path) as bundle:
        if hasattr(tarfile, "data_filter"):
            bundle.extractall(target, filter="data")
        else:
            members = [member for member in bundle.getmembers() if member.isfile() or member.isdir()]
            bundle.extractall(target, [member for member in members if not _escapes(member.name)])


def _escapes(name: str) -> bool:
    return name.startswith("/") or ".." in Path(name).parts


def _settle(building: Path, target: Path) -> None:
    """Give a finished folder its name; another process that was faster has made the same one."""
    try:
        building.rename(target)
    except OSError:
        shutil.rmtree(building, ignore_errors=True)
        if not target.exists():
            raise


def _write_whole(path: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
    Path(name).rename(path)


def _write_table(path: Path, table: ResourceTable) -> None:
    kinds = [parse_type(name) for _, name in table.columns]
    wire = [kind.to_wire() for kind in kinds]
    with path.open("wb") as stream:
        for batch in table.batches():
            layouts, chunks = columns.encode_columns(kinds, batch.columns)
            text = json.dumps({"rows": batch.num_rows, "types": wire, "columns": layouts}).encode()
            views = [memoryview(chunk).cast("B") for chunk in chunks]
            stream.write(HEAD.pack(b"B", len(text), sum(map(len, views))) + text)
            for view in views:
                stream.write(view)
