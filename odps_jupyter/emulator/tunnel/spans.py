"""INTERVAL_DAY_TIME has nanoseconds, DuckDB's INTERVAL microseconds: what would be lost is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.types import Type

from .wire import INTERVAL, WireColumn


def kept(batches: Iterator[pa.RecordBatch], columns: Sequence[WireColumn]) -> Iterator[pa.RecordBatch]:
    """The same batches of stored columns.

    Raises:
        OdpsError: an interval has a part of a microsecond.
    """
    watched = [(at, column) for at, column in enumerate(columns) if "interval_day_time" in str(column.kind)]
    if not watched:
        return batches
    return (_checked(batch, watched) for batch in batches)


def _checked(batch: pa.RecordBatch, columns: Sequence[tuple[int, WireColumn]]) -> pa.RecordBatch:
    for at, column in columns:
        if _is_finer(batch.column(at), column.kind):
            message = f"A value of column {column.name} has nanoseconds; INTERVAL_DAY_TIME is kept in microseconds here"
            raise OdpsError("InvalidArgument", message)
    return batch


def _is_finer(column: pa.Array, kind: Type) -> bool:
    """Whether an interval of a column, or inside its values, has a part of a microsecond."""
    if kind.name == "interval_day_time":
        stored = np.frombuffer(column.buffers()[1], dtype=INTERVAL)[column.offset : column.offset + len(column)]
        return bool((stored["nanos"][np.asarray(column.is_valid())] % 1000).any())
    if kind.name == "array":
        return _is_finer(column.flatten(), kind.items[0])
    if kind.name == "map":
        return _is_finer(column.keys, kind.items[0]) or _is_finer(column.items, kind.items[1])
    if kind.name == "struct":
        return any(_is_finer(part, item) for part, item in zip(column.flatten(), kind.items, strict=True))
    return False
