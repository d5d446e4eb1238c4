"""Arrow columns to the wire and back, by buffers; guest/columns.py is the worker's half and describes the layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .types import Type, parse_type

Layout = list[Any]
_FIXED = {
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "datetime": pa.timestamp("us"),
    "timestamp": pa.timestamp("ns"),
    "timestamp_ntz": pa.timestamp("ns"),
    "date": pa.date32(),
}
_NAMES = {
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("us"): "datetime",
    pa.timestamp("ns"): "timestamp",
    pa.null(): "string",
}


def arrow_type(kind: Type) -> pa.DataType:
    """The Arrow type in which columns of a MaxCompute type come and go."""
    if kind.name in _FIXED:
        return _FIXED[kind.name]
    if kind.name == "boolean":
        return pa.bool_()
    if kind.name == "binary":
        return pa.binary()
    if kind.name == "decimal":
        return pa.decimal128(*kind.parameters)
    if kind.name == "array":
        return pa.list_(arrow_type(kind.fields[0][1]))
    if kind.name == "map":
        return pa.map_(arrow_type(kind.fields[0][1]), arrow_type(kind.fields[1][1]))
    if kind.name == "struct":
        return pa.struct([pa.field(name, arrow_type(child)) for name, child in kind.fields])
    return pa.string()


def type_of(arrow: pa.DataType) -> Type:
    """The MaxCompute type of an Arrow column whose function takes any type (``*``)."""
    if arrow in _NAMES:
        return Type(_NAMES[arrow])
    if pa.types.is_timestamp(arrow):
        return Type("timestamp" if arrow.unit == "ns" else "datetime")
    if pa.types.is_binary(arrow) or pa.types.is_large_binary(arrow):
        return Type("binary")
    if pa.types.is_decimal(arrow):
        return Type("decimal", (arrow.precision, arrow.scale))
    if pa.types.is_map(arrow):
        return Type("map", fields=(("key", type_of(arrow.key_type)), ("value", type_of(arrow.item_type))))
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow):
        return Type("array", fields=(("", type_of(arrow.value_type)),))
    if pa.types.is_struct(arrow):
        return Type("struct", fields=tuple((field.name, type_of(field.type)) for field in arrow))
    return parse_type("string")


def argument_types(declared: Sequence[str], columns: Sequence[pa.Array]) -> list[Type]:
    """The types of a call's columns: as declared, and from Arrow where the signature says ``*``."""
    fixed = [parse_type(name) for name in declared if name != "*"]
    if "*" not in declared and len(fixed) != len(columns):
        raise ValueError(f"the function takes {len(fixed)} arguments and got {len(columns)}")
    return [fixed[at] if at < len(fixed) else type_of(column.type) for at, column in enumerate(columns)]


def encode_columns(kinds: Sequence[Type], columns: Sequence[pa.Array]) -> tuple[list[Layout], list[Any]]:
    """Lay columns out for the worker: their layouts, and the buffers in the order of the layouts."""
    layouts: list[Layout] = []
    chunks: list[Any] = []
    for kind, column in zip(kinds, columns, strict=True):
        layouts.append(_encode(kind, column, chunks))
    return layouts, chunks


