"""Tunnel requests on results of instances (``odps/tunnel/instancetunnel.py``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.instances.models import FAILED, RESULT_LIMIT, SUCCESS, TERMINATED
from odps_jupyter.emulator.web import Request, Response, Route, json_response, unsupported

from . import framing, protobuf
from .answers import data_response, pick_columns, row_range
from .models import InstanceDownload, new_id
from .wire import Form, batch_to_wire, wire_columns

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service


def _json(session: InstanceDownload) -> dict[str, Any]:
    columns = [
        {"name": column.name, "type": str(column.kind), "comment": "", "isNullable": True} for column in session.columns
    ]
    return {
        "DownloadID": session.id,
        "Status": "NORMAL",
        "RecordCount": session.count,
        "Schema": {"columns": columns, "partitionKeys": []},
        "QuotaName": "",
    }


def create(service: Service, request: Request) -> Response:
    """A session over the rows of the instance's last SELECT.

    Raises:
        OdpsError: it still runs, it failed, or it has no rows; PyODPS then reads the REST result instead.
    """
    instance = service.jobs.get(request["project"], request["instance"])
    if instance.status != TERMINATED:
        raise OdpsError("InstanceNotTerminate", f"The instance {instance.id} has not ended yet", 400)
    task = instance.tasks[-1]
    if task.status == FAILED:
        raise OdpsError("InstanceTypeNotSupported", f"The instance {instance.id} failed and has no rows", 400)
    if task.status != SUCCESS or task.columns is None:
        raise OdpsError("InstanceTypeNotSupported", f"The instance {instance.id} has no rows to download", 400)
    limited = "instance_tunnel_limit_enabled" in request.query
    count = min(task.rows, RESULT_LIMIT) if limited else task.rows
    columns = tuple(wire_columns(task.columns))
    session = InstanceDownload(new_id(), instance.project, instance.id, task.name, columns, count)
    service.sessions.add(session)
    return json_response(_json(session))


def read(service: Service, request: Request) -> Response:
    if "downloadid" not in request.query:
        raise unsupported(request)
    session = service.sessions.get(
        InstanceDownload, request.query["downloadid"], request["project"], request["instance"]
    )
    if "data" not in request.query:
        return json_response(_json(session))
    arrow = "arrow" in request.query
    start, count = row_range(request, session.count)
    columns = pick_columns(request, session.columns, arrow=arrow)
    positions = [session.columns.index(column) for column in columns]
    rows = (
        pa.RecordBatch.from_arrays([batch.column(at) for at in positions], names=[column.name for column in columns])
        for batch in service.results.read(session.instance, session.task, start, count)
    )
    if arrow:
        wire = (batch_to_wire(batch, columns, Form.INSTANCE) for batch in rows)
        return data_response(request, framing.encode(wire))
    return data_response(request, protobuf.encode(rows, columns))


ROUTES = [
    Route(
        "/projects/{project}/instances/{instance}",
        {"GET": read, "POST": create},
        verbs=frozenset({"downloads", "downloadid"}),
    ),
]
