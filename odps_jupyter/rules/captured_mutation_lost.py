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

Fix: return what is needed, and aggregate it: a column of flags and its sum for a count, ``value_counts`` for a tally,
the rows themselves for a list. Where the function does nothing else, and is mapped and executed for that alone, the fix
returns the value and puts it into the object here, or for a tally in a dict adds the counts to it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odps_jupyter.analysis.attributes import lookup
from odps_jupyter.analysis.nodes import walk
from odps_jupyter.analysis.values import Binding, Class, Function, Instance, Items, Mapping, OneOf, Opaque

from .facts import cell_facts, dotted, root_of
from .model import Diagnostic
from .mutation_fixes import returned
from .subject import ShippedCode, Subject

CODE, KIND = "ODP104", "captured-mutation-lost"
MUTATING = frozenset(
    {
        "append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "update", "setdefault", "popitem",
        "add", "discard", "appendleft", "extendleft", "popleft", "subtract", "intersection_update",
        "difference_update", "symmetric_difference_update",
    }
)  # fmt: skip


#: Methods that a class runs when it, or a class made of it, is defined.
_AT_DEFINITION = frozenset({"__init_subclass__", "__set_name__"})
_METACLASSES = frozenset({"type", "ABCMeta", "EnumMeta", "EnumType"})
#: Libraries whose objects are what the methods above are of; another's ``append`` may return a new object.
_CONTAINERS = ("data", "builtins.", "collections.", "queue.", "array.")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        if code.body.name.rpartition(".")[2] in _AT_DEFINITION or _of_metaclass(code):
            continue  # it ran here when the class was made
        for name, node, attribute in _mutations(code):
            if name in subject.evidence.writers and _read_here(subject, name, attribute):
                message = (
                    f"{name} is a copy on the executor: this change stays there, while on pandas it happens here. "
                    "Return the value and aggregate it."
                )
                fix = returned(code, name, node)
                yield Diagnostic(CODE, KIND, "warning", code.span(node), message, (code.journey.name,), fix=fix)


def _of_metaclass(code: ShippedCode) -> bool:
    """Whether a body is that of a metaclass's ``__new__`` or ``__init__``."""
    if code.body.name.rpartition(".")[2] not in ("__new__", "__init__"):
        return False
    around = cell_facts(code.evidence, code.body.cell).around(code.body.line, code.body.column)
    classes = [node for node in around if isinstance(node, ast.ClassDef)]
    return bool(classes) and any(dotted(base).rpartition(".")[2] in _METACLASSES for base in classes[-1].bases)


def _mutations(code: ShippedCode) -> Iterator[tuple[str, ast.expr | ast.stmt, str | None]]:
    """Each change of a captured object, with its name; of a class or function, and of ``self``, with the attribute."""
    for call in code.facts.calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in MUTATING:
            root = root_of(call.func.value)
            changed = _changed_in(code, call.func.value)
            if changed is not None:
                yield changed[0], call, changed[1]
            elif root is not None and _changed_by(code, code.outside(root), call):
                yield root, call, None
    for change in code.facts.changes:
        for target in change.targets if isinstance(change, (ast.Assign, ast.Delete)) else [change.target]:
            if isinstance(target, ast.Name) and target.id in code.facts.declared:
                yield target.id, change, None
            elif isinstance(target, (ast.Subscript, ast.Attribute)):
                root = root_of(target.value)
                if root is None:
                    continue
                changed = _changed_in(code, target.value) if isinstance(target, ast.Subscript) else None
                if changed is not None:
                    yield changed[0], change, changed[1]
                elif _is_data(code.outside(root)):
                    yield root, change, None
                elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    owner = _owner(code, root)
                    if owner is not None:
                        yield owner, change, target.attr


def _owner(code: ShippedCode, root: str) -> str | None:
    """The name here of the class, function or object that a body calls ``root``; None where it is none."""
    if isinstance(code.outside(root), (Class, Function)):
        return root
    held = _object(code, root)
    return None if held is None else held[0]


def _object(code: ShippedCode, root: str) -> tuple[str, Instance] | None:
    """The object that a method calls ``root``, by its name here: it is handed over, or a body reads it."""
    journey, given = code.journey, code.facts.node.args.args
    if not given or given[0].arg != root:
        return None
    if isinstance(journey.target, Instance) and code.body is journey.bodies[0]:
        return (journey.call.text, journey.target) if journey.call.text.isidentifier() else None
    method = code.body.name.rpartition(".")[2]
    for body in journey.bodies:
        for name, value in body.names.items():
            found = lookup(value.of, method) if isinstance(value, Instance) and name not in body.closed else None
            if isinstance(value, Instance) and isinstance(found, Function) and found.key == code.body.key:
                return name, value
    return None


def _changed_in(code: ShippedCode, container: ast.expr) -> tuple[str, str] | None:
    """The name here and the attribute of the object whose list, dict or set ``container`` is: ``self.seen``."""
    if not isinstance(container, ast.Attribute) or not isinstance(container.value, ast.Name):
        return None
    held = _object(code, container.value.id)
    value = dict(held[1].state).get(container.attr) if held is not None else None
    is_container = isinstance(value, (Items, Mapping)) or (
        isinstance(value, Opaque) and value.origin.startswith(_CONTAINERS)
    )
    return (held[0], container.attr) if held is not None and is_container else None


def _changed_by(code: ShippedCode, owner: Binding, call: ast.Call) -> bool:
    """Whether a call named like a container's method changes ``owner``, or what hangs on it."""
    if not _is_data(owner):
        return False
    assert isinstance(call.func, ast.Attribute)
    direct = isinstance(call.func.value, ast.Name)
    if isinstance(owner, Instance) and direct:
        return lookup(owner.of, call.func.attr) is None
    if isinstance(owner, Opaque) and not owner.origin.startswith(_CONTAINERS):
        # What a library's method returns is not looked at only where the method is there for what it changes.
        return any(isinstance(part, ast.Expr) and part.value is call for part in walk(code.facts.node))
    return True


def _is_data(value: Binding) -> bool:
    if isinstance(value, OneOf):
        return all(map(_is_data, value.options))
    return isinstance(value, (Opaque, Items, Mapping, Instance))


def _read_here(subject: Subject, name: str, attribute: str | None) -> bool:
    """Whether code that runs here reads ``name``: a cache that only the function sees loses nothing."""
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        if attribute is None
        else isinstance(node, ast.Attribute)
        and node.attr == attribute
        and isinstance(node.ctx, ast.Load)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        for cell in subject.evidence.naming(name)
        for node in subject.local_nodes(cell)
    )
