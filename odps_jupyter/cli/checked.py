"""One notebook checked, and what its fixes make of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from odps_jupyter.analysis import Analysis, NotebookModel
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.rules.by_value import as_it_travels
from odps_jupyter.rules.checker import Report, check
from odps_jupyter.rules.edits import apply
from odps_jupyter.rules.model import Fix
from odps_jupyter.rules.setting import Setting


@dataclass(frozen=True)
class Scope:
    """Under what notebooks are checked, and which kinds are told: ``select`` (all where it is empty) and ``ignore``."""

    setting: Setting
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()

    def beside(self, folder: Path | None) -> Scope:
        """The same for a notebook that lies in ``folder``."""
        return replace(self, setting=replace(self.setting, folder=folder))

    def check(self, cells: Sequence[Cell]) -> Checked:
        analysis = Analysis()
        model = analysis.update(cells)
        evidence = analysis.evidence()
        report = check(evidence, self.setting).only(self.select, self.ignore)
        return Checked(self, cells, as_it_travels(model, evidence, self.setting), report)


@dataclass(frozen=True)
class Checked:
    """One notebook, checked."""

    scope: Scope
    cells: Sequence[Cell]
    model: NotebookModel
    report: Report

    @property
    def sources(self) -> list[str]:
        return [cell.source for cell in self.cells]

    def refused(self) -> str | None:
        """Where and why Python cannot take the notebook at all; None where it takes some of its cells.

        A cell that somebody is still writing keeps no other from being checked; null bytes, nesting that no parser
        takes, and a notebook in which nothing is Python say that what was checked is not what was meant.
        """
        errors = [(cell.index + 1, cell.error) for cell in self.model.cells if cell.error is not None]
        refused = [(number, error) for number, error in errors if error.refused]
        written = sum(1 for cell in self.cells if cell.source.strip())
        if errors and len(errors) == written:
            refused = errors
        return next((f"cell {number}, line {error.line}: {error.message}" for number, error in refused), None)

    def fixed(self, allow: Callable[[Fix], bool]) -> Checked:
        """The notebook after all fixes that ``allow`` lets through: those that touch the same text one after another.

        A fix that would make a cell something else than Python is left out, and so is what comes back for ever.
        """
        checked = self
        seen = {tuple(self.sources)}
        while True:
            fixes = [item.fix for item in checked.report.diagnostics if item.fix is not None and allow(item.fix)]
            after = next((sources for sources in checked._applied(fixes) if tuple(sources) not in seen), None)
            if after is None:
                return checked
            seen.add(tuple(after))
            cells = [Cell(cell.id, source) for cell, source in zip(checked.cells, after, strict=True)]
            checked = checked.scope.check(cells)

    def _applied(self, fixes: Sequence[Fix]) -> Iterator[list[str]]:
        """The cells with all fixes applied, or with one of them, where all of them make Python of Python."""
        for chosen in (fixes, *([fix] for fix in fixes)):
            sources = apply(self.sources, chosen)[0]
            now = Analysis().update([Cell(cell.id, text) for cell, text in zip(self.cells, sources, strict=True)])
            pairs = zip(self.model.cells, now.cells, strict=True)
            if all(after.error is None or before.error is not None for before, after in pairs):
                yield sources

    def differences(self, fixed: Checked, path: str) -> Iterator[str]:
        """What ``fixed`` changed, cell by cell, as a unified diff."""
        for index, (before, after) in enumerate(zip(self.sources, fixed.sources, strict=True)):
            place = f"{path}: cell {index + 1}"
            yield from difflib.unified_diff(_lines(before), _lines(after), place, place)


def _lines(source: str) -> list[str]:
    return [f"{line}\n" for line in source.split("\n")]
