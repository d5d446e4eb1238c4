"""Moving rows between tunnel sessions and tables."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.ipc

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.pages import mapped, passing
from odps_jupyter.emulator.store import arrow_batches, transaction
from odps_jupyter.emulator.tables.catalog import SessionCatalog, no_such_partition, quoted
from odps_jupyter.emulator.tables.models import Table

from . import framing, protobuf_reader, spans
from .compression import decompressed
from .filled import filled
from .models import Download, Upload
from .wire import WireColumn, batch_from_wire, stored_schema, wire_columns, wire_schema

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service
    from odps_jupyter.emulator.web import Request


#: One row of so many up to its end is few: DuckDB finds their numbers and then reads only them. It would do so for
#: every range, and join a whole table to the numbers of its rows.
_FEW = 8


def open_table(catalog: SessionCatalog, schema: str, name: str) -> Table:
    """The table of a session.

    Raises:
        OdpsError: no such table, or a view.
    """
    table = catalog.table(None, schema, name)
    if table.is_view:
        raise OdpsError("InvalidArgument", f"{table.qualified} is a view; the tunnel moves tables only", 400)
    return table


def check_partition(
    catalog: SessionCatalog, table: Table, partition: Mapping[str, str], *, may_be_new: bool = False
) -> None:
    """Check that a specification names a whole partition of a table, or that the table has none.

    Raises:
        OdpsError: it does not; or the partition is not there and may not be new.
    """
    if table.partitions and not partition:
        raise OdpsError(
            "MissingPartitionSpec", "You need to specify a partitionspec along with the specified table.", 400
        )
    if not partition:
        return
    if not table.partitions:
        raise OdpsError("InvalidPartitionSpec", f"{table.qualified} has no partitions", 400)
    if not catalog.has_partition(table, partition) and not may_be_new:
        raise no_such_partition(table, partition)


def data_columns(table: Table) -> tuple[WireColumn, ...]:
    """The columns that move: partition columns are no data."""
    return tuple(wire_columns([(column.name, column.type) for column in table.columns]))


def last_change(connection: duckdb.DuckDBPyConnection, catalog: SessionCatalog, session: Download) -> bool:
    """Whether the session still shows its table as it is."""
    table = catalog.find(None, session.schema, session.table)
    return table is not None and table.id == session.table_id and table.modified == session.modified


def read_rows(
    service: Service, session: Download, columns: Sequence[WireColumn], start: int, count: int
) -> Iterator[pa.RecordBatch]:
    """Stored batches of a range of a session's rows.

    Raises:
        OdpsError: the table has changed since the session began.
    """
    with service.store.reading() as connection, transaction(connection):
        catalog = service.catalog(connection, session.project)
        if not last_change(connection, catalog, session):
            raise OdpsError("TableModified", f"The table {session.table} changed while it was downloaded", 409)
        table = catalog.table(None, session.schema, session.table)
        where, values = catalog.where(table, session.partition)
        names = ", ".join(quoted(column.name) for column in columns)
        limit = max(min(count, session.count - start), 0)
        query = f"SELECT {names} FROM {table.physical}{where}"
        if limit * _FEW < start + limit:
            yield from arrow_batches(connection, f"{query} LIMIT {limit} OFFSET {start}", values)
        else:
            yield from _cut(arrow_batches(connection, query, values), start, limit)


def _cut(batches: Iterator[pa.RecordBatch], start: int, count: int) -> Iterator[pa.RecordBatch]:
    """The rows of some batches from ``start`` on, as many as ``count`` says."""
    for batch in batches:
        part = batch.slice(start, count)
        start -= min(start, batch.num_rows)
        count -= part.num_rows
        if part.num_rows:
            yield part
        if count <= 0:
            return


@contextmanager
def decoded(service: Service, request: Request, columns: Sequence[WireColumn]) -> Iterator[Iterator[pa.RecordBatch]]:
    """Stored batches from what a client sent.

    Raises:
        OdpsError: the data is damaged or does not fit the columns.
    """
    with decompressed(request.body, request.header("Content-Encoding"), service.folder.scratch) as body:
        if "arrow" in request.query:
            schema = wire_schema(columns)
            batches: Iterator[pa.RecordBatch] = (
                batch_from_wire(batch, columns) for batch in framing.decode(body, schema)
            )
        else:
            batches = _rows(body, columns)
        yield filled(spans.kept(batches, columns), columns)


def _rows(body: IO[bytes], columns: Sequence[WireColumn]) -> Iterator[pa.RecordBatch]:
    """Rows in the tunnel's protobuf form; of more than a few, only what is looked at lies in memory."""
    size = body.seek(0, os.SEEK_END)
    body.seek(0)
    if size <= protobuf_reader.WINDOW:
        return protobuf_reader.decode(body.read(), columns)
    body.flush()
    pages = mapped(body)
    return passing(protobuf_reader.decode(pages, columns), [pages])


