"""Calls of Python functions over columns."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from odps_jupyter.emulator import types

from .context import PythonCall
from .protocols import UdfRunner

#: A group of an aggregate as the buffers that its rows left, where these came in pieces (``pieces.py``).
BUFFERS = pa.list_(pa.binary())


def evaluate(call: PythonCall, columns: list[Any], udfs: UdfRunner) -> pa.Array:
    """The results of one call over a batch of its arguments, brought to their declared types."""
    kinds = [types.to_arrow(t) for t in call.arguments]
    if call.kind == "aggregate":
        found = _aggregated(call, columns[0], udfs)
    elif not kinds:
        # DuckDB calls no function without arguments: it is given a column that only tells how many rows there are.
        counted = pa.record_batch([whole(columns[0], pa.int32())], names=["row"])
        found = udfs.evaluate(call.function, counted.select([]))
    else:
        arrays = [whole(c, k) for c, k in zip(columns, kinds, strict=True)]
        names = [f"a{i}" for i in range(len(arrays))]
        found = udfs.evaluate(call.function, pa.RecordBatch.from_arrays(arrays, names=names))
    wanted = types.to_arrow(call.returns)
    return found if found.type == wanted else found.cast(wanted)


def _aggregated(call: PythonCall, groups: Any, udfs: UdfRunner) -> Any:
    if groups.type.value_type == pa.binary():
        return udfs.merged(call.function, whole(groups, BUFFERS))
    return udfs.aggregate(call.function, whole(groups, rows_of(call)))


def rows_of(call: PythonCall) -> pa.ListType:
    """The type of a group of an aggregate: the list of its rows."""
    kinds = [types.to_arrow(t) for t in call.arguments]
    return pa.list_(pa.struct([pa.field(f"a{i}", k) for i, k in enumerate(kinds)]))


def whole(column: Any, kind: pa.DataType) -> pa.Array:
    """One array of the agreed type from the chunks DuckDB gives."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    return array if array.type == kind else array.cast(kind)
