"""ALTER TABLE: columns added, dropped, renamed, given another type, place or comment."""

from __future__ import annotations

from dataclasses import replace

from odps_jupyter.emulator import types
from odps_jupyter.emulator.sql import conversions
from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.sql.scope import Query
from odps_jupyter.emulator.tables.models import Column, Table
from odps_jupyter.emulator.types import INTEGERS, TEXTS, Type

from . import definitions
from .reader import Reader


def of_query(query: Query) -> list[Column]:
    """The columns of a view with no names of its own."""
    return [Column(f.name, str(f.type)) for f in query.fields]


def add(execution: Execution, reader: Reader, table: Table) -> None:
    """``ADD COLUMNS [IF NOT EXISTS] (a bigint, ...)``, behind the others, before the partition columns."""
    if_not_exists = reader.if_not_exists()
    place = reader.place
    new = definitions.columns(reader)[0] if reader.sees("(") else _open_list(reader)
    known = {c.name for c in table.all_columns}
    taken = [c.name for c in new if c.name in known]
    if taken and not if_not_exists:
        raise reader.semantic(f"column {taken[0]} already exists", place)
    new = [c for c in new if c.name not in known]
    strict = [c.name for c in new if not c.nullable]
    if strict:
        raise reader.semantic(f"a new column cannot be NOT NULL: {strict[0]}", place)
    if new:
        kept = {c.name: c.name for c in table.columns}
        execution.context.catalog.lay_columns(table, [*table.columns, *new], kept)


def _open_list(reader: Reader) -> list[Column]:
    found = [definitions.column(reader)]
    while reader.accept(","):
        found.append(definitions.column(reader))
    return found


def drop(execution: Execution, reader: Reader, table: Table) -> None:
    """``DROP COLUMNS a, b``."""
    if reader.sees("("):
        names = reader.listed(reader.name)
    else:
        names = [reader.name()]
        while reader.accept(","):
            names.append(reader.name())
    for name in names:
        _column(reader, table, name)
        if name in table.primary_key:
            raise reader.semantic(f"column {name} is part of the primary key")
    left = [c for c in table.columns if c.name not in names]
    if not left:
        raise reader.semantic(f"{table.qualified} would have no columns")
    execution.context.catalog.lay_columns(table, left, {c.name: c.name for c in left})


def change(execution: Execution, reader: Reader, table: Table) -> None:
    """``CHANGE [COLUMN] a RENAME TO b``, ``a COMMENT 'x'``, ``a NULL``, ``a b string [FIRST | AFTER c]``."""
    reader.accept("COLUMN")
    old = _column(reader, table, reader.name())
    changed = None
    if reader.accept("RENAME", "TO"):
        changed = replace(old, name=reader.name())
    elif reader.accept("COMMENT"):
        changed = replace(old, comment=reader.string())
    elif reader.accept("NULL"):
        changed = replace(old, nullable=True)
    if changed is not None:
        _replace(execution, reader, table, old, changed)
        return
    new = definitions.column(reader)
    new = replace(new, comment=old.comment if new.comment is None else new.comment, default=new.default or old.default)
    source, target = types.parse(old.type), types.parse(new.type)
    if not _widens(source, target):
        raise reader.semantic(f"column {old.name} cannot be changed from {source} to {target}")
    after: str | None = None
    first = reader.accept("FIRST")
    if reader.accept("AFTER"):
        after = _column(reader, table, reader.name()).name
    _replace(execution, reader, table, old, new, first, after)


def _replace(
    execution: Execution,
    reader: Reader,
    table: Table,
    old: Column,
    new: Column,
    first: bool = False,
    after: str | None = None,
) -> None:
    if new.name != old.name and new.name in [c.name for c in table.all_columns]:
        raise reader.semantic(f"column {new.name} already exists")
    laid = [new if c.name == old.name else c for c in table.columns]
    if first or after is not None:
        laid.remove(new)
        at = 0 if after is None else 1 + [c.name for c in laid].index(after if after != old.name else new.name)
        laid.insert(at, new)
    kept = {c.name: old.name if c.name == new.name else c.name for c in laid}
    key = tuple(new.name if k == old.name else k for k in table.primary_key)
    execution.context.catalog.lay_columns(replace(table, primary_key=key), laid, kept)


def _column(reader: Reader, table: Table, name: str) -> Column:
    for column in table.columns:
        if column.name == name:
            return column
    raise reader.semantic(f"column {name} of {table.qualified} cannot be resolved")


def _widens(source: Type, target: Type) -> bool:
    """Whether a column may get a type: one that takes every value of the old one."""
    if source == target:
        return True
    if source.name in INTEGERS:
        wider = (*INTEGERS[INTEGERS.index(source.name) :], "float", "double", "decimal")
        return target.name in (*wider, *TEXTS)
    if source.name in ("varchar", "char", "string"):
        return target.name == "string" or (
            target.name == source.name and bool(target.sizes and source.sizes) and target.sizes[0] >= source.sizes[0]
        )
    if source.name == "decimal" and target.name == "decimal":
        return conversions.wider(source, target) == target
    if source.name == "float":
        return target.name == "double"
    if source.name == "struct" and target.name == "struct":
        kept = dict(zip(target.fields, target.items, strict=True))
        return all(f in kept and _widens(t, kept[f]) for f, t in zip(source.fields, source.items, strict=True))
    if source.name == target.name and source.items:
        return all(_widens(a, b) for a, b in zip(source.items, target.items, strict=True))
    return False
