"""A captured name has another value when the frame is executed than when the function was handed over.

PyODPS pickles what a function reads when the expression is executed, so every function made in a loop sees the last
value of the loop's variable.

Example::

    for k in (1, 2, 3):
        cols.append(sensor.hour.map(lambda h: h + k))    # three times + 3

Fix: bind the value as a default: ``lambda h, k=k: h + k``.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Evidence
from odps_jupyter.analysis.scopes import stored_names
from odps_jupyter.analysis.values import Class, Function, Member, Module

from .edits import default_of
from .facts import LOOPS, Loop, cell_facts
from .model import Diagnostic
from .subject import ShippedCode, Subject, span_of_call

CODE, KIND = "ODP117", "late-binding-capture"
#: A quick look before the tree.
_LOOP = re.compile(r"\b(?:for|while)\b")


def check(subject: Subject) -> Iterator[Diagnostic]:
    evidence = subject.evidence
    for code in subject.shipped:
        if code.journey.execution is None:
            continue
        for name in code.body.names:
            if code.reads(name) is None or isinstance(code.outside(name), (Function, Class, Module, Member)):
                continue
            if _bound_by_a_loop(evidence, code, name) or _bound_between(evidence, code, name):
                message = (
                    f"{name} is read when the expression is executed, and then has another value than here. Bind it "
                    f"as a default: {name}={name}."
                )
                # A function that is bound elsewhere too would bind the value of that moment.
                here = code.body is code.journey.bodies[0] and code.body.kind == "lambda"
                fix = default_of(code.body.cell, code.facts.node, name) if here else None
                yield Diagnostic(
                    CODE, KIND, "warning", span_of_call(code.journey), message, (code.journey.name,), fix=fix
                )


def _bound_by_a_loop(evidence: Evidence, code: ShippedCode, name: str) -> bool:
    """Whether the call stands in a loop that binds ``name``, and the execution does not."""
    body, call, execution = code.body, code.journey.call, code.journey.execution
    assert execution is not None
    around = code.kept(_loops)
    if not around or not _holds_both(evidence, code):
        return False  # the function that executes may be called within the loop
    for node, bound in around:
        if name in bound:
            inside = execution.cell == call.cell and _holds(node, execution.line, execution.column)
            # A name that a factory around the function binds is another one than the loop's.
            seen = name not in body.closed or (body.cell == call.cell and _holds(node, body.line, body.column))
            if seen and not inside:
                return True
    return False


def _holds_both(evidence: Evidence, code: ShippedCode) -> bool:
    """Whether the function that executes, if one does, is the one that hands over."""
    call, execution = code.journey.call, code.journey.execution
    assert execution is not None
    around = cell_facts(evidence, execution.cell).around(execution.line, execution.column)
    functions = [node for node in around if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return not functions or (execution.cell == call.cell and _holds(functions[-1], call.line, call.column))


def _loops(code: ShippedCode) -> list[tuple[Loop, set[str]]]:
    """The loops around the call that hands the function over, each with the names it binds."""
    call = code.journey.call
    if not _LOOP.search(code.evidence.cells[call.cell].source):
        return []
    around = cell_facts(code.evidence, call.cell).around(call.line, call.column)
    return [(node, _bound(node)) for node in around if isinstance(node, LOOPS)]


def _bound(loop: Loop) -> set[str]:
    if isinstance(loop, (ast.For, ast.AsyncFor)):
        return stored_names([loop.target, *loop.body])
    if isinstance(loop, ast.While):
        return stored_names(loop.body)
    return stored_names([generator.target for generator in loop.generators])


def _holds(node: ast.stmt | ast.expr, line: int, column: int) -> bool:
    end = (node.end_lineno or node.lineno, node.end_col_offset or 0)
    return (node.lineno, node.col_offset) <= (line, column) < end


def _in_a_function(evidence: Evidence, cell: int, line: int, column: int) -> bool:
    around = cell_facts(evidence, cell).around(line, column)
    return any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) for node in around)


def _bound_between(evidence: Evidence, code: ShippedCode, name: str) -> bool:
    """Whether a statement outside functions binds ``name`` after the call and before the execution."""
    call, execution = code.journey.call, code.journey.execution
    assert execution is not None
    start, end = (call.cell, call.end_line), (execution.cell, execution.line)
    writers = evidence.writers.get(name, ())
    cells = writers[bisect_left(writers, start[0]) : bisect_right(writers, end[0])]
    if not cells or name in code.body.closed or _in_a_function(evidence, call.cell, call.line, call.column):
        return False  # a function's lines say nothing of when they run
    for cell in cells:
        for statement in cell_facts(evidence, cell).storing(name):
            after = (cell, statement.lineno) > start
            before = (cell, statement.end_lineno or statement.lineno) < end
            if after and before and not _same_literal(evidence, name, start, statement):
                return True
    return False


def _same_literal(evidence: Evidence, name: str, call: tuple[int, int], statement: ast.stmt) -> bool:
    """Whether ``statement`` gives ``name`` the literal it has at the call: a cell that says its settings again."""
    given = None
    writers = evidence.writers.get(name, ())
    for cell in reversed(writers[: bisect_right(writers, call[0])]):
        stored = [each for each in cell_facts(evidence, cell).storing(name) if (cell, each.lineno) <= call]
        if stored:
            given = stored[-1]
            break
    both = [each.value for each in (given, statement) if isinstance(each, ast.Assign)]
    return len(both) == 2 and isinstance(both[0], ast.Constant) and ast.dump(both[0]) == ast.dump(both[1])
