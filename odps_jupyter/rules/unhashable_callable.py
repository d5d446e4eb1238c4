"""A callable instance that cannot be hashed is handed over.

PyODPS keeps the functions of an expression in a dict. An instance of a dataclass that is not frozen, or of a class with
``__eq__`` and no ``__hash__``, ends with ``TypeError: unhashable type``; on pandas it works.

Example::

    @dataclass
    class Exchange:
        rate: float
        def __call__(self, v): return v * self.rate
    orders.price.map(Exchange(0.14))

Fix: ``@dataclass(frozen=True)``, or give the class a ``__hash__``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Journey
from odps_jupyter.analysis.values import Instance

from .model import EXECUTOR, Diagnostic
from .subject import Subject, span_of_call

CODE, KIND = "ODP119", "unhashable-callable"


def check(subject: Subject) -> Iterator[Diagnostic]:
    for journey in subject.evidence.journeys:
        if not isinstance(journey.target, Instance):
            continue
        node = _class(subject, journey)
        if node is not None and _unhashable(node):
            message = (
                f"An instance of {journey.name} cannot be hashed, and PyODPS hashes what it ships. Freeze the class."
            )
            yield Diagnostic(CODE, KIND, "error", span_of_call(journey), message, (journey.name,), EXECUTOR)


def _class(subject: Subject, journey: Journey) -> ast.ClassDef | None:
    for cell, line, name in journey.call.target:
        if name == journey.name:
            for node in ast.walk(subject.evidence.tree(cell)):
                if isinstance(node, ast.ClassDef) and node.lineno == line:
                    return node
    return None


def _unhashable(node: ast.ClassDef) -> bool:
    defined = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
    assigned = {
        target.id
        for part in node.body
        if isinstance(part, ast.Assign)
        for target in part.targets
        if isinstance(target, ast.Name)
    }
    if "__hash__" in defined | assigned:
        return False
    if "__eq__" in defined:
        return True
    for decorator in node.decorator_list:
        given = decorator.keywords if isinstance(decorator, ast.Call) else []
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (isinstance(named, ast.Name) and named.id == "dataclass") or (
            isinstance(named, ast.Attribute) and named.attr == "dataclass"
        ):
            said = {k.arg: k.value.value for k in given if isinstance(k.value, ast.Constant)}
            return not (said.get("frozen") or said.get("unsafe_hash") or said.get("eq") is False)
    return False
