"""``frame.x.map(f).execute()`` as a statement of its own, and edits of it and of ``f``."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.analysis.values import Function

from .model import Edit, span_of
from .places import handing_call, reads_of, statement_at
from .subject import ShippedCode


@dataclass(frozen=True)
class Run:
    """``frame.x.map(f).execute()`` as a statement of its own: it is run for what ``f`` changes."""

    cell: int
    statement: ast.Expr
    handing: ast.Call
    executing: ast.Call

    def around(self, before: str, after: str) -> list[Edit]:
        """Edits that put text around the statement."""
        span = span_of(self.cell, self.statement)
        start = Span(self.cell, span.line, span.column, span.line, span.column)
        return [Edit(start, before), behind(self.cell, self.statement, after)]


def run_of(code: ShippedCode) -> Run | None:
    """The statement that maps and executes the function; None where there is more to it."""
    evidence, journey, node = code.evidence, code.journey, code.facts.node
    call = handing_call(evidence, journey.call)
    if call is None or journey.call.method != "map" or not isinstance(journey.target, Function):
        return None
    if not isinstance(node, ast.FunctionDef) or node.decorator_list or code.body is not journey.bodies[0]:
        return None
    if statement_at(evidence, code.body.cell, node.lineno) is not node or len(call.args) != 1 or call.keywords:
        return None
    if [id(read) for _, read in reads_of(evidence, node.name)] != [id(call.args[0])]:
        return None
    cell = journey.call.cell
    statement = statement_at(evidence, cell, call.lineno)
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return None
    executing = statement.value
    function = executing.func
    executes = isinstance(function, ast.Attribute) and function.attr == "execute" and function.value is call
    whole = span_of(cell, statement) == span_of(cell, executing)  # no brackets around it
    if not executes or not whole or executing.args or executing.keywords:
        return None
    return Run(cell, statement, call, executing)


def alone(code: ShippedCode, statement: ast.stmt) -> bool:
    """Whether a statement, which is not the last of its body, has its lines to itself."""
    line = code.evidence.lines(code.body.cell)[statement.lineno - 1]
    return line.strip() == ast.unparse(statement)


def kept(cell: int, statement: ast.stmt, value: ast.expr) -> list[Edit]:
    """Edits that make ``return value`` of a statement that holds ``value``."""
    whole, part = span_of(cell, statement), span_of(cell, value)
    return [
        Edit(Span(cell, whole.line, whole.column, part.line, part.column), "return "),
        Edit(Span(cell, part.end_line, part.end_column, whole.end_line, whole.end_column), ""),
    ]


def behind(cell: int, node: ast.expr | ast.stmt, text: str) -> Edit:
    span = span_of(cell, node)
    return Edit(Span(cell, span.end_line, span.end_column, span.end_line, span.end_column), text)
