"""Which shipped callables have to be judged again after an edit."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from odps_jupyter.analysis.evidence import Evidence, Grounds
from odps_jupyter.analysis.record import ShippedKey
from odps_jupyter.analysis.sources import Filed, is_in, words
from odps_jupyter.notebook.cell import Cell

from .subject import Notebook

_Ground = TypeVar("_Ground")


def whole(what: str) -> ShippedKey:
    """Files what looks at the whole notebook, as no shipped callable is filed."""
    return ((-1, -1), what)


class Keeper:
    """Who looked at what: by cell, name, text, word and file the shipped callables whose rules did."""

    def __init__(self) -> None:
        self._cells: Sequence[Cell] = ()
        self._origin: object = None
        self._number = -1
        self._sizes: Mapping[str, int] = {}
        self._by_cell: dict[int, set[ShippedKey]] = {}
        self._by_name: dict[str, set[ShippedKey]] = {}
        self._by_text: dict[str | re.Pattern[str], set[ShippedKey]] = {}
        self._by_word: dict[str, set[ShippedKey]] = {}
        self._by_filed: dict[Filed, set[ShippedKey]] = {}
        self._by_shipped: dict[str | int, set[ShippedKey]] = {}
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
        since, now = evidence.since, evidence.shipped
        stale = set(since.shipped if self._origin is since.origin else now)
        touched = set(since.cells)
        shipped = set[str | int]()
        for key in stale:
            touched |= self._put(notebook, key, shipped)
        if since.cells or stale:
            looked = set(self._always)
            for cell in since.cells:
                looked |= self._by_cell.get(cell, set())
            for name in since.names:
                looked |= self._by_name.get(name, set())
            for filed in since.filed:
                looked |= self._by_filed.get(filed, set())
            if len(self._cells) == len(evidence.cells):
                for cell in since.cells:
                    looked |= self._asked(self._cells[cell].source, evidence.cells[cell].source)
            for key in looked - stale:
                self._put(notebook, key, shipped)
            stale |= looked
            for asked in (shipped | touched) & self._by_shipped.keys():
                stale |= self._by_shipped[asked]
        for key in stale:
            self._drop(key)
        self._cells = evidence.cells
        self._origin, self._number, self._sizes = since.origin, since.number, dict(evidence.sizes)
        return stale

    def _asked(self, before: str, now: str) -> set[ShippedKey]:
        """Who asked which cells hold something, where that is another answer for one."""
        looked = set[ShippedKey]()
        for text, keys in self._by_text.items():
            if is_in(text, before) != is_in(text, now):
                looked |= keys
        if self._by_word:
            for word in words(before) ^ words(now):
                looked |= self._by_word.get(word, set())
        return looked

    def _put(self, notebook: Notebook, key: ShippedKey, shipped: set[str | int]) -> set[int]:
        """Makes or drops a subject; adds to ``shipped`` what its bodies use, and returns the cells they stand in."""
        subjects = notebook.subjects
        before = subjects.get(key)
        cells = notebook.put(key, notebook.evidence.shipped.get(key, ()))
        if self._by_shipped:
            for subject in (before, subjects.get(key)):
                shipped |= set() if subject is None else subject.used()
        return cells

    def note(self, key: ShippedKey, grounds: Grounds) -> None:
        """What judging ``key`` looked at."""
        self._drop(key)
        self._grounds[key] = grounds
        for cell in grounds.cells:
            self._by_cell.setdefault(cell, set()).add(key)
        for name in grounds.names:
            self._by_name.setdefault(name, set()).add(key)
        for text in grounds.texts:
            self._by_text.setdefault(text, set()).add(key)
        for word in grounds.words:
            self._by_word.setdefault(word, set()).add(key)
        for filed in grounds.filed:
            self._by_filed.setdefault(filed, set()).add(key)
        for asked in grounds.shipped:
            self._by_shipped.setdefault(asked, set()).add(key)
        if grounds.everything:
            self._always.add(key)

    def _drop(self, key: ShippedKey) -> None:
        grounds = self._grounds.pop(key, None)
        if grounds is not None:
            _discard(self._by_cell, grounds.cells, key)
            _discard(self._by_name, grounds.names, key)
            _discard(self._by_text, grounds.texts, key)
            _discard(self._by_word, grounds.words, key)
            _discard(self._by_filed, grounds.filed, key)
            _discard(self._by_shipped, grounds.shipped, key)
            self._always.discard(key)


def _discard(filed: dict[_Ground, set[ShippedKey]], grounds: set[_Ground], key: ShippedKey) -> None:
    for ground in grounds:
        keys = filed.get(ground)
        if keys is not None:
            keys.discard(key)
            if not keys:
                del filed[ground]
