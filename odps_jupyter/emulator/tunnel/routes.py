"""Tunnel requests on tables (``odps/tunnel/tabletunnel.py``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tables.catalog import parse_spec
from odps_jupyter.emulator.tables.schema import columns_json
from odps_jupyter.emulator.tables.statistics import row_count
from odps_jupyter.emulator.web import Request, Response, Route, json_response

from . import framing, previews, protobuf, streams, upserts
from .answers import data_response, pick_columns, primed, row_range
from .models import Download, Upload
from .opening import open_upload, table_of
from .tables import (
    check_partition,
    data_columns,
    decoded,
    insert,
    last_change,
    open_table,
    read_blocks,
    read_rows,
    write_block,
)
from .wire import batch_to_wire

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

#: Largest value of one field (the vendor's limit for STRING).
MAX_FIELD = 8 << 20
#: Blocks of one upload (the vendor's limit).
MAX_BLOCKS = 20_000


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
        table = open_table(catalog, request.schema, request["table"])
        check_partition(catalog, table, partition)
        count = row_count(connection, catalog, table, partition)
    session = Download.of(table, partition, data_columns(table), count)
    service.sessions.add(session)
    return json_response(_download_json(session, columns_json(table), "NORMAL"))


def read_download(service: Service, request: Request) -> Response:
    session = service.sessions.get(Download, request.query["downloadid"], request["project"], request["table"])
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
    table_of(service, session)
    return {
        "UploadID": session.id,
        "Status": session.status,
        "UploadedBlockList": [{"BlockID": block, "CreateTime": 0} for block in session.blocks()],
        "Schema": session.schema_json,
        "MaxFieldSize": MAX_FIELD,
        "QuotaName": "",
    }


def _upload(service: Service, request: Request) -> Upload:
    return service.sessions.get(Upload, request.query.get("uploadid", ""), request["project"], request["table"])


def create_upload(service: Service, request: Request) -> Response:
    return json_response(_upload_json(service, open_upload(service, request, Upload)), 201)


def reload_upload(service: Service, request: Request) -> Response:
    return json_response(_upload_json(service, _upload(service, request)))


def put_block(service: Service, request: Request) -> Response:
    session = _upload(service, request)
    block = request.integer("blockid", -1)
    if not 0 <= block < MAX_BLOCKS:
        given = request.query.get("blockid")
        raise OdpsError("InvalidBlockID", f"The block id {given!r} is no number from 0 to {MAX_BLOCKS - 1}", 400)
    with decoded(service, request, session.columns) as rows:
        write_block(session, block, rows)
    return Response(content_type="")


def complete_upload(service: Service, request: Request) -> Response:
    session = _upload(service, request)
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


_VERBS = frozenset({"downloads", "downloadid", "uploads", "uploadid"})
_TABLE = {"GET": get_session, "POST": post_session, "PUT": put_block}

ROUTES = [
    Route("/projects/{project}/tables/{table}", _TABLE, verbs=_VERBS),
    Route("/projects/{project}/schemas/{schema}/tables/{table}", _TABLE, verbs=_VERBS),
    *previews.ROUTES,
    *streams.ROUTES,
    *upserts.ROUTES,
]
