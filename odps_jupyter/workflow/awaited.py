"""What the panel is told of resources that cells name and the project does not hold yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from odps_jupyter.notebook.cell import Cell

from .history.keeper import Asker
from .unsubmitted import Named, absent, listed, named

if TYPE_CHECKING:
    from odps_jupyter.backends.connection import Connection


def missing(found: Iterable[Named], cells: Sequence[Cell], connection: Connection) -> list[dict[str, Any]]:
    """What the project does not hold: each resource with the id of the cell and the line, from 0, that name it.

    ``cell`` and ``line`` are null for ``options.df.libraries``; ``submitted`` says whether it counts once a node of
    DataWorks is submitted, ``known`` whether the project could be asked.
    """
    return [
        {
            "name": one.name,
            "cell": None if one.at is None else cells[one.at[0] - 1].id,
            "line": None if one.at is None else one.at[1] - 1,
            "submitted": one.submitted,
            "known": reason is None,
            "project": connection.project,
        }
        for one, reason in absent(found, connection.entry)
    ]


class Awaited:
    """Asks the project after each cell, on a thread of its own: a service that is slow or away holds nothing up."""

    def __init__(
        self,
        cells: Callable[[], Sequence[Cell]],
        connection: Callable[[], Connection | None],
        changed: Callable[[], None],
    ) -> None:
        """Args: ``cells`` are those executed so far; ``changed`` is called, on any thread, when more is known."""
        self._cells = cells
        self._connection = connection
        self._changed = changed
        self._asker = Asker()
        self._told: list[dict[str, Any]] = []
        self._last: object = None

    def after_cell(self) -> None:
        """A cell has ended: names may have come, and resources too."""
        cells, connection = tuple(self._cells()), self._connection()
        found = named(cells, listed())
        self._last = question = object()
        if connection is None or not found:
            self._say([])
            return

        def ask() -> None:
            if self._last is not question:
                return  # a later cell asks again
            told = missing(found, cells, connection)
            if self._last is question:
                self._say(told)

        self._asker.ask(ask)

    def told(self) -> list[dict[str, Any]]:
        """``unsubmitted`` of the state, as :func:`missing` makes it."""
        return self._told

    def close(self) -> None:
        self._last = None
        self._asker.close()

    def _say(self, told: list[dict[str, Any]]) -> None:
        if told != self._told:
            self._told = told
            self._changed()
