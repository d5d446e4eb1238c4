"""A tally in a captured dict, counted there and added up here.

Only of what a function is given and returns as it is: what it would make of a value could be of another type than the
column.
"""

from __future__ import annotations

import ast

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.analysis.values import Opaque

from .model import Edit, Fix, span_of
from .runs import Run, alone, behind
from .subject import ShippedCode

#: Dicts that have a value for every key; of any other ``counts[v] += 1`` fails at the first.
_COUNTING = frozenset({"collections.Counter", "collections.defaultdict"})
_KEY, _NUMBER = "_key", "_n"


def tallied(code: ShippedCode, name: str, change: ast.expr | ast.stmt, run: Run) -> Fix | None:
    """Count with ``value_counts``, and add that to ``name``; None where the function does anything else."""
    node, cell, evidence = code.facts.node, code.body.cell, code.evidence
    if isinstance(node, ast.Lambda) or node.returns is not None or name in code.body.closed:
        return None  # an annotated result may be of another type than the column
    if len(node.args.args) != 1 or ast.unparse(node.args) != node.args.args[0].arg:
        return None
    value = node.args.args[0].arg
    if not isinstance(change, ast.stmt) or not _counts(code, name, change, value):
        return None
    body = node.body[1:] if _is_text(node.body[0]) else node.body
    given = body[1] if len(body) == 2 else None
    if body[0] is not change or len(body) > 2 or (given is not None and not _returns(given, value)):
        return None
    if not _has_a_name(run.handing) or evidence.naming(_KEY) or evidence.naming(_NUMBER):
        return None
    end = span_of(run.cell, run.statement)
    rest = evidence.lines(run.cell)[end.end_line - 1].encode()[end.end_column :].strip()
    if (rest and not rest.startswith(b"#")) or not alone(code, change):
        return None
    if given is None:
        changed = [Edit(span_of(cell, change), f"return {value}")]
    else:
        changed = [Edit(Span(cell, change.lineno, 0, change.lineno + 1, 0), "")]
    add = f"\n    {name}[{_KEY}] = {name}.get({_KEY}, 0) + int({_NUMBER})"
    line = len(evidence.lines(run.cell)[end.end_line - 1].encode())
    below = [Edit(Span(run.cell, end.end_line, line, end.end_line, line), add)] if rest else []
    edits = [
        *changed,
        # Sorted, MaxCompute would give the first 10,000 alone.
        behind(run.cell, run.handing, ".value_counts(sort=False)"),
        *run.around(f"for {_KEY}, {_NUMBER} in ", ":" if rest else f":{add}"),
        *below,
    ]
    return Fix(f"Count the values there, and add the counts to {name} here", False, tuple(edits))


def _counts(code: ShippedCode, name: str, change: ast.stmt, value: str) -> bool:
    """Whether a statement is ``counts[v] = counts.get(v, 0) + 1`` or, where every key has a value, ``+= 1``."""
    if ast.unparse(change) == f"{name}[{value}] = {name}.get({value}, 0) + 1":
        return True
    held = code.outside(name)
    counting = isinstance(held, Opaque) and held.origin in _COUNTING
    return counting and ast.unparse(change) == f"{name}[{value}] += 1"


def _returns(statement: ast.stmt, value: str) -> bool:
    return isinstance(statement, ast.Return) and isinstance(statement.value, ast.Name) and statement.value.id == value


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _has_a_name(handing: ast.Call) -> bool:
    """Whether what is mapped is a column that is not called as the column of its counts will be."""
    owner = handing.func.value if isinstance(handing.func, ast.Attribute) else None
    if isinstance(owner, ast.Subscript):
        return isinstance(owner.slice, ast.Constant) and owner.slice.value != "count"
    return isinstance(owner, ast.Attribute)
