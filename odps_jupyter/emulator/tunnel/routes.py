"""Tunnel requests on tables (``odps/tunnel/tabletunnel.py``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tables.catalog import no_such_partition, parse_spec
from odps_jupyter.emulator.tables.schema import columns_json
from odps_jupyter.emulator.tables.statistics import row_count
from odps_jupyter.emulator.web import Request, Response, Route, json_response, unsupported
from odps_jupyter.emulator.xmltext import epoch

from . import framing, protobuf
from .compression import accepted, compress, decompressed
from .models import Download, Upload, new_id
from .tables import data_columns, decode_block, insert, last_change, open_table, read_blocks, read_rows, write_block
from .wire import Form, WireColumn, batch_to_wire

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

#: Largest value of one field (the vendor's limit for STRING).
MAX_FIELD = 8 << 20
#: Most rows of a preview.
PREVIEW_LIMIT = 10_000


def row_range(request: Request, count: int) -> tuple[int, int]:
    """``rowrange=(start,count)``; everything if it is not given.

    Raises:
        OdpsError: it is malformed or lies outside.
    """
    text = request.query.get("rowrange", "")
    if not text:
        return 0, count
    try:
        start, size = (int(part) for part in text.strip("()").split(","))
    except ValueError as error:
        raise OdpsError("InvalidRowRange", f"The row range {text!r} is malformed", 400) from error
    if start < 0 or size < 0 or start > count:
        raise OdpsError("InvalidRowRange", f"The row range {text} lies outside the {count} rows", 400)
    return start, min(size, count - start)


def pick_columns(request: Request, columns: Sequence[WireColumn], *, arrow: bool) -> list[WireColumn]:
    """The columns asked for. Protobuf follows the requested order, Arrow the table's.

    Raises:
        OdpsError: one does not exist.
    """
    wanted = [name.strip().lower() for name in request.query.get("columns", "").split(",") if name.strip()]
    if not wanted:
        return list(columns)
    known = {column.name.lower(): column for column in columns}
    missing = [name for name in wanted if name not in known]
    if missing:
        raise OdpsError("NoSuchColumn", f"There is no column {', '.join(missing)}", 400)
    if arrow:
        return [column for column in columns if column.name.lower() in wanted]
    return [known[name] for name in wanted]


def data_response(request: Request, chunks: Iterable[bytes]) -> Response:
    """A stream of rows, compressed if the client asked for it."""
    encoding = accepted(request.header("Accept-Encoding"))
    headers = {"Content-Encoding": encoding} if encoding else {}
    body: Iterator[bytes] = compress(chunks) if encoding else iter(chunks)
    return Response(body, content_type="application/octet-stream", headers=headers)


def primed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches with the first one made already: what fails at once still gets an error answer."""
    first = next(batches, None)

    def run() -> Iterator[pa.RecordBatch]:
        if first is not None:
            yield first
            yield from batches

    return run()


def _download_json(session: Download, schema: dict[str, Any], status: str) -> dict[str, Any]:
    return {
        "DownloadID": session.id,
        "Status": status,
        "RecordCount": session.count,
        "Schema": schema,
        "QuotaName": "",
        "Owner": "",
        "SupportReadByRawSize": False,
    }


def create_download(service: Service, request: Request) -> Response:
    partition = parse_spec(request.query.get("partition", ""))
    with service.store.reading() as connection:
        catalog = service.catalog(connection, request["project"])
        table = open_table(catalog, request.schema, request["table"], partition)
        if partition and not catalog.has_partition(table, partition):
            raise no_such_partition(table, partition)
        count = row_count(connection, catalog, table, partition)
    session = Download(
        new_id(),
        request["project"],
        table.schema,
        table.name,
        table.id,
        partition,
        data_columns(table),
        count,
        table.modified,
    )
    service.sessions.add(session)
    return json_response(_download_json(session, columns_json(table), "NORMAL"))


def read_download(service: Service, request: Request) -> Response:
    session = service.sessions.download(request.query["downloadid"])
    if "data" in request.query:
        return _download_data(service, request, session)
    with service.store.reading() as connection:
        catalog = service.catalog(connection, session.project)
        status = "NORMAL" if last_change(connection, catalog, session) else "EXPIRED"
        table = catalog.table(None, session.schema, session.table)
    return json_response(_download_json(session, columns_json(table), status))


def _download_data(service: Service, request: Request, session: Download) -> Response:
    arrow = "arrow" in request.query
    start, count = row_range(request, session.count)
    columns = pick_columns(request, session.columns, arrow=arrow)
    rows = primed(read_rows(service, session, columns, start, count))
    if arrow:
        return data_response(request, framing.encode(batch_to_wire(batch, columns) for batch in rows))
    return data_response(request, protobuf.encode(rows, columns))


def _upload_json(service: Service, session: Upload) -> dict[str, Any]:
    with service.store.reading() as connection:
        table = service.catalog(connection, session.project).table(None, session.schema, session.table)
    return {
        "UploadID": session.id,
        "Status": session.status,
        "UploadedBlockList": [{"BlockID": block, "CreateTime": 0} for block in session.blocks()],
        "Schema": columns_json(table),
        "MaxFieldSize": MAX_FIELD,
        "QuotaName": "",
    }


def _open_upload(service: Service, request: Request, *, streaming: bool) -> Upload:
    partition = parse_spec(request.query.get("partition", ""))
    create = request.query.get("create_partition", "false").lower() in ("true", "")
    with service.store.reading() as connection:
        catalog = service.catalog(connection, request["project"])
        table = open_table(catalog, request.schema, request["table"], partition)
        if partition and not create and not catalog.has_partition(table, partition):
            raise no_such_partition(table, partition)
    identity = new_id()
    session = Upload(
        identity,
        request["project"],
        table.schema,
        table.name,
        table.id,
        partition,
        data_columns(table),
        request.query.get("overwrite", "false").lower() == "true",
        service.sessions.folder(identity),
        streaming,
    )
    service.sessions.add(session)
    return session


