"""REST requests on resources (``odps/models/resources.py``, ``resource.py``, ``resourcefile.py``)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import duckdb

from odps_jupyter.emulator import xmltext
from odps_jupyter.emulator.errors import OdpsError, not_emulated
from odps_jupyter.emulator.tables.catalog import parse_spec
from odps_jupyter.emulator.web import Request, Response, Route
from odps_jupyter.emulator.xmltext import element, leaf, rfc822

from . import models
from .models import Blob, Resource

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

_PAGE = 1000
#: Characters of a name; a file name holds as many.
_LONGEST_NAME = 255


def _xml(resource: Resource) -> str:
    return element(
        "Resource",
        leaf("Name", resource.name),
        leaf("Owner", resource.owner),
        leaf("Comment", resource.comment),
        leaf("ResourceType", resource.kind),
        leaf("CreationTime", rfc822(resource.created)),
        leaf("LastModifiedTime", rfc822(resource.modified)),
        leaf("LastUpdator", resource.owner),
        leaf("ResourceSize", resource.size),
        leaf("TableName", resource.source or None),
    )


def _headers(resource: Resource) -> dict[str, str]:
    headers = {
        "x-odps-owner": resource.owner,
        "x-odps-resource-type": resource.kind,
        "x-odps-resource-name": resource.name,
        "x-odps-comment": resource.comment,
        "x-odps-updator": resource.owner,
        "x-odps-resource-size": str(resource.size),
        "x-odps-creation-time": rfc822(resource.created),
        "Last-Modified": rfc822(resource.modified),
        "x-odps-resource-istemp": "true" if resource.temporary else "false",
    }
    if resource.source:
        headers["x-odps-copy-table-source"] = resource.source
    if resource.md5:
        headers["Content-MD5"] = resource.md5
    return headers


def _place(service: Service, connection: duckdb.DuckDBPyConnection, request: Request) -> tuple[str, str]:
    return service.places.find(connection, request["project"], request.schema)


def list_resources(service: Service, request: Request) -> Response:
    limit = min(max(request.integer("maxitems", _PAGE), 1), _PAGE)
    prefix, marker = request.query.get("name", ""), request.query.get("marker", "")
    with service.store.reading() as connection:
        page = models.listing(connection, *_place(service, connection, request), prefix, marker, limit)
    owner = request.query.get("owner")
    items = [_xml(resource) for resource in page if not owner or resource.owner == owner]
    return Response(xmltext.listing("Resources", items, page[-1].name if len(page) == limit else "", limit))


def _content(service: Service, request: Request, kind: str) -> tuple[Blob, list[Resource]]:
    """Store the content a request brings, by itself or as a list of parts to join, which are returned."""
    if kind == "table":
        return Blob("", 0, ""), []
    if "rOpMerge" not in request.query:
        return service.blobs.write(request.body), []
    digest, parts = _parts(service, request)
    with tempfile.SpooledTemporaryFile(4 << 20, dir=str(service.folder.scratch)) as joined:
        service.blobs.concatenate([part.blob for part in parts], joined)
        joined.seek(0)
        blob = service.blobs.write(joined)
    # The client also names a size, but counts characters where it wrote text: only the MD5 says what was meant.
    if blob.md5 != digest.lower():
        service.blobs.remove(blob.name)
        raise OdpsError("ODPS-0420061", "Invalid parameter in HTTP request - the parts do not have the given MD5")
    return blob, parts


def _parts(service: Service, request: Request) -> tuple[str, list[Resource]]:
    """The MD5 and the parts that a merge names: ``md5|name,name,...``."""
    try:
        digest, bar, names = request.read().decode().partition("|")
    except UnicodeDecodeError as error:
        raise OdpsError("ODPS-0420061", "Invalid parameter in HTTP request - the list of parts is no text") from error
    if not bar:
        raise OdpsError("ODPS-0420061", "Invalid parameter in HTTP request - the list of parts has no MD5 before it")
    with service.store.looking() as connection:
        place = _place(service, connection, request)
        parts = [models.get(connection, *place, name) for name in names.split(",") if name]
    for part in parts:
        if not part.part:
            raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {part.name} is no part of another")
    return digest, parts


def _check_name(name: str) -> str:
    odd = any(char in "/\\" or ord(char) < 32 for char in name)
    if odd or name in (".", "..") or not 0 < len(name) <= _LONGEST_NAME:
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {name!r} is no name for a resource")
    return name


def _check_source(service: Service, project: str, source: str) -> None:
    """A table resource must name a table (and partition) that exists."""
    path, _, partition = source.partition(" partition(")
    parts = [part.strip().strip("`") for part in path.split(".")]
    with service.store.reading() as connection:
        catalog = service.catalog(connection, project)
        schema = parts[1] if len(parts) == 3 else None
        table = catalog.table(parts[0] if len(parts) > 1 else None, schema, parts[-1])
        if partition:
            spec = parse_spec(partition.rstrip(") "))
            if not catalog.has_partition(table, spec):
                raise OdpsError("NoSuchPartition", f"Partition not found - {source}", 404)


def _store(service: Service, request: Request, name: str, *, existing: Resource | None) -> None:
    kind = (request.header("x-odps-resource-type") or (existing.kind if existing else "")).lower()
    if kind not in models.KINDS:
        raise not_emulated(f"resources of type {kind!r}")
    source = request.header("x-odps-copy-table-source") or ""
    if kind == "table":
        _check_source(service, request["project"], source)
    blob, parts = _content(service, request, kind)
    with service.store.writing() as connection:
        # Looked up again: another request may have changed it meanwhile.
        project, schema = _place(service, connection, request)
        found = models.find(connection, project, schema, name)
        if existing is None and found is not None:
            service.blobs.remove(blob.name)
            raise OdpsError("ObjectAlreadyExists", f"ODPS-0110061: Resource {name} already exists", 409)
        unused = models.put(
            connection,
            project=project,
            schema=schema,
            name=name,
            kind=kind,
            owner=service.owner,
            blob=blob,
            comment=request.header("x-odps-comment") or "",
            source=source,
            temporary=(request.header("x-odps-resource-istemp") or "").lower() == "true",
            part="rIsPart" in request.query,
            old=found,
        )
        for part in parts:
            models.delete(connection, part)
    for blob_name in (unused, *(part.blob for part in parts)):
        service.retire(blob_name)


def create_resource(service: Service, request: Request) -> Response:
    name = _check_name(request.header("x-odps-resource-name") or "")
    _store(service, request, name, existing=None)
    return Response(status=201, headers={"Location": f"{request.path}/{name}"})


def _get(service: Service, request: Request) -> Resource:
    with service.store.looking() as connection:
        return models.get(connection, *_place(service, connection, request), request["resource"])


def update_resource(service: Service, request: Request) -> Response:
    existing = _get(service, request)
    _store(service, request, existing.name, existing=existing)
    return Response()


def read_resource(service: Service, request: Request) -> Response:
    resource = _get(service, request)
    headers = _headers(resource)
    if "meta" in request.query:
        return Response(headers=headers)
    if resource.kind == "table":
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {resource.name} is a table resource")
    start = request.integer("rOffset", 0)
    size = request.integer("rSize", resource.size)
    if start < 0 or size < 0:
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - the range {start}, {size}")
    end = min(resource.size, start + size)
    headers["x-odps-resource-has-remaining"] = "true" if end < resource.size else "false"
    # Opened now and not when the first chunk is asked for: an update may delete the file in between.
    file = service.blobs.path(resource.blob).open("rb")
    return Response(_chunks(file, start, end), content_type="application/octet-stream", headers=headers)


def _chunks(file: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = end - start
        while left > 0 and (chunk := file.read(min(1 << 20, left))):
            left -= len(chunk)
            yield chunk


def delete_resource(service: Service, request: Request) -> Response:
    with service.store.writing() as connection:
        resource = models.get(connection, *_place(service, connection, request), request["resource"])
        models.delete(connection, resource)
    service.retire(resource.blob)
    return Response(status=204, content_type="")


def path_of(service: Service, resource: Resource) -> Path:
    """Where a file resource's content lies."""
    return service.blobs.path(resource.blob)


_ONE = {"GET": read_resource, "HEAD": read_resource, "PUT": update_resource, "DELETE": delete_resource}
_ALL = {"GET": list_resources, "POST": create_resource}

ROUTES = [
    Route("/projects/{project}/resources", _ALL),
    Route("/projects/{project}/resources/{resource}", _ONE),
    Route("/projects/{project}/schemas/{schema}/resources", _ALL),
    Route("/projects/{project}/schemas/{schema}/resources/{resource}", _ONE),
]
