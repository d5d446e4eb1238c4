"""What was found, told cell by cell: merged, suppressed and in the order of the text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TypeAlias

from odps_jupyter.analysis.record import ShippedKey
from odps_jupyter.analysis.rows import Rows

from .model import Diagnostic
from .suppressions import Suppression, Suppressions

#: What is told first of what is found at one place: what shipped callables bring, by the calls that hand them over.
Rank: TypeAlias = tuple[object, ...]


class Telling:
    """The diagnostics of a notebook of ``length`` cells; a finding touches only the cells it points at."""

    def __init__(self, length: int) -> None:
        self._found: dict[ShippedKey, tuple[Rank, list[Diagnostic]]] = {}
        self._by_cell: defaultdict[int, dict[ShippedKey, None]] = defaultdict(dict)
        self._comments: dict[int, tuple[Suppression, ...]] = {}
        self._stale: set[int] = set()
        self._told = Rows[Diagnostic](length)
        self._fails: Counter[str] = Counter()

    def put(self, key: ShippedKey, rank: Rank, found: list[Diagnostic]) -> None:
        """``found`` is what is found with ``key`` now."""
        before = self._found.get(key)
        if (before is None and not found) or before == (rank, found):
            return
        for item in before[1] if before is not None else ():
            self._by_cell[item.span.cell].pop(key, None)
            self._stale.add(item.span.cell)
        self._found.pop(key, None)
        if found:
            self._found[key] = (rank, found)
            for item in found:
                self._by_cell[item.span.cell][key] = None
                self._stale.add(item.span.cell)

    def suppress(self, comments: Sequence[Suppression]) -> None:
        """``comments`` are those of the notebook now."""
        by_cell: dict[int, tuple[Suppression, ...]] = {}
        for comment in comments:
            by_cell[comment.span.cell] = (*by_cell.get(comment.span.cell, ()), comment)
        before, self._comments = self._comments, by_cell
        self._stale.update([cell for cell in before.keys() | by_cell.keys() if before.get(cell) != by_cell.get(cell)])

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is told, the same object for as long as nothing changes."""
        for cell in self._stale:
            told = self._of(cell)
            self._fails.subtract([backend for item in self._told.row(cell) for backend in item.fails])
            self._fails.update([backend for item in told for backend in item.fails])
            self._told.put(cell, told)
        self._stale.clear()
        return self._told.whole()

    def fails(self, backend: str) -> bool:
        """Whether something told by the last :meth:`diagnostics` fails there."""
        return self._fails[backend] > 0

    def _of(self, cell: int) -> tuple[Diagnostic, ...]:
        ranked = sorted([self._found[key] for key in self._by_cell.get(cell, ())], key=itemgetter(0))
        found = [item for _, items in ranked for item in items if item.span.cell == cell]
        comments = self._comments.get(cell)
        if comments is None:
            return tuple(sorted(_merged(found), key=order))
        suppressions = Suppressions(comments)
        return tuple(sorted([*suppressions.without(_merged(found)), *suppressions.unused()], key=order))


def _merged(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """One diagnostic for one place: a helper that several functions take along is said once, with all of them."""
    kept: dict[tuple[object, ...], Diagnostic] = {}
    for diagnostic in found:
        key = (diagnostic.kind, diagnostic.span)
        before = kept.get(key)
        if before is None:
            kept[key] = diagnostic
        else:
            functions = dict.fromkeys((*before.functions, *diagnostic.functions))
            kept[key] = replace(before, functions=tuple(functions), fails=before.fails | diagnostic.fails)
    return list(kept.values())


def order(diagnostic: Diagnostic) -> tuple[int, int, int, str]:
    """That of the text."""
    span = diagnostic.span
    return (span.cell, span.line, span.column, diagnostic.code)
