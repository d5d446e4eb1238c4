"""Methods of PyODPS expressions: they hand over, execute, or build."""

from __future__ import annotations

import ast
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import attributes, calls, elsewhere, patches
from .catalogue import BUILDERS, PERSISTING, executes, hand_overs, result_shape
from .handover import HandOver
from .joining import carries, flatten, frame_of, sites_of
from .mutation import replace
from .values import (
    DATA,
    Class,
    Const,
    Frame,
    Function,
    Instance,
    Member,
    Method,
    Module,
    Opaque,
    Operator,
    Role,
    Shape,
    Site,
    Value,
)

if TYPE_CHECKING:
    from .evaluator import Evaluator

Keywords = AbstractMapping[str, Value]
#: What runs on the executor where it is handed over.
_CODE = (Function, Class, Instance, Method, Member, Operator)


def is_method(name: str, shape: Shape) -> bool:
    """Whether ``name`` of an expression of ``shape`` is a method that hands over, executes or stores."""
    return executes(name, shape) or bool(hand_overs(name, shape))


def call_frame(
    ev: Evaluator,
    frame: Frame,
    name: str,
    arguments: Sequence[Value],
    keywords: Keywords,
    node: ast.Call,
    written: str | None = None,
) -> Value:
    """A method of a PyODPS expression."""
    added = patches.patched_method(ev, "odps", name)
    if added is not None:
        return calls.call_value(ev, added, [frame, *arguments], keywords, node)
    if frame.shape is Shape.DELAY:
        ev.execute(frame.sites, node)
        return DATA
    rows = hand_overs(name, frame.shape)
    if rows:
        return hand_over(ev, frame, rows, arguments, keywords, node, written or ev.quote(node.func))
    sites = frame.sites
    for value in (*arguments, *keywords.values()):
        if carries(value):
            sites |= sites_of(value)
    if frame.shape is Shape.MAXFRAME:
        return _call_maxframe(ev, Frame(frame.shape, sites=sites), name, arguments, keywords, node)
    if name in BUILDERS:
        sites |= build(ev, frame, [*arguments, *keywords.values()], node, node.func)
    if executes(name, frame.shape):
        delay = keywords.get("delay")
        if isinstance(delay, Frame):
            holder = next(keyword.value for keyword in node.keywords if keyword.arg == "delay")
            replace(ev, holder, Frame(Shape.DELAY, delay.local, delay.sites | sites))
        else:
            ev.execute(sites, node)
        if name in PERSISTING:
            return Frame(Shape.COLLECTION)
        if name == "to_pandas" and attributes.truth(keywords.get("wrap")):
            return Frame(Shape.COLLECTION, local=True)
        return Opaque("a pandas frame" if name == "to_pandas" else "a local result")
    others = [found for found in map(frame_of, arguments) if found is not None and found.shape is not Shape.DELAY]
    local = frame.local and all(other.local for other in others)
    return Frame(result_shape(name, frame.shape), local, sites)


def _call_maxframe(
    ev: Evaluator, frame: Frame, name: str, arguments: Sequence[Value], keywords: Keywords, node: ast.Call
) -> Value:
    """A method of a MaxFrame object that hands nothing over; what it does with a function is not known."""
    if name == "pipe" and arguments:
        return calls.call_value(ev, arguments[0], [frame, *arguments[1:]], keywords, node)
    elsewhere.run_elsewhere(ev, None, arguments, keywords, node)
    if not executes(name, frame.shape):
        return frame
    ev.execute(frame.sites, node)
    return Frame(Shape.MAXFRAME) if name == "execute" else Opaque("a pandas frame")


def build(ev: Evaluator, frame: Frame, values: Sequence[Value], node: ast.expr, written: ast.expr) -> frozenset[Site]:
    """Calls the functions that only build expressions, as PyODPS does at once; returns the pending calls in them."""
    sites: frozenset[Site] = frozenset()
    for value in values:
        if not carries(value):
            continue
        for option in flatten(value):
            if isinstance(option, Function):
                ev.use_local(
                    option.key,
                    f"builds an expression in {ev.quote(written)}, {{where}}: called here, never sent",
                    node.lineno,
                )
                takes = max(1, len(ev.world.scope(option.key).parameters) - len(option.bound))
                result = ev.call(option, [frame] * takes)
                sites |= sites_of(result)
    return sites


def hand_over(
    ev: Evaluator,
    frame: Frame,
    rows: Sequence[HandOver],
    arguments: Sequence[Value],
    keywords: Keywords,
    node: ast.Call,
    written: str,
) -> Value:
    """A method of the catalogue: notes what it hands over and returns the expression with it pending."""
    sites = frame.sites
    shape = result_shape(rows[0].method, frame.shape)
    for value in (*arguments, *keywords.values()):
        if carries(value):
            sites |= sites_of(value)
    for row in rows:
        position = row.position
        target = keywords.get(row.keyword)
        given = next((k.value for k in node.keywords if k.arg == row.keyword), None)
        if target is None and position < len(arguments):
            target = arguments[position]
            given = node.args[position] if position < len(node.args) else None
        role: Role = row.role
        if row.by_axis:
            axis = keywords.get("axis", arguments[1] if len(arguments) > 1 else None)
            said = axis.value if isinstance(axis, Const) else (None if axis is not None or "axis" in keywords else 0)
            role = "row" if said == 1 or (said is None and not isinstance(target, Class)) else "aggregate"
            if role == "row" and attributes.truth(keywords.get("reduce")):
                shape = Shape.SEQUENCE
        if not _handed(target, row, role, frame):
            if row.method in BUILDERS:
                sites |= build(ev, frame, [target], node, node.func)
            continue
        callee = ev.quote(given) if given is not None else row.keyword
        if frame.local:
            _runs_on_pandas(ev, target, node, written)
            continue
        api = "maxframe" if frame.shape is Shape.MAXFRAME else "pyodps"
        site = ev.hand_over(node, row.method, written, role, target, callee, api)
        sites |= {site}
    if isinstance(node.func, ast.Name):
        shape = rows[0].returns
    return Frame(shape if shape is not Shape.DELAY else Shape.ANY, frame.local, sites)


def _handed(target: Value, row: HandOver, role: str, frame: Frame) -> bool:
    """Whether ``target`` is code that ships, not the name of a function or an expression builder."""
    found = [option for option in flatten(target) if isinstance(option, _CODE)]
    if role == "aggregate" and row.method in ("agg", "aggregate", "pivot_table"):
        # An aggregate has getvalue: a plain function here is called with the group and builds an expression.
        found = [option for option in found if not isinstance(option, (Function, Operator))]
    return bool(found) and not isinstance(target, (Const, Module))


def _runs_on_pandas(ev: Evaluator, target: Value, node: ast.expr, written: str) -> None:
    reason = f"handed over by {written} in {{where}}, whose data is a pandas frame: PyODPS runs it here"
    for option in flatten(target):
        if isinstance(option, Function):
            ev.use_local(option.key, reason, node.lineno)
            ev.call(option, [])
        elif isinstance(option, (Class, Instance)):
            ev.use_local((option.of if isinstance(option, Instance) else option).key, reason, node.lineno)
