"""The analysis of a notebook whose kernel is known: the order of its runs, and what its namespace holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from odps_jupyter.notebook.cell import Cell

from .course import Course, course
from .evidence import Evidence
from .incremental import Analysis
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
            model = _said_by_kernel(model, informed)
        return model if taken.is_document else _in_document(model, cells, taken)

    def evidence(self) -> Evidence:
        """What the rules need; its cells are the entries of :attr:`course`."""
        places = () if self._course.is_document else self._course.cells
        return replace(self._used.evidence(), sizes=self._sizes, places=places)


def _said_by_kernel(source: NotebookModel, informed: NotebookModel) -> NotebookModel:
    """``informed`` with a word where it says something else than ``source`` does."""
    said = set(source.placement)

    def marked(placement: Placement) -> Placement:
        return placement if placement in said else replace(placement, reason=placement.reason + FROM_KERNEL)

    cells = [replace(cell, definitions=tuple(map(marked, cell.definitions))) for cell in informed.cells]
    return replace(informed, cells=tuple(cells), placement=tuple(map(marked, informed.placement)))


def _in_document(model: NotebookModel, cells: Sequence[Cell], taken: Course) -> NotebookModel:
    """``model``, whose cells are the entries of ``taken``, with the cells of the document."""
    places = taken.cells

    def call(site: CallSite) -> CallSite:
        target = tuple((places[cell], line, name) for cell, line, name in site.target)
        return replace(site, cell=places[site.cell], target=target)

    def placement(item: Placement) -> Placement:
        return replace(item, cell=places[item.cell])

    models: dict[int, CellModel] = {}
    for entry, cell in enumerate(model.cells):
        # The last entry of a cell is the cell as it stands.
        models[places[entry]] = replace(
            cell,
            index=places[entry],
            definitions=_once(map(placement, cell.definitions)),
            calls=_once(map(call, cell.calls)),
        )
    ordered = tuple(models[position] for position in range(len(cells)))
    shipped: dict[tuple[int, int, str, str], Shipped] = {}
    for item in model.shipped:
        moved = replace(
            item, cell=places[item.cell], calls=_once(map(call, item.calls)), details=_placed(item.details, places)
        )
        key = (moved.cell, moved.line, moved.name, moved.kind)
        shipped[key] = _together(shipped[key], moved) if key in shipped else moved
    return NotebookModel(
        ordered,
        tuple(placement for cell in ordered for placement in cell.definitions),
        tuple(sorted(shipped.values(), key=lambda item: (item.cell, item.line, item.name))),
        _once(sorted(map(call, model.calls), key=lambda site: (site.cell, site.end_line, site.end_column, site.text))),
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
