"""What CREATE and ALTER say of a table: columns, keys, clusters, properties."""

from __future__ import annotations

from odps_jupyter.emulator.sql.functions.formats import TRUNCATED
from odps_jupyter.emulator.tables.models import Cluster, Column

from .reader import Reader


def columns(reader: Reader) -> tuple[list[Column], tuple[str, ...]]:
    """``(a bigint COMMENT 'x', b string NOT NULL PRIMARY KEY)``, or ``PRIMARY KEY (b)`` at the end: columns and key."""
    found: list[Column] = []
    key: tuple[str, ...] = ()
    reader.expect("(")
    while True:
        if reader.accept("PRIMARY", "KEY"):
            key = tuple(reader.listed(reader.name))
        else:
            found.append(column(reader))
            # id bigint NOT NULL PRIMARY KEY, each column of the key by itself.
            if reader.accept("PRIMARY", "KEY"):
                key = (*key, found[-1].name)
        if not reader.accept(","):
            break
    reader.expect(")")
    unknown = [name for name in key if name not in [c.name for c in found]]
    if unknown:
        raise reader.semantic(f"primary key column {unknown[0]} cannot be resolved")
    return [Column(c.name, c.type, c.comment, c.nullable and c.name not in key, c.default) for c in found], key


def column(reader: Reader) -> Column:
    """One column definition."""
    name, kind = reader.name(), str(reader.type())
    comment, nullable, default = None, True, None
    while True:
        if reader.accept("COMMENT"):
            comment = reader.string()
        elif reader.accept("NOT", "NULL"):
            nullable = False
        elif reader.accept("NULL"):
            nullable = True
        elif reader.accept("DEFAULT"):
            default = None if reader.accept("NULL") else reader.literal()
        elif reader.sees("GENERATED") or reader.sees("AS"):
            raise reader.unsupported("a generated column")
        else:
            return Column(name, kind, comment, nullable, default)


def generated_partitions(reader: Reader, known: list[Column]) -> list[Column]:
    """``(TRUNC_TIME(a, 'day') AS pt)`` of AUTO PARTITIONED BY."""

    def one() -> Column:
        if not reader.accept("TRUNC_TIME"):
            raise reader.unsupported(f"AUTO PARTITIONED BY {reader.token.upper}")
        reader.expect("(")
        place = reader.place
        source = reader.name()
        found = [c for c in known if c.name == source]
        if not found or found[0].type not in ("date", "datetime", "timestamp", "timestamp_ntz"):
            raise reader.semantic(f"column {source} is no time that a partition can be made of", place)
        reader.expect(",")
        place = reader.place
        unit = reader.string().lower()
        if unit not in TRUNCATED:
            raise reader.semantic(f"TRUNC_TIME by {unit!r}, it knows {', '.join(TRUNCATED)}", place)
        reader.expect(")")
        name = reader.name() if reader.accept("AS") else f"_pt_col_{source}"
        comment = reader.string() if reader.accept("COMMENT") else None
        return Column(name, "string", comment, source=source, unit=unit)

    return reader.listed(one)


def view_columns(reader: Reader) -> list[tuple[str, str | None]]:
    """``(a COMMENT 'x', b)``: names and comments."""

    def one() -> tuple[str, str | None]:
        return reader.name(), reader.string() if reader.accept("COMMENT") else None

    return reader.listed(one)


def properties(reader: Reader) -> dict[str, str]:
    """``('key'='value', ...)``."""

    def one() -> tuple[str, str]:
        key = reader.string()
        reader.expect("=")
        return key, reader.literal()

    return dict(reader.listed(one))


def cluster(reader: Reader) -> Cluster | None:
    """``[RANGE] CLUSTERED BY (a) [SORTED BY (a DESC)] [INTO n BUCKETS]``, if it comes next."""
    if reader.accept("RANGE", "CLUSTERED", "BY"):
        kind = "range"
    elif reader.accept("CLUSTERED", "BY"):
        kind = "hash"
    else:
        return None
    names = tuple(reader.listed(reader.name))

    def sorting() -> tuple[str, str]:
        name = reader.name()
        descending = reader.accept("DESC")
        if not descending:
            reader.accept("ASC")
        return name, "desc" if descending else "asc"

    order = tuple(reader.listed(sorting)) if reader.accept("SORTED", "BY") else ()
    buckets = 0
    if reader.accept("INTO"):
        buckets = reader.integer()
        if not reader.accept("SHARDS"):
            reader.expect("BUCKETS")
    return Cluster(kind, names, order, buckets)
