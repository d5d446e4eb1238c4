"""Upserts into tables with a primary key (``TableUpsertSession``, ``odps/tunnel/io/writer.py`` ``Upsert``).

The client spreads rows over buckets by a hash of their keys and names the operation of each in columns of its own. One
bucket is enough here: rows are kept in the order they came, and the last word on each key counts at the commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tables.catalog import quoted
from odps_jupyter.emulator.tables.models import Table
from odps_jupyter.emulator.web import Request, Response, Route, json_response

from .models import Upsert
from .opening import open_upload, table_of
from .tables import decoded, incoming, read_blocks, target, write_block
from .wire import WireColumn, stored_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from odps_jupyter.emulator.service import Service

_OPERATION, _VALUES, _ORDER = "__operation", "__value_cols", "__order"
_LISTS = types.array_of(types.BIGINT)
#: What the client adds to every row.
EXTRA = (
    WireColumn("__version", types.BIGINT),
    WireColumn("__app_version", types.BIGINT),
    WireColumn(_OPERATION, types.TINYINT),
    WireColumn("__key_cols", _LISTS),
    WireColumn(_VALUES, _LISTS),
)
UPSERT, DELETE = ord("U"), ord("D")


def _json(service: Service, session: Upsert) -> dict[str, Any]:
    table = table_of(service, session)
    return {
        "id": session.id,
        "status": session.status,
        "schema": session.schema_json,
        "slots": [{"slot_id": "0", "buckets": [0], "worker_addr": f"127.0.0.1:{service.port}"}],
        "hash_key": list(table.primary_key),
        "hasher": "default",
        "enable_partial_update": False,
        "quota_name": "",
    }


def _session(service: Service, request: Request) -> Upsert:
    return service.sessions.get(Upsert, request.query.get("upsertid", ""), request["project"], request["table"])


def post(service: Service, request: Request) -> Response:
    """Begin a session, or commit one; a commit sent again after a lost answer changes nothing."""
    if "upsertid" not in request.query:
        return json_response(_json(service, open_upload(service, request, Upsert)), 201)
    session = _session(service, request)
    with session.lock:
        if session.status == "normal":
            _apply(service, session)
            session.status = "committed"
            for block in session.blocks():
                session.path(block).unlink()
        if session.status != "committed":
            raise OdpsError("StatusConflict", f"The session {session.id} is {session.status}", 400)
    return json_response(_json(service, session))


def get(service: Service, request: Request) -> Response:
    return json_response(_json(service, _session(service, request)))


def delete(service: Service, request: Request) -> Response:
    """Give a session up."""
    service.sessions.remove(_session(service, request))
    return json_response({})


def put(service: Service, request: Request) -> Response:
    """Keep rows until the commit."""
    session = _session(service, request)
    if request.query.get("bucketid") != "0":
        raise OdpsError("InvalidArgument", f"There is no bucket {request.query.get('bucketid')!r}", 400)
    columns = (*session.columns, *EXTRA)
    keys = table_of(service, session).primary_key
    with decoded(service, request, columns) as rows:
        number = session.next_block()
        count = write_block(session, number, _checked(rows, keys), columns)
        if count != request.integer("record_count", count):
            session.path(number).unlink()
            raise OdpsError("InvalidArgument", f"{count} rows came, but record_count says otherwise", 400)
    return Response(content_type="", headers={"odps-tunnel-routed-server": f"127.0.0.1:{service.port}"})


def _checked(rows: Iterator[pa.RecordBatch], keys: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    for batch in rows:
        for key in keys:
            if batch.column(key).null_count:
                raise OdpsError("InvalidArgument", f"The primary key column {key} holds NULL", 400)
        operations = batch.column(_OPERATION)
        if operations.null_count or not pc.all(pc.is_in(operations, pa.array([UPSERT, DELETE], pa.int8()))).as_py():
            raise OdpsError("InvalidArgument", "A row is neither an upsert nor a deletion", 400)
        if (pc.sum(pc.list_value_length(batch.column(_VALUES))).as_py() or 0) > 0:
            raise OdpsError("InvalidArgument", "Updates of some columns only are not emulated", 400)
        yield batch


def _numbered(session: Upsert) -> Iterator[pa.RecordBatch]:
    """Every row with its place in the order of arrival."""
    count = 0
    for batch in read_blocks(session):
        order = pa.array(range(count, count + batch.num_rows), pa.int64())
        count += batch.num_rows
        kept = [batch.column(column.name) for column in (*session.columns, EXTRA[2])]
        yield pa.RecordBatch.from_arrays([*kept, order], schema=_schema(session))


def _schema(session: Upsert) -> pa.Schema:
    return stored_schema((*session.columns, EXTRA[2])).append(pa.field(_ORDER, pa.int64()))


def _apply(service: Service, session: Upsert) -> None:
    with target(service, session) as (connection, _, table), incoming(connection, _schema(session), _numbered(session)):
        keys = ", ".join(quoted(key) for key in table.primary_key)
        connection.execute(
            f"CREATE TEMP TABLE upserted AS SELECT * FROM incoming "
            f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {quoted(_ORDER)} DESC) = 1"
        )
        connection.execute(*_deletion(table, session))
        names = [quoted(column.name) for column in session.columns]
        partitions = [quoted(name) for name in session.partition]
        connection.execute(
            f"INSERT INTO {table.physical} ({', '.join(names + partitions)}) "
            f"SELECT {', '.join(names + ['?' for _ in partitions])} FROM upserted "
            f"WHERE {quoted(_OPERATION)} = {UPSERT} ORDER BY {quoted(_ORDER)}",
            list(session.partition.values()),
        )
        connection.execute("DROP TABLE upserted")


def _deletion(table: Table, session: Upsert) -> tuple[str, list[str]]:
    """Takes away the rows of every key that is named; keys are unique within a partition."""
    keys = [quoted(key) for key in table.primary_key]
    tests = [f"t.{key} = u.{key}" for key in keys]
    tests += [f"t.{quoted(name)} = CAST(? AS {_duckdb(table, name)})" for name in session.partition]
    return f"DELETE FROM {table.physical} t USING upserted u WHERE {' AND '.join(tests)}", [*session.partition.values()]


def _duckdb(table: Table, name: str) -> str:
    kinds = {column.name: column.type for column in table.partitions}
    return types.to_duckdb(types.parse(kinds[name.lower()]))


_UPSERT = {"GET": get, "POST": post, "PUT": put, "DELETE": delete}

ROUTES = [
    Route("/projects/{project}/tables/{table}/upserts", _UPSERT),
    Route("/projects/{project}/schemas/{schema}/tables/{table}/upserts", _UPSERT),
]
