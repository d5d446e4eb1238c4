"""Registered functions run for one job: resources are laid down, sessions opened as DuckDB's threads ask for them."""

from __future__ import annotations

import math
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from odps_jupyter.emulator import interpreters, types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.functions import models as functions
from odps_jupyter.emulator.resources.models import Resource
from odps_jupyter.emulator.seed.resources import NUMPY, for_python
from odps_jupyter.emulator.sql.clocks import to_wall
from odps_jupyter.emulator.sql.context import Context
from odps_jupyter.emulator.sql.engine import DEFAULT_SPLITS
from odps_jupyter.emulator.sql.macros import Macros
from odps_jupyter.emulator.store import arrow_batches
from odps_jupyter.emulator.tables.catalog import parse_spec, quoted
from odps_jupyter.executor.environments import interpreter_for
from odps_jupyter.executor.errors import (
    ExecutorError,
    FunctionError,
    InterpreterError,
    MemoryExceeded,
    SignatureError,
    WorkerTimeout,
)
from odps_jupyter.executor.interpreters import Interpreter
from odps_jupyter.executor.job import Function, Job, ResourceFile, ResourceTable
from odps_jupyter.executor.profiles import UnknownProfile, profile_for
from odps_jupyter.executor.session import Session
from odps_jupyter.executor.signature import Signature, read_signature

from .sessions import Sessions

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

#: Seconds one batch of rows may take (hint ``odps.function.timeout``; the vendor's default).
DEFAULT_TIMEOUT = 1800.0
#: MiB one worker may use (hint ``odps.sql.udf.python.memory``).
DEFAULT_MEMORY = 1024
#: Output of functions kept per job, in characters (the vendor's limit is 20 KB).
LOG_LIMIT = 20_480
#: How PyODPS names what it registers for one job (``odps.df.backends.odpssql.codegen``).
_GENERATED = re.compile(r"\bpyodps_udf_\w+", re.IGNORECASE)


@dataclass(frozen=True)
class _Prepared:
    """A function with everything it needs to run."""

    function: Function
    job: Job


