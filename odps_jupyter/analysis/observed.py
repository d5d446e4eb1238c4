"""The analysis of a notebook whose kernel is known: the order of its runs, and what its namespace holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from odps_jupyter.notebook.cell import Cell

from .course import Course, course
from .evidence import Evidence
from .incremental import Analysis
from .kept import Kept
from .live import NOTHING, Fact, place, sizes
from .model import CallSite, CellModel, NotebookModel, Placement, Shipped

_Item = TypeVar("_Item")

FROM_KERNEL = "; known from the kernel, not from the source"


@dataclass(frozen=True, slots=True)
class Observation:
    """What the kernel said of itself.

    Attributes:
        runs: ids of the cells that ran, the first run first; empty where that is not known.
        edited: ids of cells whose text is another than that which ran last.
        facts: what the namespace holds, by name.
    """

    runs: Sequence[str] = ()
    edited: Iterable[str] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)


class ObservedAnalysis:
    """The analysis of one notebook over its edits and over the runs of its kernel.

    What the source alone says is kept beside what it says with the kernel's facts: where the two differ, the kernel
    is named as the source of it.
    """

    def __init__(self) -> None:
        self._source = Analysis()
        self._informed = Analysis()
        self._used = self._source
        self._course = Course((), 0)
        self._sizes: dict[str, int] = {}
        self._kept = Kept()

    @property
    def course(self) -> Course:
        """Of the last :meth:`update`: the entries that the cells of :meth:`evidence` stand for."""
        return self._course

    def update(self, cells: Sequence[Cell], observed: Observation | None = None) -> NotebookModel:
        """The model of ``cells``, which are in the order of the document, as is the model."""
        observed = observed or Observation()
        taken = course([cell.id for cell in cells], observed.runs, observed.edited)
        known = taken if taken.ran else None
        entries = cells if taken.is_document else [cells[position] for position in taken.cells]
        model = self._source.update(entries, known)
        if taken.cells != self._course.cells:
            self._kept = Kept()
        self._kept.turn()
        self._course, self._used, self._sizes = taken, self._source, {}
        informed: NotebookModel | None = None
        if observed.facts:
            # Where no order is known, the cells are taken to have run as they stand.
            ran = taken if taken.ran else Course(taken.cells, len(taken.cells))
            writers = self._source.writers
            self._sizes = sizes(observed.facts, ran, writers)
            live = place(observed.facts, ran, self._source.evaluations(), writers)
            if live != NOTHING:
                informed = self._informed.update(entries, known, live)
                self._used = self._informed
        if informed is not None:
            model = _said_by_kernel(model, informed, self._kept)
        return model if taken.is_document else _in_document(model, cells, taken.cells, self._kept)

    def evidence(self) -> Evidence:
        """What the rules need; its cells are the entries of :attr:`course`."""
        places = () if self._course.is_document else self._course.cells
        return replace(self._used.evidence(), sizes=self._sizes, places=places)


def _said_by_kernel(source: NotebookModel, informed: NotebookModel, kept: Kept) -> NotebookModel:
    """``informed`` with a word where it says something else than ``source`` does."""

    def marked(before: CellModel, now: CellModel) -> CellModel:
        if before.definitions == now.definitions:
            return now
        said = set(before.definitions)
        definitions = [
            item if item in said else replace(item, reason=item.reason + FROM_KERNEL) for item in now.definitions
        ]
        return replace(now, definitions=tuple(definitions))

    cells = [kept.of(marked, *pair) for pair in zip(source.cells, informed.cells, strict=True)]
    placement = tuple(definition for cell in cells for definition in cell.definitions)
    return replace(informed, cells=tuple(cells), placement=placement)


def _in_document(model: NotebookModel, cells: Sequence[Cell], places: Sequence[int], kept: Kept) -> NotebookModel:
    """``model``, whose cells are runs of those at ``places``, with the cells of the document."""

    def call(site: CallSite) -> CallSite:
        target = tuple((places[cell], line, name) for cell, line, name in site.target)
        return replace(site, cell=places[site.cell], target=target)

    def placement(item: Placement) -> Placement:
        return replace(item, cell=places[item.cell])

    def in_place(cell: CellModel) -> CellModel:
        return replace(
            cell,
            index=places[cell.index],
            definitions=_once(map(placement, cell.definitions)),
            calls=_once(map(call, cell.calls)),
        )

    def moved(item: Shipped) -> Shipped:
        calls = _once(map(call, item.calls))
        return replace(item, cell=places[item.cell], calls=calls, details=_placed(item.details, places))

    # Of several runs of a cell the last is the cell as it stands.
    models = {cell.index: cell for cell in (kept.of(in_place, each) for each in model.cells)}
    ordered = tuple([models[position] for position in range(len(cells))])
    shipped: dict[tuple[int, int, str, str], Shipped] = {}
    for item in (kept.of(moved, each) for each in model.shipped):
        key = (item.cell, item.line, item.name, item.kind)
        shipped[key] = _together(shipped[key], item) if key in shipped else item
    calls = _once([kept.of(call, each) for each in model.calls])
    return NotebookModel(
        ordered,
        tuple([definition for cell in ordered for definition in cell.definitions]),
        tuple(sorted(shipped.values(), key=lambda item: (item.cell, item.line, item.name))),
        tuple(sorted(calls, key=lambda site: (site.cell, site.end_line, site.end_column, site.text))),
    )


def _together(first: Shipped, second: Shipped) -> Shipped:
    """One callable that two runs of its cell made, handed over each in its own calls."""
    details = {
        kind: {**second.details.get(kind, {}), **first.details.get(kind, {})}
        for kind in ("imports", "captures", "functions")
        if kind in first.details or kind in second.details
    }
    return replace(
        first,
        imports=tuple(sorted({*first.imports, *second.imports})),
        captures=tuple(sorted({*first.captures, *second.captures})),
        functions=tuple(sorted({*first.functions, *second.functions})),
        calls=_once((*first.calls, *second.calls)),
        details=details,
    )


def _once(items: Iterable[_Item]) -> tuple[_Item, ...]:
    return tuple(dict.fromkeys(items))


def _placed(value: Any, places: Sequence[int]) -> Any:
    """Details whose cells are entries, with the cells of the document."""
    if isinstance(value, Mapping):
        return {
            key: places[held] if key == "cell" and isinstance(held, int) else _placed(held, places)
            for key, held in value.items()
        }
    return [_placed(held, places) for held in value] if isinstance(value, list) else value
