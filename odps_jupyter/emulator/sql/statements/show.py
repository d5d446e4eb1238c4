"""SHOW, DESC and EXPLAIN: text for people.

Source of the forms: MaxCompute's documentation, "SHOW", "DESC" (its frames, the names of its lines), and
``odps/models/schema.py`` (the JSON of DESC SCHEMA).
"""

from __future__ import annotations

import fnmatch
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.sql.typed import quote
from odps_jupyter.emulator.tables.describe import create_text, frame, table_text
from odps_jupyter.emulator.tables.models import Table
from odps_jupyter.emulator.tables.specs import no_such_partition
from odps_jupyter.emulator.tables.statistics import BYTES_PER_VALUE, size_of

from . import partition
from .naming import named
from .reader import Reader

_TIME = "%Y-%m-%d %H:%M:%S"


def show(execution: Execution, reader: Reader) -> str:
    """SHOW TABLES, PARTITIONS, CREATE TABLE, SCHEMAS, FUNCTIONS, VIEWS.

    Raises:
        OdpsError: something else shall be shown, or what is named does not exist.
    """
    catalog = execution.context.catalog
    if reader.accept("CREATE", "TABLE") or reader.accept("CREATE", "VIEW"):
        table = named(execution, reader)
        reader.end()
        return create_text(table)
    if reader.accept("PARTITIONS"):
        table = named(execution, reader)
        if not table.partitions:
            raise reader.semantic(f"{table.qualified} has no partitions")
        specs = [dict(p) for p in catalog.partitions(table)]
        if reader.accept("PARTITION"):
            static, _ = partition.clause(reader, table)
            specs = [s for s in specs if static.items() <= s.items()]
        reader.end()
        return "\n".join("/".join(f"{k}={v}" for k, v in spec.items()) for spec in specs)
    if reader.accept("SCHEMAS") or reader.accept("DATABASES"):
        project = reader.name() if reader.accept("IN") or reader.accept("FROM") else None
        pattern = _pattern(reader)
        return "\n".join(s.name for s in catalog.schemas(project) if _fits(s.name, pattern))
    if reader.accept("FUNCTIONS"):
        project = reader.name() if reader.accept("IN") or reader.accept("FROM") else None
        pattern = _pattern(reader)
        return "\n".join(name for name, _, _ in catalog.functions(project) if _fits(name, pattern))
    for word, kinds in _LISTS.items():
        if reader.accept(*word.split()):
            project, schema = _in(execution, reader)
            pattern = _pattern(reader)
            listed = catalog.tables(schema, limit=1_000_000, project=project)
            return "\n".join(f"{t.owner}:{t.name}" for t in listed if t.kind in kinds and _fits(t.name, pattern))
    raise reader.unsupported(f"SHOW {reader.token.upper}")


_LISTS = {
    "TABLES": ("MANAGED_TABLE", "VIRTUAL_VIEW", "MATERIALIZED_VIEW"),
    "VIEWS": ("VIRTUAL_VIEW",),
    "MATERIALIZED VIEWS": ("MATERIALIZED_VIEW",),
}


def _in(execution: Execution, reader: Reader) -> tuple[str | None, str]:
    """``IN project``, ``IN project.schema``; or a schema of the job's project where it works with schemas."""
    catalog = execution.context.catalog
    if not (reader.accept("IN") or reader.accept("FROM")):
        return None, catalog.schema
    parts = reader.path()
    if len(parts) == 2:
        return parts[0], parts[1]
    if catalog.has_schema(None, parts[0]) and parts[0] != catalog.project:
        return None, parts[0]
    return parts[0], "default"


def _pattern(reader: Reader) -> str:
    pattern = reader.string() if reader.accept("LIKE") else "*"
    reader.end()
    return pattern


def _fits(name: str, pattern: str) -> bool:
    """Whether a name fits ``*`` and ``|`` of SHOW ... LIKE."""
    return any(fnmatch.fnmatchcase(name, one.strip().lower()) for one in pattern.split("|"))


def describe(execution: Execution, reader: Reader) -> str:
    """DESC [EXTENDED] t [PARTITION (...)], DESC SCHEMA s."""
    catalog = execution.context.catalog
    if reader.accept("SCHEMA"):
        *project, name = reader.path()
        reader.end()
        found = [s for s in catalog.schemas(project[0] if project else None) if s.name == name]
        if not found:
            raise reader.semantic(f"schema {name} cannot be resolved")
        return json.dumps(
            {
                "name": found[0].name,
                "owner": found[0].owner,
                "description": found[0].comment,
                "createTime": found[0].created.strftime(_TIME),
                "modifyTime": found[0].modified.strftime(_TIME),
                "type": "MANAGED",
            }
        )
    if reader.accept("FUNCTION"):
        raise reader.unsupported("DESC FUNCTION")
    extended = reader.accept("EXTENDED")
    table = named(execution, reader)
    zone = ZoneInfo(execution.context.zone)

    def local(moment: datetime) -> str:
        return moment.replace(tzinfo=UTC).astimezone(zone).strftime(_TIME)

    if reader.accept("PARTITION"):
        spec = partition.whole(reader, table)
        reader.end()
        described = [p for p in catalog.described_partitions(table) if dict(p.spec) == spec]
        if not described:
            raise no_such_partition(table, spec)
        tests = (f'CAST("{k}" AS VARCHAR) = {quote(v)}' for k, v in spec.items())
        size = _rows(execution, table, f" WHERE {' AND '.join(tests)}") * len(table.columns) * BYTES_PER_VALUE
        created, modified = local(described[0].created), local(described[0].modified)
        times = [("CreateTime", created), ("LastDDLTime", created), ("LastModifiedTime", modified)]
        return frame([[f"PartitionSize: {size}"], [f"{word + ':':<26}{time}" for word, time in times]])
    reader.end()
    rows = _rows(execution, table)
    return table_text(table, rows, size_of(table, rows), local, extended)


def _rows(execution: Execution, table: Table, where: str = "") -> int:
    if table.is_view:
        return 0
    return int(str(execution.fetch(f"SELECT count(*) FROM {table.physical}{where}")[0][0]))


def explain(execution: Execution, reader: Reader) -> str:
    """EXPLAIN of a query: the steps DuckDB takes, which are not those of a MaxCompute cluster, and said to be so."""
    query = execution.queries.text(reader.rest())
    if execution.context.stages:
        execution.context.stages.clear()
        raise reader.unsupported("EXPLAIN of a Python table function")
    rows = execution.fetch(f"EXPLAIN SELECT * FROM ({query.sql}) AS {query.positional('q')}")
    lines = "\n".join(str(row[-1]) for row in rows)
    return f"In Job job0 (steps of the embedded MaxCompute):\n{lines}"
