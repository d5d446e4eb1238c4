"""Rows as the CSV text of REST results and previews; PyODPS's ``CsvRecordReader`` reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from . import types
from .types import Type
from .zone import to_wall

#: How the client tells NULL from an empty string.
NULL = "\\N"


def _datetime(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S")


def _timestamp(value: Any) -> str:
    text = str(value).replace("T", " ")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(value: float) -> str:
    if value != value:  # NaN is the one number that is not itself
        return "NaN"
    return {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(value) or repr(value)


def _items(kind: Type) -> Callable[[Any], str]:
    inner = formatter(kind.items[0])
    return lambda values: f"[{', '.join(inner(value) for value in values)}]"


def _pairs(kind: Type) -> Callable[[Any], str]:
    key, value = formatter(kind.items[0]), formatter(kind.items[1])
    return lambda pairs: "{" + ", ".join(f"{key(k)}:{value(v)}" for k, v in pairs) + "}"


def _fields(kind: Type) -> Callable[[Any], str]:
    parts = [(name, formatter(item)) for name, item in zip(kind.fields, kind.items, strict=True)]
    return lambda value: "{" + ", ".join(f"{name}:{text(value[name])}" for name, text in parts) + "}"


def formatter(kind: Type) -> Callable[[Any], str]:
    """A function from a Python value of this type (as Arrow gives it), or ``None``, to its text."""
    write: Callable[[Any], str]
    if kind.name == "datetime":
        write = _datetime
    elif kind.name in ("timestamp", "timestamp_ntz"):
        write = _timestamp
    elif kind.name in ("float", "double"):
        write = _number
    elif kind.name == "boolean":
        write = {True: "true", False: "false"}.__getitem__
    elif kind.name == "binary":
        write = _binary
    elif kind.name in ("array", "map", "struct"):
        write = {"array": _items, "map": _pairs, "struct": _fields}[kind.name](kind)
    else:
        write = str
    return lambda value: NULL if value is None else write(value)


def _shown(column: pa.Array, kind: Type, zone: str) -> pa.Array:
    """A column as text shows it: instants in the zone."""
    if kind.name == "datetime":
        return to_wall(column, zone)
    if kind.name in ("timestamp", "timestamp_ntz"):
        # As text at once: Python has no value that keeps nanoseconds.
        return (to_wall(column, zone) if kind.name == "timestamp" else column).cast(pa.string())
    return column


def _binary(value: bytes) -> str:
    return "".join(chr(byte) if 32 < byte < 127 and byte != 0x3D else f"={byte:02X}" for byte in value)


def write_csv(names: Sequence[str], kinds: Sequence[str], batches: Iterable[pa.RecordBatch], zone: str) -> str:
    """A header line and one line per row, everything quoted, times as wall clock in ``zone``."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(names)
    parsed = [types.parse(kind) for kind in kinds]
    writers = [formatter(kind) for kind in parsed]
    for batch in batches:
        columns = [
            [write(value) for value in _shown(column, kind, zone).to_pylist()]
            for write, kind, column in zip(writers, parsed, batch.columns, strict=True)
        ]
        writer.writerows(zip(*columns, strict=True))
    return out.getvalue()
