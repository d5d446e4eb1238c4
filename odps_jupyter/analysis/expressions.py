"""What each kind of expression evaluates to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import calls, scopes
from .catalogue import COLLECTION_METHODS, GROUP_METHODS, LOCAL_ATTRIBUTES
from .values import (
    DATA,
    Class,
    Const,
    Entry,
    Frame,
    FrameMethod,
    Function,
    Instance,
    Items,
    Mapping,
    Member,
    Method,
    Module,
    OneOf,
    Opaque,
    Partial,
    Property,
    Shape,
    StaticMethod,
    Table,
    Value,
    carries,
    frame_of,
    one_of,
    sites_of,
)

if TYPE_CHECKING:
    from .evaluator import Evaluator

_TRUE, _FALSE, _NONE = Const(True), Const(False), Const(None)
#: Modules under which the attributes of the entry object and of a table are filed.
ENTRY_PATH, TABLE_PATH = "<entry>", "<table>"


def truth(value: Value) -> bool | None:
    """Whether ``value`` counts as true; None where that cannot be told."""
    if isinstance(value, Const):
        return bool(value.value)
    if isinstance(value, Member) and value.path == "typing.TYPE_CHECKING":
        return False
    if isinstance(value, (Function, Class, Module)):
        return True
    return None


def iterate(value: Value) -> Value:
    """What a loop over ``value`` binds."""
    if isinstance(value, Items):
        return one_of(*value.items)
    if isinstance(value, OneOf):
        return one_of(*(iterate(option) for option in value.options))
    if isinstance(value, Opaque):
        return value
    return None


def _constant(ev: Evaluator, node: ast.Constant) -> Value:
    value = node.value
    if value is True:
        return _TRUE
    if value is False:
        return _FALSE
    if value is None:
        return _NONE
    return Const(value)


def _name(ev: Evaluator, node: ast.Name) -> Value:
    return ev.load(node.id)


def _attribute(ev: Evaluator, node: ast.Attribute) -> Value:
    return attribute(ev, ev.eval(node.value), node.attr, node)


def attribute(ev: Evaluator, owner: Value, name: str, node: ast.expr) -> Value:
    """``owner.name``, where it is not called at once."""
    if owner is None or isinstance(owner, Opaque):
        return owner
    if isinstance(owner, Frame):
        return _frame_attribute(owner, name, node)
    if isinstance(owner, Module):
        return Member(owner.path, name)
    if isinstance(owner, Member):
        return Member(owner.path, name)
    if isinstance(owner, Entry):
        return Member(ENTRY_PATH, name)
    if isinstance(owner, Table):
        return Member(TABLE_PATH, name)
    if isinstance(owner, Instance):
        for key, value in owner.state:
            if key == name:
                return value
        return _bind(ev, owner, lookup(owner.of, name), name, node)
    if isinstance(owner, Class):
        value = lookup(owner, name)
        if isinstance(value, StaticMethod):
            return Method(owner, value.function, name) if value.takes_class else value.function
        return value
    if isinstance(owner, Partial):
        return owner.target if name == "func" else None
    if isinstance(owner, OneOf):
        return one_of(*(attribute(ev, option, name, node) for option in owner.options))
    if isinstance(owner, Const):
        return DATA
    return None


def lookup(owner: Class, name: str, depth: int = 0) -> Value:
    """The attribute ``name`` of a class of the notebook or of its bases."""
    for key, value in owner.attributes:
        if key == name:
            return value
    if depth < 8:
        for base in owner.bases:
            if isinstance(base, Class):
                value = lookup(base, name, depth + 1)
                if value is not None:
                    return value
    return None


def _bind(ev: Evaluator, owner: Instance, value: Value, name: str, node: ast.expr) -> Value:
    if isinstance(value, Function):
        return Method(owner, value, name)
    if isinstance(value, StaticMethod):
        return Method(owner.of, value.function, name) if value.takes_class else value.function
    if isinstance(value, Property):
        return calls.call_value(ev, Method(owner, value.function, name), [], {}, node)
    return value


def _frame_attribute(frame: Frame, name: str, node: ast.expr) -> Value:
    if name == "columns":
        return Items((Frame(Shape.SEQUENCE, frame.local, frame.sites),), exact=False)
    if name in LOCAL_ATTRIBUTES:
        return DATA
    if frame.shape is Shape.COLLECTION:
        if name not in COLLECTION_METHODS and not calls.is_method(name, frame.shape):
            return Frame(Shape.SEQUENCE, frame.local, frame.sites)
    elif frame.shape is Shape.GROUP and name not in GROUP_METHODS:
        return Frame(Shape.GROUP_SEQUENCE, frame.local, frame.sites)
    elif frame.shape is Shape.ANY and not calls.is_method(name, frame.shape) and name not in COLLECTION_METHODS:
        return Frame(Shape.ANY, frame.local, frame.sites)
    return FrameMethod(frame, name, calls.text(node))


def _subscript(ev: Evaluator, node: ast.Subscript) -> Value:
    owner = ev.eval(node.value)
    index = ev.eval(node.slice)
    frame = frame_of(owner)
    if frame is not None:
        return _frame_item(ev, frame, index, node)
    return item(owner, index)


def item(owner: Value, index: Value) -> Value:
    """``owner[index]`` of anything but an expression."""
    if isinstance(owner, Items):
        if owner.exact and isinstance(index, Const) and isinstance(index.value, int):
            return owner.items[index.value] if -len(owner.items) <= index.value < len(owner.items) else None
        return one_of(*owner.items)
    if isinstance(owner, Mapping):
        if isinstance(index, Const):
            exact = [value for key, value in owner.items if key == index.value]
            return one_of(*(exact or [value for key, value in owner.items if key is None]))
        return one_of(*(value for _, value in owner.items))
    if isinstance(owner, OneOf):
        return one_of(*(item(option, index) for option in owner.options))
    return owner if isinstance(owner, Opaque) else None


def _frame_item(ev: Evaluator, frame: Frame, index: Value, node: ast.Subscript) -> Value:
    sites = frame.sites | sites_of(index)
    sites |= calls.build(ev, frame, [index], node, node.value)
    if frame.shape is Shape.GROUP:
        return Frame(Shape.GROUP_SEQUENCE, frame.local, sites)
    if frame.shape is Shape.SEQUENCE or isinstance(node.slice, ast.Slice):
        return Frame(frame.shape, frame.local, sites)
    if isinstance(index, Const) and isinstance(index.value, str):
        return Frame(Shape.SEQUENCE, frame.local, sites)
    if isinstance(node.slice, (ast.Tuple, ast.List, ast.Lambda, ast.ListComp, ast.Compare, ast.BinOp, ast.UnaryOp)):
        return Frame(Shape.COLLECTION, frame.local, sites)
    if isinstance(index, (Items, Frame, Function)):
        return Frame(Shape.COLLECTION, frame.local, sites)
    return Frame(Shape.ANY, frame.local, sites)


def _call(ev: Evaluator, node: ast.Call) -> Value:
    return calls.call(ev, node)


def _operator(ev: Evaluator, node: ast.BinOp) -> Value:
    return calls.combine(ev.eval(node.left), ev.eval(node.right))


def _unary(ev: Evaluator, node: ast.UnaryOp) -> Value:
    value = ev.eval(node.operand)
    if isinstance(node.op, ast.Not):
        decided = truth(value)
        return None if decided is None else Const(not decided)
    if isinstance(node.op, ast.USub) and isinstance(value, Const) and isinstance(value.value, int):
        return Const(-value.value)
    return value if isinstance(value, (Frame, Opaque)) else None


def _boolean(ev: Evaluator, node: ast.BoolOp) -> Value:
    stops = isinstance(node.op, ast.Or)
    values: list[Value] = []
    for part in node.values:
        value = ev.eval(part)
        decided = truth(value)
        if decided is not None and decided is not stops and part is not node.values[-1]:
            continue
        values.append(value)
        if decided is stops:
            break
    return one_of(*values) if values else None


_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda left, right: left == right,
    ast.NotEq: lambda left, right: left != right,
    ast.Is: lambda left, right: left is right,
    ast.IsNot: lambda left, right: left is not right,
}


def _compare(ev: Evaluator, node: ast.Compare) -> Value:
    left = ev.eval(node.left)
    rights = [ev.eval(part) for part in node.comparators]
    frame = frame_of(calls.combine(left, *rights))
    if frame is not None:
        return frame
    if len(rights) == 1 and isinstance(left, Const) and isinstance(rights[0], Const):
        compared = _COMPARED.get(type(node.ops[0]))
        if compared is not None:
            return Const(compared(left.value, rights[0].value))
    return None


def _choice(ev: Evaluator, node: ast.IfExp) -> Value:
    decided = truth(ev.eval(node.test))
    if decided is None:
        return one_of(ev.eval(node.body), ev.eval(node.orelse))
    live, dead = (node.body, node.orelse) if decided else (node.orelse, node.body)
    if ev.activation is None:
        for scope in ev.scanner.register([dead]):
            said = "true" if decided else "false"
            ev.result.skipped[scope.key] = f"in a branch that does not run, as {calls.text(node.test)} is {said}"
    return ev.eval(live)


def _lambda(ev: Evaluator, node: ast.Lambda) -> Value:
    return ev.function(node, defaults(ev, node.args))


def defaults(ev: Evaluator, arguments: ast.arguments) -> tuple[tuple[str, Value], ...]:
    """Parameters with a default and its value; defaults are evaluated where the function is defined."""
    if not arguments.defaults and not arguments.kw_defaults:
        return ()
    return tuple([(argument.arg, ev.eval(default)) for argument, default in scopes.defaults(arguments)])


def _sequence(ev: Evaluator, node: ast.List | ast.Tuple | ast.Set) -> Value:
    values: list[Value] = []
    exact = not isinstance(node, ast.Set)
    matters = False
    for element in node.elts:
        value = ev.eval(element)
        if isinstance(element, ast.Starred):
            if isinstance(value, Items) and value.exact:
                values.extend(value.items)
            else:
                exact = False
                values.append(iterate(value))
        else:
            values.append(value)
        matters = matters or carries(values[-1] if values else None)
    return Items(tuple(values), exact) if matters else DATA


def _dict(ev: Evaluator, node: ast.Dict) -> Value:
    items: list[tuple[object, Value]] = []
    matters = False
    for key, part in zip(node.keys, node.values, strict=True):
        value = ev.eval(part)
        if key is None:
            if isinstance(value, Mapping):
                items.extend(value.items)
                matters = True
            continue
        named = ev.eval(key)
        items.append((named.value if isinstance(named, Const) else None, value))
        matters = matters or carries(value)
    return Mapping(tuple(items)) if matters else DATA


def _comprehension(ev: Evaluator, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Value:
    overlay: dict[str, Value] = {}
    entered = 0
    try:
        for generator in node.generators:
            source = iterate(ev.eval(generator.iter))
            if not entered:
                ev.overlays.append(overlay)
                entered = 1
            _bind_target(overlay, generator.target, source)
            for condition in generator.ifs:
                ev.eval(condition)
        if isinstance(node, ast.DictComp):
            key, value = ev.eval(node.key), ev.eval(node.value)
            if not carries(value):
                return DATA
            return Mapping(((key.value if isinstance(key, Const) else None, value),))
        element = ev.eval(node.elt)
    finally:
        if entered:
            ev.overlays.pop()
    return Items((element,), exact=False) if carries(element) else DATA


def _bind_target(overlay: dict[str, Value], target: ast.expr, value: Value) -> None:
    if isinstance(target, ast.Name):
        overlay[target.id] = value
    elif isinstance(target, (ast.Tuple, ast.List)):
        exact = isinstance(value, Items) and value.exact and len(value.items) == len(target.elts)
        for position, part in enumerate(target.elts):
            held = value.items[position] if exact and isinstance(value, Items) else iterate(value)
            _bind_target(overlay, part, held)
    elif isinstance(target, ast.Starred):
        _bind_target(overlay, target.value, None)


def _walrus(ev: Evaluator, node: ast.NamedExpr) -> Value:
    value = ev.eval(node.value)
    ev.store(node.target.id, value, node.lineno)
    return value


def _formatted(ev: Evaluator, node: ast.JoinedStr | ast.FormattedValue) -> Value:
    for part in node.values if isinstance(node, ast.JoinedStr) else [node.value]:
        if part.__class__ is not ast.Constant:
            ev.eval(part)
    return DATA


def _yield(ev: Evaluator, node: ast.Yield) -> Value:
    value = ev.eval(node.value) if node.value is not None else None
    if ev.activation is not None:
        ev.activation.yielded.append(value)
    return None


def _yield_from(ev: Evaluator, node: ast.YieldFrom) -> Value:
    value = ev.eval(node.value)
    if ev.activation is not None:
        ev.activation.yielded.append(iterate(value))
    return None


def _inner(ev: Evaluator, node: ast.Await | ast.Starred) -> Value:
    return ev.eval(node.value)


def _slice(ev: Evaluator, node: ast.Slice) -> Value:
    for part in (node.lower, node.upper, node.step):
        if part is not None:
            ev.eval(part)
    return None


def _template(ev: Evaluator, node: ast.expr) -> Value:
    parts: Sequence[ast.expr] = getattr(node, "values", ())
    for part in parts:
        inner = getattr(part, "value", None)
        if isinstance(inner, ast.expr) and not isinstance(inner, ast.Constant):
            ev.eval(inner)
    return DATA


HANDLERS: dict[type[ast.AST], Callable[[Evaluator, Any], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.BinOp: _operator,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _choice,
    ast.Lambda: _lambda,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.NamedExpr: _walrus,
    ast.JoinedStr: _formatted,
    ast.FormattedValue: _formatted,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.Await: _inner,
    ast.Starred: _inner,
    ast.Slice: _slice,
}
for _new in ("TemplateStr", "Interpolation"):
    if hasattr(ast, _new):
        HANDLERS[getattr(ast, _new)] = _template
