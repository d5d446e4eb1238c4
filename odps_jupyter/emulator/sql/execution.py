"""Runs translated queries on the job's DuckDB connection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa

from odps_jupyter.emulator import types

from . import batches, laterals, stages
from .clocks import to_stored
from .context import Context, Stage
from .dealt import Dealt, deal
from .kept import Rows, kept
from .lifting import lift
from .macros import Macros
from .protocols import UdfRunner
from .queries import Queries
from .refusals import translated, while_read
from .scope import Query
from .typed import name
from .udfs import registered

#: Rows of a result read at once.
RESULT_ROWS = 65_536
_CREATE = re.compile(r"CREATE TEMP TABLE \w+ AS ")


class Execution:
    """One script's statements on one connection.

    Args:
        spill: the folder where DuckDB puts rows that do not fit into memory; DuckDB is asked unless told.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, context: Context, udfs: UdfRunner, spill: str | None = None
    ) -> None:
        self.connection = connection
        self.context = context
        self.udfs = udfs
        self.queries = Queries(context)
        strict = context.settings.get("odps.function.strictmode", "").lower() == "true"
        self._macros = Macros(
            connection,
            context.zone,
            context.stored_zone,
            context.prefix,
            strict=strict,
            hive=context.is_hive,
            trimmed=context.decimals.trimmed,
        )
        self._relations: list[str] = []
        self._folder = _folder(connection, spill)

    def select(self, query: Query) -> Rows:
        """The rows of a query, as stored (datetime columns in UTC)."""
        shown = ", ".join(
            f"{to_stored(f'c{i}', f.type, self.context)} AS {name(f.name)}" for i, f in enumerate(query.fields)
        )
        wanted = pa.schema([pa.field(f.name, types.to_arrow(f.type)) for f in query.fields])
        text = f"SELECT {shown} FROM ({query.sql}) AS {query.positional('q')}"
        with self.running(text) as rest, self.connection.sql(rest).to_arrow_reader(RESULT_ROWS) as rows:
            return kept(rows, wanted, self._folder)

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
        with self.running(sql) as text:
            return self.connection.execute(text).fetchall()

    @contextmanager
    def running(self, sql: str) -> Iterator[str]:
        """Run the functions that a text waits for; answers the text that then remains, which can use their rows."""
        failure = self._macros.watched()
        try:
            while self.context.stages:
                self._stage(self.context.stages.pop(0))
            with self._lifted(sql) as text:
                yield text
        except (duckdb.Error, OSError) as error:
            if failure.error is not None:
                raise failure.error from error
            refusal = error if isinstance(error, duckdb.Error) else while_read(error)
            if refusal is None:
                raise
            raise translated(refusal) from refusal

    def _stage(self, stage: Stage) -> None:
        with self._lifted(stage.sql) as text:
            stage = replace(stage, sql=text)
            if stage.lateral:
                rows = laterals.run(self.connection, stage, self.udfs, self.context.splits, self._folder)
            else:
                rows = stages.run(self.connection, stage, self.udfs, self.context.splits, self._folder)
        self._register(stage.relation, rows)

    @contextmanager
    def _lifted(self, sql: str) -> Iterator[str]:
        """Make the calls of Python functions that large batches can be given to, and the others possible."""
        calls = {call.duckdb_name: call for call in self.context.calls.values()}
        head, query = _parted(sql)
        lifts, query = lift(self.connection, query, calls, self.context.fresh)
        with ExitStack() as open_:
            dealt: dict[str, Dealt] = {}
            for one in lifts:
                with self._callable(one.sql) as text:
                    pieces = None if one.pieces is None else one.pieces.changed(self._macros.ready)
                    part = replace(one, sql=text, pieces=pieces)
                    if not one.calls:
                        dealt[one.relation] = open_.enter_context(deal(self.connection, part, self._folder))
                        continue
                    over = dealt.get(one.over)
                    rows = batches.run(self.connection, part, self.udfs, self.context.splits, self._folder, over)
                self._register(one.relation, rows)
        with self._callable(head + query) as text:
            yield text

    @contextmanager
    def _callable(self, sql: str) -> Iterator[str]:
        calls = [call for call in self.context.calls.values() if f"{call.duckdb_name}(" in sql]
        with registered(self.connection, calls, self.udfs, self._macros.failure):
            yield self._macros.ready(sql)

    def _register(self, relation: str, rows: Rows) -> None:
        self.connection.register(relation, rows)
        self._relations.append(f"DROP VIEW IF EXISTS temp.{relation}")

    def close(self) -> None:
        """Drop what the script kept for itself."""
        while self._relations:
            self.connection.execute(self._relations.pop()).fetchall()
        self._macros.close()


def _parted(sql: str) -> tuple[str, str]:
    """A text that makes a table of a query: what stands before the query, and the query."""
    head = _CREATE.match(sql)
    return (head[0], sql[head.end() :]) if head else ("", sql)


def _folder(connection: duckdb.DuckDBPyConnection, spill: str | None) -> str | None:
    """Where rows are put that do not fit into memory; ``None`` where there is no such folder."""
    if spill is None:
        [(spill,)] = connection.execute("SELECT current_setting('temp_directory')").fetchall()
    return spill if spill and Path(spill).is_dir() else None
