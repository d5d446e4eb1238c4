"""Tables as rows of the metadata: what is neither a name nor a time is kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .models import Cluster, Column, Partition, Table, TableSpec


def write(table: TableSpec | Table) -> str:
    """The part of a table that is stored as JSON."""
    content: dict[str, Any] = {
        "columns": [_column(column) for column in table.columns],
        "partitions": [_column(column) for column in table.partitions],
        "comment": table.comment,
        "lifecycle": table.lifecycle,
        "view_text": table.view_text,
        "properties": dict(table.properties),
        "materialized": table.materialized,
        "rewrite": table.rewrite,
        "sources": list(table.sources),
        "primary_key": list(table.primary_key),
        "shards": table.shards,
        "hub_lifecycle": table.hub_lifecycle,
        "lifecycle_enabled": table.lifecycle_enabled if isinstance(table, Table) else True,
    }
    cluster = table.cluster
    if cluster is not None:
        content["cluster"] = [cluster.kind, list(cluster.columns), [list(s) for s in cluster.sorting], cluster.buckets]
    return json.dumps(content)


def _column(column: Column) -> list[Any]:
    return [column.name, column.type, column.comment, column.nullable, column.default, column.source, column.unit]


def read(row: tuple[Any, ...]) -> Table:
    """The table of a row ``id, project, schema, name, definition, owner, created, modified, ddl_modified``."""
    identity, project, schema, name, definition, owner, created, modified, ddl_modified = row
    stored = json.loads(definition)
    cluster = stored.get("cluster")
    return Table(
        id=identity,
        project=project,
        schema=schema,
        name=name,
        columns=tuple(Column(*one) for one in stored["columns"]),
        partitions=tuple(Column(*one) for one in stored["partitions"]),
        comment=stored["comment"],
        lifecycle=stored["lifecycle"],
        owner=owner,
        created=created,
        modified=modified,
        ddl_modified=ddl_modified,
        view_text=stored["view_text"],
        properties=stored["properties"],
        materialized=stored.get("materialized", False),
        rewrite=stored.get("rewrite", True),
        sources=tuple(stored.get("sources", ())),
        primary_key=tuple(stored.get("primary_key", ())),
        cluster=_cluster(cluster) if cluster else None,
        shards=stored.get("shards"),
        hub_lifecycle=stored.get("hub_lifecycle"),
        lifecycle_enabled=stored.get("lifecycle_enabled", True),
    )


def _cluster(stored: list[Any]) -> Cluster:
    kind, columns, sorting, buckets = stored
    return Cluster(kind, tuple(columns), tuple((name, order) for name, order in sorting), buckets)


def write_partition(properties: Mapping[str, str], lifecycle_enabled: bool) -> str:
    """The part of a partition that is stored as JSON."""
    return json.dumps({"properties": dict(properties), "lifecycle_enabled": lifecycle_enabled})


def read_partition(row: tuple[Any, ...]) -> Partition:
    """The partition of a row ``spec, created, modified, definition``."""
    spec, created, modified, definition = row
    stored = json.loads(definition) if definition else {}
    return Partition(
        json.loads(spec), created, modified, stored.get("properties", {}), stored.get("lifecycle_enabled", True)
    )
