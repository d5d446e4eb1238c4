"""Rows and bytes of tables and partitions, for schemas, listings and cost estimates."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from odps_jupyter.emulator.store import first_row

from .catalog import SessionCatalog
from .models import Table

#: What one stored value counts as; MaxCompute reports compressed bytes, which nothing here could reproduce.
_BYTES_PER_VALUE = 8


def row_count(
    connection: duckdb.DuckDBPyConnection, catalog: SessionCatalog, table: Table, spec: Mapping[str, str] | None = None
) -> int:
    """Rows of a table, or of a partition; 0 for a view."""
    if table.is_view:
        return 0
    where, values = catalog.where(table, spec)
    row = first_row(connection, f"SELECT count(*) FROM {table.physical}{where}", values)
    return 0 if row is None else int(row[0])


def size_of(table: Table, rows: int) -> int:
    """A stand-in for a table's size in bytes: constant per value."""
    return rows * len(table.columns) * _BYTES_PER_VALUE
