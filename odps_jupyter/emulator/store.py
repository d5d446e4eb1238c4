"""The one DuckDB database of a service: connections, transactions, and the tables of the metadata.

Physical tables of users lie in schema ``data``, metadata in schema ``meta``. There are no unique indexes: DuckDB
checks them before a transaction ends, so that dropping and creating one name in one script would fail. Instead,
:class:`Claims` lets only one transaction at a time create or drop a name.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from .errors import OdpsError
from .memory import Memory

if TYPE_CHECKING:
    import pyarrow as pa

#: Version of the layout below; a folder of another version is refused rather than misread.
LAYOUT = "1"
#: Texts of short queries that are read once; some name a table.
_REMEMBERED = 256

LAYOUT_SQL = """
CREATE SCHEMA IF NOT EXISTS meta;
CREATE SCHEMA IF NOT EXISTS data;
CREATE TABLE IF NOT EXISTS meta.info (key TEXT, value TEXT);
CREATE TABLE IF NOT EXISTS meta.projects (name TEXT, created TIMESTAMP, modified TIMESTAMP, properties TEXT);
CREATE TABLE IF NOT EXISTS meta.schemas (
    project TEXT, name TEXT, owner TEXT, comment TEXT, created TIMESTAMP, modified TIMESTAMP);
CREATE TABLE IF NOT EXISTS meta.tables (
    id BIGINT, project TEXT, schema_name TEXT, name TEXT, definition TEXT, owner TEXT,
    created TIMESTAMP, modified TIMESTAMP, ddl_modified TIMESTAMP);
CREATE TABLE IF NOT EXISTS meta.partitions (
    table_id BIGINT, spec TEXT, created TIMESTAMP, modified TIMESTAMP);
ALTER TABLE meta.partitions ADD COLUMN IF NOT EXISTS definition TEXT;
CREATE TABLE IF NOT EXISTS meta.resources (
    id BIGINT, project TEXT, schema_name TEXT, name TEXT, kind TEXT, comment TEXT, owner TEXT, source TEXT,
    temporary BOOLEAN, size BIGINT, md5 TEXT, blob TEXT, created TIMESTAMP, modified TIMESTAMP);
ALTER TABLE meta.resources ADD COLUMN IF NOT EXISTS part BOOLEAN DEFAULT false;
CREATE TABLE IF NOT EXISTS meta.functions (
    id BIGINT, project TEXT, schema_name TEXT, name TEXT, class_type TEXT, resources TEXT, owner TEXT,
    created TIMESTAMP);
CREATE TABLE IF NOT EXISTS meta.instances (
    id TEXT, project TEXT, owner TEXT, guid TEXT, job TEXT, name TEXT, started TIMESTAMP, ended TIMESTAMP,
    status TEXT, tasks TEXT);
