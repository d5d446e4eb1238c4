"""What a column looks like on the tunnel: in Arrow batches, and how it comes from and goes to its stored form.

Source of the types: ``odps/tunnel/io/types.py``. Times are naive UTC on both sides; the client applies its own zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.types import Type

TIMESTAMP_STRUCT = pa.struct([("sec", pa.int64()), ("nano", pa.int32())])
_NANOS = 1_000_000_000


@dataclass(frozen=True)
class WireColumn:
    """A column of a session."""

    name: str
    kind: Type

    @property
    def stored(self) -> pa.DataType:
        return types.to_arrow(self.kind)


def wire_columns(columns: Sequence[tuple[str, str]]) -> list[WireColumn]:
    """Columns from their names and type texts."""
    return [WireColumn(name, types.parse(kind)) for name, kind in columns]


def wire_type(kind: Type, *, structs: bool = False) -> pa.DataType:
    """The Arrow type the client expects. ``structs``: timestamps as seconds and nanoseconds, as the instance tunnel
    and the preview send them.

    Raises:
        OdpsError: the client has no Arrow type for it.
    """
    if kind.name == "datetime":
        return pa.timestamp("ms")
    if kind.name in ("timestamp", "timestamp_ntz"):
        return TIMESTAMP_STRUCT if structs else pa.timestamp("ns")
    if kind.name == "interval_day_time":
        return TIMESTAMP_STRUCT
    if kind.name == "array":
        return pa.list_(wire_type(kind.items[0]))
    if kind.name == "map":
        return pa.map_(wire_type(kind.items[0]), wire_type(kind.items[1]))
    if kind.name == "struct":
        return pa.struct([(name, wire_type(item)) for name, item in zip(kind.fields, kind.items, strict=True)])
    if kind.name in ("json", "interval_year_month", "void"):
        raise OdpsError("MethodNotAllowed", f"Columns of type {kind} cannot be read in Arrow format", 405)
    return types.to_arrow(kind)


def to_wire(column: pa.Array, kind: Type, *, structs: bool = False) -> pa.Array:
    """A stored column as the tunnel's Arrow format has it."""
    if kind.name in ("timestamp", "timestamp_ntz"):
        return _split(column) if structs else column
    if kind.name == "interval_day_time":
        values = [None if one is None else _interval(one) for one in column.to_pylist()]
        return pa.array(values, type=TIMESTAMP_STRUCT)
    return column.cast(wire_type(kind, structs=structs), safe=False)


def _split(instant: pa.Array) -> pa.Array:
    """Nanosecond timestamps as seconds and nanoseconds."""
    nanos = instant.cast(pa.int64())
    seconds = pc.floor(pc.divide(nanos.cast(pa.float64(), safe=False), float(_NANOS))).cast(pa.int64())
    rest = pc.subtract(nanos, pc.multiply(seconds, _NANOS))
    # The division goes through a double, so the seconds can be one off: put the rest back into its range.
    carry = pc.if_else(pc.less(rest, 0), -1, pc.if_else(pc.greater_equal(rest, _NANOS), 1, 0))
    seconds = pc.add(seconds, carry)
    rest = pc.subtract(nanos, pc.multiply(seconds, _NANOS)).cast(pa.int32())
    return pa.StructArray.from_arrays([seconds, rest], fields=list(TIMESTAMP_STRUCT), mask=instant.is_null())


def _interval(value: tuple[int, int, int]) -> dict[str, int]:
    months, days, nanos = value
    total = (months * 30 + days) * 86_400 * _NANOS + nanos
    return {"sec": total // _NANOS, "nano": total % _NANOS}


def from_wire(column: pa.Array, kind: Type) -> pa.Array:
    """A column of the tunnel's Arrow format in its stored form.

    Raises:
        OdpsError: it does not hold values of that type.
    """
    stored = types.to_arrow(kind)
    try:
        if kind.name == "interval_day_time":
            values = [None if one is None else (0, 0, one["sec"] * _NANOS + one["nano"]) for one in column.to_pylist()]
            return pa.array(values, type=stored)
        return column.cast(stored)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise OdpsError("InvalidArgument", f"The data does not fit type {kind}: {error}") from error


def stored_schema(columns: Sequence[WireColumn]) -> pa.Schema:
    return pa.schema([pa.field(column.name, column.stored) for column in columns])


def wire_schema(columns: Sequence[WireColumn], *, structs: bool = False) -> pa.Schema:
    return pa.schema([pa.field(column.name, wire_type(column.kind, structs=structs)) for column in columns])


def batch_to_wire(batch: pa.RecordBatch, columns: Sequence[WireColumn], *, structs: bool = False) -> pa.RecordBatch:
    """A stored batch (of exactly these columns) in the tunnel's Arrow format."""
    arrays = [
        to_wire(array.cast(column.stored), column.kind, structs=structs)
        for array, column in zip(batch.columns, columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=wire_schema(columns, structs=structs))


def batch_from_wire(batch: pa.RecordBatch, columns: Sequence[WireColumn]) -> pa.RecordBatch:
    """A batch of the tunnel's Arrow format in its stored form."""
    arrays = [from_wire(array, column.kind) for array, column in zip(batch.columns, columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=stored_schema(columns))
