"""What stands in for a user's callable in PyODPS's pandas engine: each row goes to a process of the executor twin.

PyODPS's pandas engine computes what reaches each function (filters, joins, groups, other functions) and calls the
stand-in as it would call the function (``visit_function``, ``visit_apply_collection`` and
``visit_user_defined_aggregator`` of ``odps/df/backends/pd/compiler.py`` in 0.13.2). No line of the user's code runs in
this kernel.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from odps_jupyter.executor.columns import arrow_type, type_of
from odps_jupyter.executor.errors import ExecutorError, WorkerTimeout
from odps_jupyter.executor.job import Function
from odps_jupyter.executor.session import Session
from odps_jupyter.executor.types import Type, parse_type

from .deadline import Deadline, TookLonger
from .twin import CannotProve

#: Rows that one function is called with before a submission: a few rows of a table may become many on their way.
MOST_ROWS = 5000


class Enough(Exception):
    """Ends the run through pandas: what was to be found out is."""


class OnTwin:
    """One function in its process; ``rows`` counts what it was called with, ``failure`` is what it ended with."""

    def __init__(self, name: str, function: Function, session: Session, deadline: Deadline) -> None:
        """Args: ``name`` is the user's for it; ``deadline`` is that of all that are tried together."""
        self.name = name
        self.rows = 0
        self.failure: ExecutorError | None = None
        self._signature = function.signature
        self._session = session
        self._deadline = deadline

    def __reduce__(self) -> tuple[type[str], tuple[()]]:
        # PyODPS's pandas engine tries whether a function can be pickled, and warns where it cannot.
        return str, ()

    def close(self) -> None:
        """End the process."""
        self._session.close()

    def callable(self) -> Any:
        """What PyODPS's pandas engine can call in the place of the user's callable."""
        on_twin = self
        if self._signature.kind == "aggregate":

            class Aggregate:
                def buffer(self) -> list[Sequence[Any]]:
                    return []

                def __call__(self, buffer: list[Sequence[Any]], *row: Any) -> None:
                    buffer.append(row)

                def getvalue(self, buffer: list[Sequence[Any]]) -> Any:
                    return on_twin.aggregate(buffer)

            return Aggregate
        if self._signature.kind == "table":

            class Table:
                def __init__(self) -> None:
                    self._rows: list[Sequence[Any]] = []

                def __call__(self, row: Sequence[Any]) -> Iterator[Any]:
                    self._rows.append(tuple(row))
                    yield from ()

                def close(self) -> Iterator[Any]:
                    yield from on_twin.table(self._rows)

            return Table

        def scalar(value: Any) -> Any:
            return on_twin.scalar(value)

        return scalar

    def scalar(self, value: Any) -> Any:
        """A scalar function on one row: a value, or a named tuple of them."""
        row = tuple(value) if isinstance(value, tuple) and hasattr(value, "_fields") else (value,)
        columns = self._columns([row])
        return self._run([row], lambda: self._session.evaluate(columns)[0].as_py())

    def aggregate(self, rows: Sequence[Sequence[Any]]) -> Any:
        columns = self._columns(rows)
        group = pa.ListArray.from_arrays(
            pa.array([0, len(rows)], pa.int32()), pa.StructArray.from_arrays(columns.columns, columns.schema.names)
        )
        return self._run(rows, lambda: self._session.aggregate(group)[0].as_py())

    def table(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        columns = self._columns(rows)

        def process() -> list[tuple[Any, ...]]:
            made = [batch.to_pydict() for batch in self._session.process([columns])]
            return [row for one in made for row in zip(*one.values(), strict=True)]

        found: list[tuple[Any, ...]] = self._run(rows, process)
        return found

    def _run(self, rows: Sequence[Sequence[Any]], run: Any) -> Any:
        self._deadline.check()
        if self.rows >= MOST_ROWS:
            raise Enough
        self.rows += len(rows)
        try:
            return run()
        except ExecutorError as error:
            if self._deadline.passed or isinstance(error, WorkerTimeout):
                raise TookLonger(f"{self.name} was not proved: {self._deadline}") from error
            if any(_is_infinite(value) for row in rows for value in row):
                # Dividing by zero is infinite in pandas and NULL on the service: the function may never meet it.
                raise CannotProve(f"{self.name} fails for a number that is infinite in pandas") from error
            self.failure = error
            raise

    def _columns(self, rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
        """Rows as the columns that the function declares; the pandas engine's numbers and gaps become the service's.

        Raises:
            CannotProve: pandas made of a value what the column's type cannot hold.
        """
        declared = self._signature.arguments
        cells = [[plain(value) for value in column] for column in zip(*rows, strict=True)] or [[] for _ in declared]
        try:
            columns = [
                _column(None if name == "*" else parse_type(name), values)
                for name, values in zip(declared, cells, strict=True)
            ]
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError, OverflowError) as error:
            raise CannotProve(f"the sample's values do not fit what {self.name} takes: {error}") from error
        return pa.RecordBatch.from_arrays(columns, [f"arg{at}" for at in range(len(columns))])


def _column(kind: Type | None, values: list[Any]) -> pa.Array:
    if kind is None:
        found = pa.array(values)
        return found.cast(arrow_type(type_of(found.type)))
    wanted = arrow_type(kind)
    try:
        return pa.array(values, wanted)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        # A row of several numbers is floats throughout in pandas; the cast refuses what is no whole number.
        return pa.array(values).cast(wanted)


def _is_infinite(value: Any) -> bool:
    return isinstance(value, float) and math.isinf(value)


def plain(value: Any) -> Any:
    """A Python value of what pandas holds; its gaps are NULL."""
    import numpy as np
    import pandas as pd

    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime()
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    return value.tolist() if isinstance(value, np.ndarray) else value
