"""What a job that failed on MaxCompute says at home: the cell, the line, the row, and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: A row is shown to find it again, not to be read in full.
_LONGEST_VALUE = 60


@dataclass(frozen=True)
class Place:
    """A line of a cell: its number, as in ``In[3]``, the line counted from 1, and its text where it is known."""

    cell: int
    line: int
    text: str = ""


@dataclass(frozen=True)
class Failure:
    """Attributes:

    message: what went wrong, on one line: the function's exception where one failed, else what the service says.
    function: the user's name of the function that failed, None where none did or none is known.
    place: where in its cell; None where no cell stands in the traceback.
    asked: the line of a cell that executed the expression.
    code: MaxCompute's, such as ``ODPS-0123055``; ``instance`` the job's id. None where there is none.
    row: arguments of the call that failed, by name; None where it was not found among the rows looked at.
    searched: how many rows of each table were looked at for it; 0 where it was not looked for.
    doubt: why it was not found, where that is known.
    advice: one sentence of what to do.
    text: all that the service said.
    """

    message: str
    function: str | None = None
    place: Place | None = None
    asked: Place | None = None
    code: str | None = None
    instance: str | None = None
    row: Mapping[str, Any] | None = None
    searched: int = 0
    doubt: str | None = None
    advice: str | None = None
    text: str = ""


def kind_of(message: str) -> str:
    """``KeyError`` of ``KeyError: 'Ada'``: what of an exception's line quotes no value."""
    found = re.match(r"[\w.-]+(?=:|$)", message)
    return found[0] if found is not None else "an error whose text may quote values"


def describe_row(row: Mapping[str, Any], *, masked: bool = False) -> str:
    """``(6.9, 'Iris-setosa')``: the values in their order, long ones cut; their types alone where they are masked."""
    return f"({', '.join(type(value).__name__ if masked else _short(value) for value in row.values())})"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
