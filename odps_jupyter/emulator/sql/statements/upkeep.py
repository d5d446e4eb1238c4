"""Statements that keep tables in order: ANALYZE, MSCK, USE, CLONE TABLE."""

from __future__ import annotations

from dataclasses import replace

from odps_jupyter.emulator.sql import tables
from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.sql.insert import write
from odps_jupyter.emulator.sql.relations import stored
from odps_jupyter.emulator.tables.models import TableSpec

from . import partition
from .naming import named
from .reader import Reader


def analyze(execution: Execution, reader: Reader) -> None:
    """ANALYZE TABLE t [PARTITION (...)] COMPUTE STATISTICS ...: statistics are always those of the rows here."""
    reader.expect("TABLE")
    table = named(execution, reader)
    if reader.accept("PARTITION"):
        partition.clause(reader, table)
    reader.expect("COMPUTE", "STATISTICS")
    if reader.accept("FOR", "COLUMNS"):
        known = {c.name for c in table.all_columns}
        for name in reader.listed(reader.name) if reader.sees("(") else []:
            if name not in known:
                raise reader.semantic(f"column {name} of {table.qualified} cannot be resolved")
    reader.end()


def check(execution: Execution, reader: Reader) -> None:
    """MSCK [REPAIR] TABLE: refused by name, it repairs external tables."""
    raise reader.unsupported("MSCK REPAIR TABLE, which is for external tables,")


def use(execution: Execution, reader: Reader) -> None:
    """USE project: a job belongs to one project, so only its own can be named."""
    project = reader.name()
    reader.end()
    if project != execution.context.catalog.project:
        raise reader.semantic(f"the job belongs to project {execution.context.catalog.project}, not {project}")


def clone(execution: Execution, reader: Reader) -> None:
    """CLONE TABLE a [PARTITION (...), ...] TO b [IF EXISTS {OVERWRITE | IGNORE}]."""
    reader.expect("TABLE")
    catalog = execution.context.catalog
    source = named(execution, reader)
    specs = partition.several(reader, source) if reader.sees("PARTITION") else None
    reader.expect("TO")
    project, schema, name = tables.place_of(execution.context, reader.path())
    ignore = overwrite = False
    if reader.if_exists():
        overwrite = reader.accept("OVERWRITE")
        if not overwrite:
            reader.expect("IGNORE")
            ignore = True
    reader.end()
    if tables.exists(execution.context, [project, schema, name]):
        if ignore:
            return
        if not overwrite:
            raise reader.semantic(f"table {name} exists already")
        catalog.drop_table(project, schema, name, if_exists=False)
    spec = TableSpec(
        project, schema, name, source.columns, source.partitions, source.comment, source.lifecycle, source.properties,
        primary_key=source.primary_key, cluster=source.cluster,
    )  # fmt: skip
    made = catalog.create_table(spec, if_not_exists=False)
    rows = stored(execution.context, source)
    for one in catalog.partitions(source) if specs is None else specs:
        catalog.add_partition(made, one, if_not_exists=True)
    if specs is not None:
        tests = (" AND ".join(f"CAST(\"{k}\" AS VARCHAR) = '{v}'" for k, v in one.items()) for one in specs)
        rows = replace(rows, sql=f"{rows.sql} WHERE {' OR '.join(f'({t})' for t in tests)}")
    write(execution, made, rows, list(made.all_columns), {}, False)
