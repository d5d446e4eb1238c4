"""What travels with the text of a function or class beside its code: annotations, bases, cached properties."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from odps_jupyter.analysis.evidence import Evidence, Span
from odps_jupyter.analysis.parameters import annotations_of
from odps_jupyter.analysis.values import Binding, Class, Function, Instance

from .carried import found_in
from .edits import quoted
from .facts import cell_facts
from .model import Fix, span_of
from .subject import ShippedCode
from .unloadable import of_name, path_of

#: Python 3.12 left the lock of ``functools.cached_property`` out (What's New in Python 3.12, functools).
_LOCK_UNTIL = (3, 12)
#: What makes objects that PyODPS's pickler takes for classes, and finds no bases in.
_TYPES = frozenset({"TypeVar", "ParamSpec", "TypeVarTuple", "NewType"})
_TYPING = frozenset({"typing", "typing_extensions"})


@dataclass(frozen=True)
class Held:
    """``what`` has no pickle that the executor can load, and travels because of what stands at ``span``."""

    span: Span
    what: str
    how: str
    fix: Fix | None = None


def held_by_text(code: ShippedCode, client: tuple[int, int]) -> Iterator[Held]:
    """What the annotations of a body, and the class it is a method of, take along."""
    node, cell, evidence = code.facts.node, code.body.cell, code.evidence
    later = code.kept(_later)
    if not later:
        for annotation in annotations_of(node):
            yield from _annotation(evidence, cell, annotation, code.body.closed)
    if "." not in code.body.name or not _class_travels(code):
        return
    around = cell_facts(evidence, cell).around(code.body.line, code.body.column)
    owner = around[-2] if len(around) > 1 and around[-1] is node else None
    if not isinstance(owner, ast.ClassDef):
        return
    for base in owner.bases:
        yield from _parameters(evidence, cell, base)
    for part in owner.body:
        if isinstance(part, ast.AnnAssign) and not later:
            yield from _annotation(evidence, cell, part.annotation, frozenset())
        elif isinstance(part, ast.FunctionDef):
            if part is not node and not later:
                for annotation in annotations_of(part):
                    yield from _annotation(evidence, cell, annotation, frozenset())
            for decorator in part.decorator_list if client < _LOCK_UNTIL else ():
                if path_of(evidence, cell, decorator) == "functools.cached_property":
                    how = "Use a property, or compute it in __init__."
                    yield Held(span_of(cell, decorator), f"{part.name} is a cached_property, which holds a lock", how)


def _class_travels(code: ShippedCode) -> bool:
    """Whether a class travels with the callable; a static method handed over takes none along."""
    journey = code.journey
    if not isinstance(journey.target, Function):
        return True
    named = (value for body in journey.bodies for value in body.names.values())
    return any(found_in(value, _is_of_class) is not None for value in named)


def _is_of_class(value: Binding) -> bool | None:
    return True if isinstance(value, (Class, Instance)) else None


def _later(code: ShippedCode) -> bool:
    """Whether annotations stay texts (PEP 563)."""
    return code.evidence.imported("annotations", code.body.cell) == "__future__.annotations"


def _annotation(evidence: Evidence, cell: int, annotation: ast.expr, closed: frozenset[str]) -> Iterator[Held]:
    for part in ast.walk(annotation):
        what = _what(evidence, cell, part.id) if isinstance(part, ast.Name) and part.id not in closed else None
        if what is not None and isinstance(part, ast.Name):
            how = "Annotations travel with the function: quote it."
            yield Held(span_of(cell, part), f"{part.id} is {what}", how, quoted(evidence, cell, annotation))


def _parameters(evidence: Evidence, cell: int, base: ast.expr) -> Iterator[Held]:
    """The type variables in ``Generic[T]``."""
    for part in ast.walk(base) if isinstance(base, ast.Subscript) else ():
        what = _made_type(evidence, cell, part.id) if isinstance(part, ast.Name) else None
        if what is not None and isinstance(part, ast.Name):
            yield Held(span_of(cell, part), f"{part.id} is {what}", "Write the class without type parameters.")


def _what(evidence: Evidence, cell: int, name: str) -> str | None:
    """What a global name of the notebook is, where the executor cannot load it."""
    return _made_type(evidence, cell, name) or of_name(evidence, name)


def _made_type(evidence: Evidence, cell: int, name: str) -> str | None:
    """``T = TypeVar("T")``."""
    cells = evidence.writers.get(name, ())
    stored = cell_facts(evidence, cells[-1]).storing(name) if cells else ()
    last = stored[-1] if stored else None
    if not isinstance(last, ast.Assign) or not isinstance(last.value, ast.Call):
        return None
    module, _, maker = path_of(evidence, cell, last.value.func).rpartition(".")
    return f"a {maker}" if module in _TYPING and maker in _TYPES else None
