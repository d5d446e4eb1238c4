"""Reading a file here, where it is, so that what was read travels instead of its name."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.analysis.scopes import stored_names

from .model import Edit, Fix
from .places import first_line, statement_at
from .subject import ShippedCode

_BUILTINS = frozenset(dir(builtins))
_BOUND_TO_IT = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal)


def read_outside(code: ShippedCode, call: ast.Call) -> Fix | None:
    """Move the statement that reads a file from a body to before its function.

    None where it reads what only the function knows, or gives a name that the notebook uses already. Not safe: it is
    read once, when the cell runs, and what was read has to be something that can be pickled.
    """
    node, cell, evidence = code.facts.node, code.body.cell, code.evidence
    if not isinstance(node, ast.FunctionDef) or statement_at(evidence, cell, node.lineno) is not node:
        return None
    if len(node.body) < 2:
        return None
    held = [each for each in node.body if any(part is call for part in ast.walk(each))]
    if not held or not isinstance(held[0], (ast.Assign, ast.With)):
        return None
    statement = held[0]
    parts = list(ast.walk(statement))
    stored = {part.id for part in parts if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}
    read = {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)} - stored
    lines = evidence.lines(cell)
    written = lines[statement.lineno - 1 : statement.end_lineno]
    if any(map(_is_bound, parts)):
        return None
    if any("\\" in line or '"""' in line or "'''" in line or ";" in line for line in written):
        return None
    imports = list(_imports(code, read))
    known = {name for name, _ in imports}
    if len(known) < len(imports):
        return None  # an import that is tried, with another where it fails
    missing = [name for name in read - known if name not in _BUILTINS and not _is_global(code, name)]
    if missing or not _new(code, stored, parts):
        return None
    at = first_line(node)
    moved = [*dict.fromkeys(text for _, text in imports), *(line[statement.col_offset :] for line in written)]
    end = (statement.end_lineno or statement.lineno) + 1
    edits = (
        Edit(Span(cell, at, 0, at, 0), "".join(f"{line}\n" for line in moved)),
        Edit(Span(cell, statement.lineno, 0, end, 0), ""),
    )
    return Fix("Read it here", False, edits) if end <= len(lines) else None


def _is_bound(part: ast.AST) -> bool:
    """Whether a part of a statement means something only in its function, or changes another object."""
    if isinstance(part, (ast.Attribute, ast.Subscript)):
        return not isinstance(part.ctx, ast.Load)
    return isinstance(part, _BOUND_TO_IT)


def _imports(code: ShippedCode, names: set[str]) -> Iterator[tuple[str, str]]:
    """The names among ``names`` that the body imports, each with the import as a statement of its own."""
    for node in code.facts.imports:
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            if bound in names:
                text = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
                whole = isinstance(node, ast.Import)
                yield bound, f"import {text}" if whole else f"from {getattr(node, 'module', '')} import {text}"


def _is_global(code: ShippedCode, name: str) -> bool:
    """Whether the function has ``name`` of the notebook, from before it."""
    writers = code.evidence.writers.get(name, ())
    if name in code.facts.own or name in code.facts.imported or name in code.body.closed:
        return False
    above = [each for each in code.evidence.tree(code.body.cell).body if each.lineno < code.facts.node.lineno]
    return any(cell < code.body.cell for cell in writers) or any(name in _names(each) for each in above)


def _names(statement: ast.stmt) -> set[str]:
    """The names that a statement binds."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    return stored_names([statement])


def _new(code: ShippedCode, stored: set[str], inside: list[ast.AST]) -> bool:
    """Whether nobody else binds or reads these names, and the function does not bind them again."""
    mine = {id(part) for part in ast.walk(code.facts.node)}
    here = {id(part) for part in inside}
    for name in stored:
        for cell in code.evidence.naming(name):
            for part in ast.walk(code.evidence.tree(cell)):
                if isinstance(part, ast.Name) and part.id == name:
                    if id(part) not in mine:
                        return False
                    if id(part) not in here and not isinstance(part.ctx, ast.Load):
                        return False
    return True
