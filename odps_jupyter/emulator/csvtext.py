"""Rows as the CSV text of REST results and previews; PyODPS's ``CsvRecordReader`` reads it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pyarrow as pa

from . import types
from .types import Type

#: How the client tells NULL from an empty string.
NULL = "\\N"
#: What ends a value inside another one, or begins one (``odps/readers.py``, ``parse_complex_value``).
_SPECIAL = re.compile(r"""[,{}\[\]"']|\A\s|\s\Z|\A\Z|\A\\N\Z""")
_SECONDS_OF_DAY = 86_400
_NANOS = 1_000_000_000

Writer = Callable[[Any], str]


def _datetime(value: str) -> str:
    return value[:19]


def _timestamp(value: str) -> str:
    # Arrow writes the zone after the time: nothing else of it has these signs.
    text = value[:19] + re.split(r"[Z+-]", value[19:])[0]
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(value: float) -> str:
    if value != value:  # NaN is the one number that is not itself
        return "NaN"
    return {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(value) or repr(value)


def _binary(value: bytes) -> str:
    return "".join(chr(byte) if 32 < byte < 127 and byte != 0x3D else f"={byte:02X}" for byte in value)


def _months(value: pa.MonthDayNano) -> str:
    """``1-2`` for a year and two months, as Hive and MaxCompute write it."""
    years, months = divmod(abs(value.months), 12)
    return f"{'-' if value.months < 0 else ''}{years}-{months}"


def _time_span(value: pa.MonthDayNano) -> str:
    """``1 02:03:04.500000000``, as Hive and MaxCompute write it."""
    nanos = (value.months * 30 + value.days) * _SECONDS_OF_DAY * _NANOS + value.nanoseconds
    seconds, rest = divmod(abs(nanos), _NANOS)
    days, of_day = divmod(seconds, _SECONDS_OF_DAY)
    clock = f"{of_day // 3600:02}:{of_day // 60 % 60:02}:{of_day % 60:02}.{rest:09}"
    return f"{'-' if nanos < 0 else ''}{days} {clock}"


_SCALARS: dict[str, Writer] = {
    "datetime": _datetime,
    "timestamp": _timestamp,
    "timestamp_ntz": _timestamp,
    "float": _number,
    "double": _number,
    "boolean": {True: "true", False: "false"}.__getitem__,
    "binary": _binary,
    "interval_day_time": _time_span,
    "interval_year_month": _months,
}


def _inner(kind: Type, *, key: bool = False) -> Writer:
    """Like :func:`formatter` for a value inside another: in quotes where the client could not read it without."""
    write = formatter(kind)
    if kind.items:
        return write

    def quoted(value: Any) -> str:
        text = write(value)
        if value is None or not (_SPECIAL.search(text) or (key and ":" in text)):
            return text
        return '"' + text.replace('"', '\\"').replace("'", "\\'") + '"'

    return quoted


def _items(kind: Type) -> Writer:
    inner = _inner(kind.items[0])
    return lambda values: f"[{', '.join(inner(value) for value in values)}]"


def _pairs(kind: Type) -> Writer:
    key, value = _inner(kind.items[0], key=True), _inner(kind.items[1])
    return lambda pairs: "{" + ", ".join(f"{key(k)}:{value(v)}" for k, v in pairs) + "}"


def _fields(kind: Type) -> Writer:
    parts = [(name, _inner(item)) for name, item in zip(kind.fields, kind.items, strict=True)]
    return lambda value: "{" + ", ".join(f"{name}:{text(value[name])}" for name, text in parts) + "}"


def formatter(kind: Type) -> Writer:
    """A function from a Python value of this type (as :func:`_shown` gives it), or ``None``, to its text."""
    containers = {"array": _items, "map": _pairs, "struct": _fields}
    write = containers[kind.name](kind) if kind.name in containers else _SCALARS.get(kind.name, str)
    return lambda value: NULL if value is None else write(value)


def _replaced(kind: Type, moments: Callable[[pa.DataType, str], pa.DataType]) -> pa.DataType:
    """The stored type of a column with other types in the place of those of moments, also inside others."""
    if kind.name == "array":
        return pa.list_(_replaced(kind.items[0], moments))
    if kind.name == "map":
        return pa.map_(_replaced(kind.items[0], moments), _replaced(kind.items[1], moments))
    if kind.name == "struct":
        return pa.struct([(name, _replaced(item, moments)) for name, item in zip(kind.fields, kind.items, strict=True)])
    stored = types.to_arrow(kind)
    return moments(stored, kind.name) if kind.name in ("datetime", "timestamp", "timestamp_ntz") else stored


def _shown(column: pa.Array, kind: Type, zone: str) -> pa.Array:
    """A column with its moments as text, instants in the zone. Python has no value that keeps nanoseconds."""
    if "datetime" not in str(kind) and "timestamp" not in str(kind):
        return column

    def within(place: str) -> Callable[[pa.DataType, str], pa.DataType]:
        return lambda stored, name: stored if name == "timestamp_ntz" else pa.timestamp(stored.unit, place)

    instants = column.cast(types.to_arrow(kind)).cast(_replaced(kind, within("UTC")))
    return instants.cast(_replaced(kind, within(zone))).cast(_replaced(kind, lambda stored, name: pa.string()))


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
