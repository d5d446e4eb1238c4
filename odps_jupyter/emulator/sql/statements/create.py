"""CREATE TABLE (plain, AS, LIKE), CREATE VIEW, CREATE MATERIALIZED VIEW, CREATE SCHEMA."""

from __future__ import annotations

from dataclasses import dataclass, field

from odps_jupyter.emulator.sql import tables
from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.sql.insert import write
from odps_jupyter.emulator.sql.scope import Query
from odps_jupyter.emulator.tables.models import Cluster, Column, TableSpec

from . import definitions, materialized
from .reader import Reader


@dataclass
class _Clauses:
    """What stands behind the columns."""

    comment: str | None = None
    lifecycle: int | None = None
    partitions: list[Column] = field(default_factory=list)
    partitioned_on: list[str] = field(default_factory=list)
    cluster: Cluster | None = None
    properties: dict[str, str] = field(default_factory=dict)
    shards: int | None = None
    hub_lifecycle: int | None = None
    like: list[str] | None = None
    rewrite: bool = True
    deferred: bool = False
    query: str | None = None


def create(execution: Execution, reader: Reader) -> None:
    """Run a CREATE statement.

    Raises:
        OdpsError: it cannot be read, names what is there already, or makes what the embedded MaxCompute has not.
    """
    replace = reader.accept("OR", "REPLACE")
    if reader.accept("SCHEMA") or reader.accept("DATABASE"):
        return _schema(execution, reader)
    if reader.sees("EXTERNAL", "TABLE"):
        raise reader.unsupported("CREATE EXTERNAL TABLE")
    if reader.accept("TABLE"):
        return _table(execution, reader, replace)
    if reader.accept("VIEW"):
        return _view(execution, reader, replace)
    if reader.accept("MATERIALIZED", "VIEW"):
        return _materialized(execution, reader)
    raise reader.unsupported(f"CREATE {reader.token.upper}")


def _schema(execution: Execution, reader: Reader) -> None:
    if_not_exists = reader.if_not_exists()
    *project, name = reader.path()
    comment = reader.string() if reader.accept("COMMENT") else ""
    reader.end()
    execution.context.catalog.create_schema(project[0] if project else None, name, comment, if_not_exists=if_not_exists)


def _table(execution: Execution, reader: Reader, replace: bool) -> None:
    if_not_exists = reader.if_not_exists()
    catalog = execution.context.catalog
    project, schema, name = tables.place_of(execution.context, reader.path())
    columns: list[Column] | None = None
    key: tuple[str, ...] = ()
    if reader.sees("("):
        columns, key = definitions.columns(reader)
    clauses = _clauses(reader, columns=columns, external="an external table")
    if if_not_exists and tables.exists(execution.context, [project, schema, name]):
        return
    query = None
    if clauses.like is not None:
        like = tables.find(execution.context, clauses.like, reader.place)
        columns, key = list(like.columns), like.primary_key
        clauses.partitions, clauses.comment = list(like.partitions), clauses.comment or like.comment
        clauses.properties = {**like.properties, **clauses.properties}
        clauses.cluster = clauses.cluster or like.cluster
    elif clauses.query is not None:
        query = execution.queries.text(clauses.query).settled().arranged()
        if columns is not None:
            raise reader.semantic("CREATE TABLE ... AS takes its columns from the query")
        columns = [Column(f.name, str(f.type)) for f in query.fields]
        if clauses.partitions:
            raise reader.unsupported("CREATE TABLE ... PARTITIONED BY ... AS")
    if columns is None:
        raise reader.semantic("a table needs columns")
    if replace:
        catalog.drop_table(project, schema, name, if_exists=True)
    spec = TableSpec(
        project,
        schema,
        name,
        tuple(columns),
        tuple(clauses.partitions),
        clauses.comment,
        clauses.lifecycle,
        clauses.properties,
        primary_key=key,
        cluster=clauses.cluster,
        shards=clauses.shards,
        hub_lifecycle=clauses.hub_lifecycle,
    )
    made = catalog.create_table(spec, if_not_exists=False)
    if query is not None:
        write(execution, made, query, list(made.columns), {}, False)


def _view(execution: Execution, reader: Reader, replace: bool) -> None:
    if_not_exists = reader.if_not_exists()
    project, schema, name = tables.place_of(execution.context, reader.path())
    names, clauses = _view_head(reader)
    query = _body(execution, reader, clauses)
    # The query is only looked at: its table functions do not run.
    execution.context.stages.clear()
    columns = _view_columns(reader, names, query)
    catalog = execution.context.catalog
    if replace:
        catalog.drop_table(project, schema, name, if_exists=True, kind="VIRTUAL_VIEW")
    spec = TableSpec(project, schema, name, columns, (), clauses.comment, clauses.lifecycle, clauses.properties,
                     (clauses.query or "").strip())  # fmt: skip
    catalog.create_table(spec, if_not_exists=if_not_exists)


