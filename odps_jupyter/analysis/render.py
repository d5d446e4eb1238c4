"""From what was found to what is said: sides, reasons, shipped callables, in numbers of cells and lines."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from odps_jupyter.notebook.cell import Cell

from .course import Course
from .evidence import Body, Journey, Span, place_of
from .joining import flatten
from .ledger import Ledger
from .model import CallSite, CellModel, NotebookModel, Placement, Shipped, Side
from .parts import definitions
from .record import Code, Evaluation, Needed, Shipment, ShippedKey, SiteText, Use
from .rows import Rows
from .scopes import Scope
from .values import DefKey, Member, Operator, Site

if TYPE_CHECKING:
    from .world import World

_NEVER = "never handed to the executor"


class Renderer:
    """Keeps the told form of each cell until something in it changes."""

    def __init__(
        self,
        world: World,
        ledger: Ledger,
        evaluations: Mapping[int, Evaluation],
        writers: Mapping[str, Sequence[int]],
    ) -> None:
        self._world = world
        self._ledger = ledger
        self._evaluations = evaluations
        self._writers = writers
        self._all = True
        #: Number of a cell to its position in the document.
        self.indexes: dict[int, int] = {}
        self._order: Sequence[int] = ()
        self._course: Course | None = None
        self._quiet: frozenset[int] = frozenset()
        self._runs: dict[int, list[int]] = {}
        self._models: list[CellModel | None] = []
        self._told_calls: dict[Site, CallSite] = {}
        #: By shipped callable the ways on which PyODPS ships it, in the order of the calls that hand it over. Those of
        #: a callable stay the same objects until it is told anew. What MaxFrame ships runs in its own runtime, of which
        #: the rules know nothing.
        self.journeys: dict[ShippedKey, tuple[Journey, ...]] = {}
        self._stale_journeys: set[ShippedKey] = set()
        self._calls_of: dict[int, dict[Site, CallSite]] = {}
        self._shipped_of: dict[int, dict[ShippedKey, Shipped]] = {}
        #: What is told of each cell, by its position: the whole is theirs one behind the other.
        self._definitions = Rows[Placement](0)
        self._shipped = Rows[Shipped](0)
        self._calls = Rows[CallSite](0)

    def reorder(self, order: Sequence[int], course: Course | None = None) -> None:
        """Cells came, went or moved and are ``order`` now: every number in every text may be another."""
        self._all = True
        self._order = order
        self._course = course
        self.indexes = {number: index for index, number in enumerate(order)}
        self._quiet, self._runs = frozenset(), {}
        if course is not None and course.quiet:
            self._quiet = frozenset([order[entry] for entry in course.quiet])
            by_cell: dict[int, list[int]] = {}
            for number, cell in zip(order, course.cells, strict=True):
                self._runs[number] = by_cell.setdefault(cell, [])
                self._runs[number].append(number)

    def _position(self, cell: int) -> tuple[object, ...]:
        """What evaluations are ordered by: cells as they stand, then the end."""
        if cell in self.indexes:
            return (self.indexes[cell],)
        site = self._ledger.ends.get(cell)
        place = (math.inf,) if site is None else (self.indexes.get(site.key[0], 0), site.key, site.role)
        return (len(self._order), *place)

    def same(self, key: DefKey) -> list[DefKey]:
        """The definition ``key`` in every run of its cell."""
        return [(number, key[1]) for number in self._runs[key[0]]] if key[0] in self._runs else [key]

    def model(self, cells: Sequence[Cell]) -> NotebookModel:
        """The model of ``cells``."""
        ledger = self._ledger
        if self._all:
            self._told_calls.clear()
            self._calls_of.clear()
            self._shipped_of.clear()
            self._definitions, self._shipped, self._calls = Rows(len(cells)), Rows(len(cells)), Rows(len(cells))
            self._models = [None] * len(cells)
            ledger.quoted.clear()
            ledger.captured.clear()
            ledger.stale_sites.update(ledger.sites)
            ledger.stale_shipped.update(ledger.shipped)
            self._stale_journeys.update(self.journeys)
            todo: Sequence[int] = range(len(cells))
        else:
            stale = [number for cell in ledger.stale_cells for number in self._runs.get(cell, (cell,))]
            todo = sorted({self.indexes[cell] for cell in stale if cell in self.indexes})
        self._tell_calls()
        self._tell_shipped()
        for index in todo:
            model = self._models[index] = self._cell(index, cells[index])
            self._definitions.put(index, model.definitions)
            self._calls.put(index, model.calls)
        self._all = False
        ledger.stale_cells.clear()
        return NotebookModel(
            tuple(cast("list[CellModel]", self._models)),
            self._definitions.whole(),
            self._shipped.whole(),
            self._calls.whole(),
        )

    def retell(self) -> frozenset[ShippedKey]:
        """Brings :attr:`journeys` up to date; returns the callables whose journeys were told anew, or went."""
        stale, self._stale_journeys = frozenset(self._stale_journeys), set()
        for key in stale:
            found = self._journeys_of(key)
            if found:
                self.journeys[key] = found
            else:
                self.journeys.pop(key, None)
        return stale

    def _journeys_of(self, key: ShippedKey) -> tuple[Journey, ...]:
        by_cell = self._ledger.shipped.get(key)
        if by_cell is None or key[0][0] not in self.indexes:
            return ()
        found = []
        for site, shipment in chain.from_iterable([by_cell[cell] for cell in by_cell if cell not in self._quiet]):
            call = self._told_calls.get(site)
            if call is not None and self._world.texts[site].api == "pyodps":
                bodies = tuple([self._body(code) for code in shipment.codes if code.key[0] in self.indexes])
                found.append(Journey(key[1], shipment.kind, call, self._moment(shipment), shipment.target, bodies))
        return tuple(sorted(found, key=place_of))

    def _body(self, code: Code) -> Body:
        scope = self._world.scope(code.key)
        cell = self.indexes[code.key[0]]
        return Body(code.key, cell, scope.line, scope.column, scope.name, scope.kind, dict(code.names), code.closed)

    def _moment(self, shipment: Shipment) -> Span | None:
        execution = shipment.execution
        if execution is None or execution.cell not in self.indexes:
            return None
        return Span(self.indexes[execution.cell], *execution[1:])

    # One cell

    def _cell(self, index: int, cell: Cell) -> CellModel:
        evaluation = self._evaluations[self._order[index]]
        definitions = [
            self._place(index, scope, evaluation)
            for scope in self._world.scopes[evaluation.cell]
            if not scope.is_method
        ]
        definitions.sort(key=_line_of)
        imported = {item.bound for item in evaluation.imports}
        # Star imports and patches of modules are kept under names no program can bind.
        sets = tuple([name for name in evaluation.writes if name.isidentifier() and name not in imported])
        imports = tuple(dict.fromkeys([item.module for item in evaluation.imports]))
        calls = tuple(self._calls_of.get(evaluation.cell, {}).values())
        if len(calls) > 1:
            calls = tuple(sorted(dict.fromkeys(calls), key=_place_of))
        return CellModel(cell.id, index, cell.source, evaluation.error, sets, imports, tuple(definitions), calls)

    def _place(self, index: int, scope: Scope, evaluation: Evaluation) -> Placement:
        uses = self._uses_of(scope.key)
        if scope.kind == "class":
            for child in scope.children:
                if child.is_method:
                    uses += self._uses_of(child.key)
        here = _first([use for use in uses if use.side == "local"])
        there = _first([use for use in uses if use.side == "executor"])
        if here is None and there is None:
            here = _first(uses)
        side: Side
        if there is None:
            side = "local"
            reason = self._reason(here) if here is not None else evaluation.skipped.get(scope.key, _NEVER)
        elif here is None:
            side, reason = "executor", self._reason(there)
        else:
            side, reason = "both", f"{self._reason(there)}; {self._reason(here)}"
        return Placement(index, scope.line, scope.end_line, scope.name, scope.kind, side, reason)

    def _uses_of(self, key: DefKey) -> list[Use]:
        found = [self._ledger.uses(each, self._position) for each in self.same(key)]
        return [use for uses in found for cell, use in uses if cell not in self._quiet]

    def _reason(self, use: Use) -> str:
        index = self.indexes.get(use.cell)
        if index is not None and self._course is not None:
            index = self._course.cells[index]
        where = f"line {use.line}" if index is None else f"cell {index + 1}, line {use.line}"
        return use.text.replace("{where}", where)

    # Shipped callables

    def _tell_calls(self) -> None:
        ledger = self._ledger
        if not ledger.stale_sites:
            return
        for site in ledger.stale_sites:
            cell = site.key[0]
            texts = ledger.sites.get(site)
            self._told_calls.pop(site, None)
            self._calls_of.get(cell, {}).pop(site, None)
            ledger.stale_cells.add(cell)
            if texts and cell in self.indexes:
                told = self._call(site, next(reversed(texts.values())))
                self._told_calls[site] = self._calls_of.setdefault(cell, {})[site] = told
        ledger.stale_sites.clear()

    def _tell_shipped(self) -> None:
        ledger = self._ledger
        if not ledger.stale_shipped:
            return
        for key in ledger.stale_shipped:
            by_cell = ledger.shipped.get(key, {})
            told = self._shipped_of.setdefault(key[0][0], {})
            told.pop(key, None)
            cells = sorted(by_cell.keys() - self._quiet, key=self._position)
            if cells and key[0][0] in self.indexes:
                told[key] = self._merge(key, [(*entry, cell) for cell in cells for entry in by_cell[cell]])
        for cell in {key[0][0] for key in ledger.stale_shipped} & self.indexes.keys():
            told = self._shipped_of[cell]
            ordered = sorted(told, key=lambda key: (told[key].line, told[key].name, key))
            self._shipped.put(self.indexes[cell], tuple([told[key] for key in ordered]))
        self._stale_journeys |= ledger.stale_shipped
        ledger.stale_shipped.clear()

    def _call(self, site: Site, text: SiteText) -> CallSite:
        targets: list[tuple[int, int, str]] = []
        for key in definitions(site.target):
            if key[0] in self.indexes:
                scope = self._world.scope(key)
                targets.append((self.indexes[key[0]], scope.line, scope.name))
        return CallSite(
            self.indexes[text.cell],
            text.line,
            text.column,
            text.end_line,
            text.end_column,
            text.method,
            site.role,
            text.receiver,
            tuple(targets),
            tuple(
                dict.fromkeys(option.path for option in flatten(site.target) if isinstance(option, (Member, Operator)))
            ),
            text.target,
        )

    def _merge(self, key: ShippedKey, entries: list[tuple[Site, Shipment, int]]) -> Shipped:
        """One callable, over all the calls that hand it over."""
        first = entries[0][1]
        scope = self._world.scope(first.key)
        imports: dict[str, Any] = {}
        captures: dict[str, Any] = {}
        functions: dict[str, Any] = {}
        quoted = {first.key[0]}
        for site, shipment, number in entries:
            quoted.add(site.key[0])
            for needed in shipment.imports:
                imports.setdefault(needed.name, self._facts(needed, quoted))
            for needed in shipment.functions:
                functions.setdefault(needed.name, self._facts(needed, quoted))
            for needed in shipment.captures:
                captures.setdefault(needed.name, self._capture(needed, site, number, quoted))
        self._ledger.quotes(key, quoted, captures)
        sites = dict.fromkeys(site for site, _, _ in entries)
        calls = sorted((self._told_calls[site] for site in sites if site in self._told_calls), key=_place_of)
        details = {"imports": imports, "captures": captures, "functions": functions}
        return Shipped(
            self.indexes[first.key[0]],
            scope.line,
            first.name,
            first.kind,
            tuple(sorted(imports)),
            tuple(sorted(captures)),
            tuple(sorted(functions)),
            tuple(calls),
            {name: facts for name, facts in details.items() if facts},
        )

    def _facts(self, needed: Needed, quoted: set[int]) -> dict[str, Any]:
        facts: dict[str, Any] = dict(needed.facts)
        quoted.add(facts["cell"])
        facts["cell"] = self.indexes.get(facts["cell"])
        return facts

    def _capture(self, needed: Needed, site: Site, executed: int, quoted: set[int]) -> dict[str, Any]:
        """Where the name is read, and the cell and line that last set it before the call and before execution."""
        facts = self._facts(needed, quoted)
        if facts["origin"] == "global":
            facts["set"] = self._set_by(needed.name, executed, quoted)
            at_call = self._set_by(needed.name, site.key[0], quoted)
            if at_call != facts["set"]:
                facts["set_at_call"] = at_call
            later = self._set_later(needed.name, executed, quoted)
            if later:
                facts["set_later"] = later
        return facts

    def _set_later(self, name: str, number: int, quoted: set[int]) -> list[dict[str, Any]]:
        """Where ``name`` is set after it travelled, by cells that ran since or are still to be run."""
        course, entry = self._course, self.indexes.get(number)
        if course is None or entry is None or entry >= course.ran:
            return []
        found = []
        for index in self._writers.get(name, ()):
            if index > entry and self._order[index] not in self._quiet:
                quoted.add(self._order[index])
                line = self._evaluations[self._order[index]].lines.get(name, 1)
                found.append({"cell": index, "line": line, "ran": index < course.ran})
        return found

    def _set_by(self, name: str, number: int, quoted: set[int]) -> dict[str, int] | None:
        last = self.indexes.get(number, len(self._order) - 1)
        writers = self._writers.get(name, ())
        position = bisect_right(writers, last)
        if position == 0:
            return None
        index = writers[position - 1]
        quoted.add(self._order[index])
        return {"cell": index, "line": self._evaluations[self._order[index]].lines.get(name, 1)}


def _line_of(placement: Placement) -> int:
    return placement.line


def _place_of(call: CallSite) -> tuple[object, ...]:
    return (call.cell, call.end_line, call.end_column, call.text, call.role, call.target, call.library)


def _first(uses: list[Use]) -> Use | None:
    """The use that explains best: a direct one before one through other functions."""
    return next((use for use in uses if use.direct), uses[0] if uses else None)
