"""Cost estimates (task kind SQLCost): input bytes, functions, complexity."""

from __future__ import annotations

import duckdb
import sqlglot
from sqlglot import exp

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tables.catalog import SessionCatalog
from odps_jupyter.emulator.tables.statistics import row_count, size_of


def estimate(query: str, connection: duckdb.DuckDBPyConnection, catalog: SessionCatalog) -> dict[str, object]:
    """What ``o.execute_sql_cost`` reads: input is the size of the named tables, complexity grows with joins.

    Raises:
        OdpsError: the text is no SQL, or names a table that does not exist.
    """
    try:
        trees = [tree for tree in sqlglot.parse(query, read="maxcompute") if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        raise OdpsError("ODPS-0130161", f"[1,1] Parse exception - {str(error).partition(chr(10))[0]}") from error
    size, udfs, joins = 0, set(), 0
    for tree in trees:
        names = {cte.alias for cte in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            if table.name in names and not table.db:
                continue
            found = catalog.table(table.catalog or table.db or None, table.db if table.catalog else None, table.name)
            size += size_of(found, row_count(connection, catalog, found))
        udfs |= {one.name for one in tree.find_all(exp.Anonymous) if catalog.function(one.name) is not None}
        joins += sum(1 for _ in tree.find_all(exp.Join))
    return {"Cost": {"SQL": {"Complexity": 1.0 + 0.5 * joins, "UDF": len(udfs), "Input": size}}}
