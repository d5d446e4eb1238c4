"""CHAR(n) is stored, and shown, filled with spaces, VARCHAR(n) cut, also inside other values (MaxCompute's manual,
"Data type editions"): the SQL that writes does so, and so must what is uploaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator.types import Type

from .wire import WireColumn


def filled(batches: Iterator[pa.RecordBatch], columns: Sequence[WireColumn]) -> Iterator[pa.RecordBatch]:
    """The same batches of stored columns, their texts as long as their types say."""
    kinds = [column.kind for column in columns]
    return (_filled(batch, kinds) for batch in batches) if any(map(_has_size, kinds)) else batches


def _filled(batch: pa.RecordBatch, kinds: Sequence[Type]) -> pa.RecordBatch:
    made = [_fitted(column, kind) for column, kind in zip(batch.columns, kinds, strict=True)]
    return pa.RecordBatch.from_arrays(made, schema=batch.schema)


@cache
def _has_size(kind: Type) -> bool:
    return (kind.name in ("char", "varchar") and bool(kind.sizes)) or any(map(_has_size, kind.items))


def _fitted(column: pa.Array, kind: Type) -> pa.Array:
    if not _has_size(kind):
        return column
    if not kind.items:
        cut = pc.utf8_slice_codeunits(column, 0, kind.sizes[0])
        return pc.utf8_rpad(cut, kind.sizes[0]) if kind.name == "char" else cut
    if column.offset:
        # Of a slice, the parts below would be those of the whole.
        column = column.take(pa.array(range(len(column)), pa.int64()))
    if kind.name == "struct":
        parts = [_fitted(column.field(at), item) for at, item in enumerate(kind.items)]
        return pa.Array.from_buffers(column.type, len(column), column.buffers()[:1], children=parts)
    if kind.name == "map":
        pairs = [_fitted(part, item) for part, item in zip((column.keys, column.items), kind.items, strict=True)]
        entries = pa.StructArray.from_arrays(pairs, fields=[column.type.key_field, column.type.item_field])
        return pa.Array.from_buffers(column.type, len(column), column.buffers()[:2], children=[entries])
    values = _fitted(column.values, kind.items[0])
    return pa.Array.from_buffers(column.type, len(column), column.buffers()[:2], children=[values])
