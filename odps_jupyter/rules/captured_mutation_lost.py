"""The function changes a captured object; the change stays on the executor.

A captured object is a copy. Under the pandas backend the function runs here and changes the object itself, so that a
notebook that works on a sample means something else on MaxCompute.

Example::

    bad = []
    def check(status):
        if status >= 500:
            bad.append(status)
        return status < 500
    ok = logs.status.map(check)
    print(bad)                     # always empty after a run on MaxCompute

Fix: return what is needed, and aggregate it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odps_jupyter.analysis.values import Binding, Instance, Items, Mapping, OneOf, Opaque

from .model import Diagnostic
from .subject import ShippedCode, Subject

CODE, KIND = "ODP104", "captured-mutation-lost"
MUTATING = frozenset(
    {
        "append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "update", "setdefault", "popitem",
        "add", "discard", "appendleft", "extendleft", "popleft", "subtract", "intersection_update",
        "difference_update", "symmetric_difference_update",
    }
)  # fmt: skip


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for name, node in _mutations(code):
            if name in subject.evidence.writers and _read_here(subject, name):
                message = (
                    f"{name} is a copy on the executor: this change stays there, while on pandas it happens here. "
                    "Return the value and aggregate it."
                )
                yield Diagnostic(CODE, KIND, "warning", code.span(node), message, (code.journey.name,))


def _mutations(code: ShippedCode) -> Iterator[tuple[str, ast.expr | ast.stmt]]:
    """Each change of a captured object, with its name."""
    for call in code.facts.calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in MUTATING:
            name = _captured(code, call.func.value)
            if name is not None:
                yield name, call
    for change in code.facts.changes:
        for target in change.targets if isinstance(change, (ast.Assign, ast.Delete)) else [change.target]:
            if isinstance(target, ast.Name) and target.id in code.facts.declared:
                yield target.id, change
            elif isinstance(target, (ast.Subscript, ast.Attribute)):
                name = _captured(code, target.value)
                if name is not None:
                    yield name, change


def _captured(code: ShippedCode, node: ast.expr) -> str | None:
    """The captured name that the object ``node`` hangs on."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return node.id if _is_data(code.outside(node.id)) else None


def _is_data(value: Binding) -> bool:
    if isinstance(value, OneOf):
        return all(map(_is_data, value.options))
    return isinstance(value, (Opaque, Items, Mapping, Instance))


def _read_here(subject: Subject, name: str) -> bool:
    """Whether code that runs here reads ``name``: a cache that only the function sees loses nothing."""
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for cell, held in enumerate(subject.evidence.cells)
        if name in held.source
        for node in subject.local_nodes(cell)
    )
