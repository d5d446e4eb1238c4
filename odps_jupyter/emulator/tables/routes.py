"""REST requests on tables and partitions (``odps/models/tables.py``, ``table.py``, ``partitions.py``)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb

from odps_jupyter.emulator import xmltext
from odps_jupyter.emulator.csvtext import write_csv
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.store import arrow_batches
from odps_jupyter.emulator.web import Request, Response, Route

from .catalog import SessionCatalog, no_such_partition, parse_spec, quoted
from .models import Table
from .schema import extended_json, partition_json, partition_xml, schema_json, table_xml
from .statistics import is_outdated, partition_counts, row_count, size_of

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

#: Most rows of a preview (PyODPS: "limit ... 10000 at most").
PREVIEW_LIMIT = 10_000
_PAGE = 1000


def list_tables(service: Service, request: Request) -> Response:
    limit = min(max(request.integer("maxitems", _PAGE), 1), _PAGE)
    owner, wanted = request.query.get("owner", ""), request.query.get("type", "").upper()
    extended = "extended" in request.query
    with service.store.reading() as connection:
        catalog = service.catalog(connection, request["project"])
        prefix, marker = request.query.get("name", ""), request.query.get("marker", "")
        service.places.find(connection, catalog.project, request.schema)
        page = catalog.tables(request.schema, prefix, marker, limit, owner=owner, kind=wanted)
        items = [table_xml(table, _schema(connection, catalog, table) if extended else None) for table in page]
    marker = page[-1].name if len(page) == limit else ""
    return Response(xmltext.listing("Tables", items, marker, limit))


def _schema(connection: duckdb.DuckDBPyConnection, catalog: SessionCatalog, table: Table) -> dict[str, object]:
    rows = row_count(connection, catalog, table)
    return extended_json(table, rows, size_of(table, rows), is_outdated(catalog, table))


def get_table(service: Service, request: Request) -> Response:
    with service.store.reading() as connection:
        catalog = service.catalog(connection, request["project"])
        table = catalog.table(None, request.schema, request["table"])
        if "data" in request.query:
            return _preview(service, connection, catalog, table, request)
        if "partitions" in request.query:
            return _list_partitions(connection, catalog, table, request)
        if "partition" in request.query:
            return _get_partition(connection, catalog, table, request)
        if "extended" in request.query:
            return Response(xmltext.document(table_xml(table, _schema(connection, catalog, table))))
        rows = row_count(connection, catalog, table)
        content = schema_json(table, rows, size_of(table, rows), is_outdated(catalog, table))
        return Response(xmltext.document(table_xml(table, content)))


def _preview(
    service: Service,
    connection: duckdb.DuckDBPyConnection,
    catalog: SessionCatalog,
    table: Table,
    request: Request,
) -> Response:
    if table.is_view:
        raise OdpsError("ODPS-0420095", f"Access Denied - {table.qualified} is a view and has no rows to preview")
    limit = min(max(request.integer("linenum", PREVIEW_LIMIT), 0), PREVIEW_LIMIT)
    wanted = [name.strip().lower() for name in request.query.get("cols", "").split(",") if name.strip()]
    columns = [column for column in table.all_columns if not wanted or column.name in wanted]
    missing = set(wanted) - {column.name for column in columns}
    if missing:
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - no column {', '.join(sorted(missing))}")
    spec = parse_spec(request.query.get("partition", ""))
    if spec and len(spec) == len(table.partitions) and not catalog.has_partition(table, spec):
        raise no_such_partition(table, spec)
    where, values = catalog.where(table, spec)
    names = ", ".join(quoted(column.name) for column in columns)
    rows = arrow_batches(connection, f"SELECT {names} FROM {table.physical}{where} LIMIT {limit}", values)
    text = write_csv([column.name for column in columns], [column.type for column in columns], rows, service.zone)
    return Response(text.encode(), content_type="text/csv; charset=utf-8")


def _list_partitions(
    connection: duckdb.DuckDBPyConnection, catalog: SessionCatalog, table: Table, request: Request
) -> Response:
    if not table.partitions:
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {table.qualified} has no partitions")
    wanted = parse_spec(request.query.get("partition", ""))
    known = {column.name for column in table.partitions}
    unknown = sorted(set(wanted) - known)
    if unknown:
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - no partition column {', '.join(unknown)}")
    counts = partition_counts(connection, table)
    items = []
    for one in catalog.described_partitions(table):
        if wanted.items() <= one.spec.items():
            rows = counts.get(tuple(one.spec.values()), 0)
            items.append(partition_xml(one, rows, size_of(table, rows)))
    if "reverse" in request.query:
        items.reverse()
    return Response(xmltext.listing("Partitions", items, max_items=len(items)))


def _get_partition(
    connection: duckdb.DuckDBPyConnection, catalog: SessionCatalog, table: Table, request: Request
) -> Response:
    spec = parse_spec(request.query["partition"])
    wanted = json.loads(catalog.partition_key(table, spec))
    for one in catalog.described_partitions(table):
        if dict(one.spec) == wanted:
            rows = row_count(connection, catalog, table, spec)
            content = partition_json(one, table, rows, size_of(table, rows))
            root = xmltext.element("Partition", xmltext.element("Schema", xmltext.cdata(json.dumps(content))))
            return Response(xmltext.document(root))
    raise no_such_partition(table, spec)


ROUTES = [
    Route("/projects/{project}/tables", {"GET": list_tables}),
    Route("/projects/{project}/tables/{table}", {"GET": get_table}),
    Route("/projects/{project}/schemas/{schema}/tables", {"GET": list_tables}),
    Route("/projects/{project}/schemas/{schema}/tables/{table}", {"GET": get_table}),
]
