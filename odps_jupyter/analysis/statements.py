"""What each kind of statement does to names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import branches, calls, registering
from .attributes import iterate, together
from .decorators import decorate
from .expressions import defaults
from .joining import any_carries, carries, combine
from .mutation import put_attribute, put_item, put_on_module, replace
from .scopes import imports
from .values import (
    DATA,
    DECORATED,
    UNBOUND,
    Class,
    Frame,
    Function,
    Instance,
    Items,
    Literals,
    Member,
    Module,
    Value,
    const,
)

if TYPE_CHECKING:
    from .evaluator import Evaluator

#: What ``from odps.df import *`` binds that matters here.
_ODPS_DF = ("DataFrame", "Delay", "NullScalar", "RandomScalar", "Scalar", "agg", "aggregate", "func", "output",
            "output_names", "output_types", "make_list", "make_dict", "switch")  # fmt: skip


def _assign(ev: Evaluator, node: ast.Assign) -> None:
    value = ev.eval(node.value)
    for target in node.targets:
        assign(ev, target, value)


def assign(ev: Evaluator, target: ast.expr, value: Value) -> None:
    """Binds ``target``, which may be a name, a pattern of names, an item or an attribute, to ``value``."""
    if isinstance(target, ast.Name):
        ev.store(target.id, value, target.lineno)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(ev, target.elts, value)
    elif isinstance(target, ast.Starred):
        assign(ev, target.value, Items((value,), exact=False) if carries(value) else None)
    elif isinstance(target, ast.Attribute):
        owner = ev.eval(target.value)
        put_attribute(ev, target.value, owner, target.attr, value)
    elif isinstance(target, ast.Subscript):
        owner = ev.eval(target.value)
        index = ev.eval(target.slice)
        put_item(ev, target.value, owner, index, value)


def _unpack(ev: Evaluator, targets: Sequence[ast.expr], value: Value) -> None:
    value = together(value, len(targets))
    if isinstance(value, Items) and value.exact and len(value.items) == len(targets):
        for target, item in zip(targets, value.items, strict=True):
            assign(ev, target, item)
        return
    starred = [place for place, target in enumerate(targets) if isinstance(target, ast.Starred)]
    if isinstance(value, Items) and value.exact and len(starred) == 1 and len(value.items) >= len(targets) - 1:
        place, after = starred[0], len(targets) - starred[0] - 1
        held = value.items[place : len(value.items) - after]
        for target, item in zip(targets[:place], value.items, strict=False):
            assign(ev, target, item)
        rest = targets[place]
        assert isinstance(rest, ast.Starred)
        assign(ev, rest.value, Items(held) if any_carries(held) else DATA)
        for target, item in zip(targets[place + 1 :], value.items[len(value.items) - after :], strict=True):
            assign(ev, target, item)
        return
    # `a, b = df.split(0.5)`: parts of an expression are expressions.
    item = value if isinstance(value, Frame) else iterate(value)
    for target in targets:
        assign(ev, target, item)


def _ann_assign(ev: Evaluator, node: ast.AnnAssign) -> None:
    if node.value is not None:
        assign(ev, node.target, ev.eval(node.value))


def _aug_assign(ev: Evaluator, node: ast.AugAssign) -> None:
    value = ev.eval(node.value)
    current = ev.eval(node.target) if isinstance(node.target, (ast.Name, ast.Attribute, ast.Subscript)) else None
    assign(ev, node.target, combine(current, value))


def _expression(ev: Evaluator, node: ast.Expr) -> None:
    ev.eval(node.value)


def _with(ev: Evaluator, node: ast.With | ast.AsyncWith) -> None:
    for item in node.items:
        value = ev.eval(item.context_expr)
        if item.optional_vars is not None:
            if isinstance(value, Instance):
                entered = calls.call_method(ev, item.context_expr, value, "__enter__")
                value = value if entered is None else entered
            elif isinstance(value, Items):
                value = iterate(value)  # a @contextmanager function yields what `as` binds
            assign(ev, item.optional_vars, value)
    ev.block(node.body)


def _try(ev: Evaluator, node: ast.Try | ast.TryStar) -> None:
    def handled(handler: ast.ExceptHandler) -> Callable[[], None]:
        def follow() -> None:
            if handler.type is not None:
                ev.eval(handler.type)
            if handler.name:
                ev.store(handler.name, None, handler.lineno)
            ev.block(handler.body)

        return follow

    def whole() -> None:
        ev.block(node.body)
        ev.block(node.orelse)

    if node.handlers:
        ev.fork(whole, *(handled(handler) for handler in node.handlers))
    else:
        whole()
    ev.block(node.finalbody)


def _function(ev: Evaluator, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    decorators = [ev.eval(decorator) for decorator in node.decorator_list]
    function = ev.function(node, defaults(ev, node.args))
    value: Value = function
    for decorator, expression in zip(reversed(decorators), reversed(node.decorator_list), strict=True):
        value = decorate(ev, decorator, expression, value)
    if isinstance(value, Function) and value.key != function.key and value.stands_for is None:
        value = Function(value.key, value.closure, value.bound, stands_for=function.key)
    ev.store(node.name, value, node.lineno)


#: Decorators that leave a class with what is written in it, and comparisons.
_ADDING_NOTHING = frozenset(
    {
        "functools.total_ordering", "typing.final", "typing.runtime_checkable", "typing_extensions.final",
        "typing_extensions.runtime_checkable", "enum.unique", "odps.df.output", "odps.df.output_names",
        "odps.df.output_types",
    }
)  # fmt: skip


def _class(ev: Evaluator, node: ast.ClassDef) -> None:
    bases = tuple(value for value in map(ev.eval, node.bases) if carries(value) or isinstance(value, (Member, Module)))
    keywords = {keyword.arg or "**": ev.eval(keyword.value) for keyword in node.keywords}
    decorators = [ev.eval(decorator) for decorator in node.decorator_list]
    key, attributes = ev.class_body(node)
    value = Class(key, bases, attributes)
    if bases or keywords:
        value = registering.made(ev, node, value, keywords)
    for decorator, expression in zip(reversed(decorators), reversed(node.decorator_list), strict=True):
        if isinstance(decorator, (Function, Class, Instance)):
            result = calls.call_value(ev, decorator, [value], {}, expression)
            value = result if isinstance(result, Class) else value
        path = decorator.path if isinstance(decorator, Member) else getattr(decorator, "origin", None)
        if path == "dataclasses.dataclass":
            value = Class(key, bases, (*value.attributes, ("__dataclass_fields__", decorator)))
        elif path not in _ADDING_NOTHING:
            value = Class(value.key, value.bases, (*value.attributes, (DECORATED, const(True))))
    ev.store(node.name, value, node.lineno)


def _return(ev: Evaluator, node: ast.Return) -> None:
    if node.value is not None:
        value = ev.eval(node.value)
        if ev.activation is not None:
            ev.activation.returned.append(value)


def _import(ev: Evaluator, node: ast.Import | ast.ImportFrom) -> None:
    for item in imports(node):
        if ev.activation is None:
            ev.result.imports.append(item)
        value: Value
        if item.member is None:
            whole = item.bound != item.module.partition(".")[0]
            value = Module(item.module if whole else item.bound, item.module)
        elif item.member == "*":
            if item.module == "odps.df":
                for name in _ODPS_DF:
                    ev.store(name, Member("odps.df", name), item.line)
            else:
                starred = ev.load_or_unbound("*")
                held = starred.items if isinstance(starred, Items) else ()
                ev.store("*", Items((*held, Module(item.module, item.module))), item.line)
            continue
        else:
            value = Member(item.module, item.member)
        ev.store(item.bound, value, item.line)


def _delete(ev: Evaluator, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            ev.store(target.id, UNBOUND, target.lineno)
        elif isinstance(target, ast.Attribute):
            owner = ev.eval(target.value)
            if isinstance(owner, (Module, Member)):
                put_on_module(ev, owner, target.attr, UNBOUND, target.lineno)
            elif isinstance(owner, (Instance, Class)):
                put_attribute(ev, target.value, owner, target.attr, None)
        elif isinstance(target, ast.Subscript):
            owner = ev.eval(target.value)
            if isinstance(owner, Literals):
                replace(ev, target.value, DATA)


def _raise(ev: Evaluator, node: ast.Raise) -> None:
    for part in (node.exc, node.cause):
        if part is not None:
            ev.eval(part)


def _assert(ev: Evaluator, node: ast.Assert) -> None:
    ev.eval(node.test)
    if node.msg is not None:
        ev.eval(node.msg)


def _nothing(ev: Evaluator, node: ast.stmt) -> None:
    """``pass``, ``break``, ``continue``, and ``global``/``nonlocal``, which the scopes know already."""


def _type_alias(ev: Evaluator, node: ast.stmt) -> None:
    name = getattr(node, "name", None)
    if isinstance(name, ast.Name):
        ev.store(name.id, None, node.lineno)


HANDLERS: dict[type[ast.AST], Callable[[Evaluator, Any], None]] = {
    ast.Assign: _assign,
    ast.AnnAssign: _ann_assign,
    ast.AugAssign: _aug_assign,
    ast.Expr: _expression,
    ast.If: branches.if_,
    ast.For: branches.for_,
    ast.AsyncFor: branches.for_,
    ast.While: branches.while_,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Return: _return,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Delete: _delete,
    ast.Match: branches.match_,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Pass: _nothing,
    ast.Break: _nothing,
    ast.Continue: _nothing,
    ast.Global: _nothing,
    ast.Nonlocal: _nothing,
}
if hasattr(ast, "TypeAlias"):
    HANDLERS[ast.TypeAlias] = _type_alias
