"""One walk over a body that ships: what the rules ask of it, by kind of node."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from odps_jupyter.analysis.evidence import Evidence
from odps_jupyter.analysis.nodes import children, walk
from odps_jupyter.analysis.parameters import annotations_of, defaults, parameters_of
from odps_jupyter.analysis.scopes import stored_names

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(slots=True)
class Facts:
    """The body of ``node``, decorators and defaults left out: those run in the kernel.

    ``own`` are the names the body, or a function within it, binds itself, imports left out; ``imported`` those import
    statements bind, with the dotted path of what they are; ``first`` the first place that names each name; ``changes``
    what may change an object: assignments and deletions.
    """

    node: Definition
    own: set[str] = field(default_factory=set)
    imported: dict[str, str] = field(default_factory=dict)
    first: dict[str, ast.Name] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    calls: list[ast.Call] = field(default_factory=list)
    attributes: list[ast.Attribute] = field(default_factory=list)
    imports: list[ast.Import | ast.ImportFrom] = field(default_factory=list)
    changes: list[ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete] = field(default_factory=list)
    guarded: set[ast.AST] = field(default_factory=set)
    #: What it gives, and functions within it give; ``nested`` where there are such.
    gives: list[ast.Return | ast.Yield | ast.YieldFrom] = field(default_factory=list)
    nested: bool = False
    raises: bool = False
    _names: frozenset[str] | None = None

    @property
    def names(self) -> frozenset[str]:
        """Every name in the definition: of variables, attributes, keywords and modules, each part by itself."""
        if self._names is None:
            found = {*self.first, *[node.attr for node in self.attributes]}
            found.update([keyword.arg for call in self.calls for keyword in call.keywords if keyword.arg])
            for node in self.imports:
                for path in (*[alias.name for alias in node.names], getattr(node, "module", None) or ""):
                    found.update(path.split("."))
            for part in walk(*self._outside()):
                if isinstance(part, ast.Name):
                    found.add(part.id)
                elif isinstance(part, ast.Attribute):
                    found.add(part.attr)
                elif isinstance(part, ast.keyword) and part.arg:
                    found.add(part.arg)
            self._names = frozenset(found)
        return self._names

    def _outside(self) -> list[ast.expr]:
        """The annotations and defaults of the definition."""
        return [*annotations_of(self.node), *[default for _, default in defaults(self.node.args)]]


#: Nodes that are more than their parts.
_TELLING = frozenset(
    {
        *_DEFINITIONS, ast.Call, ast.Import, ast.ImportFrom, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete,
        ast.ClassDef, ast.ExceptHandler, ast.Global, ast.Nonlocal, ast.Try, ast.Raise, ast.Return, ast.Yield,
        ast.YieldFrom,
    }
)  # fmt: skip


def facts_of(node: Definition) -> Facts:
    """The facts of a function, lambda or method."""
    facts = Facts(node)
    outer: set[str] = set()
    first, read, own, attributes = facts.first, facts.read, facts.own, facts.attributes
    own.update([each.arg for each in parameters_of(node.args)])
    stack: list[Any] = [node.body] if isinstance(node, ast.Lambda) else [*reversed(node.body)]
    while stack:
        part = stack.pop()
        cls = part.__class__
        if cls is ast.Name:
            if part.id not in first:
                first[part.id] = part
            (read if part.ctx.__class__ is ast.Load else own).add(part.id)
            continue
        if cls is ast.Constant:
            continue
        if cls is ast.Attribute:
            attributes.append(part)
            stack.append(part.value)
            continue
        if cls not in _TELLING:
            pass
        elif isinstance(part, ast.Call):
            facts.calls.append(part)
        elif isinstance(part, (ast.Import, ast.ImportFrom)):
            facts.imports.append(part)
            _imported(facts, part)
            continue
        elif isinstance(part, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete)):
            facts.changes.append(part)
            if isinstance(part, ast.AnnAssign):  # its annotation is evaluated in a class alone
                stack += [each for each in (part.value, part.target) if each is not None]
                continue
        elif isinstance(part, (*_DEFINITIONS, ast.ClassDef, ast.ExceptHandler)):
            if isinstance(part, _DEFINITIONS):
                own.update([each.arg for each in parameters_of(part.args)])
                facts.nested = True
            if not isinstance(part, ast.Lambda) and part.name:
                own.add(part.name)
            if isinstance(part, ast.ClassDef):
                stack += [each.annotation for each in part.body if isinstance(each, ast.AnnAssign)]
        elif isinstance(part, (ast.Global, ast.Nonlocal)):
            outer.update(part.names)
            if isinstance(part, ast.Global):
                facts.declared.update(part.names)
        elif isinstance(part, ast.Try):
            if any(map(catches_imports, part.handlers)):
                facts.guarded.update(walk(*part.body))
        elif isinstance(part, ast.Raise):
            facts.raises = True
        elif isinstance(part, (ast.Return, ast.Yield, ast.YieldFrom)):
            facts.gives.append(part)
        inside = children(part)
        inside.reverse()
        stack += inside
    facts.own -= outer
    return facts


def _imported(facts: Facts, node: ast.Import | ast.ImportFrom) -> None:
    for alias in node.names:
        if isinstance(node, ast.Import):
            top = alias.name.partition(".")[0]
            facts.imported[alias.asname or top] = alias.name if alias.asname else top
        elif node.module and not node.level:
            facts.imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"


def catches_imports(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {part.id for part in walk(handler.type) if isinstance(part, ast.Name)}
    return not names.isdisjoint({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


#: Nodes that say where they stand.
_PLACED = (ast.expr, ast.stmt, ast.keyword, ast.arg, ast.excepthandler, ast.pattern)
Loop = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
#: Their decorators stand above them.
_DECORATED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(slots=True)
class CellFacts:
    """A cell's tree, asked by place: lines from 1, columns from 0 in UTF-8 bytes, as `ast` counts.

    Most of a cell is never asked about, so nothing is gathered before a question comes.
    """

    tree: ast.Module
    _facts: dict[tuple[int, int], Facts] = field(default_factory=dict)
    _starts: list[tuple[int, int]] | None = None
    _options: list[tuple[str, ast.Assign]] | None = None
    _imports: list[tuple[ast.Import | ast.ImportFrom, bool]] | None = None
    _stored: dict[str, list[ast.stmt]] | None = None
    _assigned: dict[str, list[ast.Assign]] | None = None

    def definition(self, line: int, column: int) -> Facts:
        """The facts of the function or lambda that begins there."""
        facts = self._facts.get((line, column))
        if facts is None:
            found = _beginning(self._statement((line, column)), line, column)
            # Before Python 3.12 what stands in an f-string has places of its own, outside the f-string's.
            found = found or _beginning(self.around(line, column), line, column)
            found = found or _beginning(walk(self.tree), line, column)
            facts = self._facts[line, column] = facts_of(found[-1])
        return facts

    def _statement(self, place: tuple[int, int]) -> list[ast.stmt]:
        """The statement outside all others that a place lies in, or that ends before it."""
        if self._starts is None:
            self._starts = [(_first_line(each), 0 if _decorated(each) else each.col_offset) for each in self.tree.body]
        number = bisect_right(self._starts, place)
        return self.tree.body[max(0, number - 1) : number]

    def around(self, line: int, column: int) -> list[ast.stmt | ast.expr]:
        """The statements and expressions that a place lies in, outermost first."""
        place = (line, column)
        found: list[ast.stmt | ast.expr] = []
        stack: list[ast.AST] = [*self._statement(place)]
        while stack:
            node = stack.pop()
            if isinstance(node, _PLACED):
                if (node.end_lineno or node.lineno, node.end_col_offset or 0) <= place:
                    continue
                if (node.lineno, node.col_offset) > place:
                    if _decorated(node):
                        stack += children(node)
                    continue
                if isinstance(node, (ast.stmt, ast.expr)):
                    found.append(node)
            stack += children(node)
        return found

    def call(self, line: int, column: int, end_line: int, end_column: int) -> ast.Call | None:
        """The call of exactly that extent."""
        for node in self.around(line, column):
            extent = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
            if isinstance(node, ast.Call) and extent == (line, column, end_line, end_column):
                return node
        return None

    def options(self) -> list[tuple[str, ast.Assign]]:
        """The assignments to attributes, with each as written: ``options.df.libraries``."""
        if self._options is None:
            self._options = [
                (dotted(target), node)
                for node in walk(self.tree)
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Attribute)
            ]
        return self._options

    def storing(self, name: str) -> Sequence[ast.stmt]:
        """The statements outside functions that bind ``name`` by assignment, loops and ``del``, in their order."""
        if self._stored is None:
            self._stored = {}
            for statement in self.tree.body:
                for stored in stored_names([statement]):
                    self._stored.setdefault(stored, []).append(statement)
        return self._stored.get(name, ())

    def assigned(self, name: str) -> Sequence[ast.Assign]:
        """Those of :meth:`storing` that say ``name = ...``, found without a look at what stands within statements."""
        if self._assigned is None:
            self._assigned = {}
            for statement in self.tree.body:
                if isinstance(statement, ast.Assign):
                    for target in {each.id for each in statement.targets if isinstance(each, ast.Name)}:
                        self._assigned.setdefault(target, []).append(statement)
        return self._assigned.get(name, ())

    def imports(self) -> list[tuple[ast.Import | ast.ImportFrom, bool]]:
        """The imports, each with whether an exception handler stands by."""
        if self._imports is None:
            nodes = walk(self.tree)
            tried = [node for node in nodes if isinstance(node, ast.Try) and node.handlers]
            guarded = {part for node in tried for part in walk(*node.body)}
            self._imports = [
                (node, node in guarded) for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))
            ]
        return self._imports


def _decorated(node: ast.AST) -> bool:
    return isinstance(node, _DECORATED) and bool(node.decorator_list)


def _first_line(node: ast.stmt) -> int:
    """The line a statement begins at, with its decorators."""
    decorators = node.decorator_list if isinstance(node, _DECORATED) else ()
    return min([node.lineno, *[decorator.lineno for decorator in decorators]])


def _beginning(nodes: Iterable[ast.AST], line: int, column: int) -> list[Definition]:
    """The functions and lambdas among ``nodes`` that begin at a place."""
    return [
        node for node in nodes if isinstance(node, _DEFINITIONS) and (node.lineno, node.col_offset) == (line, column)
    ]


def dotted(node: ast.expr) -> str:
    """``options.df.libraries`` as written; what stands before the first name is left out."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def root_of(node: ast.expr) -> str | None:
    """The name that the object ``node`` hangs on by attributes and items."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def cell_facts(evidence: Evidence, cell: int) -> CellFacts:
    """The facts of one cell, kept for as long as it stays as it is."""
    held = evidence.held(cell, CellFacts)
    assert isinstance(held, CellFacts)
    return held
