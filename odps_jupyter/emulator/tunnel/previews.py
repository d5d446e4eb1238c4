"""The first rows of a table as a plain Arrow stream (``TableTunnel.open_preview_reader``)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from odps_jupyter.emulator.tables.catalog import parse_spec
from odps_jupyter.emulator.tables.statistics import row_count
from odps_jupyter.emulator.web import Request, Response, Route

from .answers import pick_columns
from .models import Download
from .tables import check_partition, data_columns, open_table, read_rows
from .wire import Form, batch_to_wire

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

#: Most rows of a preview.
LIMIT = 10_000
#: How the client names compression inside the Arrow stream (``CompressAlgorithm.get_encoding(legacy=False)``).
_CODECS = {"zstd": "zstd", "lz4_frame": "lz4"}


def preview(service: Service, request: Request) -> Response:
    """The first rows, partition columns included."""
    asked = request.integer("limit", -1)
    limit = LIMIT if asked < 0 else min(asked, LIMIT)
    partition = parse_spec(request.query.get("partition", ""))
    with service.store.reading() as connection:
        catalog = service.catalog(connection, request["project"])
        table = open_table(catalog, request.schema, request["table"])
        if partition:
            check_partition(catalog, table, partition)
        every = data_columns(replace(table, columns=table.all_columns))
        session = Download.of(table, partition, every, row_count(connection, catalog, table, partition))
    columns = pick_columns(request, session.columns, arrow=True)
    batches = [batch_to_wire(batch, columns, Form.PREVIEW) for batch in read_rows(service, session, columns, 0, limit)]
    codec = _CODECS.get((request.header("Accept-Encoding") or "").strip().lower())
    sink = pa.BufferOutputStream()
    if batches:
        options = pa.ipc.IpcWriteOptions(compression=codec)
        with pa.ipc.new_stream(sink, batches[0].schema, options=options) as writer:
            for batch in batches:
                writer.write_batch(batch)
    return Response(sink.getvalue().to_pybytes(), content_type="application/octet-stream")


ROUTES = [
    Route("/projects/{project}/tables/{table}/preview", {"GET": preview}),
    Route("/projects/{project}/schemas/{schema}/tables/{table}/preview", {"GET": preview}),
]
