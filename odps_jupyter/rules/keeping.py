"""Which shipped callables have to be judged again after an edit."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from odps_jupyter.analysis.evidence import Evidence, Grounds, Journey
from odps_jupyter.analysis.record import ShippedKey
from odps_jupyter.analysis.sources import is_in
from odps_jupyter.notebook.cell import Cell

from .subject import Notebook

_Ground = TypeVar("_Ground")
#: Files what looks at the whole notebook, as no shipped callable is filed.
WHOLE: ShippedKey = ((-1, -1), "")


class Keeper:
    """Who looked at what: by cell, name and text the shipped callables whose rules did."""

    def __init__(self) -> None:
        self._journeys: dict[ShippedKey, tuple[Journey, ...]] = {}
        self._cells: Sequence[Cell] = ()
        self._origin: object = None
        self._number = -1
        self._sizes: Mapping[str, int] = {}
        self._by_cell: dict[int, set[ShippedKey]] = {}
        self._by_name: dict[str, set[ShippedKey]] = {}
        self._by_text: dict[str | re.Pattern[str], set[ShippedKey]] = {}
        self._always: set[ShippedKey] = set()
        self._grounds: dict[ShippedKey, Grounds] = {}

    def continues(self, evidence: Evidence) -> bool:
        """Whether ``evidence`` follows the last one by edits of sources alone."""
        since = evidence.since
        follows = since.origin is self._origin and since.number == self._number + 1
        return follows and not since.everything and evidence.sizes == self._sizes

    def stale(self, notebook: Notebook) -> Collection[ShippedKey]:
        """Brings the subjects of ``notebook`` up to its evidence; returns those to be judged, and those that went."""
        evidence = notebook.evidence
        since, before, now = evidence.since, self._journeys, evidence.shipped
        stale = {key for key, journeys in now.items() if before.get(key) is not journeys} | (before.keys() - now.keys())
        touched = set(since.cells)
        for key in stale:
            touched |= notebook.put(key, now.get(key, ()))
        if since.cells or stale:
            looked = set(self._always)
            for cell in since.cells:
                looked |= self._by_cell.get(cell, set())
            for name in since.names:
                looked |= self._by_name.get(name, set())
            texts = [evidence.cells[cell].source for cell in touched]
            texts += [self._cells[cell].source for cell in since.cells if cell < len(self._cells)]
            for text, keys in self._by_text.items():
                if any(is_in(text, source) for source in texts):
                    looked |= keys
            for key in looked - stale:
                notebook.put(key, now.get(key, ()))
            stale |= looked
        for key in stale:
            self._drop(key)
        self._journeys, self._cells = dict(now), evidence.cells
        self._origin, self._number, self._sizes = since.origin, since.number, dict(evidence.sizes)
        return stale

    def note(self, key: ShippedKey, grounds: Grounds) -> None:
        """What judging ``key`` looked at."""
        self._grounds[key] = grounds
        for cell in grounds.cells:
            self._by_cell.setdefault(cell, set()).add(key)
        for name in grounds.names:
            self._by_name.setdefault(name, set()).add(key)
        for text in grounds.texts:
            self._by_text.setdefault(text, set()).add(key)
        if grounds.everything:
            self._always.add(key)

    def _drop(self, key: ShippedKey) -> None:
        grounds = self._grounds.pop(key, None)
        if grounds is not None:
            _discard(self._by_cell, grounds.cells, key)
            _discard(self._by_name, grounds.names, key)
            _discard(self._by_text, grounds.texts, key)
            self._always.discard(key)


def _discard(filed: dict[_Ground, set[ShippedKey]], grounds: set[_Ground], key: ShippedKey) -> None:
    for ground in grounds:
        keys = filed.get(ground)
        if keys is not None:
            keys.discard(key)
            if not keys:
                del filed[ground]
