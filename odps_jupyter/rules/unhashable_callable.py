"""A callable instance that cannot be hashed is handed over.

PyODPS keeps the functions of an expression in a dict. An instance of a dataclass that is not frozen, or of a class with
``__eq__`` and no ``__hash__``, ends with ``TypeError: unhashable type``; on pandas it works.

Example::

    @dataclass
    class Exchange:
        rate: float
        def __call__(self, v): return v * self.rate
    orders.price.map(Exchange(0.14))

Fix: write a plain class with an ``__init__``, or give a class with an ``__eq__`` a ``__hash__`` too. A frozen dataclass
can be hashed, but PyODPS cannot pickle it (see ``unpicklable-capture``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Journey, Span
from odps_jupyter.analysis.nodes import walk
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
        message = (
            f"An instance of {journey.name} cannot be hashed, and PyODPS hashes what it ships. Write a plain class "
            "with an __init__."
        )
        yield Diagnostic(
            CODE, KIND, "error", span_of_call(journey), message, (journey.name,), EXECUTOR, _hashed(*found)
        )


def unhashable(subject: Subject, journey: Journey) -> bool:
    """Whether what a journey hands over is an instance that cannot be hashed."""
    found = _class(subject, journey)
    return found is not None and _unhashable(found[1])


def _class(subject: Subject, journey: Journey) -> tuple[int, ast.ClassDef] | None:
    """The class of the instance, with its cell."""
    for cell, line, name in journey.call.target:
        if name == journey.name:
            for node in walk(subject.evidence.tree(cell)):
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


def _hashed(cell: int, node: ast.ClassDef) -> Fix | None:
    """A ``__hash__`` by identity beside ``__eq__``; not safe, as equal instances then hash apart."""
    for part in node.body:
        alone = not isinstance(part, ast.FunctionDef) or not part.decorator_list
        if isinstance(part, ast.FunctionDef) and part.name == "__eq__" and alone and part.lineno > node.lineno:
            at = Span(cell, part.lineno, part.col_offset, part.lineno, part.col_offset)
            text = f"__hash__ = object.__hash__\n\n{' ' * part.col_offset}"
            return Fix("Hash instances by identity", False, (Edit(at, text),))
    return None
