"""Analysis that keeps what it found of each cell, and looks again only at what an edit reaches."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import compress, count
from operator import is_not
from typing import TypeAlias

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.magics import blank

from .catalogue import CANDIDATES
from .collecting import collector_at_rest
from .course import Course
from .evaluator import Evaluator
from .evidence import Evidence, Since
from .ledger import END, Ledger
from .live import NOTHING, Live, LiveEvaluator, Stores
from .model import CellError, NotebookModel
from .record import Evaluation
from .render import Renderer
from .scopes import Import, Scope
from .sources import Sources
from .syntax import parse
from .values import UNBOUND, Binding, Class, DefKey, Instance, Site, Value
from .world import World

Base: TypeAlias = Callable[[str], Binding]


def analyze(cells: Sequence[Cell]) -> NotebookModel:
    """What runs where in ``cells``, in document order, and what each shipped callable takes along."""
    return Analysis().update(cells)


def _syntax_error(error: SyntaxError, source: str) -> CellError:
    """Where Python stopped; it counts characters, from 1, where `ast` counts bytes."""
    lines = source.split("\n")
    line = min(max(error.lineno or 1, 1), len(lines))
    before = lines[line - 1][: max(0, (error.offset or 1) - 1)]
    return CellError(line, len(before.encode("utf-8", "surrogatepass")), error.msg)


class Analysis:
    """The analysis of one notebook over its edits.

    A cell is evaluated again when its source changed, when a global name it reads has another value, or when the body
    of a function of another cell that it followed changed.
    """

    def __init__(self) -> None:
        self._world = World()
        self._numbers: dict[tuple[str, int], int] = {}
        self._cells: list[Cell] = []
        self._order: list[int] = []
        self._evaluations: dict[int, Evaluation] = {}
        self._writers: dict[str, list[int]] = {}
        self._ledger = Ledger()
        self._uncalled: dict[int, list[DefKey]] = {}
        #: By name the cells that read it from others; by cell those that followed code of it.
        self._readers: defaultdict[str, set[int]] = defaultdict(set)
        self._resting: defaultdict[int, set[int]] = defaultdict(set)
        self._loose: tuple[list[Site], list[DefKey]] = ([], [])
        self._sources = Sources()
        self._since = Since(self, 0, True, frozenset(), frozenset())
        self._course: Course | None = None
        self._live = NOTHING
        self._stores: dict[int, Stores] = {}
        self._quiet: frozenset[int] = frozenset()
        self._model = NotebookModel((), (), (), ())
        self._renderer = Renderer(self._world, self._ledger, self._evaluations, self._writers)

    def update(self, cells: Sequence[Cell], course: Course | None = None, live: Live = NOTHING) -> NotebookModel:
        """The model of ``cells``, of which most are as they were in the last call.

        With a ``course`` that is not the document's, ``cells`` are its entries, and so are those of the model; only the
        texts of reasons count as the document does. ``live`` is what the kernel knows of names the source leaves open.
        """
        same = course == self._course and live == self._live
        self._sources.settle()
        self._course, self._live = course, live
        if not (same and self._edited(cells)):
            self._replaced(cells)
        return self._model

    def _edited(self, cells: Sequence[Cell]) -> bool:
        """Follows edits of a few cells; returns whether that is all that happened."""
        old = self._cells
        if len(old) != len(cells):
            return False
        others = compress(count(), map(is_not, old, cells))
        changed = [i for i in others if old[i].source != cells[i].source or old[i].id != cells[i].id]
        if len(changed) > len(cells) // 2 or any(old[index].id != cells[index].id for index in changed):
            return False
        if changed:
            # What is as it was stays the same object.
            self._cells = list(old)
            for index in changed:
                self._cells[index] = cells[index]
            self._sources.edited(self._cells, changed)
            self._edit(changed)
            self._model = self._renderer.model(self._cells)
        return True

    def _replaced(self, cells: Sequence[Cell]) -> None:
        """Follows anything else: cells that came, went or moved, another course, other facts of the kernel."""
        self._cells = list(cells)
        self._sources.replaced(self._cells)
        self._since = replace(self._since, everything=True)
        with collector_at_rest():
            self._everything()
            self._model = self._renderer.model(self._cells)

    @property
    def writers(self) -> Mapping[str, Sequence[int]]:
        """By global name the cells that set it, in their order."""
        return self._writers

    def evaluations(self) -> list[Evaluation]:
        """What was found in each cell, in their order."""
        return [self._evaluations[number] for number in self._order]

    def evidence(self) -> Evidence:
        """What the rules need beside the model of the last :meth:`update`."""
        since, self._since = self._since, Since(self, self._since.number + 1, False, frozenset(), frozenset())
        since = replace(since, shipped=self._renderer.retell(), filed=self._sources.refiled())
        return Evidence(
            self._cells,
            self._model,
            self._renderer.journeys,
            self._imports_of,
            self._writers,
            self._sources,
            since,
            bool(self._ledger.broken),
        )

    def _imports_of(self, cell: int) -> Sequence[Import]:
        return self._evaluations[self._order[cell]].imports

    def _note(self, cells: Iterable[int], names: Iterable[str]) -> None:
        """What the next evidence differs in from the last one."""
        since = self._since
        self._since = replace(since, cells=since.cells.union(cells), names=since.names.union(names))

    # Whole passes

    def _everything(self) -> None:
        """One pass over all cells in order, evaluating those whose grounds changed."""
        seen: dict[str, int] = {}
        order = []
        for cell in self._cells:
            occurrence = seen[cell.id] = seen.get(cell.id, -1) + 1
            order.append(self._numbers.setdefault((cell.id, occurrence), len(self._numbers)))
        present = set(order)
        for number in [number for number in self._evaluations if number not in present and number != END]:
            self._forget(number)
        self._order = order
        self._quiet = frozenset([order[entry] for entry in self._course.quiet]) if self._course else frozenset()
        self._renderer.reorder(order, self._course)
        for number, cell in zip(order, self._cells, strict=True):
            if self._world.sources.get(number) != cell.source:
                self._world.sources[number] = cell.source
        values: dict[str, Binding] = {}

        unset = self._live.unset

        def base(name: str) -> Binding:
            return values[name] if name in values else unset.get(name, UNBOUND)

        writers = self._writers
        writers.clear()
        stores, self._stores = self._stores, {}
        for index, number in enumerate(order):
            if index in self._live.stores:
                self._stores[number] = self._live.stores[index]
            evaluation = self._evaluations.get(number)
            known = stores.get(number) == self._stores.get(number)
            if evaluation is None or not known or not self._holds(evaluation, base):
                evaluation = self._evaluate(number, base)
                self._replace(evaluation)
            for name, value in evaluation.writes.items():
                values[name] = value
                writers.setdefault(name, []).append(index)
        self._end()

    def _forget(self, number: int) -> None:
        evaluation = self._evaluations.pop(number)
        self._ledger.remove(evaluation)
        self._unlink(evaluation)
        self._uncalled.pop(number, None)
        self._world.sources.pop(number, None)
        self._world.scopes.pop(number, None)

    # Edits

    def _edit(self, changed: Sequence[int]) -> None:
        """Cells ``changed`` have another source; everything else stayed."""
        for index in changed:
            self._world.sources[self._order[index]] = self._cells[index].source
        self._note(changed, ())
        indexes = self._renderer.indexes
        todo = set(changed)
        for index in changed:
            todo.update([indexes[cell] for cell in self._resting.get(self._order[index], ()) if cell in indexes])
        ahead = sorted(todo)
        while ahead:
            index = heappop(ahead)
            for name in self._again(index, self._evaluations[self._order[index]]):
                for cell in self._readers.get(name, ()):
                    reader = indexes.get(cell, -1)
                    if reader > index and reader not in todo:
                        todo.add(reader)
                        heappush(ahead, reader)
        self._end()

    def _again(self, index: int, before: Evaluation) -> set[str]:
        """Evaluates the cell at ``index`` where its grounds changed; returns the names it binds differently."""

        def base(name: str) -> Binding:
            return self._before(name, index)

        if self._holds(before, base):
            return set()
        rebound = set()
        after = self._evaluate(before.cell, base)
        self._replace(after)
        changed = set()
        for name in before.writes.keys() | after.writes.keys():
            missing = object()
            old, new = before.writes.get(name, missing), after.writes.get(name, missing)
            if old is new or old == new:
                continue
            changed.add(name)
            if old is missing:
                rebound.add(name)
                insort(self._writers.setdefault(name, []), index)
            elif new is missing:
                rebound.add(name)
                self._writers[name].remove(index)
        if rebound:
            self._ledger.rebound(rebound)
            self._note((), rebound)
        return changed

    def _before(self, name: str, index: int) -> Binding:
        """What the cells before ``index`` bound ``name`` to."""
        writers = self._writers.get(name)
        position = bisect_left(writers, index) if writers else 0
        if not writers or position == 0:
            return self._live.unset.get(name, UNBOUND)
        return self._evaluations[self._order[writers[position - 1]]].writes[name]

    # One cell

    def _holds(self, evaluation: Evaluation, base: Base) -> bool:
        """Whether nothing that ``evaluation`` rests on has changed."""
        sources = self._world.sources
        if evaluation.source is not sources[evaluation.cell] and evaluation.source != sources[evaluation.cell]:
            return False
        for cell, version in evaluation.versions.items():
            if sources.get(cell) is not version and sources.get(cell) != version:
                return False
        for name, value in evaluation.reads.items():
            found = base(name)
            if found is not value and found != value:
                return False
        return True

    def _evaluate(self, number: int, base: Base) -> Evaluation:
        source = self._world.sources[number]
        stores = self._stores.get(number)
        evaluator = Evaluator(number, source, base, self._world)
        if stores is not None:
            evaluator = LiveEvaluator(number, source, base, self._world, stores)
        try:
            tree = parse(blank(source))
        except SyntaxError as error:
            evaluator.result.error = _syntax_error(error, source)
            return evaluator.result
        except (ValueError, RecursionError, MemoryError) as error:
            # Null bytes; nesting deeper than the parser's stack.
            evaluator.result.error = CellError(1, 0, f"cannot be parsed: {error or 'nested too deeply'}")
            return evaluator.result
        try:
            result = evaluator.run(tree)
        except RecursionError:
            failed = Evaluator(number, source, base, self._world).result
            failed.error = CellError(1, 0, "nested too deeply to be analysed")
            return failed
        if result.scopes:
            self._sources.parsed(source, tree)
        return result

    def _replace(self, evaluation: Evaluation) -> None:
        """Puts a new evaluation in the place of the old one."""
        old = self._evaluations.get(evaluation.cell)
        if old is not None:
            self._ledger.remove(old)
            self._unlink(old)
        self._evaluations[evaluation.cell] = evaluation
        for name in evaluation.reads:
            self._readers[name].add(evaluation.cell)
        for cell in evaluation.versions:
            self._resting[cell].add(evaluation.cell)
        self._ledger.add(evaluation)
        for site in old.findings.sites if old is not None else ():
            if site not in self._ledger.sites:
                self._world.texts.pop(site, None)
        self._world.keep(evaluation.cell)
        candidates = [scope.key for scope in evaluation.scopes if self._may_hand_over(scope, evaluation)]
        if candidates:
            self._uncalled[evaluation.cell] = candidates
        else:
            self._uncalled.pop(evaluation.cell, None)

    def _unlink(self, evaluation: Evaluation) -> None:
        for name in evaluation.reads:
            self._readers[name].discard(evaluation.cell)
        for cell in evaluation.versions:
            self._resting[cell].discard(evaluation.cell)

    def _may_hand_over(self, scope: Scope, evaluation: Evaluation) -> bool:
        """Whether ``scope`` is worth following though nobody calls it."""
        if scope.kind != "function" or CANDIDATES.isdisjoint(scope.attributes):
            return False
        return (scope.parent is None or scope.is_method) and scope.key not in evaluation.skipped

    # The end of the notebook

    def _end(self) -> None:
        """What was handed over and never executed ships as the names are at the end; so do functions nobody calls."""
        indexes = self._renderer.indexes
        sites = sorted(
            filter(self._is_current, self._ledger.unexecuted),
            key=lambda site: (indexes.get(site.key[0], 0), site.key, site.role),
        )
        current = sorted(self._uncalled.keys() - self._quiet, key=lambda number: indexes.get(number, 0))
        keys = [key for number in current for key in self._uncalled[number]]
        loose = [key for key in keys if not any(map(self._ledger.is_called, self._renderer.same(key)))]
        end = self._evaluations.get(END)
        if (sites, loose) == self._loose and (end is None or self._holds(end, self._last)):
            return
        self._loose = (sites, loose)
        if end is not None:
            self._ledger.remove(self._evaluations.pop(END))
        if not sites and not loose:
            return
        self._world.sources[END] = ""
        evaluator = Evaluator(END, "", self._last, self._world)
        evaluator.execute(sites)
        for key in loose:
            self._follow_uncalled(evaluator, key)
        evaluator.execute([site for site in evaluator.findings.sites if site not in evaluator.findings.shipments])
        evaluator.finish()
        self._evaluations[END] = evaluator.result
        self._ledger.add(evaluator.result)

    def _is_current(self, site: Site) -> bool:
        """Whether a cell as it stands made ``site``, and not only an earlier run of it."""
        return any(cell not in self._quiet for cell in self._ledger.sites[site] if cell != END)

    def _last(self, name: str) -> Binding:
        return self._before(name, len(self._order))

    def _follow_uncalled(self, evaluator: Evaluator, key: DefKey) -> None:
        """Follows a function nobody calls, as if somebody did, knowing nothing of its arguments."""
        scope = self._world.scope(key)
        owner: Value = None
        if scope.is_method and scope.parent is not None:
            of = self._last(scope.parent.name)
            owner = Instance(of) if isinstance(of, Class) and of.key == scope.parent.key else None
        elif any(use.key == key for use in evaluator.findings.uses):
            return  # another function nobody calls does
        evaluator.follow(key, owner)
