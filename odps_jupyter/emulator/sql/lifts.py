"""What :mod:`lifting` takes out of a statement: relations to make before it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .context import PythonCall


@dataclass(frozen=True)
class LiftedCall:
    """A call, and which columns of the lift's query are its arguments (for an aggregate: one, the list of its rows)."""

    call: PythonCall
    arguments: tuple[int, ...]


@dataclass(frozen=True)
class Pieces:
    """How the groups of a lift are made where the lists of their rows would be too large: see ``pieces.py``.

    Attributes:
        heads: DuckDB text of one row for each group: its keys, what is not made of lists, and ``n``, how many rows.
        lists: text of the groups of a piece of the rows: keys, then a list of rows for each call of an aggregate.
        relation: the name under which DuckDB reads the keys and buffers of all pieces, named as in ``lists``.
        merged: text of the same rows as the lift's, with a list of buffers for each list of rows.
    """

    heads: str
    lists: str
    relation: str
    merged: str

    def changed(self, change: Callable[[str], str]) -> Pieces:
        """The same with its texts changed."""
        return replace(self, heads=change(self.heads), lists=change(self.lists), merged=change(self.merged))


@dataclass(frozen=True)
class Lift:
    """A relation to make before the statement runs.

    Attributes:
        sql: DuckDB text of the rows: first the columns that are carried, then the arguments of the calls.
        carried: how many columns are carried.
        calls: the calls to make for each row; none where the rows are only dealt to parts, by their last column.
        relation: the name under which DuckDB reads the result: ``c0`` ... carried, ``r0`` ... results.
        over: the relation of dealt rows that ``sql`` reads, one part after the other; its groups are whole in a part.
        parts: how many parts the rows are dealt to.
        pieces: the way for groups of many rows of ``over``; none where their lists are needed whole, for DISTINCT.
    """

    sql: str
    carried: int
    calls: tuple[LiftedCall, ...]
    relation: str
    over: str = ""
    parts: int = 1
    pieces: Pieces | None = None
