"""CHAR(n) is stored, and shown, filled with spaces (MaxCompute's manual, "Data type editions")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from .wire import WireColumn


def filled(batches: Iterator[pa.RecordBatch], columns: Sequence[WireColumn]) -> Iterator[pa.RecordBatch]:
    """The same batches of stored columns; those inside other values are filled by the SQL that writes them only."""
    widths = [column.kind.sizes[0] if column.kind.name == "char" and column.kind.sizes else 0 for column in columns]
    return (_filled(batch, widths) for batch in batches) if any(widths) else batches


def _filled(batch: pa.RecordBatch, widths: Sequence[int]) -> pa.RecordBatch:
    given = zip(batch.columns, widths, strict=True)
    made = [pc.utf8_rpad(column, width) if width else column for column, width in given]
    return pa.RecordBatch.from_arrays(made, schema=batch.schema)
