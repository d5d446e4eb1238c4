"""Where names are read in a notebook, and which statements and calls hold a place: what fixes have to know."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Evidence
from odps_jupyter.analysis.model import CallSite
from odps_jupyter.analysis.nodes import walk

from .facts import cell_facts


def reads_of(evidence: Evidence, name: str) -> Iterator[tuple[int, ast.Name]]:
    """Every read of ``name``, with its cell, whatever it means there."""
    for cell in evidence.naming(name):
        for node in walk(evidence.tree(cell)):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                yield cell, node


def statement_at(evidence: Evidence, cell: int, line: int) -> ast.stmt | None:
    """The statement of a cell, outside functions and blocks, that holds a line; None where two share it."""
    held = evidence.tree(cell).body
    found = [each for each in held if first_line(each) <= line <= (each.end_lineno or each.lineno)]
    return found[0] if len(found) == 1 and found[0].col_offset == 0 else None


def first_line(statement: ast.stmt) -> int:
    """The line a statement begins at, with its decorators."""
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return statement.lineno
    return min([statement.lineno, *(decorator.lineno for decorator in statement.decorator_list)])


def handing_call(evidence: Evidence, call: CallSite) -> ast.Call | None:
    """The call that hands a function over, from its receiver on."""
    for node in cell_facts(evidence, call.cell).around(call.end_line, call.end_column - 1):
        if isinstance(node, ast.Call) and (node.end_lineno, node.end_col_offset) == (call.end_line, call.end_column):
            function = node.func
            if isinstance(function, ast.Attribute) and function.attr == call.method:
                return node
    return None
