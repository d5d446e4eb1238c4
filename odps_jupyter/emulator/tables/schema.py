"""Tables as the REST interface describes them: XML around a JSON schema (``odps/models/table.py``, ``TableSchema``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from odps_jupyter.emulator.xmltext import cdata, element, epoch, leaf, rfc822

from .models import Column, Table


def column_json(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "comment": column.comment or "",
        "label": "",
        "isNullable": column.nullable,
    }


def columns_json(table: Table) -> dict[str, Any]:
    """Columns and partition columns only: the schema inside tunnel sessions."""
    return {
        "columns": [column_json(column) for column in table.columns],
        "partitionKeys": [column_json(column) for column in table.partitions],
    }


def kind(table: Table) -> str:
    return "VIRTUAL_VIEW" if table.is_view else "MANAGED_TABLE"


def schema_json(table: Table, rows: int, size: int) -> dict[str, Any]:
    return columns_json(table) | {
        "tableName": table.name,
        "comment": table.comment or "",
        "owner": table.owner,
        "createTime": epoch(table.created),
        "lastModifiedTime": epoch(table.modified),
        "lastDDLTime": epoch(table.ddl_modified),
        "isVirtualView": table.is_view,
        "isMaterializedView": False,
        "lifecycle": -1 if table.lifecycle is None else table.lifecycle,
        "viewText": table.view_text or "",
        "viewExpandedText": table.view_text or "",
        "size": size,
        "recordNum": rows,
        "shardExist": False,
        "tableLabel": "",
        "tableProperties": json.dumps(dict(table.properties)),
    }


def extended_json(table: Table, rows: int, size: int) -> dict[str, Any]:
    reserved = {"schema_version": str(epoch(table.ddl_modified)), "Transactional": "false", "IsArchived": "false"}
    return schema_json(table, rows, size) | {
        "IsArchived": False,
        "PhysicalSize": size,
        "FileNum": 1 if rows else 0,
        "Reserved": json.dumps(reserved),
    }


def table_xml(table: Table, schema: Mapping[str, Any] | None) -> str:
    """One ``<Table>``; a listing without ``extended`` carries no schema."""
    return element(
        "Table",
        leaf("Name", table.name),
        leaf("TableId", f"{table.id:032x}"),
        "" if schema is None else element("Schema", cdata(json.dumps(schema)), attributes={"format": "Json"}),
        leaf("Comment", table.comment or ""),
        leaf("Owner", table.owner),
        leaf("TableLabel", ""),
        leaf("CreationTime", rfc822(table.created)),
        leaf("LastModifiedTime", rfc822(table.modified)),
        leaf("Type", kind(table)),
    )


def partition_json(created: datetime, modified: datetime, rows: int, size: int) -> dict[str, Any]:
    return {
        "createTime": epoch(created),
        "lastDDLTime": epoch(created),
        "lastModifiedTime": epoch(modified),
        "lastAccessTime": 0,
        "partitionSize": size,
        "partitionRecordNum": rows,
        "IsArchived": False,
        "IsExstore": False,
        "LifeCycle": -1,
        "PhysicalSize": size,
        "FileNum": 1 if rows else 0,
        "Reserved": "{}",
    }


def partition_xml(spec: Mapping[str, str], created: datetime, modified: datetime, rows: int, size: int) -> str:
    """One ``<Partition>`` of a listing."""
    columns = (element("Column", attributes={"Name": name, "Value": value}) for name, value in spec.items())
    return element(
        "Partition",
        *columns,
        leaf("CreationTime", epoch(created)),
        leaf("LastDDLTime", epoch(created)),
        leaf("LastModifiedTime", epoch(modified)),
        leaf("PartitionSize", size),
        leaf("PartitionRecordCount", rows),
    )
