"""Tables as the REST interface describes them: XML around a JSON schema (``odps/models/table.py``, ``TableSchema``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from odps_jupyter.emulator.xmltext import cdata, element, epoch, leaf, rfc822

from .models import Column, Partition, Table


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
        "partitionKeys": [column_json(column) | _generated(column, table) for column in table.partitions],
    }


def _generated(column: Column, table: Table) -> dict[str, Any]:
    """How a partition column is computed: the expression in postfix order, as ``odps/expressions/core.py`` reads it."""
    if column.source is None:
        return {}
    kind = next((one.type for one in table.columns if one.name == column.source), "string")
    steps = [
        {"leafExprDesc": {"type": kind, "reference": {"name": column.source}}},
        {"leafExprDesc": {"type": "string", "constant": column.unit}},
        {"functionCall": {"name": "trunc_time", "type": "string"}},
    ]
    return {"generateExpression": json.dumps(steps)}


def schema_json(table: Table, rows: int, size: int, outdated: bool = False) -> dict[str, Any]:
    """What a plain request for a table answers; ``outdated`` is about materialized views."""
    content = columns_json(table) | {
        "tableName": table.name,
        "comment": table.comment or "",
        "owner": table.owner,
        "createTime": epoch(table.created),
        "lastModifiedTime": epoch(table.modified),
        "lastDDLTime": epoch(table.ddl_modified),
        "isVirtualView": table.is_view,
        "isMaterializedView": table.materialized,
        "isMaterializedViewRewriteEnabled": table.materialized and table.rewrite,
        "isMaterializedViewOutdated": outdated,
        "lifecycle": -1 if table.lifecycle is None else table.lifecycle,
        "viewText": table.view_text or "",
        "viewExpandedText": table.view_text or "",
        "size": size,
        "recordNum": rows,
        "shardExist": table.shards is not None,
        "tableLabel": "",
        "tableProperties": json.dumps(dict(table.properties)),
    }
    if table.shards is not None:
        lifecycle = -1 if table.hub_lifecycle is None else table.hub_lifecycle
        shards = {"ShardNum": table.shards, "HubLifecycle": lifecycle, "DistributeCols": [], "SortCols": []}
        content["shardInfo"] = shards
    return content


def extended_json(table: Table, rows: int, size: int, outdated: bool = False) -> dict[str, Any]:
    """The same with what ``?extended`` adds."""
    reserved: dict[str, Any] = {
        "schema_version": str(epoch(table.ddl_modified)),
        "Transactional": str(table.is_transactional).lower(),
        "IsArchived": "false",
        "lifecycle_enabled": str(table.lifecycle_enabled).lower(),
    }
    if table.primary_key:
        reserved["PrimaryKey"] = list(table.primary_key)
    if "acid.data.retain.hours" in table.properties:
        reserved["acid.data.retain.hours"] = table.properties["acid.data.retain.hours"]
    if table.cluster is not None:
        reserved |= {
            "ClusterType": table.cluster.kind,
            "BucketNum": table.cluster.buckets,
            "ClusterCols": list(table.cluster.columns),
            "SortCols": [{"col": name, "order": order} for name, order in table.cluster.sorting],
        }
    reserved |= _tier(table.properties, table.ddl_modified, size)
    return schema_json(table, rows, size, outdated) | {
        "IsArchived": False,
        "PhysicalSize": size,
        "FileNum": 1 if rows else 0,
        "Reserved": json.dumps(reserved),
    }


def _tier(properties: Mapping[str, str], moment: datetime, size: int) -> dict[str, Any]:
    """Storage tier, under the names of ``odps/models/storage_tier.py``; nothing where none was set."""
    tier = properties.get("storagetier")
    if not tier:
        return {}
    sizes = {"standard": "StandardSize", "lowfrequency": "LowFrequencySize", "longterm": "LongTermSize"}
    found: dict[str, Any] = {"StorageTier": tier, "StorageLastModifiedTime": epoch(moment)}
    return found | ({sizes[tier]: size} if tier in sizes else {})


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
        leaf("Type", table.kind),
    )


def partition_json(partition: Partition, table: Table, rows: int, size: int) -> dict[str, Any]:
    """One partition, extended or not: the client reads what it asked for."""
    lifecycle = table.lifecycle if partition.lifecycle_enabled and table.lifecycle is not None else -1
    return {
        "createTime": epoch(partition.created),
        "lastDDLTime": epoch(partition.created),
        "lastModifiedTime": epoch(partition.modified),
        "lastAccessTime": 0,
        "partitionSize": size,
        "partitionRecordNum": rows,
        "IsArchived": False,
        "IsExstore": False,
        "LifeCycle": lifecycle,
        "PhysicalSize": size,
        "FileNum": 1 if rows else 0,
        "Reserved": json.dumps(_tier(partition.properties, partition.modified, size)),
    }


def partition_xml(partition: Partition, rows: int, size: int) -> str:
    """One ``<Partition>`` of a listing."""
    columns = (element("Column", attributes={"Name": name, "Value": value}) for name, value in partition.spec.items())
    return element(
        "Partition",
        *columns,
        leaf("CreationTime", epoch(partition.created)),
        leaf("LastDDLTime", epoch(partition.created)),
        leaf("LastModifiedTime", epoch(partition.modified)),
        leaf("PartitionSize", size),
        leaf("PartitionRecordCount", rows),
    )
