"""A package that only ``libraries=`` provides is imported in code that runs here.

``libraries=`` reaches the executor; the kernel has no such package, so the import ends with ``ModuleNotFoundError``
before anything is submitted.

Example::

    import geohash_lite
    users.city.map(encode).execute(libraries=['geohash_lite.zip'])

Fix: import it in the body of the function alone, or install it here too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .libraries import Library
from .model import BOTH, Diagnostic, span_of
from .setting import is_installed
from .subject import Subject

CODE, KIND = "ODP101", "library-imported-locally"
_STEM = re.compile(r"(?P<name>[A-Za-z_][\w-]*?)(?:-\d.*)?\.(?:zip|whl|egg|py|tar|tar\.gz|tgz)$")


def check(subject: Subject) -> Iterator[Diagnostic]:
    setting = subject.setting
    provided = {
        module: library
        for journey in subject.evidence.journeys
        for library in subject.libraries(journey).libraries
        for module in _modules(subject, library)
    }
    if not provided:
        return
    for cell in range(len(subject.evidence.cells)):
        if not any(module in subject.evidence.cells[cell].source for module in provided):
            continue
        guarded = _guarded(subject.evidence.tree(cell))
        for node in subject.local_nodes(cell):
            if not isinstance(node, (ast.Import, ast.ImportFrom)) or node in guarded:
                continue
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for name in names:
                top = name.partition(".")[0]
                if top in provided and not is_installed(top) and not setting.is_local_file(top):
                    message = (
                        f"{name} comes only with {provided[top].name}, which libraries= sends to the executor: this "
                        "import runs here and fails. Import it in the body of the function."
                    )
                    fails = BOTH
                    yield Diagnostic(CODE, KIND, "error", span_of(cell, node), message, (), fails)


def _modules(subject: Subject, library: Library) -> frozenset[str]:
    contents = subject.setting.contents(library.name)
    if contents is not None:
        return contents.modules
    # Nobody here can look inside: a library is mostly called as what it holds.
    stem = _STEM.match(library.name.rpartition("/")[2])
    return frozenset({stem["name"].replace("-", "_")} if stem else ())


def _guarded(tree: ast.Module) -> set[ast.AST]:
    return {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and node.handlers
        for statement in node.body
        for part in ast.walk(statement)
    }
