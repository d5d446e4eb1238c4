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
from collections.abc import Iterator

from .model import Diagnostic, span_of
from .subject import Subject

CODE, KIND = "ODP121", "monkeypatch-not-shipped"
#: A quick look before the tree: most cells assign to no attribute of a name.
_PATCH = re.compile(r"(?P<name>\w+)\.\w+\s*=[^=]")


def check(subject: Subject) -> Iterator[Diagnostic]:
    used = {
        path: code.journey.name
        for code in subject.shipped
        for node in code.facts.attributes
        if (path := code.path(node)) is not None
    }
    modules = {path.rpartition(".")[0] for path in used}
    if not modules:
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
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    path = f"{imported.get(target.value.id, '')}.{target.attr}"
                    if path in used:
                        message = (
                            f"{path} is patched here alone: the executor imports its own, and {used[path]} uses that. "
                            "Define a function in the notebook instead."
                        )
                        yield Diagnostic(CODE, KIND, "warning", span_of(cell, node), message, (used[path],))