class JobUdfs:
    """Implements the SQL engine's ``UdfRunner`` for one job; also answers which functions exist.

    Args:
        calls: whether a function that is named will be called, so that a process for it may start meanwhile.
    """

    def __init__(self, service: Service, project: str, settings: Mapping[str, str], *, calls: bool = True) -> None:
        self._service = service
        self._project = project
        self._schema = settings.get("odps.default.schema", "default").lower()
        self._settings = settings
        self._calls = calls
        self._declared: dict[str, functions.Function | None] = {}
        self._prepared: dict[str, _Prepared | None] = {}
        # A profile's packages may have to be installed first, and a job can be stopped meanwhile.
        self._preparing = threading.Lock()
        self._stop = threading.Event()
        self._ahead: threading.Thread | None = None
        # Never one alone: the streams of a table function must be able to run side by side.
        self._sessions = Sessions(lambda: service.pool, max(os.cpu_count() or 1, DEFAULT_SPLITS), self._stop.set)

    def declare(self, function: functions.Function) -> None:
        """Add a function that only this job knows, or does not find in the database before it ends."""
        self._redefine(self._key(f"{function.project}:{function.schema}.{function.name}"), function)

    def forget(self, project: str, schema: str, name: str) -> None:
        """Know a function no more that the job has dropped: the database still shows it to others."""
        self._redefine(self._key(f"{project}:{schema}.{name}"), None)

    def _redefine(self, key: str, function: functions.Function | None) -> None:
        with self._preparing:
            self._declared[key] = function
            self._prepared.pop(key, None)
        # Statements come one after the other, so no session is at work; an idle one would run the old code.
        self._sessions.forget(key)

    def _key(self, name: str) -> str:
        project, schema, plain = functions.called(name.lower(), self._project, self._schema)
        return plain if (project, schema) == (self._project, self._schema) else f"{project}:{schema}.{plain}"

    def foresee(self, query: str) -> None:
        """Begin the processes of the functions that PyODPS has made for a query, while the query is read.

        A process takes about as long to begin as the query to be read and translated.
        """
        names = dict.fromkeys(_GENERATED.findall(query))
        if names and self._calls and self._ahead is None:
            self._ahead = threading.Thread(target=self._begin, args=(names,), name="functions foreseen", daemon=True)
            self._ahead.start()

    def _begin(self, names: Iterable[str]) -> None:
        # What cannot be run is told where the query is found to call it; a name in a text is no call.
        with suppress(OdpsError):
            for name in names:
                self.signature(name)

    def signature(self, name: str) -> Signature | None:
        """The signature of a registered function, or ``None``.

        Raises:
            OdpsError: it is registered and cannot be run.
        """
        prepared = self._prepare(name)
        return None if prepared is None else prepared.function.signature

    def _prepare(self, name: str) -> _Prepared | None:
        key = self._key(name)
        with self._preparing:
            if key not in self._prepared:
                prepared = self._prepared[key] = self._load(name)
                # Under the lock, or it might be begun as what it was before a statement changed it.
                if prepared is not None and self._calls:
                    self._sessions.begin(key, prepared.job, prepared.function)
            return self._prepared[key]

    def _load(self, name: str) -> _Prepared | None:
        store = self._service.store
        with store.looking() as connection:
            key = self._key(name)
            if key in self._declared:
                function = self._declared[key]
            else:
                function = functions.find(connection, *functions.called(name, self._project, self._schema))
            if function is None or function.language == "SQL":
                return None
            found = [functions.resolve(connection, function, one) for one in function.resources]
        source, class_name = functions.source_of(found, function, self._service.folder.blobs)
        try:
            signature = read_signature(source, class_name)
        except SignatureError as error:
            raise OdpsError(
                "ODPS-0130071", f"[0,0] Semantic analysis exception - cannot read function {name}: {error}"
            ) from error
        tag, image = self._settings.get("odps.sql.python.version"), self._settings.get("odps.session.image")
        try:
            profile = profile_for(tag, image, signature.client)
        except UnknownProfile as error:
            raise OdpsError("ODPS-0130071", f"[0,0] Semantic analysis exception - {error}") from error
        try:
            interpreter = interpreter_for(profile, interpreters.known(store), stop=self._stop)
        except InterpreterError as error:
            raise as_odps_error(error) from error
        return _Prepared(
            Function(function.name, source, class_name, signature),
            Job(
                profile,
                interpreter,
                tuple(self._lay(resource, interpreter) for resource in found),
                timezone=self._settings.get("odps.sql.timezone", self._service.zone),
                timeout=_number(self._settings, "odps.function.timeout", DEFAULT_TIMEOUT),
                memory=int(_number(self._settings, "odps.sql.udf.python.memory", DEFAULT_MEMORY)),
            ),
        )

    def _lay(self, resource: Resource, interpreter: Interpreter) -> ResourceFile | ResourceTable:
        if resource.kind != "table":
            path = self._service.blobs.path(resource.blob)
            if resource.name == NUMPY:
                path = for_python(path, interpreter, self._service.folder.libraries)
            return ResourceFile(resource.name, resource.kind, path)  # type: ignore[arg-type]
        named, _, partition = resource.source.partition(" partition(")
        parts = [part.strip().strip("`") for part in named.split(".")]
        spec = parse_spec(partition.rstrip(") "))
        with self._service.store.reading() as connection:
            catalog = self._service.catalog(connection, resource.project)
            table = catalog.table(
                parts[0] if len(parts) > 1 else None, parts[1] if len(parts) == 3 else None, parts[-1]
            )
            where, values = catalog.where(table, spec)
            context = Context(catalog, self._settings)
        # Functions see the wall clock of the job, here as in the rows they are called with.
        names = ", ".join(to_wall(quoted(c.name), types.parse(c.type), context) for c in table.columns)
        query = f"SELECT {names} FROM {table.physical}{where}"
        columns = tuple((column.name, column.type) for column in table.columns)
        schema = pa.schema([pa.field(name, types.to_arrow(types.parse(kind))) for name, kind in columns])

        def batches() -> Iterator[pa.RecordBatch]:
            with self._service.store.reading() as connection:
                macros = Macros(
                    connection, context.zone, context.stored_zone, context.prefix, strict=False, hive=context.is_hive
                )
                try:
                    for batch in arrow_batches(connection, macros.ready(query), values):
                        yield batch.rename_columns(schema.names).cast(schema)
                finally:
                    macros.close()

        return ResourceTable(resource.name, columns, batches)

    @contextmanager
    def _borrow(self, name: str) -> Iterator[Session]:
        prepared = self._prepare(name)
        if prepared is None:
            raise OdpsError("ODPS-0130071", f"[0,0] Semantic analysis exception - function {name} cannot be resolved")
        with self._sessions.borrow(self._key(name), prepared.job, prepared.function) as session:
            yield session

    def evaluate(self, name: str, batch: pa.RecordBatch) -> Any:
        with self._borrow(name) as session:
            return session.evaluate(batch)

    def aggregate(self, name: str, groups: Any) -> Any:
        with self._borrow(name) as session:
            return session.aggregate(groups)

    def partials(self, name: str, groups: Any) -> Any:
        with self._borrow(name) as session:
            return session.partials(groups)

    def merged(self, name: str, buffers: Any) -> Any:
        with self._borrow(name) as session:
            return session.merged(buffers)

    def process(self, name: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with self._borrow(name) as session:
            yield from session.process(batches)

    def beside(self, name: str, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[Any, pa.RecordBatch]]:
        with self._borrow(name) as session:
            yield from session.beside(batches)

    @property
    def count(self) -> int:
        """How many registered functions the job named so far."""
        return sum(one is not None for one in list(self._prepared.values()))

    @property
    def failure(self) -> Exception | None:
        """The first failure of a function. DuckDB wraps what a function raises, so it is kept whole."""
        return self._sessions.failure

    @property
    def logs(self) -> list[tuple[str, str]]:
        """For each worker, the function it ran and what that wrote so far; complete after :meth:`close`."""
        left, shown = LOG_LIMIT, []
        for name, text in self._sessions.logs:
            shown.append((name, text[:left]))
            left -= len(shown[-1][1])
        return shown

    def kill(self) -> None:
        """End the sessions at work as well; the calls that wait for them fail. May come from another thread."""
        self._sessions.kill()

    def close(self) -> None:
        """End every idle session; a thread that waits for one is told that the job was cancelled."""
        if self._ahead is not None:
            # It is still there only where the query was refused before it came to what it calls.
            self._stop.set()
            self._ahead.join()
        self._sessions.close()


def _number(settings: Mapping[str, str], name: str, default: float) -> float:
    refusal = OdpsError("ODPS-0130071", f"[0,0] Semantic analysis exception - {name} must be a positive number")
    try:
        number = float(settings.get(name, default))
    except ValueError as error:
        raise refusal from error
    if not 0 < number < math.inf:
        raise refusal
    return number


def as_odps_error(error: Exception) -> OdpsError:
    """MaxCompute's error for what went wrong in a worker."""
    if isinstance(error, OdpsError):
        return error
    makers: list[tuple[type[Exception], Callable[[Any], OdpsError]]] = [
        (
            FunctionError,
            lambda one: OdpsError("ODPS-0123055", f"User script exception - {one.traceback or one.message}"),
        ),
        (WorkerTimeout, lambda one: OdpsError("ODPS-0123144", f"Fuxi job failed - kInstanceMonitorTimeout: {one}")),
        (MemoryExceeded, lambda one: OdpsError("ODPS-0123049", f"UDF worker memory exceeded - {one}")),
        (ExecutorError, lambda one: OdpsError("ODPS-0123131", f"User defined function exception - {one}")),
    ]
    for kind, make in makers:
        if isinstance(error, kind):
            return make(error)
    return OdpsError("ODPS-0010000", f"System internal error - {error}", 500)
