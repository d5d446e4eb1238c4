"""Cost estimates (task kind SQLCost): input bytes, functions, complexity."""

from __future__ import annotations

import duckdb
from sqlglot import exp

from odps_jupyter.emulator.sql.definitions import read
from odps_jupyter.emulator.sql.dialect import parse
from odps_jupyter.emulator.sql.engine import QUERIES
from odps_jupyter.emulator.sql.errors import unsupported
from odps_jupyter.emulator.sql.lexer import Statement, split
from odps_jupyter.emulator.tables.catalog import SessionCatalog
from odps_jupyter.emulator.tables.models import Table
from odps_jupyter.emulator.tables.statistics import row_count, size_of

#: What one join adds to the complexity of a script, which begins with 1 (the vendor's page on estimates names the sum
#: of joins, sorts and functions without its weights: these are ours).
_PER_JOIN = 0.5


def estimate(query: str, connection: duckdb.DuckDBPyConnection, catalog: SessionCatalog) -> dict[str, object]:
    """What ``o.execute_sql_cost`` reads: input is the size of the named tables, complexity grows with joins.

    Raises:
        OdpsError: the text is no SQL, has a statement that is no query and no INSERT, or names a table that does not
            exist.
    """
    size, udfs, joins = 0, set(), 0
    for part in split(query):
        if not isinstance(part, Statement) or part.condition is not None or read(part.text) is not None:
            continue
        first = part.text.split()[0].upper()
        if first not in (*QUERIES, "INSERT") and not first.startswith("("):
            raise unsupported(f"an estimate of {first} statements")
        tree = parse(part.text)
        for table in _tables(tree, catalog):
            size += size_of(table, row_count(connection, catalog, table))
        udfs |= {one.name.lower() for one in tree.find_all(exp.Anonymous) if catalog.function(one.name) is not None}
        joins += sum(1 for _ in tree.find_all(exp.Join))
    return {"Cost": {"SQL": {"Complexity": 1.0 + _PER_JOIN * joins, "UDF": len(udfs), "Input": size}}}


def _tables(tree: exp.Expr, catalog: SessionCatalog) -> list[Table]:
    """The tables a statement reads, as often as it names them."""
    names = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    target = tree.find(exp.Table) if isinstance(tree, exp.Insert) else None
    found = []
    for table in tree.find_all(exp.Table):
        if table is target or table.name.startswith("@") or (table.name.lower() in names and not table.db):
            continue
        project = table.catalog or table.db or None
        found.append(catalog.table(project, table.db if table.catalog else None, table.name))
    return found
