"""What each kind of expression evaluates to."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import calls, literals, parameters, parents
from .attributes import attribute, frame_item, item, iterate, lookup, slice_of, truth
from .comprehensions import comprehension
from .joining import carries, combine, frame_of, known, one_of
from .keys import key_of
from .mutation import ITEMS
from .parts import value_module
from .values import (
    DATA,
    UNBOUND,
    Const,
    Frame,
    Instance,
    Items,
    Literals,
    Mapping,
    Member,
    Module,
    Opaque,
    Value,
    const,
)

if TYPE_CHECKING:
    from .evaluator import Evaluator

#: Modules whose members every side has, or that are none.
_LOCAL = ("builtins", "<")
#: The major version of a kernel's Python.
_MAJOR = 3


def _constant(ev: Evaluator, node: ast.Constant) -> Value:
    return const(node.value)


def _name(ev: Evaluator, node: ast.Name) -> Value:
    if ev.activation is None and not ev.overlays:
        # Most names of a cell are its own: found without the longer way.
        value = ev.names.get(node.id)
        if value is None or value is UNBOUND:
            value = ev.load_global(node.id)
        return None if value is UNBOUND else value
    return ev.load(node.id)


def _attribute(ev: Evaluator, node: ast.Attribute) -> Value:
    if ev.activation is not None and parents.is_super(ev, node.value):
        return parents.inherited(ev, node.attr, node)
    return attribute(ev, ev.eval(node.value), node.attr, node)


def _subscript(ev: Evaluator, node: ast.Subscript) -> Value:
    owner = ev.eval(node.value)
    index = ev.eval(node.slice)
    frame = frame_of(owner)
    if frame is not None:
        return frame_item(ev, frame, index, node)
    if isinstance(owner, Module) and owner.path == "__main__":
        return known(ev.load_global(index.value)) if isinstance(index, Const) and isinstance(index.value, str) else None
    if isinstance(owner, Member) and owner.path == "sys.modules":
        named = index.value if isinstance(index, Const) else None
        return Module(named, named) if isinstance(named, str) else None
    if isinstance(owner, Instance):
        if lookup(owner.of, "__getitem__") is None:
            return item(dict(owner.state).get(ITEMS), index)
        return calls.call_method(ev, node.value, owner, "__getitem__", [index], {}, node)
    if isinstance(node.slice, ast.Slice) and isinstance(owner, (Items, Literals)):
        return slice_of(owner, node.slice)
    if isinstance(owner, Member) and owner.path == "sys.version_info" and index == Const(0):
        return Const(_MAJOR)
    return item(owner, index)


def _call(ev: Evaluator, node: ast.Call) -> Value:
    return calls.call(ev, node)


_DUNDERS: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.Mod: "mod", ast.BitOr: "or",
    ast.BitAnd: "and", ast.BitXor: "xor", ast.RShift: "rshift", ast.LShift: "lshift", ast.MatMult: "matmul",
}  # fmt: skip


def _operator(ev: Evaluator, node: ast.BinOp) -> Value:
    left, right = ev.eval(node.left), ev.eval(node.right)
    name = _DUNDERS.get(node.op.__class__, "")
    if isinstance(left, Instance) and lookup(left.of, f"__{name}__") is not None:
        return calls.call_method(ev, None, left, f"__{name}__", [right], {}, node)
    if isinstance(right, Instance) and lookup(right.of, f"__r{name}__") is not None:
        return calls.call_method(ev, None, right, f"__r{name}__", [left], {}, node)
    return combine(left, right)


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
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


def _compare(ev: Evaluator, node: ast.Compare) -> Value:
    left = ev.eval(node.left)
    rights = [ev.eval(part) for part in node.comparators]
    frame = frame_of(combine(left, *rights))
    if frame is not None:
        return frame
    decided = _of_version(left, node.ops[0], rights[0]) if isinstance(left, Member) else None
    if decided is not None:
        return Const(decided)
    if len(rights) > 1 or not isinstance(left, (Const, Literals)) or not isinstance(rights[0], (Const, Literals)):
        return None
    try:
        return Const(_COMPARED[node.ops[0].__class__](_value(left), _value(rights[0])))
    except TypeError:
        return None  # it raises when it is run: no branch follows


def _of_version(left: Member, operator_: ast.cmpop, right: Value) -> bool | None:
    """``sys.version_info >= (3,)``: a kernel's Python is some 3."""
    if left.path != "sys.version_info" or not isinstance(right, Literals) or not right.values:
        return None
    major = right.values[0]
    if not isinstance(major, int) or operator_.__class__ not in (ast.Lt, ast.LtE, ast.Gt, ast.GtE):
        return None
    above = isinstance(operator_, (ast.Gt, ast.GtE))
    if major != _MAJOR:
        return above if major < _MAJOR else not above
    return above if right.values[1:] in ((), (0,)) else None


def _value(of: Const | Literals) -> object:
    return of.value if isinstance(of, Const) else of.values if of.keys is None else of.keys


def _choice(ev: Evaluator, node: ast.IfExp) -> Value:
    decided = truth(ev.eval(node.test))
    if decided is None:
        return one_of(ev.eval(node.body), ev.eval(node.orelse))
    live, dead = (node.body, node.orelse) if decided else (node.orelse, node.body)
    if ev.activation is None:
        for scope in ev.scanner.register([dead]):
            said = "true" if decided else "false"
            ev.result.skipped[scope.key] = f"in a branch that does not run, as {ev.quote(node.test)} is {said}"
    return ev.eval(live)


def _lambda(ev: Evaluator, node: ast.Lambda) -> Value:
    return ev.function(node, defaults(ev, node.args))


def defaults(ev: Evaluator, arguments: ast.arguments) -> tuple[tuple[str, Value], ...]:
    """Parameters with a default and its value; defaults are evaluated where the function is defined."""
    if not arguments.defaults and not arguments.kw_defaults:
        return ()
    return tuple([(argument.arg, ev.eval(default)) for argument, default in parameters.defaults(arguments)])


def _matters(value: Value) -> bool:
    """Whether a list or dict that holds ``value`` is more than data: what modules define travels by name."""
    return carries(value) or (isinstance(value, (Member, Module)) and not value_module(value).startswith(_LOCAL))


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
        matters = matters or _matters(values[-1] if values else None)
    return Items(tuple(values), exact) if matters else literals.display(values, ordered=exact) if values else DATA


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
        items.append((key_of(named), value))
        matters = matters or _matters(value)
    return Mapping(tuple(items)) if matters else literals.dictionary(items) if items else DATA


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
    ast.ListComp: comprehension,
    ast.SetComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.DictComp: comprehension,
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
