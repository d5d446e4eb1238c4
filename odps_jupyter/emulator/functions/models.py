"""Registered functions: a class in a Python resource, and the resources it may use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from odps_jupyter.emulator.errors import OdpsError, not_emulated
from odps_jupyter.emulator.projects.models import check_name
from odps_jupyter.emulator.resources import models as resources
from odps_jupyter.emulator.resources.models import Resource
from odps_jupyter.emulator.store import first_row, new_id, now

_COLUMNS = "id, project, schema_name, name, class_type, resources, owner, created"


@dataclass(frozen=True)
class Function:
    """One registration.

    Attributes:
        class_type: ``module.Class``; empty for an SQL function.
        resources: names as the client gave them.
        created: UTC without zone.
        language: ``PYTHON`` or ``SQL`` where the definition itself holds the code, else empty.
        code: that code.
        file_name: the module name embedded code was given.
    """

    id: int
    project: str
    schema: str
    name: str
    class_type: str
    resources: tuple[str, ...]
    owner: str
    created: datetime
    language: str = ""
    code: str = ""
    file_name: str = ""


def _read(row: tuple[Any, ...]) -> Function:
    identity, project, schema, name, class_type, names, owner, created = row
    stored = json.loads(names)
    if isinstance(stored, list):  # a function of resources alone
        stored = {"resources": stored}
    return Function(
        identity,
        project,
        schema,
        name,
        class_type,
        tuple(stored["resources"]),
        owner,
        created,
        stored.get("language", ""),
        stored.get("code", ""),
        stored.get("file_name", ""),
    )


def _stored(function: Function) -> str:
    if not function.language:
        return json.dumps(function.resources)
    return json.dumps(
        {
            "resources": function.resources,
            "language": function.language,
            "code": function.code,
            "file_name": function.file_name,
        }
    )


def find(connection: duckdb.DuckDBPyConnection, project: str, schema: str, name: str) -> Function | None:
    """The function; names are case-insensitive."""
    row = first_row(
        connection,
        f"SELECT {_COLUMNS} FROM meta.functions WHERE project = ? AND schema_name = ? AND lower(name) = ?",
        (project, schema, name.lower()),
    )
    return None if row is None else _read(row)


def get(connection: duckdb.DuckDBPyConnection, project: str, schema: str, name: str) -> Function:
    """The function.

    Raises:
        OdpsError: there is none of that name.
    """
    found = find(connection, project, schema, name)
    if found is None:
        raise OdpsError("NoSuchObject", f"ODPS-0130131: Function not found - '{project}/functions/{name}'", 404)
    return found


def listing(
    connection: duckdb.DuckDBPyConnection, project: str, schema: str, prefix: str, after: str, limit: int
) -> list[Function]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM meta.functions WHERE project = ? AND schema_name = ? AND starts_with(name, ?) "
        "AND name > ? ORDER BY name LIMIT ?",
        (project, schema, prefix, after, limit),
    ).fetchall()
    return [_read(row) for row in rows]


def create(connection: duckdb.DuckDBPyConnection, function: Function) -> None:
    """Register a function; its id and time are given here.

    Raises:
        OdpsError: the name is taken or is none, or a resource does not exist.
    """
    check_name("function", function.name)
    if find(connection, function.project, function.schema, function.name) is not None:
        raise OdpsError("ObjectAlreadyExists", f"ODPS-0110061: Function {function.name} already exists", 409)
    for name in function.resources:
        resolve(connection, function, name)
    connection.execute(
        f"INSERT INTO meta.functions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new_id(),
            function.project,
            function.schema,
            function.name,
            function.class_type,
            _stored(function),
            function.owner,
            now(),
        ),
    )


def claim(project: str, schema: str, name: str) -> tuple[str, ...]:
    """What one who makes or drops a function claims: there is no index that would tell of a second one."""
    return project, schema, "functions", name.lower()


def delete(connection: duckdb.DuckDBPyConnection, function: Function) -> None:
    connection.execute("DELETE FROM meta.functions WHERE id = ?", (function.id,))


def sql_functions(connection: duckdb.DuckDBPyConnection, project: str, schema: str) -> dict[str, str]:
    """Text of each SQL function by its name in lower case."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM meta.functions WHERE project = ? AND schema_name = ? AND class_type = ''",
        (project, schema),
    ).fetchall()
    return {function.name.lower(): function.code for function in map(_read, rows)}


def called(name: str, project: str, schema: str) -> tuple[str, str, str]:
    """Project, schema and plain name of a function that a job calls.

    Args:
        name: ``f``, ``project:f``, ``schema.f`` or ``project:schema.f``.
        project, schema: those of the job, which hold what is named without them.
    """
    owner, _, path = name.rpartition(":")
    place, _, plain = path.rpartition(".")
    # The schema that is set for a job is one of its own project.
    inside = schema if not owner or owner.lower() == project else "default"
    return (owner or project).lower(), (place or inside).lower(), plain


def split_name(name: str) -> tuple[str | None, str | None, str]:
    """Project, schema and plain name of ``p/resources/n``, ``p/schemas/s/resources/n`` or ``n``."""
    place, found, plain = name.rpartition("/resources/")
    if not found:
        return None, None, name
    project, _, schema = place.partition("/schemas/")
    return project, schema or None, plain


def resolve(connection: duckdb.DuckDBPyConnection, function: Function, name: str) -> Resource:
    """The resource a function means by a name.

    Raises:
        OdpsError: it does not exist.
    """
    project, schema, plain = split_name(name)
    return resources.get(connection, project or function.project, schema or function.schema, plain)


def source_of(found: list[Resource], function: Function, folder: Path) -> tuple[str, str]:
    """Source text and class name of a function, from the Python resource its class type names.

    Raises:
        OdpsError: no such Python resource is among the function's resources, or it is no text.
    """
    module, _, class_name = function.class_type.rpartition(".")
    if function.language:
        return function.code, class_name
    if any(resource.kind == "jar" for resource in found):
        raise not_emulated(f"function {function.name}, which is written in Java")
    wanted = f"{module}.py"
    for resource in found:
        if resource.kind == "py" and resource.name == wanted:
            try:
                return (folder / resource.blob).read_text(encoding="utf-8"), class_name
            except UnicodeDecodeError as error:
                raise OdpsError("ODPS-0130071", f"Semantic analysis exception - {wanted} is not UTF-8 text") from error
    raise OdpsError(
        "ODPS-0130071",
        f"Semantic analysis exception - function {function.name} is the class {function.class_type}, "
        f"but there is no Python resource {wanted} among its resources",
    )