def write_block(
    session: Upload, block: int, batches: Iterable[pa.RecordBatch], columns: Sequence[WireColumn] | None = None
) -> int:
    """Keep a block until the commit and return its rows; one sent twice replaces the first.

    Raises:
        OdpsError: the session takes no blocks any more.
    """
    temporary = session.folder / f"{secrets.token_hex(8)}.part"
    rows = 0
    try:
        schema = stored_schema(session.columns if columns is None else columns)
        with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
            for batch in batches:
                rows += batch.num_rows
                writer.write_batch(batch)
        with session.lock:
            if session.status != "normal":
                raise OdpsError("StatusConflict", f"The session {session.id} is {session.status}", 400)
            temporary.replace(session.path(block))
    finally:
        temporary.unlink(missing_ok=True)
    return rows


def read_blocks(session: Upload) -> Iterator[pa.RecordBatch]:
    """The rows of every block, in the order of block numbers."""
    for block in session.blocks():
        with session.path(block).open("rb") as file:
            pages = mapped(file)
        yield from passing(pa.ipc.open_stream(pa.BufferReader(pa.py_buffer(pages))), [pages])


def replaced(session: Upload) -> OdpsError:
    """The error for a session whose table is no longer the one it began with."""
    return OdpsError("TableModified", f"The table {session.table} was altered during the upload", 409)


@contextmanager
def target(service: Service, session: Upload) -> Iterator[tuple[duckdb.DuckDBPyConnection, SessionCatalog, Table]]:
    """The session's table (and partition) inside one transaction, which is committed at the end.

    Raises:
        OdpsError: the table is gone or another one by now, the partition is missing and not to be made, or a job
            changed the table meanwhile.
    """
    connection = service.store.connect()
    catalog = service.catalog(connection, session.project)
    try:
        with service.sessions.writer(session.table_id), transaction(connection):
            table = open_table(catalog, session.schema, session.table)
            check_partition(catalog, table, session.partition, may_be_new=session.create_partition)
            # Columns may have been added meanwhile: they are NULL in these rows.
            if table.id != session.table_id or not {*session.columns} <= {*data_columns(table)}:
                raise replaced(session)
            if session.create_partition and not catalog.has_partition(table, session.partition):
                catalog.add_partition(table, session.partition, if_not_exists=True)
            catalog.touch(table, session.partition)
            yield connection, catalog, table
    except duckdb.TransactionException as error:
        message = f"Failed to write {session.table}: another job changed the same table; try again"
        raise OdpsError("MetaTransactionFailed", message, 409) from error
    finally:
        catalog.close()
        connection.close()
    with service.store.writing() as connection:
        catalog.write_times(connection)


@contextmanager
def incoming(
    connection: duckdb.DuckDBPyConnection, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> Iterator[None]:
    """Batches as a relation of that name."""
    connection.register("incoming", pa.RecordBatchReader.from_batches(schema, batches))
    try:
        yield
    finally:
        connection.unregister("incoming")


def insert(service: Service, session: Upload, batches: Iterable[pa.RecordBatch], *, overwrite: bool) -> None:
    """Put rows into the session's table (and partition) in one transaction.

    Raises:
        OdpsError: see :func:`target`.
    """
    names = [quoted(column.name) for column in session.columns]
    partitions = [quoted(name) for name in session.partition]
    with target(service, session) as (connection, catalog, table):
        if overwrite:
            catalog.truncate(table, session.partition or None)
        with incoming(connection, stored_schema(session.columns), batches):
            connection.execute(
                f"INSERT INTO {table.physical} ({', '.join(names + partitions)}) "
                f"SELECT {', '.join(names + ['?' for _ in partitions])} FROM incoming",
                list(session.partition.values()),
            )
