"""Edits that give the executor what it lacks: ``libraries=`` and ``resources=`` of a call, and the option with them."""

from __future__ import annotations

import ast
import re

from odps_jupyter.analysis.evidence import Evidence, Journey, Span

from .facts import cell_facts
from .libraries import supersedes
from .model import Edit, Fix, span_of
from .setting import Setting

#: Calls that execute an expression and take ``libraries=``.
_EXECUTING = frozenset({"execute", "persist", "head", "tail", "to_pandas"})
#: Closing brackets, with what may stand between them.
_BRACKETS = re.compile(rb"(?:(?:\s|#[^\n]*\n)*\))*")


def with_library(evidence: Evidence, journey: Journey, library: str, setting: Setting, *, safe: bool) -> Fix | None:
    """Name ``library`` in ``libraries=`` of the call that executes, NumPy first; None where it cannot be written there.

    A library that brings NumPy along has to win over the executor's own: ``supersede_libraries = False`` becomes True.
    """
    execution = journey.execution
    if execution is None or evidence.speaking_of("Delay("):
        return None
    extent = (execution.line, execution.column, execution.end_line, execution.end_column)
    call = cell_facts(evidence, execution.cell).call(*extent)
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in _EXECUTING:
        return None
    contents = setting.contents(library)
    has_numpy = contents is not None and "numpy" in contents.modules
    edit = added_to(evidence, execution.cell, call, "libraries", repr(library), first=has_numpy)
    if edit is None:
        return None
    edits = [edit]
    said = supersedes(evidence, journey) if has_numpy else None
    if said is not None and isinstance(said[1], ast.Constant) and not said[1].value:
        edits.append(Edit(span_of(*said), "True"))
    return Fix(f"Name {library} in libraries=", safe, tuple(edits))


def added_to(
    evidence: Evidence, cell: int, call: ast.Call, keyword: str, item: str, *, first: bool = False
) -> Edit | None:
    """``keyword=[item]`` in a call, or ``item`` in the literal list that stands there; None for any other value."""
    given = next((each.value for each in call.keywords if each.arg == keyword), None)
    if given is None:
        parts: list[ast.expr] = [*call.args, *(each.value for each in call.keywords)]
        if not parts:
            line, column = _end(call)
            return _insert(cell, line, column - 1, f"{keyword}=[{item}]")
        last = max(parts, key=_end)
        if isinstance(last, ast.GeneratorExp) and len(parts) == 1:
            return None
        return _insert(cell, *_behind(evidence, cell, call, last), f", {keyword}=[{item}]")
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        items = [item, repr(given.value)] if first else [repr(given.value), item]
        return Edit(span_of(cell, given), f"[{', '.join(items)}]")
    if isinstance(given, ast.List) and not given.elts:
        return Edit(span_of(cell, given), f"[{item}]")
    if isinstance(given, ast.List) and first:
        return _insert(cell, given.elts[0].lineno, given.elts[0].col_offset, f"{item}, ")
    if isinstance(given, ast.List):
        return _insert(cell, *_end(given.elts[-1]), f", {item}")
    return None


def _behind(evidence: Evidence, cell: int, call: ast.Call, last: ast.expr) -> tuple[int, int]:
    """Behind the last argument, with the brackets that stand around it."""
    line, column = _end(last)
    end_line, end_column = _end(call)
    lines = [text.encode() for text in evidence.lines(cell)[line - 1 : end_line]]
    lines[-1] = lines[-1][: end_column - 1]
    rest = b"\n".join(lines)[column:]
    brackets = _BRACKETS.match(rest)
    taken = brackets[0] if brackets is not None else b""
    below = taken.count(b"\n")
    return line + below, len(taken) - taken.rfind(b"\n") - 1 if below else column + len(taken)


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _insert(cell: int, line: int, column: int, text: str) -> Edit:
    return Edit(Span(cell, line, column, line, column), text)
