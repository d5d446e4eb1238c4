"""Edits of cells: made by rules, applied to sources."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from odps_jupyter.analysis.evidence import Evidence, Span
from odps_jupyter.analysis.values import Binding, Member, Module

from .facts import Definition
from .model import Edit, Fix


def apply(sources: Sequence[str], fixes: Iterable[Fix]) -> tuple[list[str], list[Fix]]:
    """The cells with ``fixes`` applied, and those that were: of two that touch the same text the first."""
    edited: list[str] = list(sources)
    taken: list[Edit] = []
    done: list[Fix] = []
    for fix in fixes:
        fresh = [edit for edit in fix.edits if edit not in taken]
        if any(_overlap(edit.span, other.span) for edit in fresh for other in taken):
            continue
        taken += fresh
        done.append(fix)
    for edit in sorted(taken, key=lambda edit: (edit.span.cell, edit.span.line, edit.span.column), reverse=True):
        edited[edit.span.cell] = _replaced(edited[edit.span.cell], edit)
    return edited, done


def import_in_body(evidence: Evidence, cell: int, node: Definition, name: str, value: Binding) -> Fix | None:
    """Import what ``name`` is as the first statement of a body; None where the body has no line of its own."""
    statement = _import_statement(name, value)
    return None if statement is None else _put_first(evidence, cell, node, [statement], f"Import {name} in the body")


def copied_into_body(evidence: Evidence, cell: int, node: Definition, statement: ast.stmt, at: int) -> Fix | None:
    """Say ``statement`` of the cell ``at``, an import with what stands in for it, again as the first of a body."""
    lines = evidence.lines(at)[statement.lineno - 1 : statement.end_lineno]
    if statement.col_offset or any("\\" in line or '"""' in line or "'''" in line for line in lines):
        return None
    return _put_first(evidence, cell, node, lines, "Import it in the body")


def _put_first(evidence: Evidence, cell: int, node: Definition, statement: Sequence[str], title: str) -> Fix | None:
    """Lines of code before the first statement of a body, its docstring left out."""
    if isinstance(node, ast.Lambda):
        return None
    docstring = (
        len(node.body) > 1 and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
    )
    first = node.body[1 if docstring else 0]
    line = evidence.lines(cell)[first.lineno - 1]
    indent = line[: len(line) - len(line.lstrip())]
    if len(indent.encode()) != first.col_offset:
        return None
    at = Span(cell, first.lineno, 0, first.lineno, 0)
    written = "".join(f"{indent}{each}\n" if each.strip() else "\n" for each in statement)
    return Fix(title, True, (Edit(at, written),))


def held_by_factory(cell: int, node: Definition, names: Sequence[str]) -> Fix:
    """Let a lambda around the lambda ``node`` hold what ``names`` are now."""
    held = ", ".join(names)
    end_line, end = node.end_lineno or node.lineno, node.end_col_offset or 0
    before = Edit(Span(cell, node.lineno, node.col_offset, node.lineno, node.col_offset), f"(lambda {held}: ")
    after = Edit(Span(cell, end_line, end, end_line, end), f")({held})")
    return Fix(f"Hold {held} in a function around it", False, (before, after))


def wrapped_in_lambda(evidence: Evidence, cell: int, argument: ast.expr, parameter: str) -> Fix | None:
    """Put ``lambda v: argument(v)`` in the place of ``argument``; None where it spans lines."""
    if argument.end_lineno != argument.lineno or argument.end_col_offset is None:
        return None
    line = evidence.lines(cell)[argument.lineno - 1].encode()
    written = line[argument.col_offset : argument.end_col_offset].decode()
    at = Span(cell, argument.lineno, argument.col_offset, argument.lineno, argument.end_col_offset)
    return Fix("Wrap it in a lambda", True, (Edit(at, f"lambda {parameter}: {written}({parameter})"),))


def quoted(evidence: Evidence, cell: int, annotation: ast.expr) -> Fix | None:
    """Write an annotation as a text; None where it has quotes of its own or spans lines."""
    if annotation.end_lineno != annotation.lineno or annotation.end_col_offset is None:
        return None
    line = evidence.lines(cell)[annotation.lineno - 1].encode()
    written = line[annotation.col_offset : annotation.end_col_offset].decode()
    mark = next((mark for mark in ('"', "'") if mark not in written and "\\" not in written), None)
    if mark is None:
        return None
    at = Span(cell, annotation.lineno, annotation.col_offset, annotation.lineno, annotation.end_col_offset)
    return Fix("Quote the annotation", True, (Edit(at, f"{mark}{written}{mark}"),))


def _import_statement(name: str, value: Binding) -> str | None:
    if isinstance(value, Module):
        if value.path == name or value.needed.partition(".")[0] == name:
            return f"import {value.needed}"
        return f"import {value.path} as {name}"
    if isinstance(value, Member):
        return f"from {value.module} import {value.name}" + ("" if value.name == name else f" as {name}")
    return None


def _replaced(source: str, edit: Edit) -> str:
    lines = source.split("\n")
    span = edit.span
    before = lines[span.line - 1].encode("utf-8", "surrogatepass")[: span.column]
    after = lines[span.end_line - 1].encode("utf-8", "surrogatepass")[span.end_column :]
    middle = before.decode("utf-8", "surrogatepass") + edit.text + after.decode("utf-8", "surrogatepass")
    return "\n".join([*lines[: span.line - 1], middle, *lines[span.end_line :]])


def _overlap(one: Span, other: Span) -> bool:
    if one.cell != other.cell:
        return False
    starts = (one.line, one.column), (other.line, other.column)
    ends = (one.end_line, one.end_column), (other.end_line, other.end_column)
    return (starts[0] < ends[1] and starts[1] < ends[0]) or (starts[0] == starts[1])
