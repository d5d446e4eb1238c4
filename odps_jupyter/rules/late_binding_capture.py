"""A captured name has another value when the frame is executed than when the function was handed over.

PyODPS pickles what a function reads when the expression is executed, so every function made in a loop sees the last
value of the loop's variable. A default does not help in one expression: PyODPS takes functions without a closure for
one if they have the same code, whatever their defaults (``_gen_map_udf``), so that every column gets the first value.

Example::

    for k in (1, 2, 3):
        cols.append(sensor.hour.map(lambda h: h + k))         # three times + 3
        cols.append(sensor.hour.map(lambda h, k=k: h + k))    # three times + 1, on pandas as meant

Fix: let a function around it hold the value: ``(lambda k: lambda h: h + k)(k)``.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Evidence
from odps_jupyter.analysis.nodes import walk
from odps_jupyter.analysis.parameters import defaults, parameters_of
from odps_jupyter.analysis.scopes import stored_names
from odps_jupyter.analysis.values import Class, Function, Member, Module

from .edits import held_by_factory
from .facts import LOOPS, Loop, cell_facts
from .model import Diagnostic
from .subject import ShippedCode, Subject, span_of_call

CODE, KIND = "ODP117", "late-binding-capture"
#: A quick look before the tree.
_LOOP = re.compile(r"\b(?:for|while)\b")


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        if code.journey.execution is None:
            continue
        names = [name for name in code.body.names if _changes(code, name)]
        # A function that is bound elsewhere too would hold the value of that moment.
        here = code.body is code.journey.bodies[0] and isinstance(code.facts.node, ast.Lambda)
        fix = held_by_factory(code.body.cell, code.facts.node, names) if names and here else None
        for name in names:
            message = (
                f"{name} is read when the expression is executed, and then has another value than here. Let a "
                f"function around it hold the value: (lambda {name}: ...)({name})."
            )
            yield Diagnostic(CODE, KIND, "warning", span_of_call(code.journey), message, (code.journey.name,), fix=fix)
        default = _default_of_a_loop(code)
        if default is not None:
            message = (
                f"PyODPS takes the functions this loop makes for one, so all get the first {default} as their "
                f"default. Let a function around it hold the value: (lambda {default}: ...)({default})."
            )
            yield Diagnostic(CODE, KIND, "warning", span_of_call(code.journey), message, (code.journey.name,))


def _changes(code: ShippedCode, name: str) -> bool:
    """Whether ``name``, read by a body from outside, has another value once the frame is executed."""
    if code.reads(name) is None or isinstance(code.outside(name), (Function, Class, Module, Member)):
        return False
    return _bound_by_a_loop(code.evidence, code, name) or _bound_between(code.evidence, code, name)


def _default_of_a_loop(code: ShippedCode) -> str | None:
    """The parameter of a function without a closure whose default each round of a loop sets anew."""
    body, call, node = code.body, code.journey.call, code.facts.node
    its_own = body is code.journey.bodies[0] and isinstance(code.journey.target, Function)
    if not its_own or call.role != "scalar" or body.cell != call.cell or body.closed:
        return None
    given = defaults(node.args)
    if not given or not _holds_both(code.evidence, code):
        return None
    for loop, bound in code.kept(_loops):
        if _holds(loop, body.line, body.column) and not _executes_in(loop, code):
            for parameter, value in given:
                if any(isinstance(each, ast.Name) and each.id in bound for each in walk(value)):
                    return parameter.arg
    return None


def _bound_by_a_loop(evidence: Evidence, code: ShippedCode, name: str) -> bool:
    """Whether the call stands in a loop that binds ``name``, and the execution does not."""
    body, call = code.body, code.journey.call
    around = code.kept(_loops)
    if not around or not _holds_both(evidence, code):
        return False  # the function that executes may be called within the loop
    for node, bound in around:
        if name in bound:
            # A name that a factory around the function binds is another one than the loop's.
            seen = name not in body.closed or (body.cell == call.cell and _reaches(evidence, node, code, name))
            if seen and not _executes_in(node, code):
                return True
    return False


def _reaches(evidence: Evidence, loop: Loop, code: ShippedCode, name: str) -> bool:
    """Whether a body in ``loop`` reads the loop's ``name``: no function between the two has one of its own."""
    body = code.body
    if not _holds(loop, body.line, body.column):
        return False
    around = cell_facts(evidence, body.cell).around(body.line, body.column)
    between = around[around.index(loop) + 1 :]
    factories = [
        each
        for each in between
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and each is not code.facts.node
    ]
    return not any(name in [parameter.arg for parameter in parameters_of(each.args)] for each in factories)


def _executes_in(loop: Loop, code: ShippedCode) -> bool:
    """Whether the frame is executed in ``loop``, which is around the call that hands the function over."""
    execution = code.journey.execution
    assert execution is not None
    return execution.cell == code.journey.call.cell and _holds(loop, execution.line, execution.column)


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
