"""Python functions where they stand in a statement: DuckDB calls them with columns, a runner answers with columns.

DuckDB hands over about 2,000 rows at a time, from several threads at once. Calls that may be made over larger batches
never come here: ``lifting.py`` takes them out of the statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType

from odps_jupyter.emulator import types

from .context import PythonCall
from .evaluation import evaluate
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
    """Make DuckDB functions for as long as a text runs that calls them."""
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
    def adapter(*columns: pa.ChunkedArray) -> pa.Array:
        try:
            return evaluate(call, list(columns), udfs)
        except BaseException as error:
            failure.note(error)
            raise

    return adapter