CREATE TABLE IF NOT EXISTS meta.interpreters (executable TEXT);
"""


def now() -> datetime:
    """The current time in UTC without zone, in whole milliseconds: the form all metadata times have."""
    moment = datetime.now(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Claims:
    """Names that a running transaction creates, drops or renames. One holder per name at a time."""

    def __init__(self) -> None:
        self._holders: dict[tuple[str, ...], object] = {}
        self._lock = threading.Lock()

    def take(self, holder: object, *name: str) -> None:
        """Claim a name for ``holder``.

        Raises:
            OdpsError: another holder has it.
        """
        with self._lock:
            if self._holders.setdefault(name, holder) is not holder:
                raise OdpsError(
                    "ODPS-0110061",
                    f"Failed to run ddltask - {'.'.join(name)} is being changed by another job; try again after it",
                )

    @contextmanager
    def held(self, *name: str) -> Iterator[None]:
        """A name claimed for as long as the block runs.

        Raises:
            OdpsError: another holder has it.
        """
        holder = object()
        self.take(holder, *name)
        try:
            yield
        finally:
            self.release(holder)

    def release(self, holder: object) -> None:
        """Give up every name of ``holder``."""
        with self._lock:
            self._holders = {name: one for name, one in self._holders.items() if one is not holder}


class Store:
    """An open database. Every thread works on a connection of its own from :meth:`connect`."""

    def __init__(self, database: str, scratch: Path) -> None:
        #: Folder of rows that do not fit into memory; made when there are some.
        self.spill = str(scratch / "duckdb")
        self._root = duckdb.connect(
            database,
            config={
                "preserve_insertion_order": True,
                "temp_directory": self.spill,
                # What a statement leaves goes back to the system, not only what is far more than the next one needs.
                "allocator_flush_threshold": "16MB",
                "allocator_bulk_deallocation_flush_threshold": "32MB",
            },
        )
        self._root.execute(LAYOUT_SQL)
        # For every connection, whatever the machine's zone is.
        self._root.execute("SET GLOBAL TimeZone = 'UTC'")
        self.memory = Memory(self._root)
        self._closing = threading.Lock()
        # Metadata is written by one thread at a time: such transactions are short, and DuckDB fails the slower of
        # two that touch one row.
        self._writing = threading.RLock()
        self._kept: list[duckdb.DuckDBPyConnection] = []
        self._closed = False
        self.claims = Claims()

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A new connection to the same database, for SQL of users."""
        return self._cursor()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._closing:
            return self._root.cursor()

    @contextmanager
    def looking(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A kept connection to look up rows of metadata, which sees what was committed when each query begins."""
        connection = self._metadata()
        try:
            yield connection
        except OdpsError:
            # What was asked for is not there: the connection is as it was.
            self._keep(connection)
            raise
        except BaseException:
            # Whatever state it is in.
            connection.close()
            raise
        self._keep(connection)

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one short read of tables; metadata has no times with a zone."""
        connection = self._cursor()
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction on metadata: committed at the end, rolled back on any error."""
        with self._writing:
            connection = self._metadata()
            try:
                with transaction(connection):
                    yield connection
            except BaseException:
                # Whatever state it is in.
                connection.close()
                raise
            self._keep(connection)

    def _keep(self, connection: duckdb.DuckDBPyConnection) -> None:
        with self._closing:
            if self._closed:
                # It would hold the database open.
                connection.close()
            else:
                self._kept.append(connection)

    def _metadata(self) -> duckdb.DuckDBPyConnection:
        """A connection for metadata that nobody uses."""
        with self._closing:
            if self._kept:
                return self._kept.pop()
        connection = self._cursor()
        # Rows of metadata are looked up by what they are called: thinking about such a query takes longer than it.
        connection.execute("PRAGMA disable_optimizer")
        return connection

    def layout(self) -> str | None:
        """The layout version written when the folder was first filled; ``None`` for a new one."""
        with self.reading() as connection:
            row = first_row(connection, "SELECT value FROM meta.info WHERE key = 'layout'")
        return None if row is None else str(row[0])

    def close(self) -> None:
        """Write everything back into the database file and close it."""
        with self._closing:
            with suppress(duckdb.Error):  # a connection that still runs keeps the log; the next start replays it
                self._root.execute("CHECKPOINT")
            self._closed = True
            while self._kept:
                self._kept.pop().close()
            self._root.close()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """BEGIN, then COMMIT; or ROLLBACK on any error."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # a failed statement may have ended the transaction by itself
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def first_row(
    connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] = ()
) -> tuple[Any, ...] | None:
    """The first row of a short result. Everything is fetched: an unfinished result would block the connection."""
    rows = connection.execute(_read(connection, query), list(values)).fetchall()
    return rows[0] if rows else None


_STATEMENTS: dict[str, duckdb.Statement] = {}


def _read(connection: duckdb.DuckDBPyConnection, query: str) -> duckdb.Statement:
    """A query as DuckDB has read it, which takes it nearly as long as to answer it; good for every connection."""
    statement = _STATEMENTS.get(query)
    if statement is None:
        if len(_STATEMENTS) >= _REMEMBERED:
            _STATEMENTS.clear()
        [statement] = connection.extract_statements(query)
        _STATEMENTS[query] = statement
    return statement


def arrow_batches(
    connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] = (), size: int = 65_536
) -> Iterator[pa.RecordBatch]:
    """The rows of a query as Arrow batches, made as they are taken."""
    return iter(connection.sql(query, params=list(values)).to_arrow_reader(size))


def new_id() -> int:
    """An id nothing else has: drawn at random, because a sequence would be one more thing to write for every one."""
    return secrets.randbits(62)
