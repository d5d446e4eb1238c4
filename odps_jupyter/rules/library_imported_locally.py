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
from collections.abc import Iterator, Sequence

from odps_jupyter.analysis.evidence import Span

from .edits import import_in_body
from .facts import cell_facts
from .libraries import Library
from .model import BOTH, Diagnostic, Edit, Fix, span_of
from .places import reads_of, statement_at
from .references import reference_with
from .setting import Setting, is_installed
from .subject import Notebook

CODE, KIND = "ODP101", "library-imported-locally"
_STEM = re.compile(r"(?P<name>[A-Za-z_][\w-]*?)(?:-\d.*)?\.(?:zip|whl|egg|py|tar|tar\.gz|tgz)$")


def check_notebook(notebook: Notebook) -> Iterator[Diagnostic]:
    evidence, setting = notebook.evidence, notebook.setting
    if not evidence.speaking_of("libraries"):
        return
    provided: dict[str, Library] = {}
    for library in notebook.libraries():
        for module in _modules(setting, library):
            here = is_installed(module) or setting.is_local_file(module)
            # What a DataWorks node references lies beside it.
            if not here and reference_with(evidence, module) is None:
                provided.setdefault(module, library)
    for cell in sorted({cell for module in provided for cell in evidence.naming(module)}):
        facts = cell_facts(evidence, cell)
        for node, guarded in facts.imports():
            if guarded or any(notebook.is_away(cell, part) for part in facts.around(node.lineno, node.col_offset)):
                continue
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for name in names:
                found = provided.get(name.partition(".")[0])
                if found is not None:
                    message = (
                        f"{name} comes only with {found.name}, which libraries= sends to the executor: this "
                        "import runs here and fails. Import it in the body of the function."
                    )
                    fix = _removed(notebook, cell, node)
                    yield Diagnostic(CODE, KIND, "error", span_of(cell, node), message, (), BOTH, fix)


def _removed(notebook: Notebook, cell: int, node: ast.Import | ast.ImportFrom) -> Fix | None:
    """Take the import out, and put it into the bodies that count on it; None where code that runs here does too."""
    evidence = notebook.evidence
    lines = evidence.lines(cell)
    statement = statement_at(evidence, cell, node.lineno)
    if statement is not node or len(node.names) != 1 or node.names[0].name == "*":
        return None
    alias = node.names[0]
    name = alias.asname or alias.name.partition(".")[0]
    edits: list[Edit] = []
    inside: set[int] = set()
    for code in notebook.naming(name):
        inside.update(id(part) for part in ast.walk(code.facts.node))
        if code.reads(name) is not None:
            moved = import_in_body(evidence, code.body.cell, code.facts.node, name, code.outside(name))
            if moved is None:
                return None
            edits += [edit for edit in moved.edits if edit not in edits]
    if any(id(read) not in inside for _, read in reads_of(evidence, name)):
        return None
    gone = _extent(cell, node, lines)
    if gone is None:
        return None
    return Fix(f"Import {name} in the body alone", True, (Edit(gone, ""), *edits))


def _extent(cell: int, node: ast.Import | ast.ImportFrom, lines: Sequence[str]) -> Span | None:
    """A statement with its line; a comment behind it stays. None where another statement shares the line."""
    end, width = node.end_lineno or node.lineno, node.end_col_offset or 0
    rest = lines[end - 1].encode()[width:]
    if rest.strip():
        blank = len(rest) - len(rest.lstrip())
        return Span(cell, node.lineno, 0, end, width + blank) if rest.lstrip().startswith(b"#") else None
    if end < len(lines):
        return Span(cell, node.lineno, 0, end + 1, 0)
    if node.lineno > 1:
        return Span(cell, node.lineno - 1, len(lines[node.lineno - 2].encode()), end, width + len(rest))
    return Span(cell, node.lineno, 0, end, width + len(rest))


def _modules(setting: Setting, library: Library) -> frozenset[str]:
    contents = setting.contents(library.name)
    if contents is not None:
        return contents.modules
    # Nobody here can look inside: a library is mostly called as what it holds.
    stem = _STEM.match(library.name.rpartition("/")[2])
    return frozenset({stem["name"].replace("-", "_")} if stem else ())
