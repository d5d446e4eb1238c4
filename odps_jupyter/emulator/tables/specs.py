"""Partition specifications as text, and the errors that name tables and partitions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError

from .models import Column, Table

_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TABLE_NAME = re.compile(r"[A-Za-z0-9_]{1,128}", re.ASCII)


def no_such_table(project: str, schema: str, name: str) -> OdpsError:
    where = f"{project}.{name}" if schema == "default" else f"{project}.{schema}.{name}"
    return OdpsError("ODPS-0130131", f"Table not found - table {where} cannot be resolved", 404)


def no_such_partition(table: Table, spec: Mapping[str, str]) -> OdpsError:
    return OdpsError(
        "NoSuchPartition", f"ODPS-0110012: Partition not found - {table.qualified}({spec_text(spec)})", 404
    )


def already_exists(table: Table) -> OdpsError:
    # DDL fails as a task of its own in MaxCompute; the text is the one its users meet.
    text = f"Failed to run ddltask - AlreadyExistsException(message:Table {table.qualified} already exists)"
    return OdpsError("ODPS-0110061", text)


def check_table_name(name: str) -> None:
    """Raise :class:`OdpsError` unless ``name`` is one MaxCompute takes: letters, digits and underscores, 128 of them at
    most (its page "Limits" of tables).
    """
    if not _TABLE_NAME.fullmatch(name):
        raise semantic(f"Invalid table name: {name!r} is not made of at most 128 letters, digits and underscores")


def semantic(message: str) -> OdpsError:
    return OdpsError("ODPS-0130071", f"[0,0] Semantic analysis exception - {message}")


def quoted(name: str) -> str:
    """A DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def columns_ddl(columns: Iterable[Column]) -> str:
    """The column list of a physical table."""
    return ", ".join(f"{quoted(column.name)} {types.to_duckdb(types.parse(column.type))}" for column in columns)


#: Bits of each type of whole numbers.
_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}


def partition_value(column: Column, text: str) -> str:
    """The value of a partition column as it is stored: ``1`` for ``01`` where the column holds numbers.

    Raises:
        OdpsError: it is none of the column's type.
    """
    kind = types.parse(column.type).name
    if kind in _BITS:
        limit = 1 << (_BITS[kind] - 1)
        if _WHOLE.fullmatch(text) and -limit <= int(text) < limit:
            return str(int(text))
    elif kind == "date":
        if _DATE.fullmatch(text) and _is_day(text):
            return text
    else:
        return text
    raise semantic(f"{text!r} is no value of the partition column {column.name}, which is {column.type}")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def spec_text(spec: Mapping[str, str]) -> str:
    """``pt='a',hh='b'``, as PyODPS's ``PartitionSpec`` prints it."""
    return ",".join(f"{name}='{value}'" for name, value in spec.items())


def parse_spec(text: str) -> dict[str, str]:
    """The inverse of :func:`spec_text`; values may be quoted, with commas and equal signs inside, or bare.

    Raises:
        OdpsError: the text is no partition specification.
    """
    spec: dict[str, str] = {}
    rest = text.strip()
    while rest:
        name, equals, rest = rest.partition("=")
        rest = rest.strip()
        if rest[:1] in ("'", '"'):
            quote = rest[0]
            value, closing, rest = rest[1:].partition(quote)
            equals = equals and closing
            rest = rest.strip().removeprefix(",")
        else:
            value, _, rest = rest.partition(",")
        if not equals or not name.strip() or not value.strip():
            raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - partition {text!r}")
        spec[name.strip().lower()] = value.strip()
    return spec
