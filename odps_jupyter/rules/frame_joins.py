"""Giving a function what it looks up in a PyODPS collection by a join: no row of the collection travels."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.analysis.values import Frame, Function, Shape

from .model import Edit, Fix, span_of
from .places import handing_call, reads_of, statement_at
from .subject import ShippedCode

#: Expressions that ``.left_join()`` can be put behind as they are written.
_TIGHT = (ast.Call, ast.Attribute, ast.Subscript, ast.Name)


@dataclass(frozen=True)
class _Lookup:
    """A loop over the collection that answers with the first row whose columns equal columns of the function's row.

    Attributes:
        keys: pairs of a column of the function's row and of the collection's. ``columns``: all that is read of it.
        reads: where they are read, within the condition and what follows.
    """

    loop: ast.For
    chosen: ast.If
    keys: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    reads: tuple[ast.Attribute, ...]


def as_join(code: ShippedCode, name: str) -> Fix | None:
    """Join the collection ``name`` before the call; None where the function does more than look up a row of it.

    Only for a function of rows with one parameter, handed over once and used nowhere else, which loops over the
    collection once, compares columns for equality and returns. Where several rows of the collection match, the join
    pairs a row with each of them: not safe.
    """
    evidence, cell, node, journey = code.evidence, code.body.cell, code.facts.node, code.journey
    value = code.outside(name)
    if not isinstance(value, Frame) or value.shape is not Shape.COLLECTION or not isinstance(journey.target, Function):
        return None
    call = handing_call(evidence, journey.call)
    if call is None or not isinstance(node, ast.FunctionDef) or journey.call.role != "row":
        return None
    assert isinstance(call.func, ast.Attribute)
    receiver = call.func.value
    is_whole = (
        statement_at(evidence, cell, node.lineno) is node
        and code.body is journey.bodies[0]
        and bool(call.args)
        and [id(read) for _, read in reads_of(evidence, node.name)] == [id(call.args[0])]
        and isinstance(receiver, _TIGHT)
    )
    if not is_whole or any(keyword.arg in ("resources", "args", "kwds", None) for keyword in call.keywords):
        return None
    row = _only_parameter(node)
    lookup = None if row is None else _lookup(node, name, row)
    lines = evidence.lines(cell)
    if row is None or lookup is None or any(re.search(rf"\b{name}_\w", line) for line in lines):
        return None
    selected = ", ".join(f"{name}.{column}.rename('{name}_{column}')" for column in lookup.columns)
    on = ", ".join(f"('{own}', '{name}_{column}')" for own, column in lookup.keys)
    joined = f".left_join({name}[{selected}], on=[{on}])"
    at = span_of(journey.call.cell, receiver)
    edits = [
        Edit(Span(at.cell, at.end_line, at.end_column, at.end_line, at.end_column), joined),
        *_without_loop(cell, lookup, lines, row, name),
    ]
    return Fix(f"Join {name}", False, tuple(edits))


def _only_parameter(node: ast.FunctionDef) -> str | None:
    given = node.args
    several = given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or given.defaults
    return given.args[0].arg if len(given.args) == 1 and not several else None


def _lookup(node: ast.FunctionDef, name: str, row: str) -> _Lookup | None:
    """The one loop of the function over the collection ``name``; None where it is none, or not all that there is."""
    loops = [part for part in node.body if isinstance(part, ast.For) and _over(part.iter, name)]
    if len(loops) != 1 or sum(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node)) != 1:
        return None
    loop = loops[0]
    chosen = loop.body[0]
    if len(loop.body) != 1 or loop.orelse or not isinstance(loop.target, ast.Name) or not isinstance(chosen, ast.If):
        return None
    if chosen.orelse or not isinstance(chosen.body[-1], ast.Return) or loop.target.id == row:
        return None
    each = loop.target.id
    keys = [_key(part, row, each) for part in _all_of(chosen.test)]
    reads = [part for part in ast.walk(loop) if isinstance(part, ast.Attribute) and _is_name(part.value, each)]
    mentions = [part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id == each]
    rows = [part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id == row]
    by_column = [part for part in ast.walk(node) if isinstance(part, ast.Attribute) and _is_name(part.value, row)]
    leaving = any(isinstance(part, (ast.Break, ast.Continue)) for part in ast.walk(loop))
    written = any(not isinstance(part.ctx, ast.Load) for part in (*reads, *by_column))
    # The loop's target is a mention that is no read; what a function within does with either is not looked through.
    inner = any(
        isinstance(part, (ast.FunctionDef, ast.Lambda, ast.ClassDef)) for part in ast.walk(node) if part is not node
    )
    if None in keys or leaving or written or inner or len(mentions) != len(reads) + 1 or len(rows) != len(by_column):
        return None
    columns = tuple(dict.fromkeys(part.attr for part in reads))
    return _Lookup(loop, chosen, tuple(key for key in keys if key is not None), columns, tuple(reads))


def _over(node: ast.expr, name: str) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "execute":
        return not node.args and not node.keywords and _is_name(node.func.value, name)
    return _is_name(node, name)


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _all_of(test: ast.expr) -> Iterator[ast.expr]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        yield from test.values
    else:
        yield test


def _key(part: ast.expr, row: str, each: str) -> tuple[str, str] | None:
    """The columns of ``row.a == each.b``, either way round."""
    if not isinstance(part, ast.Compare) or len(part.ops) != 1 or not isinstance(part.ops[0], ast.Eq):
        return None
    sides = {
        side.value.id: side.attr
        for side in (part.left, part.comparators[0])
        if isinstance(side, ast.Attribute) and isinstance(side.value, ast.Name)
    }
    return (sides[row], sides[each]) if sides.keys() == {row, each} else None


def _without_loop(cell: int, lookup: _Lookup, lines: Sequence[str], row: str, name: str) -> Iterator[Edit]:
    """The condition and what follows in the place of the loop, reading the joined columns.

    A row without a match has NULL in them, and NULL is equal to no key in a join, but to None in Python.
    """
    loop, chosen = lookup.loop, lookup.chosen
    end = loop.end_lineno or loop.lineno
    yield Edit(Span(cell, loop.lineno, 0, chosen.lineno, 0), "")
    depth = chosen.col_offset - loop.col_offset
    for number in range(chosen.lineno, end + 1):
        line = lines[number - 1]
        spaces = min(depth, len(line) - len(line.lstrip()))
        if spaces:
            yield Edit(Span(cell, number, 0, number, spaces), "")
    test = span_of(cell, chosen.test)
    found = f" and {row}.{name}_{lookup.keys[0][1]} is not None"
    yield Edit(Span(cell, test.end_line, test.end_column, test.end_line, test.end_column), found)
    for read in lookup.reads:
        start = span_of(cell, read)
        yield Edit(Span(cell, start.line, start.column, start.end_line, start.end_column), f"{row}.{name}_{read.attr}")
