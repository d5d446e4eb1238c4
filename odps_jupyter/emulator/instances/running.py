"""One task that runs: on a connection of its own, functions in workers, rows to a result file."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.sql import run_script
from odps_jupyter.emulator.sql.context import Context
from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.sql.lexer import Setting, Statement, split
from odps_jupyter.emulator.store import now, transaction
from odps_jupyter.emulator.tables.statistics import row_count, size_of
from odps_jupyter.executor.errors import ExecutorError
from odps_jupyter.executor.signature import Signature

from .cost import estimate
from .definitions import JobFunctions
from .flows import run_flow
from .merge import merge
from .models import FAILED, RUNNING, SUCCESS, Instance, Task, Traffic, Worker
from .udfs import JobUdfs, as_odps_error
from .watch import CountedUdfs, Watch, WatchedCatalog

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service


class Cancelled(Exception):
    """The job was stopped."""


_INTERRUPT_SECONDS = 0.05


class RunningTask:
    """Runs one task once. :meth:`stop` and :meth:`now` may be called from other threads at any time.

    Raises:
        OdpsError: the script cannot be divided into statements.
    """

    def __init__(self, service: Service, instance: Instance, task: Task) -> None:
        self._service = service
        self._instance = instance
        self._task = replace(task, status=RUNNING, started=now())
        parts = list(split(task.query)) if task.kind == "SQL" else []
        said = {part.key: part.value for part in parts if isinstance(part, Setting)}
        self._settings = {"odps.sql.timezone": service.zone, **task.settings, **said}
        self._statements = sum(isinstance(part, Statement) for part in parts)
        self._udfs, self._watch = self._afresh()
        self._committed = False
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._catalog: WatchedCatalog | None = None
        self._stopped = False
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def _afresh(self) -> tuple[JobUdfs, Watch]:
        """The functions of a task that begins, and what counts its steps."""
        udfs = JobUdfs(self._service, self._instance.project, self._settings, calls=self._task.kind == "SQL")
        return udfs, Watch(self._statements)

    def foresee(self) -> None:
        """Begin what takes long and changes nothing; :meth:`close` ends it where the task never runs."""
        if self._task.kind == "SQL":
            self._udfs.foresee(self._task.query)

    def close(self) -> None:
        """End what the task has begun."""
        self._udfs.close()

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
        self._udfs.kill()
        threading.Thread(target=self._interrupt, name="odps-stop", daemon=True).start()

    def _interrupt(self) -> None:
        """Interrupt until the job has let go: DuckDB forgets an interrupt that comes between two queries."""
        while not self._ended.wait(_INTERRUPT_SECONDS):
            with self._lock:
                if self._connection is None:
                    return
                self._connection.interrupt()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._stopped:
                raise Cancelled
            self._ended.clear()
            self._connection = self._service.store.connect()
            # DuckDB tells how far a query is only while its progress bar, which nobody sees, is on.
            self._connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
            return self._connection

    def _disconnect(self) -> None:
        self._ended.set()
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def now(self, status: str = RUNNING, text: str = "") -> Task:
        """The task as it is at this moment: stages and what the functions wrote so far."""
        with self._lock:
            percent = -1.0 if self._connection is None else self._connection.query_progress()
        return replace(
            self._task,
            status=status,
            text=text,
            ended=None if status == RUNNING else now(),
            # A task that ended well has no statement left whose rows could say how far it is.
            stages=self._watch.stages(percent, 0 if status == SUCCESS else self._rows())
            if self._task.kind == "SQL"
            else (),
            workers=tuple(Worker(function, log) for function, log in self._udfs.logs),
        )

    def _rows(self) -> int:
        """Rows of the tables the task reads, as far as others can see them."""
        if self._catalog is None:
            return 0
        rows = 0
        with self._service.store.reading() as connection, transaction(connection):
            catalog = self._service.catalog(connection, self._instance.project)
            for table in list(self._catalog.seen.values()):
                found = catalog.find(table.project, table.schema, table.name)
                if found is not None and found.id == table.id:
                    rows += row_count(connection, catalog, found)
        return rows

    def run(self) -> Task:
        """The task as it ended.

        Raises:
            Cancelled: it was stopped before it began or before it was done.
            OdpsError, duckdb.Error: it failed; :meth:`failed` says how MaxCompute puts it.
        """
        memory = self._service.store.memory
        try:
            return self._attempt()
        except (OdpsError, duckdb.OutOfMemoryException) as error:
            if self._committed or not isinstance(error.__cause__ or error, duckdb.OutOfMemoryException):
                raise
            # Nothing of it has happened: once more, with all the memory there is.
            self._udfs, self._watch = self._afresh()
            with memory.whole():
                return self._attempt()
        finally:
            memory.settle()

    def _attempt(self) -> Task:
        try:
            connection = self._connect()
            self._catalog = WatchedCatalog(
                connection,
                self._service.store.claims,
                project=self._instance.project,
                schema=self._settings.get("odps.default.schema", "default").lower(),
                owner=self._service.owner,
                function=self._signature,
            )
            return replace(_RUN[self._task.kind](self, connection, self._catalog), ended=now())
        finally:
            self._udfs.close()
            if self._catalog is not None:
                self._catalog.close()
            self._disconnect()

    def _signature(self, name: str) -> Signature | None:
        found = self._udfs.signature(name)
        if found is not None:
            self._watch.call()
        return found

    def _ended_well(self, text: str = "") -> Task:
        self._udfs.close()
        return self.now(SUCCESS, text)

    def _cost(self, connection: duckdb.DuckDBPyConnection, catalog: WatchedCatalog) -> Task:
        return self._ended_well(json.dumps(estimate(self._task.query, connection, catalog)))

    def _merge(self, connection: duckdb.DuckDBPyConnection, catalog: WatchedCatalog) -> Task:
        return self._ended_well(merge(self._task, catalog))

    def _flow(self, connection: duckdb.DuckDBPyConnection, catalog: WatchedCatalog) -> Task:
        execution = Execution(connection, Context(catalog, self._settings), self._udfs)
        run_flow(self._task, execution)
        self._committed = True
        self._watch.advance()
        self._touch(catalog)
        return self._with_traffic(self._ended_well(), connection, catalog)

    def _script(self, connection: duckdb.DuckDBPyConnection, catalog: WatchedCatalog) -> Task:
        def unless_stopped(done: int, of: int) -> None:
            # The last report comes before the commit: what a stopped job did is undone.
            if self._stopped:
                raise Cancelled
            self._watch.advance()

        result = run_script(
            self._task.query,
            connection=connection,
            catalog=catalog,
            udfs=CountedUdfs(self._udfs, self._watch),
            settings=self._settings,
            on_progress=unless_stopped,
            spill=self._service.store.spill,
            functions=JobFunctions(
                connection,
                self._service.store.claims,
                catalog,
                self._instance.project,
                catalog.schema,
                self._service.owner,
                self._udfs,
                schemas=self._settings.get("odps.namespace.schema", "").lower() == "true",
            ),
        )
        self._committed = True
        self._touch(catalog)
        ended = self._with_traffic(self._ended_well(result.message or ""), connection, catalog)
        if result.kept is None:
            return ended
        self._service.results.write(self._instance.id, self._task.name, result.kept)
        columns = tuple((name, kind) for name, kind in result.columns)
        return replace(ended, columns=columns, rows=result.kept.table.num_rows)

    def _with_traffic(self, task: Task, connection: duckdb.DuckDBPyConnection, catalog: WatchedCatalog) -> Task:
        moved = []
        for table in catalog.seen.values():
            found = catalog.find(table.project, table.schema, table.name)
            if found is not None and found.id == table.id:
                rows = row_count(connection, catalog, found)
                moved.append((found.id in catalog.touched, Traffic(found.qualified, rows, size_of(found, rows))))
        return replace(
            task,
            reads=tuple(one for written, one in moved if not written),
            writes=tuple(one for written, one in moved if written),
        )

    def _touch(self, catalog: WatchedCatalog) -> None:
        if not catalog.touched:
            return
        with self._service.store.writing() as connection:
            catalog.write_times(connection)

    def failed(self, error: Exception) -> Task:
        """The task as it ended when :meth:`run` raised."""
        return self.now(FAILED, self._explained(error).text)

    def _explained(self, error: Exception) -> OdpsError:
        """MaxCompute's words for a failure."""
        if self._udfs.failure is not None:
            return as_odps_error(self._udfs.failure)
        if isinstance(error, OdpsError | ExecutorError):
            return as_odps_error(error)
        first = str(error).strip().partition("\n")[0]
        if isinstance(error, duckdb.TransactionException):
            return OdpsError("ODPS-0110061", f"Failed to run task - another job changed the same table: {first}")
        if isinstance(error, duckdb.DataError):
            return OdpsError("ODPS-0121095", f"Invalid arguments - {first}")
        return OdpsError("ODPS-0010000", f"System internal error - {first}", 500)


_RUN: dict[str, Callable[[RunningTask, duckdb.DuckDBPyConnection, WatchedCatalog], Task]] = {
    "SQL": RunningTask._script,
    "SQLCost": RunningTask._cost,
    "Merge": RunningTask._merge,
    "XFlow": RunningTask._flow,
}
