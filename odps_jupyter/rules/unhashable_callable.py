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

from odps_jupyter.analysis.evidence import Journey, Span
from odps_jupyter.analysis.values import Instance

from .facts import dotted
from .model import EXECUTOR, Diagnostic, Edit, Fix
from .subject import Subject, span_of_call

CODE, KIND = "ODP119", "unhashable-callable"


def check(subject: Subject) -> Iterator[Diagnostic]:
    for journey in subject.journeys:
        if not isinstance(journey.target, Instance):
            continue
        found = _class(subject, journey)
        if found is None or not _unhashable(found[1]):
            continue
        message = f"An instance of {journey.name} cannot be hashed, and PyODPS hashes what it ships. Freeze the class."
        yield Diagnostic(
            CODE, KIND, "error", span_of_call(journey), message, (journey.name,), EXECUTOR, _frozen(*found)
        )


def _class(subject: Subject, journey: Journey) -> tuple[int, ast.ClassDef] | None:
    """The class of the instance, with its cell."""
    for cell, line, name in journey.call.target:
        if name == journey.name:
            for node in ast.walk(subject.evidence.tree(cell)):
                if isinstance(node, ast.ClassDef) and node.lineno == line:
                    return cell, node
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
    decorator = _dataclass(node)
    given = decorator.keywords if isinstance(decorator, ast.Call) else []
    said = {k.arg: k.value.value for k in given if isinstance(k.value, ast.Constant)}
    return decorator is not None and not (said.get("frozen") or said.get("unsafe_hash") or said.get("eq") is False)


def _dataclass(node: ast.ClassDef) -> ast.expr | None:
    """The decorator ``dataclass``, with its call where it is one."""
    for decorator in node.decorator_list:
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        if dotted(named).rpartition(".")[2] == "dataclass":
            return decorator
    return None


def _frozen(cell: int, node: ast.ClassDef) -> Fix | None:
    """``frozen=True``; not safe, as a method may set an attribute. None for a class with an ``__eq__`` of its own."""
    decorator = _dataclass(node)
    if decorator is None or decorator.end_lineno is None or decorator.end_col_offset is None:
        return None
    line, column, text = decorator.end_lineno, decorator.end_col_offset, "(frozen=True)"
    if isinstance(decorator, ast.Call):
        column -= 1
        text = ", frozen=True" if decorator.keywords else "frozen=True"
        if any(keyword.arg == "frozen" for keyword in decorator.keywords):
            return None
    return Fix("Freeze the dataclass", False, (Edit(Span(cell, line, column, line, column), text),))
