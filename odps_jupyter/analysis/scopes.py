"""One lean walk over a function, lambda or class: the names it binds, reads and imports, and what it defines."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .frozen import frozen
from .model import Kind
from .nodes import children, walk
from .parameters import FunctionNode, annotations_of, defaults, named_parameters, parameters_of
from .values import DefKey

ScopeNode = FunctionNode | ast.ClassDef | ast.Module


@frozen
class Import:
    """One name of an import statement; ``member`` is what ``from module import member`` takes."""

    module: str
    member: str | None
    bound: str
    line: int


@dataclass(slots=True, eq=False)
class Scope:
    """What one definition does with names. Filled by :func:`scan`, not changed afterwards.

    ``loads`` maps each name read in this scope (comprehensions included, their own targets left out) to its first
    line; ``attributes`` are the names read after a dot, ``called`` those called; ``hidden`` the targets of the
    comprehensions it stands in;
    ``fields`` the annotated names of a class body; ``default_names`` the parameters whose default is a name. ``node``
    is dropped when its cell has not been looked at for a while.
    """

    key: DefKey
    name: str
    kind: Kind
    node: ScopeNode | None
    parent: Scope | None
    line: int = 1
    end_line: int = 1
    column: int = 0
    fields: tuple[str, ...] = ()
    default_names: tuple[tuple[str, str], ...] = ()
    parameters: tuple[str, ...] = ()
    bound: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    loads: dict[str, int] = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    children: list[Scope] = field(default_factory=list)
    annotations: dict[str, int] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    generator: bool = False
    follows: bool | None = None
    _free: dict[str, int] | None = None

    @property
    def is_method(self) -> bool:
        return self.kind == "function" and self.parent is not None and self.parent.kind == "class"

    def free(self) -> dict[str, int]:
        """Names this definition and everything in it read from outside, with the first line of each."""
        if self._free is None:
            names = {name: line for name, line in self.loads.items() if name not in self.bound}
            for child in self.children:
                for name, line in child.free().items():
                    # The body of a class is no enclosing scope for its methods.
                    if name not in child.hidden and (self.kind == "class" or name not in self.bound):
                        names.setdefault(name, line)
            self._free = names
        return self._free

    def evaluated(self) -> dict[str, int]:
        """Names in annotations of the functions within, with the first line of each.

        They are read whenever this runs, but where annotations stay texts (PEP 563), which another cell may say.
        """
        names: dict[str, int] = {}
        for child in self.children:
            for name, line in child.annotations.items():
                if name not in self.bound:
                    names.setdefault(name, line)
            for name, line in child.evaluated().items() if child.children else ():
                if self.kind == "class" or name not in self.bound:
                    names.setdefault(name, line)
        return names

    def beside(self, name: str) -> Scope | None:
        """A function of that name defined beside this, or around it, in the same function: it may be bound later."""
        parent = self.parent
        while parent is not None:
            for child in parent.children:
                if child.name.rpartition(".")[2] == name and child.kind == "function" and parent.kind != "class":
                    return child
            parent = parent.parent
        return None

    def everything(self) -> list[Scope]:
        """This scope and all scopes within it, outermost first."""
        found = [self]
        for child in self.children:
            found.extend(child.everything())
        return found


_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_NO_STORES = frozenset({*_DEFINITIONS, ast.Constant})
#: Expressions whose parts an assignment binds.
_TARGETS = frozenset({ast.Tuple, ast.List, ast.Starred})
#: Nodes that do more than hold others.
_SPECIAL = frozenset(
    {
        *_DEFINITIONS, *_COMPREHENSIONS, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom,
        ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping, ast.AnnAssign,
    }
)  # fmt: skip


class Scanner:
    """Numbers and scans the definitions of one cell, in the order in which they are met."""

    def __init__(self, cell: int) -> None:
        self._cell = cell
        self.scopes: list[Scope] = []
        self.by_node: dict[ast.AST, Scope] = {}

    def scope(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef,
        parent: Scope | None = None,
        hidden: frozenset[str] = frozenset(),
    ) -> Scope:
        """The scope of ``node``, scanned on the first call."""
        found = self.by_node.get(node)
        if found is not None:
            return found
        name: str
        kind: Kind
        if isinstance(node, ast.Lambda):
            name, kind = "lambda", "lambda"
        else:
            name = f"{parent.name}.{node.name}" if parent is not None else node.name
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
        scope = Scope((self._cell, len(self.scopes)), name, kind, node, parent, node.lineno, hidden=hidden)
        scope.end_line, scope.column = node.end_lineno or node.lineno, node.col_offset
        self.scopes.append(scope)
        self.by_node[node] = scope
        if isinstance(node, ast.ClassDef):
            annotated = [part.target for part in node.body if isinstance(part, ast.AnnAssign)]
            scope.fields = tuple([target.id for target in annotated if isinstance(target, ast.Name)])
            self._walk(scope, node.body, frozenset(), scope)
            return scope
        arguments = node.args
        if arguments.defaults or arguments.kw_defaults:
            scope.default_names = tuple(
                [(argument.arg, value.id) for argument, value in defaults(arguments) if isinstance(value, ast.Name)]
            )
        scope.parameters = tuple([argument.arg for argument in named_parameters(arguments)])
        scope.bound.update([argument.arg for argument in parameters_of(arguments)])
        if isinstance(node, ast.Lambda):
            self._walk(scope, [node.body], frozenset(), scope)
        else:
            for annotation in annotations_of(node):
                if annotation.__class__ is not ast.Constant:
                    for part in walk(annotation):
                        if isinstance(part, ast.Name):
                            scope.annotations.setdefault(part.id, part.lineno)
            self._walk(scope, node.body, frozenset(), scope)
        return scope

    def register(self, nodes: Sequence[ast.AST], parent: Scope | None = None) -> list[Scope]:
        """Scans the definitions in code that is not run, so that they are listed."""
        known = len(self.scopes)
        holder = Scope((self._cell, -1), "", "function", ast.Module([], []), None)
        self._walk(holder, nodes, frozenset(), parent)
        return self.scopes[known:]

    def _walk(self, scope: Scope, nodes: Sequence[ast.AST], hidden: frozenset[str], owner: Scope | None) -> None:
        """Visits ``nodes`` for ``scope``; ``hidden`` are the targets of the comprehensions around them."""
        loads, bound, attributes = scope.loads, scope.bound, scope.attributes
        stack: list[Any] = list(nodes)  # told apart by their classes below
        stack.reverse()
        while stack:
            node = stack.pop()
            cls = node.__class__
            if cls is ast.Name:
                name = node.id
                if node.ctx.__class__ is ast.Load:
                    if name not in loads and name not in hidden:
                        loads[name] = node.lineno
                elif name not in scope.outer:
                    bound.add(name)
            elif cls is ast.Constant:
                continue
            elif cls is ast.Attribute:
                attributes.add(node.attr)
                stack.append(node.value)
            elif cls is ast.Call:
                if node.keywords:
                    stack.extend([keyword.value for keyword in reversed(node.keywords)])
                if node.args:
                    stack.extend(reversed(node.args))
                stack.append(node.func)
                if node.func.__class__ is ast.Name:
                    scope.called.add(node.func.id)
            elif cls not in _SPECIAL:
                inside = children(node)
                inside.reverse()
                stack.extend(inside)
            elif isinstance(node, _DEFINITIONS):
                outside = self._definition(scope, node, hidden, owner)
                stack.extend(reversed(outside))
            elif isinstance(node, _COMPREHENSIONS):
                self._comprehension(scope, node, hidden, owner)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                for item in imports(node):
                    scope.imports.append(item)
                    bound.add(item.bound)
            elif isinstance(node, (ast.Global, ast.Nonlocal)):
                scope.outer.update(node.names)
                bound.difference_update(node.names)
                for name in node.names:
                    loads.setdefault(name, node.lineno)
            elif isinstance(node, ast.AnnAssign) and scope.kind != "class":
                # In a function no annotation of a variable is ever evaluated.
                stack.extend([part for part in (node.value, node.target) if part is not None])
            else:
                if isinstance(node, (ast.Yield, ast.YieldFrom)):
                    scope.generator = True
                elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
                    if node.name:
                        bound.add(node.name)
                elif isinstance(node, ast.MatchMapping) and node.rest:
                    bound.add(node.rest)
                inside = children(node)
                inside.reverse()
                stack.extend(inside)

    def _definition(
        self,
        scope: Scope,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef,
        hidden: frozenset[str],
        owner: Scope | None,
    ) -> list[ast.expr]:
        """Scans a definition met in ``scope``; returns the expressions of it that ``scope`` itself evaluates."""
        child = self.scope(node, owner, hidden)
        scope.children.append(child)
        outside: list[ast.expr] = []
        if not isinstance(node, ast.Lambda):
            scope.bound.add(node.name)
            outside += node.decorator_list
        if isinstance(node, ast.ClassDef):
            outside += node.bases
            outside += [keyword.value for keyword in node.keywords]
        else:
            outside += node.args.defaults
            outside += [default for default in node.args.kw_defaults if default is not None]
        return outside

    def _comprehension(
        self,
        scope: Scope,
        node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
        hidden: frozenset[str],
        owner: Scope | None,
    ) -> None:
        for generator in node.generators:
            self._walk(scope, [generator.iter], hidden, owner)
            hidden |= {part.id for part in walk(generator.target) if isinstance(part, ast.Name)}
            self._walk(scope, generator.ifs, hidden, owner)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._walk(scope, parts, hidden, owner)


def imports(node: ast.Import | ast.ImportFrom) -> list[Import]:
    """The names an import statement binds; ``from m import *`` binds ``*``."""
    if isinstance(node, ast.Import):
        return [
            Import(alias.name, None, alias.asname or alias.name.partition(".")[0], node.lineno) for alias in node.names
        ]
    module = "." * node.level + (node.module or "")
    return [Import(module, alias.name, alias.asname or alias.name, node.lineno) for alias in node.names]


def stored_names(nodes: Sequence[ast.AST], *, walrus: bool = True) -> set[str]:
    """The names that statements bind by assignment, loops and ``del`` (those within definitions left out).

    What a comprehension loops over is its own, what ``:=`` binds in one is not. Where there is known to be no
    ``walrus`` (``:=``) in them, expressions bind nothing and are passed over.
    """
    names: set[str] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        cls = node.__class__
        if cls is ast.Name:
            assert isinstance(node, ast.Name)
            if node.ctx.__class__ is not ast.Load:
                names.add(node.id)
        elif not walrus and cls not in _TARGETS and isinstance(node, ast.expr):
            continue
        elif cls in _COMPREHENSIONS:
            stack += [part.target for part in walk(node) if isinstance(part, ast.NamedExpr)]
        elif cls not in _NO_STORES:
            stack.extend(children(node))
    return names
