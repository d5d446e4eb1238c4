"""The findings of all cells, filed by what they are about, so that one cell's change touches only what it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from .record import Evaluation, Shipment, ShippedKey, SiteText, Use
from .values import DefKey, Site

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

#: The number under which functions nobody calls are followed at the end of the notebook. The calls there that nobody
#: executed have numbers below it.
END = -1


class Ledger:
    """Uses, sites and shipments of every evaluated cell; notes which told things went stale.

    ``stale_cells`` are those whose definitions have to be placed anew, ``stale_shipped`` and ``stale_sites`` what has
    to be told anew. Whoever tells them empties the sets.
    """

    def __init__(self) -> None:
        self.stale_cells: set[int] = set()
        self.stale_shipped: set[ShippedKey] = set()
        self.stale_sites: set[Site] = set()
        self.shipped: dict[ShippedKey, dict[int, list[tuple[Site, Shipment]]]] = {}
        self.sites: dict[Site, dict[int, SiteText]] = {}
        self.unexecuted: dict[Site, None] = {}
        #: By number the calls that wait at the end.
        self.ends: dict[int, Site] = {}
        #: Calls that may be executed now, or no longer; whoever looks at them empties it.
        self.waiting: dict[Site, None] = {}
        #: Cells that are no Python.
        self.broken: set[int] = set()
        #: Cells to the shipped callables whose telling quotes their lines.
        self.quoted: dict[int, set[ShippedKey]] = {}
        #: Global names to the shipped callables whose telling says where they were set.
        self.captured: dict[str, set[ShippedKey]] = {}
        self._uses: dict[DefKey, dict[int, list[Use]]] = {}
        self._executions: dict[Site, int] = {}

    def add(self, evaluation: Evaluation) -> None:
        cell, findings = evaluation.cell, evaluation.findings
        if evaluation.error is not None:
            self.broken.add(cell)
        for use in findings.uses:
            self._uses.setdefault(use.key, {}).setdefault(cell, []).append(use)
        for site, text in findings.sites.items():
            self.sites.setdefault(site, {})[cell] = text
        for site, shipments in findings.shipments.items():
            for shipment in shipments:
                key = (shipment.key, shipment.name)
                self.shipped.setdefault(key, {}).setdefault(cell, []).append((site, shipment))
            if cell >= 0:
                self._executions[site] = self._executions.get(site, 0) + 1
        self._touch(evaluation)

    def remove(self, evaluation: Evaluation) -> None:
        cell, findings = evaluation.cell, evaluation.findings
        self.broken.discard(cell)
        for use in findings.uses:
            _drop(self._uses, use.key, cell)
        for site in findings.sites:
            _drop(self.sites, site, cell)
        for site, shipments in findings.shipments.items():
            for shipment in shipments:
                _drop(self.shipped, (shipment.key, shipment.name), cell)
            if cell >= 0:
                self._executions[site] -= 1
                if not self._executions[site]:
                    del self._executions[site]
        self._touch(evaluation)

    def _touch(self, evaluation: Evaluation) -> None:
        """Everything ``evaluation`` speaks of is told anew."""
        cell, findings = evaluation.cell, evaluation.findings
        self.stale_cells.add(cell)
        self.stale_cells.update([use.key[0] for use in findings.uses])
        self.stale_sites.update(findings.sites)
        if cell in self.quoted:
            self.stale_shipped |= self.quoted.pop(cell)
        for shipments in findings.shipments.values():
            self.stale_shipped.update([(shipment.key, shipment.name) for shipment in shipments])
        for site in findings.sites | findings.shipments:
            self._pending(site)

    def _pending(self, site: Site) -> None:
        self.waiting[site] = None
        created = self.sites.get(site)
        if created is not None and site not in self._executions and any(cell >= 0 for cell in created):
            self.unexecuted[site] = None
        else:
            self.unexecuted.pop(site, None)

    def uses(self, key: DefKey, position: Callable[[int], tuple[object, ...]]) -> list[tuple[int, Use]]:
        """What makes a definition run, with the cell it was found in, in the order of the cells."""
        by_cell = self._uses.get(key)
        if by_cell is None:
            return []
        cells = by_cell if len(by_cell) == 1 else sorted(by_cell, key=position)
        return [(cell, use) for cell in cells for use in by_cell[cell]]

    def is_called(self, key: DefKey) -> bool:
        """Whether any cell, the end left aside, calls a definition or hands it over."""
        return any(cell >= 0 for cell in self._uses.get(key, ()))

    def is_used(self, key: DefKey) -> bool:
        """Whether anything but a function that nobody calls uses a definition."""
        return any(cell != END for cell in self._uses.get(key, ()))

    def quotes(self, key: ShippedKey, cells: Iterable[int], names: Iterable[str]) -> None:
        """Notes that the telling of ``key`` quotes lines of ``cells``, and says where ``names`` were set."""
        for cell in cells:
            self.quoted.setdefault(cell, set()).add(key)
        for name in names:
            self.captured.setdefault(name, set()).add(key)

    def rebound(self, names: Iterable[str]) -> None:
        """Other cells than before set ``names``, be it to the same values."""
        for name in names:
            self.stale_shipped.update(self.captured.pop(name, ()))


def _drop(filed: dict[_Key, dict[int, _Value]], key: _Key, cell: int) -> None:
    by_cell = filed.get(key)
    if by_cell is not None:
        by_cell.pop(cell, None)
        if not by_cell:
            del filed[key]
