"""Sessions that write: how the three kinds of them begin, and the table behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tables.catalog import parse_spec
from odps_jupyter.emulator.tables.models import Table
from odps_jupyter.emulator.tables.schema import columns_json
from odps_jupyter.emulator.web import Request

from .models import LIFETIME, Upload, Upsert, new_id
from .tables import check_partition, data_columns, open_table, replaced

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

U = TypeVar("U", bound=Upload)


def open_upload(service: Service, request: Request, kind: type[U], *, dynamic: bool = False) -> U:
    """A new session that writes to the request's table (and partition).

    Args:
        dynamic: partitions are made as they come, and need not be named before rows are sent.

    Raises:
        OdpsError: there is no such table or partition, or its rows are written by another kind of session.
    """
    partition = parse_spec(request.query.get("partition", ""))
    create = dynamic or request.query.get("create_partition", "false").lower() in ("true", "")
    with service.store.reading() as connection:
        catalog = service.catalog(connection, request["project"])
        table = open_table(catalog, request.schema, request["table"])
        _check_kind(table, kind)
        if partition or not dynamic:
            check_partition(catalog, table, partition, may_be_new=create)
    identity = new_id()
    session = kind(
        identity,
        request["project"],
        table.schema,
        table.name,
        table.id,
        partition,
        data_columns(table),
        columns_json(table),
        request.query.get("overwrite", "false").lower() == "true",
        service.sessions.folder(identity),
        create,
    )
    asked = request.integer("lifecycle", LIFETIME)
    service.sessions.add(session, asked if 0 < asked < LIFETIME else LIFETIME)
    return session


def _check_kind(table: Table, kind: type[Upload]) -> None:
    if table.materialized:
        raise OdpsError("InvalidArgument", f"{table.qualified} is a materialized view; only its query fills it", 400)
    if (kind is Upsert) == bool(table.primary_key):
        return
    why = "has a primary key; write it by upsert" if table.primary_key else "has no primary key to upsert by"
    raise OdpsError("InvalidArgument", f"The table {table.qualified} {why}", 400)


def table_of(service: Service, session: Upload) -> Table:
    """The session's table as it is now.

    Raises:
        OdpsError: it is gone, or another one by now.
    """
    with service.store.reading() as connection:
        table = service.catalog(connection, session.project).table(None, session.schema, session.table)
    if table.id != session.table_id:
        raise replaced(session)
    return table
