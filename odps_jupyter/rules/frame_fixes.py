"""Giving a function what it wants of a PyODPS expression: its value, or its rows as a resource."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Evidence, Span
from odps_jupyter.analysis.values import Frame, Function, Shape, Table

from .libraries_fix import added_to
from .model import Edit, Fix, span_of
from .places import handing_call, reads_of, statement_at
from .subject import ShippedCode

#: Expressions that ``.execute()`` can be put behind as they are written.
_TIGHT = (ast.Call, ast.Attribute, ast.Subscript, ast.Name)
#: Names for the function within, the first that the function does not use.
_INNER = ("h", "inner", "of_row", "with_resources")


def instead(code: ShippedCode, name: str) -> Fix | None:
    """What to do about ``name``, an expression that a body uses; not safe, as either way a query more is run."""
    value = code.outside(name)
    if not isinstance(value, Frame):
        return None
    if value.shape is Shape.SCALAR:
        return _executed(code, name)
    return _as_resource(code, name) if value.shape is Shape.COLLECTION else None


def table_as_resource(code: ShippedCode, name: str) -> Fix | None:
    """What to do about ``name``, a table whose rows a body loops over by ``to_df``."""
    return _as_resource(code, name, table=True) if isinstance(code.outside(name), Table) else None


def _executed(code: ShippedCode, name: str) -> Fix | None:
    """Execute a scalar where it is made; None where anything but the function reads it."""
    evidence = code.evidence
    node = code.facts.node
    inside = {id(part) for part in ast.walk(node)}
    if any(id(read) not in inside for _, read in reads_of(evidence, name)):
        return None
    assigned = list(_assignments(evidence, name))
    if len(assigned) != 1:
        return None
    cell, value = assigned[0]
    line, column = value.end_lineno or value.lineno, value.end_col_offset or 0
    edits = [Edit(Span(cell, line, column, line, column), ".execute()")]
    if not isinstance(value, _TIGHT):
        edits[0] = Edit(edits[0].span, ").execute()")
        edits.append(Edit(Span(cell, value.lineno, value.col_offset, value.lineno, value.col_offset), "("))
    return Fix(f"Execute {name} here", False, tuple(edits))


def _assignments(evidence: Evidence, name: str) -> Iterator[tuple[int, ast.expr]]:
    """What the plain assignments outside functions and blocks give ``name``; nothing where others bind it too."""
    found = [
        (cell, statement.value)
        for cell in evidence.writers.get(name, ())
        for statement in evidence.tree(cell).body
        if isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id == name
    ]
    bound = sum(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for cell in evidence.writers.get(name, ())
        for node in ast.walk(evidence.tree(cell))
    )
    return iter(found if bound == len(found) else ())


def _as_resource(code: ShippedCode, name: str, *, table: bool = False) -> Fix | None:
    """The closure form: ``def f(resources)`` that lists the rows once and returns the function of each row.

    Only for a function that loops over the collection and looks at the columns of its rows, and that is handed over
    once and used nowhere else; text over several lines would be indented with it.
    """
    evidence, cell, node = code.evidence, code.body.cell, code.facts.node
    journey = code.journey
    call = handing_call(evidence, journey.call)
    if not isinstance(node, ast.FunctionDef) or call is None or not isinstance(journey.target, Function):
        return None
    statement = statement_at(evidence, cell, node.lineno)
    handed = call.args[:1]
    is_whole = (
        statement is node
        and code.body is journey.bodies[0]
        and journey.call.role in ("scalar", "row")
        and bool(handed)
        and [id(read) for _, read in reads_of(evidence, node.name)] == [id(handed[0])]
    )
    if not is_whole or any(keyword.arg in ("resources", "args", None) for keyword in call.keywords):
        return None
    lines = evidence.lines(cell)[node.lineno - 1 : node.end_lineno]
    indent = lines[node.body[0].lineno - node.lineno][: node.body[0].col_offset]
    words = set(re.findall(r"\w+", "\n".join(lines)))
    inner = next((each for each in _INNER if each not in words), None)
    rows = _loops(node, name, table=table)
    if indent.strip() or not indent or inner is None or rows is None or "resources" in words:
        return None
    if any(isinstance(part, (ast.Constant, ast.JoinedStr)) and part.end_lineno != part.lineno for part in _parts(node)):
        return None
    given = added_to(evidence, journey.call.cell, call, "resources", f"{name}.to_df()" if table else name)
    if given is None:
        return None
    head = f"def {node.name}(resources):\n{indent}{name} = list(resources[0])\n\n"
    edits = [Edit(Span(cell, node.lineno, 0, node.lineno, 0), head + indent)]
    for number, line in enumerate(lines[1:], node.lineno + 1):
        if line.strip():
            edits.append(Edit(Span(cell, number, 0, number, 0), indent))
    start = lines[0].encode().index(node.name.encode(), len(b"def"))
    edits.append(Edit(Span(cell, node.lineno, start, node.lineno, start + len(node.name.encode())), inner))
    for row in rows:
        root = row
        while isinstance(root, ast.Call) and isinstance(root.func, ast.Attribute):
            root = root.func.value
        if root is not row:
            whole, begin = span_of(cell, row), span_of(cell, root)
            edits.append(Edit(Span(cell, begin.end_line, begin.end_column, whole.end_line, whole.end_column), ""))
    end = node.end_lineno or node.lineno
    width = len(lines[-1].encode())
    edits.append(Edit(Span(cell, end, width, end, width), f"\n{indent}return {inner}"))
    return Fix(f"Pass {name} with resources=", False, (*edits, given))


def _parts(node: ast.FunctionDef) -> Iterator[ast.expr]:
    return (part for part in ast.walk(node) if isinstance(part, ast.expr))


def _loops(node: ast.FunctionDef, name: str, *, table: bool) -> list[ast.expr] | None:
    """What loops over the collection iterate; None where the function does anything else with it or with its rows.

    Args: ``table``: whether ``name`` is a table, whose rows only its ``to_df()`` gives.
    """
    loops = [(part.target, part.iter) for part in ast.walk(node) if isinstance(part, (ast.For, ast.comprehension))]
    found: list[ast.expr] = []
    for target, over in loops:
        root: ast.expr | None = _called_on(over, "execute") or over
        if table:
            root = _called_on(root, "to_df")
        if isinstance(root, ast.Name) and root.id == name:
            if not isinstance(target, ast.Name) or not _by_column(node, target.id):
                return None
            found.append(over)
    reads = [part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id == name]
    return found if found and len(found) == len(reads) else None


def _called_on(node: ast.expr | None, method: str) -> ast.expr | None:
    """What a method is called on without arguments."""
    plain = isinstance(node, ast.Call) and not node.args and not node.keywords
    called = node.func if isinstance(node, ast.Call) and plain else None
    return called.value if isinstance(called, ast.Attribute) and called.attr == method else None


def _by_column(node: ast.FunctionDef, row: str) -> bool:
    """Whether all that is done with ``row`` is to read its attributes."""
    reads = [
        part
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and part.id == row and isinstance(part.ctx, ast.Load)
    ]
    columns = [
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Load) and isinstance(part.value, ast.Name)
    ]
    return {id(part) for part in reads} <= {id(part) for part in columns}
