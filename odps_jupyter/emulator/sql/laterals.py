"""LATERAL VIEW of a Python table function: every row of the input goes to the function, its rows come back beside it.

The function is given one row at a time, so that what it forwards is known to belong to that row. What ``close()``
forwards stands beside the last row of its stream, as in Hive.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator import types

from .context import Stage
from .outputs import check_width
from .protocols import UdfRunner


def run(connection: duckdb.DuckDBPyConnection, stage: Stage, udfs: UdfRunner, splits: int) -> pa.Table:
    """The rows of the input as often as the function answered for them, and its answers, as ``c0``, ``c1``, ...

    Rows are dealt to streams in contiguous parts, so that their order is kept. Under OUTER a row without an answer
    stands beside NULLs.

    Raises:
        OdpsError: whatever the runner raises.
    """
    rows = connection.sql(stage.sql).to_arrow_table()
    width = len(stage.arguments)
    arguments = _arguments(rows, stage)
    wanted = pa.schema([pa.field(f"u{i}", types.to_arrow(t)) for i, t in enumerate(stage.returns)])
    parts = [range(at * rows.num_rows // splits, (at + 1) * rows.num_rows // splits) for at in range(splits)]
    with ThreadPoolExecutor(splits, thread_name_prefix="lateral view") as pool:
        answers = list(pool.map(lambda part: _stream(stage, udfs, arguments, part, wanted), [p for p in parts if p]))
    positions = [p for at, _ in answers for p in at]
    made = pa.concat_tables([t for _, t in answers]) if answers else wanted.empty_table()
    if stage.outer:
        missing = sorted(set(range(rows.num_rows)) - set(positions))
        nulls = pa.Table.from_arrays([pa.nulls(len(missing), f.type) for f in wanted], schema=wanted)
        made = pa.concat_tables([made, nulls])
        positions += missing
    at = pa.array(positions, pa.int64())
    order = pc.sort_indices(at)
    carried = rows.select(range(width, rows.num_columns)).take(at.take(order))
    columns = [*carried.columns, *made.take(order).columns]
    return pa.Table.from_arrays(columns, names=[f"c{i}" for i in range(len(columns))])


def _arguments(rows: pa.Table, stage: Stage) -> pa.RecordBatch:
    """The function's arguments; of a function without any, rows without columns, which Arrow counts all the same."""
    kinds = [types.to_arrow(t) for t in stage.arguments]
    whole = [_cast(c, k) for c, k in zip(rows.columns[: len(kinds)], kinds, strict=True)]
    if not whole:
        [batch] = rows.combine_chunks().to_batches() or [pa.RecordBatch.from_pylist([])]
        return batch.select([])
    arrays = [c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in whole]
    return pa.RecordBatch.from_arrays(arrays, names=[f"a{i}" for i in range(len(arrays))])


def _stream(
    stage: Stage, udfs: UdfRunner, arguments: pa.RecordBatch, part: range, wanted: pa.Schema
) -> tuple[list[int], pa.Table]:
    current = part.start
    positions: list[int] = []
    tables: list[pa.Table] = []

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal current
        for position in part:
            current = position
            yield arguments.slice(position, 1)

    # The runner answers for a batch before it asks for the next one (UdfRunner.process).
    for batch in udfs.process(stage.function, batches()):
        check_width(batch, len(wanted))
        arrays = [_cast(c, f.type) for c, f in zip(batch.columns, wanted, strict=True)]
        tables.append(pa.Table.from_arrays(arrays, schema=wanted))
        positions += [current] * batch.num_rows
    return positions, pa.concat_tables(tables) if tables else wanted.empty_table()


def _cast(column: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    return column if column.type == kind else column.cast(kind)
