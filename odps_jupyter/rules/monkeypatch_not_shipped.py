"""A module is patched here, and shipped code uses what was patched.

Modules travel by name: the executor imports its own, without the patch.

Example::

    import math
    math.sqrt = lambda v: v ** 0.5 if v > 0 else 0.0
    items.n.map(lambda n: math.sqrt(n))

Fix: define a function in the notebook and call that.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from .facts import dotted
from .model import Diagnostic, span_of
from .subject import ShippedCode, Subject

CODE, KIND = "ODP121", "monkeypatch-not-shipped"
#: A quick look before the tree: most cells assign to no attribute of a name.
_PATCH = re.compile(r"(?P<name>\w+)\.[\w.]+\s*=[^=]")


def check(subject: Subject) -> Iterator[Diagnostic]:
    used = {path: code.journey.name for code in subject.shipped for path in _paths(code)}
    if not used:
        return
    imported: dict[str, str] = {}
    for cell, statements in enumerate(subject.evidence.imports):
        for item in statements:
            imported[item.bound] = item.module if item.member is None else f"{item.module}.{item.member}"
        patched = {match["name"] for match in _PATCH.finditer(subject.evidence.cells[cell].source)}
        if patched.isdisjoint(imported):
            continue
        for node in subject.local_nodes(cell):
            if not isinstance(node, ast.Assign):
                continue
            for target in node.targets:
                path = _patched(target, imported)
                # Of a class of the module, any use of the class sees the patch.
                seen = path if path in used else path.rpartition(".")[0] if path.count(".") > 1 else ""
                if seen in used:
                    message = (
                        f"{path} is patched here alone: the executor imports its own, and {used[seen]} uses that. "
                        "Define a function in the notebook instead."
                    )
                    yield Diagnostic(CODE, KIND, "warning", span_of(cell, node), message, (used[seen],))


def _paths(code: ShippedCode) -> Iterator[str]:
    """What of modules a body uses."""
    for node in (*code.facts.attributes, *code.facts.first.values()):
        path = code.path(node)
        if path is not None and not path.startswith("builtins."):
            yield path


def _patched(target: ast.expr, imported: Mapping[str, str]) -> str:
    """The dotted path of an attribute of something imported; empty for anything else."""
    name, _, rest = dotted(target).partition(".") if isinstance(target, ast.Attribute) else ("", "", "")
    return f"{imported[name]}.{rest}" if name in imported and rest else ""
