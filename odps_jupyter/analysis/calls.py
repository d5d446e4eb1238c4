"""What calls do: hand callables over, execute expressions, run the notebook's own functions, or build values."""

from __future__ import annotations

import ast
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import attributes, elsewhere, handing, libraries, literals, operators, parents, records
from .catalogue import (
    TELLING_KEYWORDS,
    TELLING_METHODS,
)
from .containers import call_container
from .joining import any_carries, frame_of, known, one_of
from .mutation import replace
from .values import (
    DATA,
    Class,
    Const,
    Either,
    Frame,
    FrameMethod,
    Function,
    Instance,
    Items,
    Literals,
    Mapping,
    Member,
    Method,
    Module,
    OneOf,
    Opaque,
    Operator,
    Partial,
    RecordType,
    Shape,
    Table,
    Value,
    Wrapped,
    got_from,
    is_data,
)

if TYPE_CHECKING:
    from .evaluator import Evaluator


Keywords = AbstractMapping[str, Value]


def call(ev: Evaluator, node: ast.Call) -> Value:
    func = node.func
    if func.__class__ is ast.Attribute:
        assert isinstance(func, ast.Attribute)
        if ev.activation is not None and parents.is_super(ev, func.value):
            arguments, keywords = _arguments(ev, node)
            return parents.call_inherited(ev, func.attr, arguments, keywords, node)
        owner = ev.eval(func.value)
        arguments, keywords = _arguments(ev, node)
        return _call_attribute(ev, owner, func.attr, arguments, keywords, node)
    callee = ev.eval(func)
    arguments, keywords = _arguments(ev, node)
    return call_value(ev, callee, arguments, keywords, node)


def _arguments(ev: Evaluator, node: ast.Call) -> tuple[list[Value], dict[str, Value]]:
    arguments: list[Value] = []
    for argument in node.args:
        value = ev.eval(argument)
        if argument.__class__ is ast.Starred:
            rows = attributes.listed(value)
            if rows is not None:
                arguments.extend(rows.items)
                continue
            value = attributes.iterate(value)
        arguments.append(value)
    keywords: dict[str, Value] = {}
    if not node.keywords:
        return arguments, keywords
    for keyword in node.keywords:
        value = ev.eval(keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value, Mapping):
            keywords.update({key: held for key, held in value.items if isinstance(key, str)})
        elif isinstance(value, Literals) and value.keys is not None:
            pairs = zip(value.keys, value.values, strict=True)
            keywords.update({key: literals.literal(held) for key, held in pairs if isinstance(key, str)})
    return arguments, keywords


