"""DROP and TRUNCATE."""

from __future__ import annotations

from odps_jupyter.emulator.sql import tables
from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.tables.specs import no_such_partition

from . import partition
from .naming import named
from .reader import Reader

_KINDS = (
    (("TABLE",), "MANAGED_TABLE"),
    (("VIEW",), "VIRTUAL_VIEW"),
    (("MATERIALIZED", "VIEW"), "MATERIALIZED_VIEW"),
)


def drop(execution: Execution, reader: Reader) -> None:
    """DROP TABLE, VIEW, MATERIALIZED VIEW or SCHEMA.

    Raises:
        OdpsError: there is no such thing (without IF EXISTS), or it is of another kind.
    """
    catalog = execution.context.catalog
    if reader.accept("SCHEMA") or reader.accept("DATABASE"):
        if_exists = reader.if_exists()
        *project, name = reader.path()
        if reader.sees("CASCADE"):
            raise reader.unsupported("DROP SCHEMA ... CASCADE")
        reader.accept("RESTRICT")
        reader.end()
        catalog.drop_schema(project[0] if project else None, name, if_exists=if_exists)
        return
    for words, kind in _KINDS:
        if reader.accept(*words):
            if_exists = reader.if_exists()
            while True:
                project_, schema, name = tables.place_of(execution.context, reader.path())
                catalog.drop_table(project_, schema, name, if_exists=if_exists, kind=kind)
                if not reader.accept(","):
                    break
            reader.accept("PURGE")
            reader.end()
            return
    raise reader.unsupported(f"DROP {reader.token.upper}")


def truncate(execution: Execution, reader: Reader) -> None:
    """TRUNCATE TABLE t [PARTITION (...) [, PARTITION (...)]]."""
    reader.expect("TABLE")
    table = named(execution, reader)
    if table.view_text is not None:
        raise reader.semantic(f"{table.qualified} is a view")
    catalog = execution.context.catalog
    if not reader.sees("PARTITION"):
        reader.end()
        catalog.truncate(table, None)
        for spec in catalog.partitions(table):
            catalog.touch(table, spec)
        return
    reader.accept("PARTITION")
    while True:
        specs, _ = partition.chosen(reader, execution, table)
        for spec in specs:
            if not catalog.has_partition(table, spec):
                raise no_such_partition(table, spec)
            catalog.truncate(table, spec)
        reader.accept(",")
        if not reader.accept("PARTITION"):
            break
    reader.end()
