"""Returning what a function would have put into an object of the notebook, and putting it there from what returned.

Only where nothing is lost by it: the function does nothing else and returns nothing, it is mapped over one sequence,
and that is executed there and then for the sake of the change.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from odps_jupyter.analysis.evidence import Span

from .model import Edit, Fix
from .runs import Run, alone, behind, kept, run_of
from .subject import ShippedCode
from .tally_fixes import tallied

#: What a container's method that puts one thing in is called, and the one that puts in all of an iterable.
_GATHERING = {"append": "extend", "add": "update"}


def returned(code: ShippedCode, name: str, change: ast.expr | ast.stmt) -> Fix | None:
    """Return what ``change`` puts into ``name``; None where that is not all that the function is for."""
    run = run_of(code)
    if run is None or change.end_lineno != change.lineno:
        return None
    counted = tallied(code, name, change, run)
    if counted is not None or any(map(_gives, ast.walk(code.facts.node))):
        return counted
    if isinstance(change, ast.Call):
        return _gathered(code, name, change, run)
    return _counted(code, name, change, run) if isinstance(change, ast.AugAssign) else None


def _gathered(code: ShippedCode, name: str, change: ast.Call, run: Run) -> Fix | None:
    """``seen.append(v)`` as the last thing a function does."""
    node, function = code.facts.node, change.func
    assert isinstance(node, ast.FunctionDef)
    last = node.body[-1]
    if not isinstance(last, ast.Expr) or last.value is not change or len(change.args) != 1 or change.keywords:
        return None
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return None
    method = _GATHERING.get(function.attr)
    if any(isinstance(part, ast.Return) for part in ast.walk(node)):
        return None  # what ends early would put None in
    if method is None or isinstance(change.args[0], ast.Starred) or not _only_here(code, name):
        return None
    cell = code.body.cell
    edits = [*kept(cell, last, change.args[0]), *run.around(f"{name}.{method}(value for (value,) in ", ")")]
    return Fix(f"Return the value, and put what was returned into {name} here", False, tuple(edits))


def _counted(code: ShippedCode, name: str, change: ast.AugAssign, run: Run) -> Fix | None:
    """``n += 1`` of a global name as the last thing a function does, whatever the conditions."""
    node, cell = code.facts.node, code.body.cell
    assert isinstance(node, ast.FunctionDef)
    declared = [each for each in node.body if isinstance(each, ast.Global)]
    if not isinstance(change.op, ast.Add) or not any(change is each for each in _tails(node.body)):
        return None
    if len(declared) != 1 or declared[0].names != [name] or not _only_here(code, name):
        return None
    given = change.value
    if not isinstance(given, ast.Constant) or type(given.value) not in (int, float) or not alone(code, declared[0]):
        return None
    kind = type(given.value).__name__
    line = declared[0].lineno
    edits = [
        Edit(Span(cell, line, 0, line + 1, 0), ""),
        *kept(cell, change, given),
        behind(run.cell, run.handing.args[0], f", '{kind}'"),
        behind(run.cell, run.handing, ".sum()"),
        *run.around(f"{name} += {kind}(", " or 0)"),
    ]
    return Fix(f"Return what is added, and add the sum to {name} here", False, tuple(edits))


def _gives(part: ast.AST) -> bool:
    """Whether a function that holds ``part`` returns something, or is no plain function."""
    if isinstance(part, ast.Return):
        return part.value is not None and not (isinstance(part.value, ast.Constant) and part.value.value is None)
    return isinstance(part, (ast.Yield, ast.YieldFrom))


def _only_here(code: ShippedCode, name: str) -> bool:
    """Whether the change is all that the function does with ``name``, a global name."""
    named = sum(isinstance(part, ast.Name) and part.id == name for part in ast.walk(code.facts.node))
    return named == 1 and name not in code.body.closed


def _tails(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements behind which a body ends."""
    last = body[-1]
    if isinstance(last, ast.If):
        yield from _tails(last.body)
        if last.orelse:
            yield from _tails(last.orelse)
    else:
        yield last
