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
from functools import lru_cache

from odps_jupyter.analysis.evidence import Evidence

from .facts import cell_facts
from .model import Diagnostic, span_of
from .subject import Notebook
from .unloadable import path_of

CODE, KIND = "ODP121", "monkeypatch-not-shipped"
#: A quick look before the tree: most cells assign to no attribute but those of ``self``.
_PATCH = re.compile(r"\.(?<!\bself\.)(?<!\bcls\.)\s*\w+\s*=(?!=)")
_PATCHED = re.compile(r"(\w+)\s*\.[\w.\s]+=(?!=)")


@lru_cache(maxsize=1024)
def _patched(source: str) -> frozenset[str]:
    """The names on whose attributes a cell may assign something."""
    return frozenset([match[1] for match in _PATCHED.finditer(source)])


def check_notebook(notebook: Notebook) -> Iterator[Diagnostic]:
    evidence = notebook.evidence
    for cell in evidence.matching(_PATCH):
        if not any(evidence.imported(name, cell) for name in _patched(evidence.cells[cell].source)):
            continue
        facts = cell_facts(evidence, cell)
        for written, node in facts.options():
            name, _, rest = written.partition(".")
            module = evidence.imported(name, cell)
            if module is None or any(
                notebook.is_away(cell, part) for part in facts.around(node.lineno, node.col_offset)
            ):
                continue
            path = f"{module}.{rest}"
            if _puts_back(evidence, cell, node.value, path):
                continue
            # Of a class of the module, any use of the class sees the patch.
            owner = path.rpartition(".")[0] if path.count(".") > 1 else path
            user = notebook.user(path) or notebook.user(owner)
            if user is not None:
                message = (
                    f"{path} is patched here alone: the executor imports its own, and {user} uses that. "
                    "Define a function in the notebook instead."
                )
                yield Diagnostic(CODE, KIND, "warning", span_of(cell, node), message, (user,))


def _puts_back(evidence: Evidence, cell: int, value: ast.expr, path: str) -> bool:
    """Whether ``value`` is a name that was given what ``path`` was before the patch."""
    given = [
        each.value
        for index in (evidence.writers.get(value.id, ()) if isinstance(value, ast.Name) else ())
        if index <= cell and isinstance(value, ast.Name)
        for each in cell_facts(evidence, index).assigned(value.id)
    ]
    return any(path_of(evidence, cell, each) == path for each in given)