def _call_attribute(
    ev: Evaluator, owner: Value, name: str, arguments: list[Value], keywords: dict[str, Value], node: ast.Call
) -> Value:
    assert isinstance(node.func, ast.Attribute)
    if name in TELLING_METHODS and not TELLING_KEYWORDS.isdisjoint(keywords) and elsewhere.is_unknown(owner):
        # Nothing else's map or apply takes these keywords: the receiver shows itself.
        return handing.call_frame(ev, Frame(Shape.ANY), name, arguments, keywords, node)
    kind = owner.__class__
    if kind is Member:
        # Most calls of a notebook: nothing below is about them.
        return call_value(ev, attributes.attribute(ev, owner, name, node.func), arguments, keywords, node)
    if kind is Opaque and not is_data(owner):
        assert isinstance(owner, Opaque)
        elsewhere.run_elsewhere(ev, owner, arguments, keywords, node)
        return got_from(owner, name)
    if kind is Frame:
        assert isinstance(owner, Frame)
        return handing.call_frame(ev, owner, name, arguments, keywords, node)
    if isinstance(owner, FrameMethod):
        return _call_attribute(ev, frame_of(owner), name, arguments, keywords, node)
    if isinstance(owner, Literals):
        if not literals.changes(name):
            return literals.call(owner, name, arguments)
        replace(ev, node.func.value, DATA)
        owner = DATA
    if isinstance(owner, Either) and not literals.changes(name):
        return literals.together(owner, lambda row: literals.call(row, name, arguments))
    if isinstance(owner, Items) and name in owner.names:
        return call_value(ev, owner.items[owner.names.index(name)], arguments, keywords, node)
    if name in records.METHODS and (attributes.is_named_tuple(owner) or isinstance(owner, Mapping) or owner is DATA):
        return records.call(owner, name, keywords)
    if isinstance(owner, Mapping) and any(key == name for key, _ in owner.items) and not hasattr(dict, name):
        return call_value(ev, attributes.item(owner, Const(name)), arguments, keywords, node)
    if isinstance(owner, (Items, Mapping)) or (owner is DATA and any_carries(arguments)):
        return call_container(ev, owner, name, arguments, keywords, node.func.value)
    if isinstance(owner, Instance):
        for key, value in owner.state:
            if key == name:
                return call_value(ev, value, arguments, keywords, node)
        if attributes.lookup(owner.of, name) is None and attributes.lookup(owner.of, "__getattr__") is not None:
            return call_value(ev, attributes.attribute(ev, owner, name, node.func), arguments, keywords, node)
        return call_method(ev, node.func.value, owner, name, arguments, keywords, node)
    if isinstance(owner, OneOf):
        return one_of(*(_call_attribute(ev, option, name, arguments, keywords, node) for option in owner.options))
    if isinstance(owner, Module) and owner.path == "__main__":
        return _call_namespace(ev, name, arguments, keywords, node)
    if owner is None and name == "get_table":
        return Table()
    return call_value(ev, attributes.attribute(ev, owner, name, node.func), arguments, keywords, node)


def _call_namespace(
    ev: Evaluator, name: str, arguments: list[Value], keywords: dict[str, Value], node: ast.Call
) -> Value:
    """``globals().name(...)``, or a function of the notebook by ``__main__.name(...)``."""
    first = arguments[0] if arguments else None
    if name == "update":
        given = [*(first.items if isinstance(first, Mapping) else ()), *keywords.items()]
        for key, value in given:
            if isinstance(key, str):
                ev.store_global(key, value, node.lineno)
        return None
    if name in ("get", "setdefault", "__getitem__"):
        known_name = first.value if isinstance(first, Const) else None
        return known(ev.load_global(known_name)) if isinstance(known_name, str) else None
    return call_value(ev, known(ev.load_global(name)), arguments, keywords, node)


def call_value(ev: Evaluator, callee: Value, arguments: Sequence[Value], keywords: Keywords, node: ast.expr) -> Value:
    """What calling ``callee`` gives; ``node`` is the call, or the decorator."""
    if callee is None or isinstance(callee, (Opaque, Const)):
        elsewhere.run_elsewhere(ev, callee, arguments, keywords, node)
        return got_from(callee) if isinstance(callee, Opaque) else None
    if isinstance(callee, Member):
        return libraries.call_member(ev, callee, arguments, keywords, node)
    if isinstance(callee, Function):
        note(ev, callee, node)
        return ev.call(callee, arguments, keywords.items())
    if isinstance(callee, RecordType):
        given = dict(zip(callee.names, arguments, strict=False)) | dict(keywords)
        held = tuple(given.get(name) for name in callee.names)
        return Items(held, names=callee.names) if any_carries(held) else DATA
    if isinstance(callee, Class):
        return construct(ev, callee, arguments, keywords, node)
    if isinstance(callee, FrameMethod) and isinstance(node, ast.Call):
        return handing.call_frame(ev, callee.frame, callee.name, arguments, keywords, node, callee.text)
    if isinstance(callee, Method):
        note(ev, callee.function, node)
        return ev.call(callee.function, [callee.owner, *arguments], keywords.items())
    if isinstance(callee, Instance):
        holder = node.func if isinstance(node, ast.Call) else node
        # A decorator written as a call holds what that call returned under no name.
        by_name = isinstance(holder, ast.Name) and ev.load(holder.id) == callee
        return call_method(ev, holder if by_name else None, callee, "__call__", arguments, keywords, node)
    if isinstance(callee, Partial):
        merged = dict(callee.keywords) | dict(keywords)
        return call_value(ev, callee.target, [*(v for _, v in callee.arguments), *arguments], merged, node)
    if isinstance(callee, Operator):
        return operators.apply(ev, callee, arguments[0] if arguments else None, node)
    if isinstance(callee, Wrapped):
        return call_value(ev, callee.function, arguments, keywords, node)
    if isinstance(callee, OneOf):
        return one_of(*(call_value(ev, option, arguments, keywords, node) for option in callee.options))
    if isinstance(callee, Frame):
        # A column named like a method, or `df(...)`: still an expression.
        return Frame(Shape.ANY, callee.local, callee.sites)
    return None


