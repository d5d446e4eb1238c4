"""Tables as text for people: the statement that makes one, and the frames of DESC.

Source: MaxCompute's documentation, "DESC TABLE" and "SHOW CREATE TABLE". What MaxCompute says of its own storage
(labels, compression, versions of files) has nothing to stand for here and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from .models import Column, Table

_WIDTH = 84


def create_text(table: Table) -> str:
    """CREATE TABLE, CREATE VIEW or CREATE MATERIALIZED VIEW of a table."""
    head = {"VIRTUAL_VIEW": "VIEW", "MATERIALIZED_VIEW": "MATERIALIZED VIEW"}.get(table.kind, "TABLE IF NOT EXISTS")
    plain = table.kind == "MANAGED_TABLE"
    columns = [_column(column, plain) for column in table.columns]
    if table.primary_key:
        columns.append(f"PRIMARY KEY ({', '.join(_name(key) for key in table.primary_key)})")
    text = f"CREATE {head} {table.qualified} ({', '.join(columns)})"
    if table.comment:
        text += f" COMMENT {_string(table.comment)}"
    if table.materialized and not table.rewrite:
        text += " DISABLE REWRITE"
    if table.partitions:
        word = "PARTITIONED BY" if plain else "PARTITIONED ON"
        if any(column.source for column in table.partitions):
            word = f"AUTO {word}"
        text += f" {word} ({', '.join(_column(column, plain) for column in table.partitions)})"
    if table.cluster is not None:
        cluster = table.cluster
        text += f" {'RANGE ' if cluster.kind == 'range' else ''}CLUSTERED BY ({', '.join(map(_name, cluster.columns))})"
        if cluster.sorting:
            text += f" SORTED BY ({', '.join(f'{_name(n)} {order.upper()}' for n, order in cluster.sorting)})"
        if cluster.buckets:
            text += f" INTO {cluster.buckets} BUCKETS"
    if plain:
        text += " STORED AS ALIORC"
    if table.properties:
        pairs = ", ".join(f"{_string(k)}={_string(v)}" for k, v in sorted(table.properties.items()))
        text += f" TBLPROPERTIES ({pairs})"
    if table.lifecycle:
        text += f" LIFECYCLE {table.lifecycle}"
    return f"{text} AS {table.view_text};" if table.view_text is not None else f"{text};"


def _column(column: Column, with_type: bool) -> str:
    text = _name(column.name)
    if column.source is not None:
        return f"TRUNC_TIME({_name(column.source)}, {_string(column.unit or '')}) AS {text}"
    if with_type:
        text += f" {column.type.upper()}{'' if column.nullable else ' NOT NULL'}"
    if column.default is not None:
        text += f" DEFAULT {_string(column.default)}"
    return f"{text} COMMENT {_string(column.comment)}" if column.comment else text


def _name(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _string(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def frame(sections: Sequence[Sequence[str]]) -> str:
    """Lines in a box, a rule between sections."""
    rule = "+" + "-" * _WIDTH + "+"
    lines = [rule]
    for section in sections:
        lines += [f"| {line:<{_WIDTH - 2}} |" for line in section]
        lines.append(rule)
    return "\n".join(lines)


def table_text(table: Table, rows: int, size: int, local: Callable[[datetime], str], extended: bool) -> str:
    """DESC [EXTENDED] of a table; ``local`` writes a time in the job's zone."""
    sections = [
        [
            f"Owner:                    {table.owner}",
            f"Project:                  {table.project}",
            *([] if table.schema == "default" else [f"Schema:                   {table.schema}"]),
            f"TableComment:             {table.comment or ''}".rstrip(),
        ],
        [
            f"CreateTime:               {local(table.created)}",
            f"LastDDLTime:              {local(table.ddl_modified)}",
            f"LastModifiedTime:         {local(table.modified)}",
            *([f"Lifecycle:                {table.lifecycle}"] if table.lifecycle else []),
        ],
        [_kind(table, size)],
        ["Native Columns:"],
        [_row(["Field", "Type", "Label", *(["Nullable"] if extended else []), "Comment"])],
        [_described(column, extended) for column in table.columns],
    ]
    if table.partitions:
        sections += [["Partition Columns:"], [_described(column, extended) for column in table.partitions]]
    if extended:
        sections += [["Extended Info:"], [f"{key + ':':<26}{value}" for key, value in _extended(table, rows, size)]]
    return frame(sections)


def _kind(table: Table, size: int) -> str:
    if table.view_text is not None:
        word = "MaterializedView" if table.materialized else "VirtualView"
        return f"{word}: YES  | ViewText: {table.view_text}"
    return f"InternalTable: YES      | Size: {size}"


def _described(column: Column, extended: bool) -> str:
    nullable = ["true" if column.nullable else "false"] if extended else []
    return _row([column.name, column.type, "", *nullable, column.comment or ""])


def _row(cells: Sequence[str]) -> str:
    widths = [16, 20, 6, *([9] if len(cells) == 5 else [])]
    shown = [f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=False)]
    return "| ".join([*shown, cells[-1]])


def _extended(table: Table, rows: int, size: int) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = [
        ("TableID", f"{table.id:032x}"),
        ("IsArchived", "false"),
        ("PhysicalSize", size),
        ("FileNum", 1 if rows else 0),
        ("RecordNum", rows),
        ("Transactional", str(table.is_transactional).lower()),
    ]
    if table.primary_key:
        found.append(("PrimaryKey", ", ".join(table.primary_key)))
    if table.cluster is not None:
        found += [
            ("ClusterType", table.cluster.kind),
            ("BucketNum", table.cluster.buckets),
            ("ClusterColumns", f"[{', '.join(table.cluster.columns)}]"),
            ("SortColumns", f"[{', '.join(f'{n} {o.upper()}' for n, o in table.cluster.sorting)}]"),
        ]
    return [*found, *sorted(table.properties.items())]
