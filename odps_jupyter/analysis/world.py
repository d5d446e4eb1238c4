"""What the evaluations of all cells of one notebook share."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from odps_jupyter.notebook.magics import blank

from .record import Evaluation, SiteText, Summary, Written
from .scopes import Scope, ScopeNode
from .syntax import parse
from .values import Binding, DefKey, Site

#: What a global name was bound to.
Base: TypeAlias = Callable[[str], Binding]
#: Cells evaluated last whose trees are kept.
_LAST = 2
#: Cells whose functions others followed and whose trees are kept.
_FOLLOWED = 32
#: Calls whose results are kept, for all cells together.
_SUMMARIES = 20_000


@dataclass(slots=True, eq=False)
class World:
    """Scopes and sources by cell, results of calls by what was called with what, and where each site is written.

    ``written`` is what others follow of each evaluated cell that defines or hands over something. ``trees`` are those
    of the cells evaluated last, of which ``followed`` are kept longer: those that other cells follow. Trees are most of
    what an analysis would hold, and Python makes the next tree fastest where it has just dropped one.
    """

    scopes: dict[int, list[Scope]] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    written: dict[int, Written] = field(default_factory=dict)
    summaries: dict[tuple[object, ...], Summary] = field(default_factory=dict)
    texts: dict[Site, SiteText] = field(default_factory=dict)
    trees: dict[int, ast.Module] = field(default_factory=dict)
    followed: dict[int, None] = field(default_factory=dict)

    def scope(self, key: DefKey) -> Scope:
        return self.scopes[key[0]][key[1]]

    def node(self, key: DefKey) -> ScopeNode:
        """The tree of a definition, parsed again where it was dropped."""
        node = self.scope(key).node
        if node is None:
            self._restore(key[0])
            node = self.scope(key).node
        elif key[0] in self.trees:
            self.followed[key[0]] = None
        assert node is not None
        return node

    def holds(self, evaluation: Evaluation, base: Base) -> bool:
        """Whether nothing that ``evaluation`` rests on has changed; ``base`` is what names are before it."""
        sources = self.sources
        if evaluation.source is not sources[evaluation.cell] and evaluation.source != sources[evaluation.cell]:
            return False
        written = self.written
        for cell, version in evaluation.versions.items():
            if written.get(cell) is not version and written.get(cell) != version:
                return False
        for name, value in evaluation.reads.items():
            found = base(name)
            if found is not value and found != value:
                return False
        return True

    def forget(self, cell: int) -> None:
        """The cell went."""
        self.sources.pop(cell, None)
        self.scopes.pop(cell, None)
        self.written.pop(cell, None)
        self.trees.pop(cell, None)
        self.followed.pop(cell, None)

    def _restore(self, cell: int) -> None:
        places = {(scope.line, scope.column, scope.kind == "lambda"): scope for scope in self.scopes[cell]}
        for node in ast.walk(parse(blank(self.sources[cell]))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
                places[node.lineno, node.col_offset, isinstance(node, ast.Lambda)].node = node
        self.followed[cell] = None

    def keep(self, cell: int, tree: ast.Module) -> None:
        """Keeps the tree of a cell evaluated just now, if it defines something, and drops older ones."""
        trees, followed = self.trees, self.followed
        trees.pop(cell, None)
        if not self.scopes[cell]:
            return
        trees[cell] = tree
        if len(trees) > _LAST:
            oldest = next(iter(trees))
            del trees[oldest]
            if oldest not in followed:
                self._drop(oldest)
        while len(followed) > _FOLLOWED:
            oldest = next(iter(followed))
            del followed[oldest]
            if oldest not in trees:
                self._drop(oldest)
        if len(self.summaries) > _SUMMARIES:
            self.summaries.clear()

    def _drop(self, cell: int) -> None:
        for scope in self.scopes.get(cell, ()):
            scope.node = None
