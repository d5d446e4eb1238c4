"""Analysis that keeps what it found of each cell, and looks again only at what an edit reaches."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.magics import blank

from .collecting import collector_at_rest
from .course import Course
from .ending import Ending
from .evaluator import Evaluator
from .evidence import Evidence, Since
from .ledger import Ledger
from .live import NOTHING, Live, LiveEvaluator, Stores
from .model import CellError, NotebookModel
from .parts import definitions
from .record import Evaluation
from .render import Renderer
from .scopes import Import
from .sources import Sources
from .syntax import parse
from .values import UNBOUND, Binding
from .world import Base, World

#: Cells compared at once.
_STRETCH = 256


def analyze(cells: Sequence[Cell]) -> NotebookModel:
    """What runs where in ``cells``, in document order, and what each shipped callable takes along."""
    return Analysis().update(cells)


def _syntax_error(error: SyntaxError, source: str) -> CellError:
    """Where Python stopped; it counts characters, from 1, where `ast` counts bytes."""
    lines = source.split("\n")
    line = min(max(error.lineno or 1, 1), len(lines))
    before = lines[line - 1][: max(0, (error.offset or 1) - 1)]
    refused = "\0" in source or error.msg.startswith("too many")  # "nested parentheses", "levels of indentation"
    return CellError(line, len(before.encode("utf-8", "surrogatepass")), error.msg, refused)


def _differing(old: Sequence[Cell], new: Sequence[Cell]) -> list[int]:
    """Where two rows of as many cells differ: most stretches are told to be equal at once, by their objects."""
    found = []
    for start in range(0, len(old), _STRETCH):
        before, now = old[start : start + _STRETCH], new[start : start + _STRETCH]
        if before != now:
            found += [
                start + place for place, cell in enumerate(before) if now[place] is not cell and now[place] != cell
            ]
    return found


class Analysis:
    """The analysis of one notebook over its edits.

    A cell is evaluated again when its source changed, when a global name it reads has another value, or when a function
    of another cell that it followed is written otherwise or elsewhere in that cell.
    """

    def __init__(self) -> None:
        self._world = World()
        self._numbers: dict[tuple[str, int], int] = {}
        self._cells: list[Cell] = []
        self._order: list[int] = []
        self._evaluations: dict[int, Evaluation] = {}
        self._writers: dict[str, list[int]] = {}
        self._ledger = Ledger()
        #: By name the cells that read it from others; by cell those that followed code of it.
        self._readers: defaultdict[str, set[int]] = defaultdict(set)
        self._resting: defaultdict[int, set[int]] = defaultdict(set)
        self._sources = Sources()
        self._since = Since(self, 0, True, frozenset(), frozenset())
        self._course: Course | None = None
        self._live = NOTHING
        self._stores: dict[int, Stores] = {}
        self._quiet: frozenset[int] = frozenset()
        self._model = NotebookModel((), (), (), ())
        self._renderer = Renderer(self._world, self._ledger, self._evaluations, self._writers)
        self._ending = Ending(self._world, self._ledger, self._last, self._renderer.same)

    def update(self, cells: Sequence[Cell], course: Course | None = None, live: Live = NOTHING) -> NotebookModel:
        """The model of ``cells``, of which most are as they were in the last call.

        With a ``course`` that is not the document's, ``cells`` are its entries, and so are those of the model; only the
        texts of reasons count as the document does. ``live`` is what the kernel knows of names the source leaves open.
        """
        same = course == self._course and live == self._live
        self._sources.settle()
        self._course, self._live = course, live
        if not (same and self._edited(list(cells))):
            self._replaced(cells)
        return self._model

    def _edited(self, cells: list[Cell]) -> bool:
        """Follows edits of a few cells; returns whether that is all that happened."""
        old = self._cells
        if len(old) != len(cells):
            return False
        changed = _differing(old, cells)
        if len(changed) > len(cells) // 2 or any(old[index].id != cells[index].id for index in changed):
            return False
        if changed:
            # What is as it was stays the same object.
            self._cells = old.copy()
            for index in changed:
                self._cells[index] = cells[index]
            self._sources.edited(self._cells, changed)
            self._edit(changed)
            for index in changed:
                self._hand_on(self._order[index])
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
        for number in [number for number in self._evaluations if number not in present]:
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
            if evaluation is None or not known or not self._world.holds(evaluation, base):
                evaluation = self._evaluate(number, base)
                self._replace(evaluation)
            for name, value in evaluation.writes.items():
                values[name] = value
                writers.setdefault(name, []).append(index)
        self._ending.everything(self._renderer.indexes, self._quiet)

    def _forget(self, number: int) -> None:
        evaluation = self._evaluations.pop(number)
        self._ledger.remove(evaluation)
        self._unlink(evaluation)
        self._ending.forget(number)
        self._world.forget(number)

    # Edits

    def _edit(self, changed: Sequence[int]) -> None:
        """Cells ``changed`` have another source; everything else stayed."""
        for index in changed:
            self._world.sources[self._order[index]] = self._cells[index].source
        before = {self._order[index]: self._world.written.get(self._order[index]) for index in changed}
        self._note(changed, ())
        indexes = self._renderer.indexes
        todo = set(changed)
        for index in changed:
            todo.update([indexes[cell] for cell in self._resting.get(self._order[index], ()) if cell in indexes])
        ahead = sorted(todo)
        names: set[str] = set()
        while ahead:
            index = heappop(ahead)
            rebound = self._again(index, self._evaluations[self._order[index]])
            names |= rebound
            for name in rebound:
                for cell in self._readers.get(name, ()):
                    reader = indexes.get(cell, -1)
                    if reader > index and reader not in todo:
                        todo.add(reader)
                        heappush(ahead, reader)
        cells = {number for number, written in before.items() if self._world.written.get(number) != written}
        self._ending.follow(indexes, self._quiet, names, cells)

    def _again(self, index: int, before: Evaluation) -> set[str]:
        """Evaluates the cell at ``index`` where its grounds changed; returns the names it binds differently."""

        def base(name: str) -> Binding:
            return self._before(name, index)

        if self._world.holds(before, base):
            return set()
        rebound = set()
        written, scopes = self._world.written.get(before.cell), self._world.scopes[before.cell]
        after = self._evaluate(before.cell, base)
        if self._world.written.get(before.cell) == written:
            # Those who rest on these definitions are not evaluated again: what they found of them stays.
            for was, scope in zip(scopes, after.scopes, strict=False):
                scope.follows = was.follows
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

    def _evaluate(self, number: int, base: Base) -> Evaluation:
        source = self._world.sources[number]
        stores = self._stores.get(number)
        self._world.trees.pop(number, None)
        evaluator = Evaluator(number, source, base, self._world)
        if stores is not None:
            evaluator = LiveEvaluator(number, source, base, self._world, stores)
        try:
            tree = parse(blank(source))
        except SyntaxError as error:
            evaluator.result.error = _syntax_error(error, source)
            return evaluator.result
        except (ValueError, RecursionError, MemoryError) as error:
            # Null bytes (before Python 3.11.4); nesting deeper than the parser's stack.
            why = str(error) if isinstance(error, ValueError) else "nested too deeply"
            evaluator.result.error = CellError(1, 0, f"cannot be parsed: {why}", True)
            return evaluator.result
        try:
            result = evaluator.run(tree)
        except RecursionError:
            failed = Evaluator(number, source, base, self._world).result
            failed.error = CellError(1, 0, "nested too deeply to be analysed", True)
            return failed
        self._world.keep(number, tree)
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
        for cell in {key[0] for site in evaluation.findings.sites for key in definitions(site.target)}:
            self._hand_on(cell)
        self._ending.keep(evaluation)

    def _hand_on(self, cell: int) -> None:
        """Rules will ask for the tree of ``cell``: while it is there it need not be made again."""
        tree = self._world.trees.get(cell)
        if tree is not None:
            self._sources.parsed(self._world.sources[cell], tree)

    def _unlink(self, evaluation: Evaluation) -> None:
        for name in evaluation.reads:
            self._readers[name].discard(evaluation.cell)
        for cell in evaluation.versions:
            self._resting[cell].discard(evaluation.cell)

    # The end of the notebook

    def _last(self, name: str) -> Binding:
        return self._before(name, len(self._order))
