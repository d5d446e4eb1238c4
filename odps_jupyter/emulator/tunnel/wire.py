"""What a column looks like on the tunnel: in Arrow batches, and how it comes from and goes to its stored form.

Source of the types: ``odps/tunnel/io/types.py``. Times are naive UTC on both sides; the client applies its own zone.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.types import Type

TIMESTAMP_STRUCT = pa.struct([("sec", pa.int64()), ("nano", pa.int32())])
#: How Arrow lays out ``month_day_nano_interval``.
INTERVAL = np.dtype([("months", "<i4"), ("days", "<i4"), ("nanos", "<i8")])
_NANOS = 1_000_000_000

Numbers = npt.NDArray[np.int64]


class Form(enum.Enum):
    """Which Arrow form is spoken. All but ``PREVIEW`` send no schema, so both ends must guess the same one."""

    TABLE = enum.auto()
    INSTANCE = enum.auto()
    PREVIEW = enum.auto()

    @property
    def structs(self) -> bool:
        """Whether timestamps travel as seconds and nanoseconds."""
        return self is not Form.TABLE


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


def wire_type(kind: Type, form: Form = Form.TABLE, *, inner: bool = False) -> pa.DataType:
    """The Arrow type the client expects; ``inner`` for values inside others.

    Raises:
        OdpsError: the client has no Arrow type for it.
    """
    if kind.name == "datetime":
        return pa.timestamp("ms")
    if kind.name in ("timestamp", "timestamp_ntz"):
        return TIMESTAMP_STRUCT if form.structs and not inner else pa.timestamp("ns")
    if kind.name == "interval_day_time":
        return TIMESTAMP_STRUCT
    if kind.name == "array":
        return pa.list_(_inner(kind.items[0], form))
    if kind.name == "map":
        return pa.map_(_inner(kind.items[0], form), _inner(kind.items[1], form))
    if kind.name == "struct":
        return pa.struct([(name, _inner(item, form)) for name, item in zip(kind.fields, kind.items, strict=True)])
    if kind.name in ("json", "interval_year_month", "void"):
        raise no_arrow(kind)
    if kind.name == "decimal" and kind.sizes[1] == 0 and form is not Form.PREVIEW:
        # The client reads a scale of 0 as "none given" and takes its default of 18 (``odps_type_to_arrow_type``).
        return pa.decimal128(38, 18)
    return types.to_arrow(kind)


def _inner(kind: Type, form: Form) -> pa.DataType:
    if kind.name == "interval_day_time":
        raise no_arrow(kind)
    # The client turns seconds and nanoseconds back into timestamps at the top level only.
    return wire_type(kind, form, inner=True)


def no_arrow(kind: Type, why: str = "") -> OdpsError:
    """The error for what cannot be sent as Arrow; PyODPS's pages say to read records then."""
    return OdpsError("MethodNotAllowed", f"Columns of type {kind} cannot be read in Arrow format{why}", 405)


def to_wire(column: pa.Array, kind: Type, form: Form = Form.TABLE) -> pa.Array:
    """A stored column as the tunnel's Arrow format has it.

    Raises:
        OdpsError: the client has no Arrow type for it, or the type it has cannot hold a value.
    """
    if kind.name in ("timestamp", "timestamp_ntz"):
        return _split(column) if form.structs else column
    if kind.name == "interval_day_time":
        return _interval(column)
    wanted = wire_type(kind, form)
    try:
        return column if column.type == wanted else _stepwise(column, kind).cast(wanted)
    except pa.ArrowInvalid as error:
        raise no_arrow(kind, f": {error}") from error


def _stepwise(column: pa.Array, kind: Type) -> pa.Array:
    """Times of a column cut to what the client has units for, everything else as it is."""
    return column.cast(rounded(kind), safe=False) if "datetime" in str(kind) else column


def rounded(kind: Type) -> pa.DataType:
    """The stored type with the client's unit for DATETIME, milliseconds."""
    if kind.name == "datetime":
        return pa.timestamp("ms")
    if kind.name == "array":
        return pa.list_(rounded(kind.items[0]))
    if kind.name == "map":
        return pa.map_(rounded(kind.items[0]), rounded(kind.items[1]))
    if kind.name == "struct":
        return pa.struct([(name, rounded(item)) for name, item in zip(kind.fields, kind.items, strict=True)])
    return types.to_arrow(kind)


def _structs(seconds: Numbers, rest: Numbers, missing: pa.Array) -> pa.Array:
    # NULL inside too: the client looks at the parts alone.
    parts = [pa.array(numbers, mask=np.asarray(missing)) for numbers in (seconds, rest.astype(np.int32))]
    return pa.StructArray.from_arrays(parts, fields=list(TIMESTAMP_STRUCT), mask=missing)


def _split(instant: pa.Array) -> pa.Array:
    """Nanosecond timestamps as seconds and nanoseconds."""
    nanos = instant.cast(pa.int64()).fill_null(0).to_numpy()
    return _structs(nanos // _NANOS, nanos % _NANOS, instant.is_null())


def _interval(column: pa.Array) -> pa.Array:
    stored = np.frombuffer(column.buffers()[1], dtype=INTERVAL)[column.offset : column.offset + len(column)]
    seconds = (stored["months"].astype(np.int64) * 30 + stored["days"]) * 86_400 + stored["nanos"] // _NANOS
    return _structs(seconds, stored["nanos"] % _NANOS, column.is_null())


def from_wire(column: pa.Array, kind: Type) -> pa.Array:
    """A column of the tunnel's Arrow format in its stored form.

    Raises:
        OdpsError: it does not hold values of that type.
    """
    try:
        if kind.name == "interval_day_time":
            nanos = pc.add_checked(pc.multiply_checked(column.field("sec"), _NANOS), column.field("nano"))
            return intervals(np.asarray(nanos.fill_null(0)), column.is_null())
        return column.cast(types.to_arrow(kind))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise OdpsError("InvalidArgument", f"The data does not fit type {kind}: {error}") from error


def intervals(nanos: Numbers, missing: pa.Array) -> pa.Array:
    """Day intervals from nanoseconds, in their stored form."""
    stored = np.zeros(len(nanos), dtype=INTERVAL)
    stored["nanos"] = nanos
    valid = None if missing.true_count == 0 else pc.invert(missing).buffers()[1]
    kind = pa.month_day_nano_interval()
    return pa.Array.from_buffers(kind, len(nanos), [valid, pa.py_buffer(stored)])


def stored_schema(columns: Sequence[WireColumn]) -> pa.Schema:
    return pa.schema([pa.field(column.name, column.stored) for column in columns])


def wire_schema(columns: Sequence[WireColumn], form: Form = Form.TABLE) -> pa.Schema:
    return pa.schema([pa.field(column.name, wire_type(column.kind, form)) for column in columns])


def batch_to_wire(batch: pa.RecordBatch, columns: Sequence[WireColumn], form: Form = Form.TABLE) -> pa.RecordBatch:
    """A stored batch (of exactly these columns) in the tunnel's Arrow format."""
    arrays = [
        to_wire(array.cast(column.stored), column.kind, form)
        for array, column in zip(batch.columns, columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=wire_schema(columns, form))


def batch_from_wire(batch: pa.RecordBatch, columns: Sequence[WireColumn]) -> pa.RecordBatch:
    """A batch of the tunnel's Arrow format in its stored form."""
    arrays = [from_wire(array, column.kind) for array, column in zip(batch.columns, columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=stored_schema(columns))