def create_upload(service: Service, request: Request) -> Response:
    session = _open_upload(service, request, streaming=False)
    return json_response(_upload_json(service, session), 201)


def reload_upload(service: Service, request: Request) -> Response:
    return json_response(_upload_json(service, service.sessions.upload(request.query["uploadid"])))


def put_block(service: Service, request: Request) -> Response:
    session = service.sessions.upload(request.query.get("uploadid", ""))
    block = request.integer("blockid", -1)
    if block < 0:
        raise OdpsError("InvalidBlockID", f"The block id {request.query.get('blockid')!r} is no number from 0 on", 400)
    body = decompressed(request.body, request.header("Content-Encoding"), service.folder.scratch)
    rows = decode_block(body, session.columns, arrow="arrow" in request.query)
    with session.lock:
        if session.status != "normal":
            raise OdpsError("UploadClosed", f"The upload session {session.id} is {session.status}", 400)
    write_block(session, block, rows)
    return Response(content_type="")


def complete_upload(service: Service, request: Request) -> Response:
    session = service.sessions.upload(request.query.get("uploadid", ""))
    with session.lock:
        # Sent again after a lost answer: the first commit stands.
        if session.status != "closed":
            insert(service, session, read_blocks(session), overwrite=session.overwrite)
            session.status = "closed"
            for block in session.blocks():
                session.path(block).unlink()
    return json_response(_upload_json(service, session))


def get_session(service: Service, request: Request) -> Response:
    if "downloadid" in request.query:
        return read_download(service, request)
    return reload_upload(service, request)


def post_session(service: Service, request: Request) -> Response:
    if "downloads" in request.query:
        return create_download(service, request)
    if "uploads" in request.query:
        return create_upload(service, request)
    return complete_upload(service, request)


def preview(service: Service, request: Request) -> Response:
    """The first rows as a plain Arrow stream, partition columns included."""
    asked = request.integer("limit", -1)
    limit = PREVIEW_LIMIT if asked < 0 else min(asked, PREVIEW_LIMIT)
    partition = parse_spec(request.query.get("partition", ""))
    with service.store.reading() as connection:
        catalog = service.catalog(connection, request["project"])
        table = catalog.table(None, request.schema, request["table"])
        session = Download(
            new_id(),
            request["project"],
            table.schema,
            table.name,
            table.id,
            partition,
            data_columns(replace(table, columns=table.all_columns)),
            row_count(connection, catalog, table, partition),
            table.modified,
        )
    columns = pick_columns(request, session.columns, arrow=True)
    batches = [batch_to_wire(batch, columns, Form.PREVIEW) for batch in read_rows(service, session, columns, 0, limit)]
    sink = pa.BufferOutputStream()
    if batches:
        with pa.ipc.new_stream(sink, batches[0].schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
    return Response(sink.getvalue().to_pybytes(), content_type="application/octet-stream")


def _stream_json(service: Service, session: Upload) -> dict[str, Any]:
    with service.store.reading() as connection:
        table = service.catalog(connection, session.project).table(None, session.schema, session.table)
    return {
        "session_name": session.id,
        "status": session.status,
        "schema": columns_json(table),
        "schema_version": str(epoch(table.ddl_modified)),
        "slots": [["0", f"127.0.0.1:{service.port}"]],
        "QuotaName": "",
    }


def post_stream(service: Service, request: Request) -> Response:
    if "uploadid" in request.query:
        service.sessions.remove(service.sessions.upload(request.query["uploadid"]))
        return json_response({})
    if request.query.get("dynamic_partition", "false").lower() == "true":
        raise unsupported(request)
    return json_response(_stream_json(service, _open_upload(service, request, streaming=True)), 201)


def get_stream(service: Service, request: Request) -> Response:
    return json_response(_stream_json(service, service.sessions.upload(request.query.get("uploadid", ""))))


def put_stream(service: Service, request: Request) -> Response:
    """Rows of a stream are in the table when the request ends."""
    session = service.sessions.upload(request.query.get("uploadid", ""))
    body = decompressed(request.body, request.header("Content-Encoding"), service.folder.scratch)
    rows = list(decode_block(body, session.columns, arrow="arrow" in request.query))
    with session.lock:
        insert(service, session, iter(rows), overwrite=False)
    routed = f"127.0.0.1:{service.port}"
    return Response(content_type="", headers={"odps-tunnel-routed-server": routed, "odps-tunnel-slot-num": "1"})


_VERBS = frozenset({"downloads", "downloadid", "uploads", "uploadid"})
_TABLE = {"GET": get_session, "POST": post_session, "PUT": put_block}
_STREAM = {"GET": get_stream, "POST": post_stream, "PUT": put_stream}

ROUTES = [
    Route("/projects/{project}/tables/{table}", _TABLE, verbs=_VERBS),
    Route("/projects/{project}/schemas/{schema}/tables/{table}", _TABLE, verbs=_VERBS),
    Route("/projects/{project}/tables/{table}/preview", {"GET": preview}),
    Route("/projects/{project}/schemas/{schema}/tables/{table}/preview", {"GET": preview}),
    Route("/projects/{project}/tables/{table}/streams", _STREAM),
    Route("/projects/{project}/schemas/{schema}/tables/{table}/streams", _STREAM),
]
