"""The end of the notebook: what nobody executed ships as the names are there, and functions nobody calls are followed.

Each call that waits is evaluated by itself, so that an edit takes up again only those it reaches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set

from .catalogue import CANDIDATES
from .evaluator import Evaluator
from .joining import known
from .ledger import END, Ledger
from .record import Evaluation
from .scopes import Scope
from .values import Binding, Class, DefKey, Instance, Site, Value
from .world import World


class Ending:
    """Evaluations of the end, filed in the ``ledger`` like those of cells, under negative numbers.

    ``last`` gives what the cells bind a global name to at the end, ``same`` a definition in every run of its cell.
    """

    def __init__(
        self,
        world: World,
        ledger: Ledger,
        last: Callable[[str], Binding],
        same: Callable[[DefKey], Iterable[DefKey]],
    ) -> None:
        self._world = world
        self._ledger = ledger
        self._last = last
        self._same = same
        self._evaluations: dict[int, Evaluation] = {}
        #: Numbers of the calls that wait.
        self._numbers: dict[Site, int] = {}
        self._next = END - 1
        #: By name and by cell the evaluations that rest on it.
        self._readers: defaultdict[str, set[int]] = defaultdict(set)
        self._resting: defaultdict[int, set[int]] = defaultdict(set)
        #: By cell the functions worth following though nobody calls them, and those of them that nobody does call.
        self._candidates: dict[int, list[DefKey]] = {}
        self._loose: dict[int, list[DefKey]] = {}

    def keep(self, evaluation: Evaluation) -> None:
        """A cell was evaluated anew."""
        candidates = [scope.key for scope in evaluation.scopes if _may_hand_over(scope, evaluation)]
        if candidates:
            self._candidates[evaluation.cell] = candidates
        else:
            self._candidates.pop(evaluation.cell, None)

    def forget(self, cell: int) -> None:
        self._candidates.pop(cell, None)

    def follow(self, indexes: Mapping[int, int], quiet: Set[int], names: Set[str], cells: Set[int]) -> None:
        """Cells bound ``names`` differently, and what is written in ``cells`` is another; all else stayed."""
        stale = set[int]()
        for name in names:
            stale |= self._readers.get(name, set())
        for cell in cells:
            stale |= self._resting.get(cell, set())
        touched, runs = list(self._ledger.waiting), self._ledger.stale_cells
        self._settle(touched, stale, indexes, quiet)
        self._follow_loose(runs | {each for cell in runs for each, _ in self._same((cell, 0))}, stale, indexes, quiet)

    def everything(self, indexes: Mapping[int, int], quiet: Set[int]) -> None:
        """Cells came, went or moved: whatever rests on what changed is taken up again."""
        stale = {number for number, each in self._evaluations.items() if not self._world.holds(each, self._last)}
        self._settle([*self._ledger.unexecuted, *self._numbers], stale, indexes, quiet)
        self._follow_loose(self._candidates.keys() | self._loose.keys(), stale, indexes, quiet)

    def _settle(self, touched: Iterable[Site], stale: Set[int], indexes: Mapping[int, int], quiet: Set[int]) -> None:
        """Brings the evaluations of the calls that wait up to date; ``touched`` may wait now, or no longer."""
        unexecuted, sites, ends = self._ledger.unexecuted, self._ledger.sites, self._ledger.ends
        due = {ends[number] for number in stale if number in ends}
        for site in touched:
            # A cell as it stands made it, and not only an earlier run of it.
            waits = site in unexecuted and any(cell >= 0 and cell not in quiet for cell in sites[site])
            if not waits and site in self._numbers:
                due.discard(site)
                number = self._numbers.pop(site)
                self._drop(number)
                del ends[number]
            elif waits and site not in self._numbers:
                self._numbers[site] = self._next
                ends[self._next] = site
                self._next -= 1
                due.add(site)
        for site in sorted(due, key=lambda site: (indexes.get(site.key[0], 0), site.key, site.role)):
            evaluator = self._begin(self._numbers[site])
            evaluator.execute([site])
            self._put(evaluator)
        self._ledger.waiting.clear()

    def _follow_loose(self, cells: Iterable[int], stale: Set[int], indexes: Mapping[int, int], quiet: Set[int]) -> None:
        """Follows the functions nobody calls, if they are others, or rest on what changed."""
        changed = END in stale
        for cell in cells:
            keys = [] if cell in quiet else self._candidates.get(cell, [])
            loose = [key for key in keys if not self._is_called(key)]
            if loose != self._loose.get(cell, []):
                changed = True
                self._loose[cell] = loose
                if not loose:
                    del self._loose[cell]
        if not changed:
            return
        self._drop(END)
        if not self._loose:
            return
        evaluator = self._begin(END)
        for cell in sorted(self._loose, key=lambda cell: indexes.get(cell, 0)):
            for key in self._loose[cell]:
                self._follow_uncalled(evaluator, key)
        findings = evaluator.findings
        evaluator.execute([site for site in findings.sites if site not in findings.shipments])
        self._put(evaluator)

    def _is_called(self, key: DefKey) -> bool:
        if any(map(self._ledger.is_called, self._same(key))):
            return True
        # A method is followed for its own sake; a function that something which waits takes along was looked at.
        return not self._world.scope(key).is_method and self._ledger.is_used(key)

    def _follow_uncalled(self, evaluator: Evaluator, key: DefKey) -> None:
        """Follows a function nobody calls, as if somebody did, knowing nothing of its arguments."""
        scope = self._world.scope(key)
        owner: Value = None
        if scope.is_method and scope.parent is not None:
            of = known(evaluator.load_global(scope.parent.name))
            owner = Instance(of) if isinstance(of, Class) and of.key == scope.parent.key else None
        elif any(use.key == key for use in evaluator.findings.uses):
            return  # another function nobody calls does
        evaluator.follow(key, owner)

    # Evaluations

    def _begin(self, number: int) -> Evaluator:
        self._drop(number)
        self._world.sources[number] = ""
        return Evaluator(number, "", self._last, self._world)

    def _put(self, evaluator: Evaluator) -> None:
        evaluator.finish()
        evaluation = self._evaluations[evaluator.cell] = evaluator.result
        self._ledger.add(evaluation)
        for name in evaluation.reads:
            self._readers[name].add(evaluation.cell)
        for cell in evaluation.versions:
            self._resting[cell].add(evaluation.cell)

    def _drop(self, number: int) -> None:
        evaluation = self._evaluations.pop(number, None)
        if evaluation is None:
            return
        self._ledger.remove(evaluation)
        for name in evaluation.reads:
            self._readers[name].discard(number)
        for cell in evaluation.versions:
            self._resting[cell].discard(number)
        self._world.forget(number)


def _may_hand_over(scope: Scope, evaluation: Evaluation) -> bool:
    """Whether ``scope`` is worth following though nobody calls it."""
    if scope.kind != "function" or CANDIDATES.isdisjoint(scope.attributes):
        return False
    return (scope.parent is None or scope.is_method) and scope.key not in evaluation.skipped
