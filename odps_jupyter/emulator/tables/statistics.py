"""Rows and bytes of tables and partitions, for schemas, listings and cost estimates."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from odps_jupyter.emulator.store import first_row

from .catalog import SessionCatalog, quoted
from .models import Table

#: What one stored value counts as; MaxCompute reports compressed bytes, which nothing here could reproduce.
BYTES_PER_VALUE = 8


def row_count(
    connection: duckdb.DuckDBPyConnection, catalog: SessionCatalog, table: Table, spec: Mapping[str, str] | None = None
) -> int:
    """Rows of a table, or of a partition; 0 for a view."""
    if table.is_view:
        return 0
    where, values = catalog.where(table, spec)
    row = first_row(connection, f"SELECT count(*) FROM {table.physical}{where}", values)
    return 0 if row is None else int(row[0])


def partition_counts(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[tuple[str, ...], int]:
    """Rows of every partition that has any, by its values, in one pass over the table."""
    keys = ", ".join(f"CAST({quoted(column.name)} AS VARCHAR)" for column in table.partitions)
    rows = connection.execute(f"SELECT {keys}, count(*) FROM {table.physical} GROUP BY ALL").fetchall()
    return {tuple(map(str, row[:-1])): int(row[-1]) for row in rows}


def is_outdated(catalog: SessionCatalog, view: Table) -> bool:
    """Whether a table that a materialized view was filled from has changed since, or is gone."""
    for source in view.sources:
        identity, _, modified = source.partition("@")
        table = catalog.by_id(int(identity))
        if table is None or table.modified.isoformat() != modified:
            return True
    return False


def size_of(table: Table, rows: int) -> int:
    """A stand-in for a table's size in bytes: constant per value."""
    return rows * len(table.columns) * BYTES_PER_VALUE