def note(ev: Evaluator, function: Function, node: ast.expr | ast.ClassDef) -> None:
    """Says that ``function`` is called here, by ``node``."""
    line = node.lineno
    ev.use_local(function.key, f"called{ev.caller()} in {{where}}", line)
    if function.stands_for is not None:
        ev.use_local(function.stands_for, f"called{ev.caller()} in {{where}}", line)


def construct(ev: Evaluator, of: Class, arguments: Sequence[Value], keywords: Keywords, node: ast.expr) -> Value:
    """An instance of a class of the notebook, made here; of a subclass of PyODPS's DataFrame, the expression."""
    for base in of.bases:
        if isinstance(base, Member) and base.path in libraries.DATAFRAME:
            return libraries.call_member(ev, base, arguments, keywords, node)
    made: Value = Instance(of)
    if attributes.lookup(of, "__dataclass_fields__") is not None or attributes.is_record(of):
        ev.use_local(of.key, f"an instance is made{ev.caller()} in {{where}}", node.lineno)
        names = ev.world.scope(of.key).fields
        state = [*zip(names, arguments, strict=False), *keywords.items()]
        made = Instance(of, tuple((name, value) for name, value in state if value is not None))
    for name in ("__new__", "__init__", "__post_init__"):
        initialiser = attributes.lookup(of, name)
        if not isinstance(initialiser, Function):
            continue
        ev.use_local(of.key, f"an instance is made{ev.caller()} in {{where}}", node.lineno)
        if name == "__new__":
            continue
        ev.use_local(initialiser.key, f"called{ev.caller()} in {{where}}", node.lineno)
        held = arguments if name == "__init__" else ()
        made = ev.call_on(initialiser, made, held, keywords.items() if name == "__init__" else ())[1]
    return made


def call_method(
    ev: Evaluator,
    holder: ast.expr | None,
    owner: Instance,
    name: str,
    arguments: Sequence[Value] = (),
    keywords: Keywords | None = None,
    node: ast.expr | None = None,
) -> Value:
    """``owner.name(...)``; where the method changes the object, the name that holds it is bound anew."""
    keywords = keywords or {}
    found = attributes.lookup(owner.of, name)
    line = node if node is not None else holder
    if isinstance(found, Function):
        if line is not None:
            note(ev, found, line)
            if found.key[0] != owner.of.key[0] or ev.world.scope(found.key).parent is not ev.world.scope(owner.of.key):
                ev.use_local(owner.of.key, f"its method {name} is called{ev.caller()} in {{where}}", line.lineno)
        result, changed = ev.call_on(found, owner, arguments, keywords.items())
        if changed != owner and holder is not None:
            replace(ev, holder, changed)
        return result
    if found is None or line is None:
        elsewhere.run_elsewhere(ev, None, arguments, keywords, line)
        return None
    return call_value(ev, attributes.attribute(ev, owner, name, line), arguments, keywords, line)
