"""One SQL task: the script on a connection of its own, functions in workers, rows to a result file."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.sql import run_script
from odps_jupyter.emulator.store import now
from odps_jupyter.emulator.tables.catalog import SessionCatalog
from odps_jupyter.executor.errors import ExecutorError

from .cost import estimate
from .models import SUCCESS, Instance, Task
from .udfs import JobUdfs, as_odps_error

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service


class Cancelled(Exception):
    """The job was stopped."""


_INTERRUPT_SECONDS = 0.05


class SqlTask:
    """Runs one task once. :meth:`stop` may be called from another thread at any time."""

    def __init__(self, service: Service, instance: Instance, task: Task) -> None:
        self._service = service
        self._instance = instance
        self._task = task
        settings = {"odps.sql.timezone": service.zone, **task.settings}
        self._settings = settings
        self._udfs = JobUdfs(service, instance.project, settings)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._stopped = False
        self._lock = threading.Lock()
        self._ended = threading.Event()

    @property
    def log(self) -> str:
        return self._udfs.log

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
            self._connection = self._service.store.connect()
            return self._connection

    def _disconnect(self) -> None:
        self._ended.set()
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def run(self, progress: Callable[[int, int], None]) -> Task:
        """The task as it ended.

        Raises:
            Cancelled: it was stopped before it began or before it was done.
            OdpsError, duckdb.Error: it failed; :meth:`explain` says how MaxCompute puts it.
        """
        connection = self._connect()
        catalog = SessionCatalog(
            connection,
            self._service.store.claims,
            project=self._instance.project,
            schema=self._settings.get("odps.default.schema", "default"),
            owner=self._service.owner,
            function=self._udfs.signature,
        )
        try:
            if self._task.kind == "SQLCost":
                cost = estimate(self._task.query, connection, catalog)
                return replace(self._task, status=SUCCESS, text=json.dumps(cost))
            return self._script(connection, catalog, progress)
        finally:
            self._udfs.close()
            catalog.close()
            self._disconnect()

    def _script(
        self, connection: duckdb.DuckDBPyConnection, catalog: SessionCatalog, progress: Callable[[int, int], None]
    ) -> Task:
        def unless_stopped(done: int, of: int) -> None:
            # The last report comes before the commit: what a stopped job did is undone.
            if self._stopped:
                raise Cancelled
            progress(done, of)

        result = run_script(
            self._task.query,
            connection=connection,
            catalog=catalog,
            udfs=self._udfs,
            settings=self._settings,
            on_progress=unless_stopped,
        )
        self._touch(catalog)
        self._udfs.close()
        ended = replace(self._task, status=SUCCESS, text=result.message or "", log=self._udfs.log)
        if result.rows is None:
            return ended
        self._service.results.write(self._instance.id, self._task.name, result.rows)
        columns = tuple((name, kind) for name, kind in result.columns)
        return replace(ended, columns=columns, rows=result.rows.num_rows)

    def _touch(self, catalog: SessionCatalog) -> None:
        if not catalog.touched:
            return
        with self._service.store.writing() as connection:
            for identity in sorted(catalog.touched):
                connection.execute("UPDATE meta.tables SET modified = ? WHERE id = ?", (now(), identity))

    def explain(self, error: Exception) -> OdpsError:
        """MaxCompute's words for a failure of :meth:`run`."""
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
