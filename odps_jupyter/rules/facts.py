"""One walk over a body that ships: what the rules ask of it, by kind of node."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from odps_jupyter.analysis.evidence import Evidence

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
    raises: bool = False


def facts_of(node: Definition) -> Facts:
    """The facts of a function, lambda or method."""
    facts = Facts(node)
    outer: set[str] = set()
    _arguments(facts, node)
    stack: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(reversed(node.body))
    while stack:
        part = stack.pop()
        if isinstance(part, ast.Name):
            facts.first.setdefault(part.id, part)
            if isinstance(part.ctx, ast.Load):
                facts.read.add(part.id)
            else:
                facts.own.add(part.id)
            continue
        if isinstance(part, ast.Constant):
            continue
        if isinstance(part, ast.Call):
            facts.calls.append(part)
        elif isinstance(part, ast.Attribute):
            facts.attributes.append(part)
        elif isinstance(part, (ast.Import, ast.ImportFrom)):
            facts.imports.append(part)
            _imported(facts, part)
            continue
        elif isinstance(part, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete)):
            facts.changes.append(part)
        elif isinstance(part, (*_DEFINITIONS, ast.ClassDef, ast.ExceptHandler)):
            if isinstance(part, _DEFINITIONS):
                _arguments(facts, part)
            if not isinstance(part, ast.Lambda) and part.name:
                facts.own.add(part.name)
        elif isinstance(part, (ast.Global, ast.Nonlocal)):
            outer.update(part.names)
            if isinstance(part, ast.Global):
                facts.declared.update(part.names)
        elif isinstance(part, ast.Try):
            if any(map(_catches_imports, part.handlers)):
                facts.guarded.update(inner for statement in part.body for inner in ast.walk(statement))
        elif isinstance(part, ast.Raise):
            facts.raises = True
        stack.extend(reversed(list(ast.iter_child_nodes(part))))
    facts.own -= outer
    return facts


def _arguments(facts: Facts, node: Definition) -> None:
    given = node.args
    facts.own.update(each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs))
    facts.own.update(each.arg for each in (given.vararg, given.kwarg) if each is not None)


def _imported(facts: Facts, node: ast.Import | ast.ImportFrom) -> None:
    for alias in node.names:
        if isinstance(node, ast.Import):
            top = alias.name.partition(".")[0]
            facts.imported[alias.asname or top] = alias.name if alias.asname else top
        elif node.module and not node.level:
            facts.imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"


def _catches_imports(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {part.id for part in ast.walk(handler.type) if isinstance(part, ast.Name)}
    return not names.isdisjoint({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


Loop = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_Extent = tuple[int, int, int, int]


@dataclass(slots=True)
class CellFacts:
    """A cell by kind of node: every definition by line and column, every call by its extent, loops, ``options``."""

    definitions: dict[tuple[int, int], Facts] = field(default_factory=dict)
    calls: dict[_Extent, ast.Call] = field(default_factory=dict)
    loops: list[Loop] = field(default_factory=list)
    options: list[tuple[str, ast.Assign]] = field(default_factory=list)


def facts_of_cell(tree: ast.Module) -> CellFacts:
    """One walk over a cell."""
    found = CellFacts()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            extent = (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)
            found.calls[extent] = node
        elif isinstance(node, _DEFINITIONS):
            found.definitions[node.lineno, node.col_offset] = facts_of(node)
        elif isinstance(node, _LOOPS):
            found.loops.append(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute):
                    found.options.append((dotted(target), node))
    return found


def dotted(node: ast.expr) -> str:
    """``options.df.libraries`` as written; what stands before the first name is left out."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def cell_facts(evidence: Evidence, cell: int) -> CellFacts:
    """The facts of one cell, kept for as long as it stays as it is."""
    held = evidence.trees.held(evidence.cells[cell].source, facts_of_cell)
    assert isinstance(held, CellFacts)
    return held
