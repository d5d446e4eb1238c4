"""Syntax, standard library or bytecode that the executor's Python lacks.

The function is written for the client's Python and runs on the executor's: what is newer there does not exist.

Example::

    items.n.map(lambda n: math.prod(range(1, n)))   # math.prod came with 3.8, cp37 is 3.7

Fix: write it for the executor's version, or choose a newer one (``odps.sql.python.version``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Span

from .model import EXECUTOR, Diagnostic
from .needs import module_uses
from .newer import may_need_newer, newer
from .setting import is_standard_somewhere
from .subject import ShippedCode, Subject

CODE, KIND = "ODP116", "executor-python-mismatch"


def check(subject: Subject) -> Iterator[Diagnostic]:
    python, profile = subject.setting.profile.python, subject.setting.profile.name
    for code in subject.shipped:
        said = set()
        guarded = {node.lineno for node in code.facts.imports if node in code.facts.guarded}
        source, before = _source(code) if may_need_newer(code.facts, python) else ("", 0)
        for number, what in newer(source, python) if source else ():
            line = code.facts.node.lineno + number - 1 - before
            if line in guarded:
                continue
            said.add(line)
            message = f"{what} is not in Python {python[0]}.{python[1]}, which the executor ({profile}) has."
            width = len(_line(code, line).encode())
            span = Span(code.body.cell, line, width - len(_line(code, line).lstrip().encode()), line, width)
            yield Diagnostic(CODE, KIND, "error", span, message, (code.journey.name,), EXECUTOR)
        for use in module_uses(code):
            if use.guarded or use.span.line in said:
                continue
            if is_standard_somewhere(use.module) and not _is_there(subject, code, use.module):
                message = (
                    f"{use.module} is not in the standard library of Python {python[0]}.{python[1]}, which the "
                    f"executor ({profile}) has."
                )
                yield Diagnostic(CODE, KIND, "error", use.span, message, (code.journey.name,), EXECUTOR)


def _is_there(subject: Subject, code: ShippedCode, module: str) -> bool:
    """Whether the executor has a module all the same, or it is a file of that name, of which other rules speak."""
    setting = subject.setting
    if setting.in_runtime(module) or setting.is_local_file(module):
        return True
    return subject.libraries(code.journey).provides(module, setting) is True


def _line(code: ShippedCode, line: int) -> str:
    return code.evidence.lines(code.body.cell)[line - 1]


def _source(code: ShippedCode) -> tuple[str, int]:
    """The definition as a text that parses, and the number of lines put before it."""
    node = code.facts.node
    if isinstance(node, ast.Lambda):
        return ast.unparse(node), 0
    written = code.evidence.lines(code.body.cell)[node.lineno - 1 : node.end_lineno]
    # Moved to the margin, a line that stands further left than its definition would be cut.
    before = ["if True:"] if written[0][:1].isspace() else []
    return "\n".join((*before, *written)), len(before)