def _encode(kind: Type, column: pa.Array, chunks: list[Any]) -> Layout:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    wanted = arrow_type(kind)
    if column.type != wanted:
        column = column.cast(wanted)
    validity = -1
    if column.null_count:
        mask = pc.is_valid(column).cast(pa.uint8())
        validity = len(column)
        chunks.append(_slice(mask, 1))
    sizes: list[int] = []
    children: list[Layout] = []
    buffers: list[Any] = []
    name = kind.name
    if name in _FIXED:
        buffers = [_slice(column, wanted.bit_width // 8)]
    elif name == "decimal":
        buffers = [_slice(column, 16)]
    elif name == "boolean":
        buffers = [_slice(column.cast(pa.uint8()), 1)]
    elif name in ("array", "map"):
        return [validity, *_encode_lists(kind, column, chunks)]
    elif name == "struct":
        parts = column.flatten()
        children = [_encode(child, part, chunks) for (_, child), part in zip(kind.fields, parts, strict=True)]
    else:
        buffers = (_joined(column) if name != "binary" else None) or _ends(column)
    for buffer in buffers:
        sizes.append(len(buffer))
        chunks.append(buffer)
    return [validity, sizes, children]


def _encode_lists(kind: Type, column: pa.Array, chunks: list[Any]) -> tuple[list[int], list[Layout]]:
    # A map is a list of structs below; Arrow computes lengths and flattens for lists only.
    if kind.name == "map":
        entries = pa.struct([pa.field("key", column.type.key_type), pa.field("value", column.type.item_type)])
        column = column.cast(pa.list_(entries))
    counts = pc.fill_null(pc.list_value_length(column), 0).cast(pa.int64())
    buffer = _slice(counts, 8)
    chunks.append(buffer)
    values = column.flatten()
    parts = values.flatten() if kind.name == "map" else [values]
    children = [_encode(child, part, chunks) for (_, child), part in zip(kind.fields, parts, strict=True)]
    return [len(buffer)], children


def _slice(column: pa.Array, width: int) -> Any:
    buffer = column.buffers()[1]
    if buffer is None or len(column) == 0:
        return b""
    return buffer.slice(column.offset * width, len(column) * width)


def _joined(column: pa.Array) -> list[Any] | None:
    """All texts as one, parted by zero characters, which the worker can split in one call; None if a text holds one."""
    if column.null_count:
        column = column.fill_null("")
    rows = pa.ListArray.from_arrays(pa.array([0, len(column)], pa.int32()), column)
    text = pc.binary_join(rows, "\0")[0].as_buffer()
    separators = bytes(text).count(0)
    return [text] if separators == max(len(column) - 1, 0) else None


def _ends(column: pa.Array) -> list[Any]:
    _, ends, data = column.buffers()
    if len(column) == 0 or ends is None:
        return [b"\0\0\0\0", b""]
    view = memoryview(ends).cast("i")[column.offset : column.offset + len(column) + 1]
    first, last = view[0], view[-1]
    text = b"" if data is None else data.slice(first, last - first)
    if first == 0:
        return [view.cast("B"), text]
    shifted = pc.subtract(
        pa.Array.from_buffers(pa.int32(), len(view), [None, pa.py_buffer(view.cast("B"))]), pa.scalar(first, pa.int32())
    )
    return [_slice(shifted, 4), text]


class Decoder:
    """Builds Arrow columns on the buffers of a frame's body, without copying them."""

    def __init__(self, body: memoryview) -> None:
        self._body = pa.py_buffer(body)
        self._at = 0

    def column(self, kind: Type, layout: Layout, rows: int) -> pa.Array:
        """One column of ``rows`` values."""
        validity, sizes, children = layout[:3]
        if len(layout) > 3:
            return self._packed(arrow_type(kind), sizes[0], layout[3], rows)
        mask = None if validity < 0 else self._bits(self._take(validity), rows)
        target = arrow_type(kind)
        if kind.name in ("array", "map"):
            return self._lists(kind, layout, mask, rows)
        if kind.name == "struct":
            parts = [self.column(child, part, rows) for (_, child), part in zip(kind.fields, children, strict=True)]
            return pa.Array.from_buffers(target, rows, [mask], children=parts)
        buffers = [self._take(size) for size in sizes]
        if kind.name == "boolean":
            buffers = [self._bits(buffers[0], rows)]
        elif len(buffers) == 2:
            lengths = pa.Array.from_buffers(pa.int32(), rows, [None, buffers[0]])
            buffers[0] = _offsets(lengths).buffers()[1]
        return pa.Array.from_buffers(target, rows, [mask, *buffers])

    def _lists(self, kind: Type, layout: Layout, mask: pa.Buffer | None, rows: int) -> pa.Array:
        _, sizes, children = layout[:3]
        counts = pa.Array.from_buffers(pa.int64(), rows, [None, self._take(sizes[0])])
        offsets = _offsets(counts)
        total = offsets[-1].as_py()
        parts = [self.column(child, part, total) for (_, child), part in zip(kind.fields, children, strict=True)]
        if kind.name == "map":
            entries = pa.struct([pa.field("key", parts[0].type, nullable=False), pa.field("value", parts[1].type)])
            values = pa.Array.from_buffers(entries, total, [None], children=parts)
        else:
            values = parts[0]
        return pa.Array.from_buffers(arrow_type(kind), rows, [mask, offsets.buffers()[1]], children=[values])

    def _packed(self, target: pa.DataType, size: int, width: int, rows: int) -> pa.Array:
        """Values that each follow a letter for their type: floats of 8 bytes, whole numbers of 4."""
        cells = pa.Array.from_buffers(pa.binary(width), rows, [None, self._take(size)])
        values = pc.binary_slice(cells, 1, width)
        stored = pa.float64() if width == 9 else pa.int32()
        found = pa.Array.from_buffers(stored, rows, [None, values.buffers()[1]])
        return found if stored == target else found.cast(target)

    def _take(self, size: int) -> pa.Buffer:
        start = self._at
        self._at += size
        return self._body.slice(start, size)

    @staticmethod
    def _bits(mask: pa.Buffer, rows: int) -> pa.Buffer:
        return pa.Array.from_buffers(pa.uint8(), rows, [None, mask]).cast(pa.bool_()).buffers()[1]


def _offsets(sizes: pa.Array) -> pa.Array:
    return pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(sizes).cast(pa.int32())])
