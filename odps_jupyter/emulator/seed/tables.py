"""The tables of a new project: Fisher's iris measurements, and customers and orders of a small shop."""

from __future__ import annotations

from importlib.resources import files

import duckdb

from odps_jupyter.emulator import types
from odps_jupyter.emulator.tables.catalog import SessionCatalog, quoted
from odps_jupyter.emulator.tables.models import Column, TableSpec

IRIS = TableSpec(
    None,
    None,
    "pyodps_iris",
    (
        Column("sepal_length", "double", "cm"),
        Column("sepal_width", "double", "cm"),
        Column("petal_length", "double", "cm"),
        Column("petal_width", "double", "cm"),
        Column("name", "string", "species"),
    ),
    comment="R. A. Fisher, The use of multiple measurements in taxonomic problems, 1936",
)
CUSTOMERS = TableSpec(
    None,
    None,
    "retail_customers",
    (
        Column("customer_id", "bigint"),
        Column("name", "string"),
        Column("city", "string"),
        Column("credit", "double"),
        Column("joined", "datetime"),
    ),
    comment="customers of a shop; some have no order",
)
ORDERS = TableSpec(
    None,
    None,
    "retail_orders",
    (
        Column("order_id", "bigint"),
        Column("customer_id", "bigint", "retail_customers.customer_id; one customer is not listed there"),
        Column("product", "string"),
        Column("quantity", "bigint"),
        Column("price", "double", "of one piece"),
        Column("ordered_at", "datetime"),
    ),
    comment="orders of a shop",
)


def seed_tables(connection: duckdb.DuckDBPyConnection, catalog: SessionCatalog) -> None:
    """Create and fill the tables, inside the caller's transaction."""
    for spec in (IRIS, CUSTOMERS, ORDERS):
        table = catalog.create_table(spec, if_not_exists=True)
        lines = files(__package__).joinpath(f"data/{spec.name}.csv").read_text(encoding="utf-8").splitlines()
        columns = zip(*(line.split(",") for line in lines[1:]), strict=True)
        # One list for a column: DuckDB takes longer over a thousand single values than over the rest of the start.
        values = ", ".join(f"CAST(unnest(?::TEXT[]) AS {types.to_duckdb(types.parse(c.type))})" for c in spec.columns)
        names = ", ".join(quoted(column.name) for column in spec.columns)
        connection.execute(f"INSERT INTO {table.physical} ({names}) SELECT {values}", [list(one) for one in columns])
