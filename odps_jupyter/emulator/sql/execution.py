"""Runs translated queries on the job's DuckDB connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import duckdb
import pyarrow as pa

from odps_jupyter.emulator import types

from . import laterals, stages
from .context import Context
from .macros import Macros
from .protocols import UdfRunner
from .queries import Queries
from .refusals import translated
from .relations import to_stored
from .scope import Query
from .typed import name
from .udfs import registered


class Execution:
    """One script's statements on one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, context: Context, udfs: UdfRunner) -> None:
        self.connection = connection
        self.context = context
        self.udfs = udfs
        self.queries = Queries(context)
        strict = context.settings.get("odps.function.strictmode", "").lower() == "true"
        self._macros = Macros(connection, context.zone, context.stored_zone, context.prefix, strict)
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

    def explained(self, sql: str) -> str:
        """The steps DuckDB takes for a text, as it draws them."""
        rows = self.connection.execute(f"EXPLAIN {self._macros.ready(sql)}").fetchall()
        return "\n".join(str(row[-1]) for row in rows)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the table functions that wait; then the caller's text can use their rows and the Python functions."""
        failure = self._macros.failure
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
            raise translated(error) from error

    def close(self) -> None:
        """Drop what the script kept for itself."""
        while self._relations:
            self.connection.execute(self._relations.pop()).fetchall()
        self._macros.close()
