"""ALTER TABLE, ALTER VIEW, ALTER MATERIALIZED VIEW."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.tables.models import Table
from odps_jupyter.emulator.tables.specs import no_such_partition

from . import columns, definitions, materialized, partition
from .naming import named
from .reader import Reader


def alter(execution: Execution, reader: Reader) -> None:
    """Run an ALTER statement.

    Raises:
        OdpsError: it cannot be read, does not fit the table, or asks for what the embedded MaxCompute has not.
    """
    if reader.accept("MATERIALIZED", "VIEW"):
        kinds: tuple[str, ...] = ("MATERIALIZED_VIEW",)
    elif reader.accept("VIEW"):
        # The client says VIEW for both kinds of views.
        kinds = ("VIRTUAL_VIEW", "MATERIALIZED_VIEW")
    elif reader.accept("TABLE"):
        kinds = ("MANAGED_TABLE",)
    else:
        raise reader.unsupported(f"ALTER {reader.token.upper}")
    reader.if_exists()
    table = named(execution, reader)
    if table.kind not in kinds:
        raise reader.semantic(f"{table.qualified} is a {table.kind.replace('_', ' ')}")
    if reader.sees("PARTITION"):
        _partitions(execution, reader, table)
    else:
        _table(execution, reader, table)
    reader.end()


def _table(execution: Execution, reader: Reader, table: Table) -> None:
    for words, action in ACTIONS:
        if reader.accept(*words):
            action(execution, reader, table)
            return
    cluster = definitions.cluster(reader)
    if cluster is None:
        raise reader.unsupported(f"ALTER TABLE ... {reader.token.upper}")
    execution.context.catalog.redefine(replace(table, cluster=cluster))


def _partitions(execution: Execution, reader: Reader, table: Table) -> None:
    """``PARTITION (...) [, PARTITION (...)]`` and what shall happen to each."""
    catalog = execution.context.catalog
    specs = partition.several(reader, table)
    if reader.accept("SET", "PARTITIONPROPERTIES"):
        properties = definitions.properties(reader)
        for spec in specs:
            catalog.describe_partition(table, spec, properties=properties)
    elif reader.accept("RENAME", "TO"):
        [renamed] = partition.several(reader, table)
        for spec in specs:
            catalog.rename_partition(table, spec, renamed)
    elif reader.accept("ENABLE", "LIFECYCLE") or reader.sees("DISABLE", "LIFECYCLE"):
        enabled = not reader.accept("DISABLE", "LIFECYCLE")
        for spec in specs:
            catalog.describe_partition(table, spec, lifecycle_enabled=enabled)
    elif reader.accept("TOUCH"):
        _touched(execution, table, specs)
    elif reader.accept("MERGE", "SMALLFILES") or reader.accept("COMPACT"):
        _ = reader.accept("MAJOR") or reader.accept("MINOR")
    else:
        raise reader.unsupported(f"ALTER TABLE ... PARTITION ... {reader.token.upper}")


def _add_partitions(execution: Execution, reader: Reader, table: Table) -> None:
    if_not_exists = reader.if_not_exists()
    if not table.partitions:
        raise reader.semantic(f"{table.qualified} has no partitions")
    for spec in partition.several(reader, table):
        execution.context.catalog.add_partition(table, spec, if_not_exists=if_not_exists)


def _drop_partitions(execution: Execution, reader: Reader, table: Table) -> None:
    if_exists = reader.if_exists()
    reader.expect("PARTITION")
    while True:
        specs, several = partition.chosen(reader, execution, table)
        for spec in specs:
            execution.context.catalog.drop_partition(table, spec, if_exists=if_exists or several)
        reader.accept(",")
        if not reader.accept("PARTITION"):
            break
    reader.accept("PURGE")


def _add(execution: Execution, reader: Reader, table: Table) -> None:
    if reader.accept("COLUMNS") or reader.accept("COLUMN"):
        columns.add(execution, reader, table)
    else:
        _add_partitions(execution, reader, table)


def _drop(execution: Execution, reader: Reader, table: Table) -> None:
    if reader.accept("COLUMNS") or reader.accept("COLUMN"):
        columns.drop(execution, reader, table)
    else:
        _drop_partitions(execution, reader, table)


def _rename(execution: Execution, reader: Reader, table: Table) -> None:
    execution.context.catalog.rename_table(table, reader.path()[-1])


def _set(execution: Execution, reader: Reader, table: Table) -> None:
    catalog = execution.context.catalog
    if reader.accept("COMMENT"):
        catalog.redefine(replace(table, comment=reader.string()))
    elif reader.accept("LIFECYCLE"):
        catalog.redefine(replace(table, lifecycle=reader.integer()))
    elif reader.accept("TBLPROPERTIES"):
        catalog.redefine(replace(table, properties={**table.properties, **definitions.properties(reader)}))
    else:
        raise reader.unsupported(f"ALTER TABLE ... SET {reader.token.upper}")


def _owner(execution: Execution, reader: Reader, table: Table) -> None:
    execution.context.catalog.redefine(replace(table, owner=reader.string()))


def _lifecycle(enabled: bool) -> Callable[[Execution, Reader, Table], None]:
    def change(execution: Execution, reader: Reader, table: Table) -> None:
        execution.context.catalog.redefine(replace(table, lifecycle_enabled=enabled))

    return change


def _rewrite(enabled: bool) -> Callable[[Execution, Reader, Table], None]:
    def change(execution: Execution, reader: Reader, table: Table) -> None:
        if not table.materialized:
            raise reader.semantic(f"{table.qualified} is no materialized view")
        execution.context.catalog.redefine(replace(table, rewrite=enabled))

    return change


def _not_clustered(execution: Execution, reader: Reader, table: Table) -> None:
    execution.context.catalog.redefine(replace(table, cluster=None))


def _touch(execution: Execution, reader: Reader, table: Table) -> None:
    _touched(execution, table, partition.several(reader, table) if reader.sees("PARTITION") else [])


def _touched(execution: Execution, table: Table, specs: list[dict[str, str]]) -> None:
    catalog = execution.context.catalog
    catalog.touch(table)
    for spec in specs:
        if not catalog.has_partition(table, spec):
            raise no_such_partition(table, spec)
        catalog.touch(table, spec)


def _merge(execution: Execution, reader: Reader, table: Table) -> None:
    """MERGE SMALLFILES, which has nothing to do here; MERGE PARTITION (...) OVERWRITE PARTITION (...)."""
    if reader.accept("SMALLFILES"):
        return
    if_exists = reader.if_exists()
    reader.expect("PARTITION")
    merged: list[dict[str, str]] = []
    while True:
        merged += partition.chosen(reader, execution, table)[0]
        reader.accept(",")
        if not reader.accept("PARTITION"):
            break
    reader.expect("OVERWRITE", "PARTITION")
    target = partition.whole(reader, table)
    reader.accept("PURGE")
    catalog = execution.context.catalog
    catalog.add_partition(table, target, if_not_exists=True)
    if target not in merged:
        catalog.truncate(table, target)
    for spec in merged:
        if not catalog.has_partition(table, spec):
            if if_exists:
                continue
            raise no_such_partition(table, spec)
        if spec != target:
            catalog.move_rows(table, spec, target)
            catalog.drop_partition(table, spec, if_exists=False)


def _compact(execution: Execution, reader: Reader, table: Table) -> None:
    _ = reader.accept("MAJOR") or reader.accept("MINOR")


def _rebuild(execution: Execution, reader: Reader, table: Table) -> None:
    if reader.sees("PARTITION"):
        raise reader.unsupported("REBUILD of single partitions")
    materialized.rebuild(execution, table)


def _as(execution: Execution, reader: Reader, table: Table) -> None:
    if not table.is_view:
        raise reader.invalid()
    text = reader.rest()
    query = execution.queries.text(text).settled()
    catalog = execution.context.catalog
    made = columns.of_query(query)
    catalog.lay_columns(replace(table, view_text=text.strip()), made, {})


#: What ALTER TABLE can say, by the words behind the table.
ACTIONS: tuple[tuple[tuple[str, ...], Callable[[Execution, Reader, Table], None]], ...] = (
    (("ADD",), _add),
    (("DROP",), _drop),
    (("CHANGE",), columns.change),
    (("RENAME", "TO"), _rename),
    (("SET",), _set),
    (("CHANGEOWNER", "TO"), _owner),
    (("ENABLE", "LIFECYCLE"), _lifecycle(True)),
    (("DISABLE", "LIFECYCLE"), _lifecycle(False)),
    (("ENABLE", "REWRITE"), _rewrite(True)),
    (("DISABLE", "REWRITE"), _rewrite(False)),
    (("NOT", "CLUSTERED"), _not_clustered),
    (("TOUCH",), _touch),
    (("MERGE",), _merge),
    (("COMPACT",), _compact),
    (("REBUILD",), _rebuild),
    (("AS",), _as),
)
