"""Moving rows between tunnel sessions and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.ipc

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.store import arrow_batches, now, transaction
from odps_jupyter.emulator.tables.catalog import SessionCatalog, no_such_partition, quoted
from odps_jupyter.emulator.tables.models import Table

from . import framing, protobuf_reader
from .models import Download, Upload
from .wire import WireColumn, batch_from_wire, stored_schema, wire_columns, wire_schema

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service


def open_table(catalog: SessionCatalog, schema: str, name: str, partition: Mapping[str, str]) -> Table:
    """The table of a session, with its partition specification checked.

    Raises:
        OdpsError: no such table, a view, or the specification does not name a whole partition.
    """
    table = catalog.table(None, schema, name)
    if table.is_view:
        raise OdpsError("InvalidArgument", f"{table.qualified} is a view; the tunnel moves tables only", 400)
    if table.partitions and not partition:
        raise OdpsError(
            "MissingPartitionSpec", "You need to specify a partitionspec along with the specified table.", 400
        )
    if partition:
        if not table.partitions:
            raise OdpsError("InvalidPartitionSpec", f"{table.qualified} has no partitions", 400)
        catalog.partition_key(table, partition)
    return table


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
        query = f"SELECT {names} FROM {table.physical}{where} LIMIT {limit} OFFSET {max(start, 0)}"
        yield from arrow_batches(connection, query, values)


def decode_block(body: IO[bytes], columns: Sequence[WireColumn], *, arrow: bool) -> Iterator[pa.RecordBatch]:
    """Stored batches from what a client sent.

    Raises:
        OdpsError: the data is damaged or does not fit the columns.
    """
    if not arrow:
        yield from protobuf_reader.decode(body.read(), columns)
        return
    for batch in framing.decode(body, wire_schema(columns)):
        yield batch_from_wire(batch, columns)


def write_block(session: Upload, block: int, batches: Iterable[pa.RecordBatch]) -> None:
    """Keep a block until the commit; one sent twice replaces the first."""
    temporary = session.folder / f"{block}.part"
    schema = stored_schema(session.columns)
    with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    temporary.replace(session.path(block))


def read_blocks(session: Upload) -> Iterator[pa.RecordBatch]:
    """The rows of every block, in the order of block numbers."""
    for block in session.blocks():
        with pa.memory_map(str(session.path(block))) as source:
            yield from pa.ipc.open_stream(source)


def insert(
    service: Service, session: Upload, batches: Iterator[pa.RecordBatch], *, overwrite: bool, create: bool = True
) -> None:
    """Put rows into the session's table (and partition) in one transaction.

    Raises:
        OdpsError: the table is gone or another one by now.
    """
    connection = service.store.connect()
    catalog = service.catalog(connection, session.project)
    try:
        with transaction(connection):
            table = open_table(catalog, session.schema, session.table, session.partition)
            if table.id != session.table_id:
                raise OdpsError("TableModified", f"The table {session.table} was replaced during the upload", 409)
            if session.partition and not catalog.has_partition(table, session.partition):
                if not create:
                    raise no_such_partition(table, session.partition)
                catalog.add_partition(table, session.partition, if_not_exists=True)
            if overwrite:
                catalog.truncate(table, session.partition or None)
            _append(connection, table, session, batches)
    finally:
        catalog.close()
        connection.close()
    with service.store.writing() as connection:
        connection.execute("UPDATE meta.tables SET modified = ? WHERE id = ?", (now(), session.table_id))


def _append(
    connection: duckdb.DuckDBPyConnection, table: Table, session: Upload, batches: Iterator[pa.RecordBatch]
) -> None:
    names = [quoted(column.name) for column in session.columns]
    partitions = [quoted(name) for name in session.partition]
    values = list(session.partition.values())
    incoming = pa.RecordBatchReader.from_batches(stored_schema(session.columns), batches)
    connection.register("incoming", incoming)
    try:
        connection.execute(
            f"INSERT INTO {table.physical} ({', '.join(names + partitions)}) "
            f"SELECT {', '.join(names + ['?' for _ in partitions])} FROM incoming",
            values,
        )
    finally:
        connection.unregister("incoming")
