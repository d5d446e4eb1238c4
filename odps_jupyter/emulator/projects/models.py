"""Projects and schemas: names, owners, times, properties."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.store import first_row, now

#: What names of schemas and functions are made of.
_NAME = re.compile(r"[A-Za-z0-9_]{1,128}", re.ASCII)


def check_name(what: str, name: str) -> None:
    """Raise :class:`OdpsError` unless ``name`` is one: at most 128 letters, digits and underscores, as of tables."""
    if not _NAME.fullmatch(name):
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {name!r} is no name for a {what}")


@dataclass(frozen=True)
class Project:
    """Times are UTC without zone."""

    name: str
    created: datetime
    modified: datetime
    properties: Mapping[str, str]


@dataclass(frozen=True)
class Schema:
    """Times are UTC without zone."""

    project: str
    name: str
    owner: str
    comment: str
    created: datetime
    modified: datetime


def get_project(connection: duckdb.DuckDBPyConnection, name: str) -> Project:
    """The project.

    Raises:
        OdpsError: there is none of that name.
    """
    row = first_row(
        connection, "SELECT name, created, modified, properties FROM meta.projects WHERE name = ?", (name.lower(),)
    )
    if row is None:
        raise OdpsError("NoSuchProject", f"ODPS-0420111: Project not found - '{name}'", 404)
    return Project(row[0], row[1], row[2], json.loads(row[3]))


def list_projects(connection: duckdb.DuckDBPyConnection) -> list[Project]:
    rows = connection.execute("SELECT name, created, modified, properties FROM meta.projects ORDER BY name").fetchall()
    return [Project(row[0], row[1], row[2], json.loads(row[3])) for row in rows]


def create_project(connection: duckdb.DuckDBPyConnection, name: str, owner: str) -> None:
    """Make a project with its schema ``default``; nothing happens if it exists."""
    if first_row(connection, "SELECT 1 FROM meta.projects WHERE name = ?", (name,)) is not None:
        return
    moment = now()
    connection.execute("INSERT INTO meta.projects VALUES (?, ?, ?, '{}')", (name, moment, moment))
    create_schema(connection, name, "default", owner, "")


def set_properties(connection: duckdb.DuckDBPyConnection, name: str, properties: Mapping[str, str]) -> None:
    """Replace the properties of a project."""
    connection.execute(
        "UPDATE meta.projects SET properties = ?, modified = ? WHERE name = ?", (json.dumps(properties), now(), name)
    )


_SCHEMA = "SELECT project, name, owner, comment, created, modified FROM meta.schemas"


def list_schemas(connection: duckdb.DuckDBPyConnection, project: str) -> list[Schema]:
    rows = connection.execute(f"{_SCHEMA} WHERE project = ? ORDER BY name", (project,)).fetchall()
    return [Schema(*row) for row in rows]


def get_schema(connection: duckdb.DuckDBPyConnection, project: str, name: str) -> Schema:
    """The schema.

    Raises:
        OdpsError: there is none of that name.
    """
    row = first_row(connection, f"{_SCHEMA} WHERE project = ? AND name = ?", (project, name.lower()))
    if row is None:
        raise OdpsError("NoSuchObject", f"ODPS-0110061: schema not found - {project}.{name}", 404)
    return Schema(*row)


class Places:
    """Where things are kept. What is found once of what is never dropped is known from then on.

    Nothing drops a project, and :func:`drop_schema` leaves its schema ``default``.
    """

    def __init__(self) -> None:
        self._projects: set[str] = set()

    def project(self, connection: duckdb.DuckDBPyConnection, name: str) -> str:
        """The name of a project as it is kept.

        Raises:
            OdpsError: there is none of that name.
        """
        if name.lower() not in self._projects:
            self._projects.add(get_project(connection, name).name)
        return name.lower()

    def find(self, connection: duckdb.DuckDBPyConnection, project: str, schema: str) -> tuple[str, str]:
        """Project and schema as they are kept, from names as a request gives them.

        Raises:
            OdpsError: one does not exist.
        """
        owner = self.project(connection, project)
        if schema.lower() == "default":
            return owner, "default"
        return owner, get_schema(connection, owner, schema).name


def create_schema(connection: duckdb.DuckDBPyConnection, project: str, name: str, owner: str, comment: str) -> None:
    """Make a schema.

    Raises:
        OdpsError: it exists, or the name is none.
    """
    name = name.lower()
    check_name("schema", name)
    found = first_row(connection, "SELECT 1 FROM meta.schemas WHERE project = ? AND name = ?", (project, name))
    if found is not None:
        raise OdpsError("ObjectAlreadyExists", f"schema {project}.{name} exists already", 409)
    moment = now()
    connection.execute(
        "INSERT INTO meta.schemas VALUES (?, ?, ?, ?, ?, ?)", (project, name, owner, comment, moment, moment)
    )


def drop_schema(connection: duckdb.DuckDBPyConnection, project: str, name: str) -> None:
    """Drop an empty schema.

    Raises:
        OdpsError: there is none of that name, it is ``default`` or it holds something.
    """
    schema = get_schema(connection, project, name)
    if schema.name == "default":
        raise OdpsError("ODPS-0420095", "Access Denied - the schema default cannot be dropped", 403)
    for kind in ("tables", "resources", "functions"):
        found = first_row(
            connection,
            f"SELECT name FROM meta.{kind} WHERE project = ? AND schema_name = ? LIMIT 1",
            (project, schema.name),
        )
        if found is not None:
            raise OdpsError("ODPS-0110061", f"Failed to run ddltask - schema {name} still holds {found[0]} ({kind})")
    connection.execute("DELETE FROM meta.schemas WHERE project = ? AND name = ?", (project, schema.name))
