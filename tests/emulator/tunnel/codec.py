"""The client's own codec, fed from memory: rows to a stream and back, without a service."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from odps.models import Record, TableSchema
from odps.tunnel.io.reader import TunnelRecordReader
from odps.tunnel.io.writer import BaseRecordWriter

Columns = Sequence[tuple[str, str]]


def _schema(columns: Columns) -> TableSchema:
    schema = TableSchema.from_lists([name for name, _ in columns], [kind for _, kind in columns])
    schema.build_snapshot()
    return schema


def written(columns: Columns, rows: Iterable[Sequence[Any]]) -> bytes:
    """What PyODPS uploads for some rows."""
    schema, stream = _schema(columns), io.BytesIO()
    writer = BaseRecordWriter(schema, stream)
    for row in rows:
        writer.write(Record(schema=schema, values=list(row)))
    writer.close()
    return stream.getvalue()


def read(columns: Columns, stream: bytes) -> list[list[Any]]:
    """The rows PyODPS finds in a stream."""
    return [list(one.values) for one in TunnelRecordReader(_schema(columns), lambda *_, **__: io.BytesIO(stream))]
