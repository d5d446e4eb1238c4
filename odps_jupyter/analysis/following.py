"""Calls of the notebook's own functions: their bodies are followed, and what came of it is kept."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .activation import Activation
from .catalogue import CANDIDATES
from .joining import any_carries, known, one_of
from .names import Names
from .parameters import named_parameters
from .record import Findings, Summary
from .scopes import Scope
from .values import DATA, Const, Either, Frame, Function, Items, Literals, Mapping, Member, Module, Opaque, Shape, Value

if TYPE_CHECKING:
    from .evaluator import Evaluator

#: Calls deeper than this are taken as unknown; a notebook's own functions are rarely more than a few deep.
_DEPTH = 16
#: Bodies followed for one cell; behind it calls are taken as unknown, so that no cell takes long.
_FOLLOWED = 500
#: A function that calls itself is followed so often, as long as it does so with other arguments.
_RECURSION = 4
#: Classes of expressions that people write as annotations.
_ANNOTATED = {
    "odps.df.DataFrame": Shape.COLLECTION,
    "odps.DataFrame": Shape.COLLECTION,
    "odps.df.core.DataFrame": Shape.COLLECTION,
    "odps.df.expr.expressions.CollectionExpr": Shape.COLLECTION,
    "odps.df.expr.expressions.SequenceExpr": Shape.SEQUENCE,
    "maxframe.dataframe.DataFrame": Shape.MAXFRAME,
    "maxframe.dataframe.Series": Shape.MAXFRAME,
}
_LITERAL = (Const, Either, Literals)


def annotated(ev: Evaluator, annotation: ast.expr) -> Value:
    """What a parameter that nothing else is known of is, by its annotation."""
    attributes: list[str] = []
    while isinstance(annotation, ast.Attribute):
        attributes.insert(0, annotation.attr)
        annotation = annotation.value
    if not isinstance(annotation, ast.Name):
        return None
    root = ev.load_global(annotation.id)
    if not isinstance(root, (Module, Member)):
        return None
    path = ".".join((root.path, *attributes))
    if path in _ANNOTATED:
        return Frame(_ANNOTATED[path])
    return Opaque(path) if path.startswith(("pandas.", "numpy.")) else None


def invoke(
    ev: Evaluator, function: Function, arguments: tuple[Value, ...], keywords: tuple[tuple[str, Value], ...]
) -> tuple[Value, Value]:
    key = function.key
    if ev.stack.count(key) >= _RECURSION or len(ev.stack) >= _DEPTH:
        return None, None
    scope = ev.world.scope(key)
    ev.findings.cells.add(key[0])
    if not _follows(scope):
        # What a literal is changes nothing in such a body: one summary does for all.
        arguments = tuple([None if isinstance(value, _LITERAL) else value for value in arguments])
        keywords = tuple([(name, None if isinstance(value, _LITERAL) else value) for name, value in keywords])
    memo = (function, arguments, keywords)
    if key in ev.stack and memo in ev.following:
        return None, None
    summary = ev.world.summaries.get(memo)
    if summary is not None and _still_holds(ev, summary):
        ev.findings.add(summary.findings)
        ev.world.texts.update(summary.findings.sites)
        ev.left = {}  # what is kept changes nothing
        return summary.result, summary.changed
    if ev.followed >= _FOLLOWED:
        return None, None
    ev.followed += 1
    outer, ev.findings = ev.findings, Findings()
    try:
        result, changed = _follow(ev, function, scope, arguments, keywords)
    finally:
        inner, ev.findings = ev.findings, outer
        outer.add(inner)
    if not inner.effects:
        versions = {cell: ev.world.sources[cell] for cell in (*inner.cells, key[0])}
        ev.world.summaries[memo] = Summary(result, changed, inner, versions)
    return result, changed


def _still_holds(ev: Evaluator, summary: Summary) -> bool:
    sources = ev.world.sources
    if any(sources.get(cell) is not version for cell, version in summary.versions.items()):
        return False
    names = summary.findings.names
    writes, reads = ev.result.writes, ev.result.reads
    for name, value in names.items():
        found = writes[name] if name in writes else reads[name] if name in reads else ev.base(name)
        if found is not value and found != value:
            return False
    for name in names:
        if name not in writes and name not in reads:
            reads[name] = ev.base(name)
    return True


def _follow(
    ev: Evaluator, function: Function, scope: Scope, arguments: Sequence[Value], keywords: tuple[tuple[str, Value], ...]
) -> tuple[Value, Value]:
    node = ev.world.node(scope.key)
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    parameters = scope.parameters
    names = Names(function.bound)
    names.update(zip(parameters, arguments, strict=False))
    if node.args.vararg is not None:
        names[node.args.vararg.arg] = Items(tuple(arguments[len(parameters) :]))
    others = []
    for name, value in keywords:
        if name in parameters:
            names[name] = value
        else:
            others.append((name, value))
    if node.args.kwarg is not None:
        names[node.args.kwarg.arg] = Mapping(tuple(others)) if others else DATA
    if scope.annotations:
        for parameter in named_parameters(node.args):
            if names.get(parameter.arg) is None and parameter.annotation is not None:
                names[parameter.arg] = annotated(ev, parameter.annotation)
    activation = Activation(scope, names, dict(function.closure))
    saved = (ev.activation, ev.names, ev.overlays)
    ev.activation, ev.names, ev.overlays = activation, names, []
    ev.stack.append(function.key)
    ev.following.append((function, tuple(arguments), keywords))
    try:
        if isinstance(node, ast.Lambda):
            return ev.eval(node.body), None
        ev.block(node.body)
    finally:
        ev.stack.pop()
        ev.following.pop()
        ev.activation, ev.names, ev.overlays = saved
        ev.left = activation.visible
    changed = known(names[parameters[0]]) if parameters and parameters[0] in names else None
    if scope.generator:
        yields = any_carries(activation.yielded)
        return Items(tuple(activation.yielded), exact=False) if yields else None, changed
    return one_of(*activation.returned) if activation.returned else None, changed


def _follows(scope: Scope) -> bool:
    """Whether the body may do more with its arguments than pass them on."""
    if scope.follows is None:
        by_name = "getattr" in scope.loads  # which attribute that is, a literal says
        scope.follows = bool(scope.children) or by_name or not CANDIDATES.isdisjoint(scope.attributes)
    return scope.follows
