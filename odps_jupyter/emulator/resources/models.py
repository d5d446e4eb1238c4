"""Resources: what they are, and their contents as files that are replaced whole."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import duckdb

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.store import first_row, new_id, now

#: Types PyODPS can create. A table resource has no content of its own, but a table's name.
FILE_KINDS = ("py", "jar", "file", "archive")
KINDS = (*FILE_KINDS, "table")
#: The vendor's limit for one resource.
MAX_SIZE = 2048 << 20

_COLUMNS = (
    "id, project, schema_name, name, kind, comment, owner, source, temporary, part, size, md5, blob, created, modified"
)


@dataclass(frozen=True)
class Resource:
    """One resource. ``blob`` is a file name below the blob folder, ``source`` the table of a table resource.

    A ``part`` waits to be merged with others into a larger one. Times are UTC without zone, sizes bytes.
    """

    id: int
    project: str
    schema: str
    name: str
    kind: str
    comment: str
    owner: str
    source: str
    temporary: bool
    part: bool
    size: int
    md5: str
    blob: str
    created: datetime
    modified: datetime


@dataclass(frozen=True)
class Blob:
    """A stored content."""

    name: str
    size: int
    md5: str


class Blobs:
    """Contents on disk. A file appears under its name only when all of it is on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        return self._folder / name

    def write(self, source: IO[bytes]) -> Blob:
        """Store everything from the current position of ``source``.

        Raises:
            OdpsError: it is larger than a resource may be, or the disk is full.
        """
        name = uuid.uuid4().hex
        temporary = self._folder / f"{name}.part"
        digest, size = hashlib.md5(usedforsecurity=False), 0
        try:
            with temporary.open("wb") as file:
                while chunk := source.read(1 << 20):
                    digest.update(chunk)
                    size += len(chunk)
                    if size > MAX_SIZE:
                        raise OdpsError("ODPS-0410042", "Resource is too large - at most 2048 MB", 413)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._folder / name)
        except OSError as error:
            raise OdpsError("ODPS-0010000", f"System internal error - {error.strerror}", 500) from error
        finally:
            temporary.unlink(missing_ok=True)
        return Blob(name, size, digest.hexdigest())

    def remove(self, name: str) -> None:
        if name:
            self.path(name).unlink(missing_ok=True)

    def sweep(self, known: set[str]) -> None:
        """Delete files that no resource names: what a killed service left."""
        for path in self._folder.iterdir():
            if path.name not in known:
                path.unlink()

    def concatenate(self, names: list[str], target: IO[bytes]) -> None:
        """Write several contents one after another."""
        for name in names:
            with self.path(name).open("rb") as file:
                shutil.copyfileobj(file, target)


def find(connection: duckdb.DuckDBPyConnection, project: str, schema: str, name: str) -> Resource | None:
    row = first_row(
        connection,
        f"SELECT {_COLUMNS} FROM meta.resources WHERE project = ? AND schema_name = ? AND name = ?",
        (project, schema, name),
    )
    return None if row is None else Resource(*row)


def get(connection: duckdb.DuckDBPyConnection, project: str, schema: str, name: str) -> Resource:
    """The resource; names are case-sensitive.

    Raises:
        OdpsError: there is none of that name.
    """
    found = find(connection, project, schema, name)
    if found is None:
        raise OdpsError("NoSuchObject", f"ODPS-0130131: Resource not found - '{project}/resources/{name}'", 404)
    return found


def listing(
    connection: duckdb.DuckDBPyConnection, project: str, schema: str, prefix: str, after: str, limit: int
) -> list[Resource]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM meta.resources WHERE project = ? AND schema_name = ? AND starts_with(name, ?) "
        "AND NOT part AND name > ? ORDER BY name LIMIT ?",
        (project, schema, prefix, after, limit),
    ).fetchall()
    return [Resource(*row) for row in rows]


def put(
    connection: duckdb.DuckDBPyConnection,
    *,
    project: str,
    schema: str,
    name: str,
    kind: str,
    owner: str,
    blob: Blob,
    comment: str = "",
    source: str = "",
    temporary: bool = False,
    part: bool = False,
    old: Resource | None = None,
) -> str:
    """Record a resource in the place of ``old``; returns the blob that is no longer used, or ``""``."""
    moment = now()
    if old is not None:
        connection.execute("DELETE FROM meta.resources WHERE id = ?", (old.id,))
    connection.execute(
        f"INSERT INTO meta.resources ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new_id(),
            project,
            schema,
            name,
            kind,
            comment,
            owner,
            source,
            temporary,
            part,
            blob.size,
            blob.md5,
            blob.name,
            moment if old is None else old.created,
            moment,
        ),
    )
    return "" if old is None else old.blob


def delete(connection: duckdb.DuckDBPyConnection, resource: Resource) -> None:
    connection.execute("DELETE FROM meta.resources WHERE id = ?", (resource.id,))


def recover(connection: duckdb.DuckDBPyConnection, blobs: Blobs) -> None:
    """Take away what a service that was killed left: parts nobody merges any more, contents nobody names."""
    connection.execute("DELETE FROM meta.resources WHERE part")
    blobs.sweep({row[0] for row in connection.execute("SELECT blob FROM meta.resources").fetchall()})
