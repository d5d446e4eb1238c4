"""Runs translated queries on the job's DuckDB connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import duckdb
import pyarrow as pa

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError

from . import laterals, stages
from .context import Context
from .macros import Macros
from .protocols import UdfRunner
from .queries import Queries
from .relations import to_stored
from .scope import Query
from .typed import name
from .udfs import Failure, registered


class Execution:
    """One script's statements on one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, context: Context, udfs: UdfRunner) -> None:
        self.connection = connection
        self.context = context
        self.udfs = udfs
        self.queries = Queries(context)
        self._macros = Macros(connection, context.zone, context.stored_zone, context.prefix)
        self._relations: list[str] = []

    def select(self, query: Query) -> pa.Table:
        """The rows of a query, as stored (datetime columns in UTC)."""
        shown = ", ".join(
            f"{to_stored(f'c{i}', f.type, self.context)} AS {name(f.name)}" for i, f in enumerate(query.fields)
        )
        with self.running():
            text = self._macros.ready(f"SELECT {shown} FROM ({query.sql}) AS {query.positional('q')}")
            table = self.connection.sql(text).to_arrow_table()
        wanted = pa.schema([pa.field(f.name, types.to_arrow(f.type)) for f in query.fields])
        columns = [c if c.type == f.type else c.cast(f.type) for c, f in zip(table.columns, wanted, strict=True)]
        return pa.Table.from_arrays(columns, schema=wanted)

    def keep(self, query: Query) -> Query:
        """Compute a query once; the answer reads the kept rows. They are dropped with the transaction's end."""
        relation = self.context.fresh("kept")
        listed = [f"c{i}" for i in range(len(query.fields))]
        source = f"SELECT {', '.join(listed)} FROM ({query.sql}) AS {query.positional('q')}"
        self.execute(f"CREATE TEMP TABLE {relation} AS {source}")
        self._relations.append(f"DROP TABLE IF EXISTS temp.{relation}")
        shown = ", ".join(f"{c} AS {name(f.name)}" for c, f in zip(listed, query.fields, strict=True))
        return Query(f"SELECT {shown} FROM {relation}", query.fields)

    def execute(self, sql: str) -> None:
        """Run DuckDB text that changes something."""
        self.fetch(sql)

    def fetch(self, sql: str) -> list[tuple[object, ...]]:
        """Run DuckDB text and answer its rows."""
        with self.running():
            return self.connection.execute(self._macros.ready(sql)).fetchall()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the table functions that wait; then the caller's text can use their rows and the Python functions."""
        failure = Failure()
        try:
            with registered(self.connection, self.context.calls.values(), self.udfs, failure):
                while self.context.stages:
                    stage = self.context.stages.pop(0)
                    stage = replace(stage, sql=self._macros.ready(stage.sql))
                    run = laterals.run if stage.lateral else stages.run
                    rows = run(self.connection, stage, self.udfs, self.context.splits)
                    self.connection.register(stage.relation, rows)
                    self._relations.append(f"DROP VIEW IF EXISTS temp.{stage.relation}")
                yield
        except duckdb.Error as error:
            if failure.error is not None:
                raise failure.error from error
            raise _translated(error) from error

    def close(self) -> None:
        """Drop what the script kept for itself."""
        while self._relations:
            self.connection.execute(self._relations.pop()).fetchall()
        self._macros.close()


def _translated(error: duckdb.Error) -> OdpsError:
    """DuckDB's refusal in MaxCompute's codes."""
    text = str(error).strip().split("\n")[0]
    if isinstance(error, duckdb.OutOfRangeException):
        return OdpsError("ODPS-0121145", f"Data overflow - {text}")
    if isinstance(error, duckdb.ConversionException | duckdb.InvalidInputException):
        return OdpsError("ODPS-0121095", f"Invalid argument - {text}")
    if isinstance(error, duckdb.BinderException | duckdb.CatalogException | duckdb.ParserException):
        return OdpsError("ODPS-0130071", f"[0,0] Semantic analysis exception - {text}")
    if isinstance(error, duckdb.InterruptException):
        return OdpsError("ODPS-0110999", "The job was stopped")
    return OdpsError("ODPS-0010000", f"System internal error - {text}", 500)
