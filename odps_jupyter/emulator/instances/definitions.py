"""Functions that a script creates and drops, in the job's own transaction."""

from __future__ import annotations

import duckdb

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.functions import models as functions
from odps_jupyter.emulator.functions.models import Function
from odps_jupyter.emulator.projects.models import get_project, get_schema
from odps_jupyter.emulator.sql.definitions import CreateFunction, DropFunction, SqlFunction
from odps_jupyter.emulator.store import Claims, now

from .udfs import JobUdfs


class JobFunctions:
    """Implements the SQL engine's ``Functions`` on the job's connection.

    Names are claimed for ``holder``, who gives them up when the job's transaction has ended.

    Args:
        project, schema: those of the job, for functions named without.
        schemas: whether ``a.f`` is a function of a schema (hint ``odps.namespace.schema``) or of a project.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        claims: Claims,
        holder: object,
        project: str,
        schema: str,
        owner: str,
        udfs: JobUdfs,
        *,
        schemas: bool,
    ) -> None:
        self._connection = connection
        self._claims = claims
        self._holder = holder
        self._project = project
        self._schema = schema
        self._schemas = schemas
        self._owner = owner
        self._udfs = udfs

    def create(self, statement: CreateFunction) -> None:
        given = statement.function
        if isinstance(given, SqlFunction):
            function = self._function(given.name, language="SQL", code=given.text)
        elif given.code:
            function = self._function(
                given.name, class_type=given.class_type, language="PYTHON", code=given.code, file_name=given.file_name
            )
        else:
            function = self._function(given.name, class_type=given.class_type, resources=given.resources)
        if statement.temporary:
            for name in function.resources:
                functions.resolve(self._connection, function, name)
        else:
            self._claim(function.project, function.schema, function.name)
            old = functions.find(self._connection, function.project, function.schema, function.name)
            if old is not None and statement.if_not_exists:
                return
            if old is not None and statement.replace:
                functions.delete(self._connection, old)
            functions.create(self._connection, function)
        if not isinstance(given, SqlFunction):
            self._udfs.declare(function)

    def _function(
        self,
        name: str,
        class_type: str = "",
        resources: tuple[str, ...] = (),
        language: str = "",
        code: str = "",
        file_name: str = "",
    ) -> Function:
        project, schema, plain = self._place(name)
        return Function(0, project, schema, plain, class_type, resources, self._owner, now(), language, code, file_name)

    def _place(self, name: str) -> tuple[str, str, str]:
        """Project, schema and plain name of ``f``, ``project:f``, ``project.f``, ``schema.f``, ``project.schema.f``.

        Raises:
            OdpsError: the project or the schema does not exist.
        """
        project, _, path = name.rpartition(":")
        *place, plain = path.split(".")
        in_schema = len(place) + bool(project) > 1 or place == ["default"] or self._schemas
        schema = place.pop() if place and in_schema else ""
        if place and not project:
            project = place.pop()
        owner = get_project(self._connection, project or self._project).name
        inside = self._schema if owner == self._project else "default"
        return owner, get_schema(self._connection, owner, ".".join([*place, schema or inside])).name, plain

    def drop(self, statement: DropFunction) -> None:
        project, schema, name = self._place(statement.name)
        self._claim(project, schema, name)
        found = functions.find(self._connection, project, schema, name)
        if found is not None:
            functions.delete(self._connection, found)
            self._udfs.forget(project, schema, name)
        elif not statement.if_exists:
            raise OdpsError("ODPS-0130131", f"[0,0] Function not found - function {name} cannot be resolved", 404)

    def _claim(self, project: str, schema: str, name: str) -> None:
        self._claims.take(self._holder, *functions.claim(project, schema, name))

    def sql(self) -> dict[str, str]:
        return functions.sql_functions(self._connection, self._project, self._schema)
