"""Python functions inside a statement: DuckDB calls them with columns, a runner answers with columns.

DuckDB hands over about 2,000 rows at a time, from several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

from odps_jupyter.emulator import types

from .context import PythonCall
from .protocols import UdfRunner


class Failure:
    """The first error of a Python function: DuckDB only passes on an exception's text."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self._lock = Lock()

    def note(self, error: BaseException) -> None:
        """Keep an error if none was kept before."""
        with self._lock:
            self.error = self.error or error


@contextmanager
def registered(
    connection: duckdb.DuckDBPyConnection, calls: Iterable[PythonCall], udfs: UdfRunner, failure: Failure
) -> Iterator[None]:
    """Make the DuckDB functions of a statement for as long as it runs."""
    made = []
    for call in calls:
        connection.create_function(
            call.duckdb_name,
            _adapter(call, udfs, failure),
            None,
            connection.type(types.to_duckdb(call.returns)),
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
            side_effects=True,
        )
        made.append(call.duckdb_name)
    yield
    # Where the statement failed its transaction is rolled back, and these go with it.
    for name in made:
        connection.remove_function(name)


def _adapter(call: PythonCall, udfs: UdfRunner, failure: Failure) -> Callable[..., pa.Array]:
    wanted = types.to_arrow(call.returns)
    kinds = [types.to_arrow(t) for t in call.arguments]

    def scalar(*columns: pa.ChunkedArray) -> pa.Array:
        arrays = [_whole(c, k) for c, k in zip(columns, kinds, strict=True)]
        batch = pa.RecordBatch.from_arrays(arrays, names=[f"a{i}" for i in range(len(arrays))])
        return udfs.evaluate(call.function, batch)

    def aggregate(column: pa.ChunkedArray) -> pa.Array:
        fields = pa.struct([pa.field(f"a{i}", k) for i, k in enumerate(kinds)])
        return udfs.aggregate(call.function, _whole(column, pa.list_(fields)))

    run = aggregate if call.kind == "aggregate" else scalar

    def adapter(*columns: pa.ChunkedArray) -> pa.Array:
        try:
            result = run(*columns)
            return result if result.type == wanted else result.cast(wanted)
        except BaseException as error:
            failure.note(error)
            raise

    return adapter


def _whole(column: Any, kind: pa.DataType) -> pa.Array:
    """One array of the agreed type from the chunks DuckDB gives."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    return array if array.type == kind else array.cast(kind)
