"""Functions in Python, for what DuckDB cannot say: each works on whole columns and answers a column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.types import Type


@dataclass(frozen=True)
class Body:
    """One function of DuckDB that runs Python.

    Attributes:
        run: from the columns of a batch to the column of values.
        returns: type of the values.
        volatile: whether equal arguments may give another value.
    """

    run: Callable[..., pa.Array]
    returns: Type
    volatile: bool = False


def each(function: Callable[..., Any], returns: Type, *, nulls: bool = False, volatile: bool = False) -> Body:
    """A body that calls a function row by row; a row with a NULL is NULL, unless the function takes ``nulls``."""
    kind = types.to_arrow(returns)

    def run(*columns: pa.ChunkedArray) -> pa.Array:
        rows = zip(*(c.to_pylist() for c in columns), strict=True)
        return pa.array([function(*r) if nulls or None not in r else None for r in rows], kind)

    return Body(run, returns, volatile)


def invalid(function: str, why: str) -> OdpsError:
    """The refusal of an argument's value while a statement runs."""
    return OdpsError("ODPS-0121095", f"Invalid arguments - in function {function}, {why}")
