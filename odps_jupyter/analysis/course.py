"""In which order the cells of a notebook are taken: as they ran, then those still to be run."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Course:
    """Positions of cells in the document, in the order of their runs; a cell may stand here more than once.

    The first ``ran`` of them have run, the others follow in the order of the document. Of several entries of one cell
    the last is the cell as it stands; the earlier ones only gave others their values.
    """

    cells: tuple[int, ...]
    ran: int

    @property
    def quiet(self) -> frozenset[int]:
        """The entries that are not the last of their cell."""
        last = {cell: entry for entry, cell in enumerate(self.cells)}
        return frozenset(entry for entry, cell in enumerate(self.cells) if last[cell] != entry)

    @property
    def is_document(self) -> bool:
        """Whether every cell stands here once and in the order of the document."""
        return self.cells == tuple(range(len(self.cells)))


def course(ids: Sequence[str], runs: Iterable[str], edited: Iterable[str] = ()) -> Course:
    """The course of a notebook whose cells are ``ids`` after ``runs``, each the id of a cell, the first run first.

    Runs that nothing rests on are left out: of a cell's runs only the last counts, and each that was the last when
    another cell ran for the last time. Cells that were ``edited`` since they ran are to be run again: what ran gave its
    values to the cells that ran after it, and the cell as it is now follows with those that never ran. Ids that no cell
    has are left out; of two cells with one id the first counts.
    """
    places: dict[str, int] = {}
    for position, name in enumerate(ids):
        places.setdefault(name, position)
    ran = _needed(_since_whole_pass([places[name] for name in runs if name in places]))
    stale = {places[name] for name in edited if name in places}
    once = set(ran) - stale
    return Course((*ran, *(position for position in range(len(ids)) if position not in once)), len(ran))


def _since_whole_pass(runs: Sequence[int]) -> Sequence[int]:
    """The runs from the last pass on, downwards through the notebook, that ran all that had run before it.

    A cell of such a pass could still read what a cell below it had set the time before. It is not meant to: run anew,
    the notebook would end there.
    """
    starts = [moment for moment, cell in enumerate(runs) if moment == 0 or runs[moment - 1] >= cell]
    for start, end in zip(reversed(starts), [len(runs), *reversed(starts)], strict=False):
        if set(runs[:start]) <= set(runs[start:end]):
            return runs[start:]
    return runs


def _needed(runs: Sequence[int]) -> list[int]:
    """The runs without those that nothing rests on."""
    by_cell: dict[int, list[int]] = {}
    for moment, cell in enumerate(runs):
        by_cell.setdefault(cell, []).append(moment)
    lasts = sorted(moments[-1] for moments in by_cell.values())
    others = []
    for moments in by_cell.values():
        for moment, following in pairwise(moments):
            if bisect_left(lasts, following) > bisect_right(lasts, moment):
                others.append(moment)
    # However somebody jumps about, the work stays within three times that of the cells; the oldest runs matter least.
    kept = sorted([*lasts, *sorted(others)[-2 * len(lasts) :]])
    return [runs[moment] for moment in kept]
