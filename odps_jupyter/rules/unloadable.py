"""Classes of the notebook that PyODPS does not pickle whole, so that the executor cannot load them.

Seen with PyODPS 0.13.2 and its copy of cloudpickle on 3.11. A class is looked at as a value where one travels, and in
the text where an annotation names it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from odps_jupyter.analysis.attributes import lookup
from odps_jupyter.analysis.evidence import Evidence
from odps_jupyter.analysis.values import Class, Const, Literals, Member

from .facts import dotted

DATACLASS = "a dataclass"
_SLOTTED = "a class with __slots__"
#: What a class with such a base is.
_BASES = {
    **{f"enum.{name}": "an enumeration" for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum")},
    "typing.TypedDict": "a TypedDict",
    "typing_extensions.TypedDict": "a TypedDict",
}
#: All but dataclasses, which have no pickle at all.
LEFT_OUT = frozenset({_SLOTTED, *_BASES.values()})
#: Deeper than this no base is looked up, so that classes that inherit each other end.
_DEPTH = 8


def of_value(of: Class) -> str | None:
    """What a class is, where the executor cannot load it."""
    inherited = [
        of_value(base) if isinstance(base, Class) else _BASES.get(base.path)
        for base in of.bases
        if isinstance(base, (Class, Member))
    ]
    slots = dict(of.attributes).get("__slots__")
    names = slots.values if isinstance(slots, Literals) else slots.value if isinstance(slots, Const) else None
    return _what(lookup(of, "__dataclass_fields__") is not None, inherited, names)


def of_name(evidence: Evidence, name: str, depth: int = 0) -> str | None:
    """What the class of the notebook that a global name is bound to is, where the executor cannot load it."""
    cells = evidence.writers.get(name, ())
    body = evidence.tree(cells[-1]).body if cells else ()
    node = next((each for each in reversed(body) if isinstance(each, ast.ClassDef) and each.name == name), None)
    if node is None or depth > _DEPTH:
        return None
    cell = cells[-1]
    decorators = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    inherited = [
        _BASES.get(path_of(evidence, cell, base))
        or (of_name(evidence, base.id, depth + 1) if isinstance(base, ast.Name) else None)
        for base in node.bases
    ]
    is_dataclass = "dataclasses.dataclass" in [path_of(evidence, cell, each) for each in decorators]
    return _what(is_dataclass, inherited, next(filter(None, map(_slots, node.body)), None))


def path_of(evidence: Evidence, cell: int, node: ast.expr) -> str:
    """The dotted path of what an expression names in a library; empty where it names none."""
    first, _, rest = dotted(node).partition(".")
    module = evidence.imported(first, cell) if first else None
    return "" if module is None else f"{module}.{rest}" if rest else module


def _what(is_dataclass: bool, inherited: Iterable[str | None], slots: object) -> str | None:
    """What a class is by what its bases are and what ``__slots__`` names: an empty one leaves nothing out."""
    return DATACLASS if is_dataclass else next(filter(None, inherited), _SLOTTED if slots else None)


def _slots(part: ast.stmt) -> object:
    """The literal that a statement of a class's body gives ``__slots__``; None where it gives none."""
    targets = part.targets if isinstance(part, ast.Assign) else [part.target] if isinstance(part, ast.AnnAssign) else []
    value = part.value if isinstance(part, (ast.Assign, ast.AnnAssign)) else None
    if value is None or [dotted(target) for target in targets] != ["__slots__"]:
        return None
    try:
        return ast.literal_eval(value)
    except ValueError:
        return None  # no literal: how many it names is not known