def _materialized(execution: Execution, reader: Reader) -> None:
    if_not_exists = reader.if_not_exists()
    path = reader.path()
    project, schema, name = tables.place_of(execution.context, path)
    names, clauses = _view_head(reader)
    query = _body(execution, reader, clauses)
    on = clauses.partitioned_on
    if names is not None and len(names) + len(on) == len(query.fields):
        # The client lists the columns of partitions behind PARTITIONED ON only.
        names = [*names, *((n, None) for n in on)]
    columns = _view_columns(reader, names, query)
    unknown = [n for n in on if n not in [c.name for c in columns]]
    if unknown:
        raise reader.semantic(f"column {unknown[0]} of PARTITIONED ON cannot be resolved")
    if on and [c.name for c in columns][-len(on) :] != on:
        raise reader.semantic("the columns of PARTITIONED ON must be the last ones of the query")
    spec = TableSpec(
        project,
        schema,
        name,
        tuple(c for c in columns if c.name not in on),
        tuple(c for n in on for c in columns if c.name == n),
        clauses.comment,
        clauses.lifecycle,
        clauses.properties,
        (clauses.query or "").strip(),
        materialized=True,
        rewrite=clauses.rewrite,
        cluster=clauses.cluster,
    )
    if if_not_exists and tables.exists(execution.context, [project, schema, name]):
        return
    made = execution.context.catalog.create_table(spec, if_not_exists=False)
    if not clauses.deferred:
        materialized.fill(execution, made, query)


def _view_head(reader: Reader) -> tuple[list[tuple[str, str | None]] | None, _Clauses]:
    clauses = _clauses(reader, stop=True)
    names = definitions.view_columns(reader) if reader.sees("(") else None
    return names, _clauses(reader, clauses)


def _body(execution: Execution, reader: Reader, clauses: _Clauses) -> Query:
    if clauses.query is None:
        raise reader.semantic("a view needs a query")
    if "`@" in clauses.query:
        raise reader.semantic("a view cannot read a script variable")
    return execution.queries.text(clauses.query).settled().arranged()


def _view_columns(reader: Reader, names: list[tuple[str, str | None]] | None, query: Query) -> tuple[Column, ...]:
    titles = names or [(f.name, None) for f in query.fields]
    if len(titles) != len(query.fields):
        raise reader.semantic(f"the view has {len(titles)} columns, its query {len(query.fields)}")
    return tuple(Column(n, str(f.type), c) for (n, c), f in zip(titles, query.fields, strict=True))


def _clauses(
    reader: Reader,
    found: _Clauses | None = None,
    *,
    stop: bool = False,
    columns: list[Column] | None = None,
    external: str | None = None,
) -> _Clauses:
    """Read clauses in any order; ``stop`` before an opening bracket (the columns of a view come behind LIFECYCLE)."""
    found = found or _Clauses()
    while not reader.done and not (stop and reader.sees("(")):
        if reader.accept("COMMENT"):
            found.comment = reader.string()
        elif reader.accept("LIFECYCLE"):
            found.lifecycle = reader.integer()
        elif reader.accept("PARTITIONED", "BY"):
            if reader.sees_names():
                raise reader.unsupported("PARTITIONED BY (names) of CREATE TABLE ... AS")
            found.partitions, _ = definitions.columns(reader)
        elif reader.accept("PARTITIONED", "ON"):
            found.partitioned_on = [name for name, _ in definitions.view_columns(reader)]
        elif reader.accept("AUTO", "PARTITIONED", "BY"):
            found.partitions = definitions.generated_partitions(reader, columns or [])
        elif (cluster := definitions.cluster(reader)) is not None:
            found.cluster = cluster
        elif reader.accept("TBLPROPERTIES"):
            found.properties = definitions.properties(reader)
        elif reader.accept("INTO"):
            found.shards = reader.integer()
            reader.expect("SHARDS")
            found.hub_lifecycle = reader.integer() if reader.accept("HUBLIFECYCLE") else None
        elif reader.accept("DISABLE", "REWRITE"):
            found.rewrite = False
        elif reader.accept("ENABLE", "REWRITE"):
            found.rewrite = True
        elif reader.accept("BUILD", "DEFERRED"):
            found.deferred = True
        elif reader.accept("LIKE"):
            found.like = reader.path()
        elif reader.accept("AS"):
            found.query = reader.rest()
        elif external is not None and reader.accept("STORED", "AS", "ALIORC"):
            continue  # how the rows of every table lie there
        elif reader.sees("STORED") or reader.sees("LOCATION") or reader.sees("ROW", "FORMAT") or reader.sees("WITH"):
            raise reader.unsupported(f"{external or 'a view'} ({reader.token.upper})")
        elif reader.sees("REFRESH"):
            raise reader.unsupported("a materialized view refreshed by time (REFRESH)")
        else:
            raise reader.invalid()
    return found
