"""Statements that choose what runs, and how often: ``if``, ``match`` and loops."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from . import statements
from .attributes import each_of, rounds, truth
from .nodes import walk
from .scopes import Scope, stored_names
from .values import Const, Value

if TYPE_CHECKING:
    from .evaluator import Evaluator


def if_(ev: Evaluator, node: ast.If) -> None:
    decided = truth(ev.eval(node.test))
    if decided is None:
        ev.fork(lambda: ev.block(node.body), lambda: ev.block(node.orelse))
        return
    live, dead = (node.body, node.orelse) if decided else (node.orelse, node.body)
    if dead and ev.activation is None:
        # Numbered in the order of the text, so that the definitions of a cell keep their numbers.
        if not decided:
            skip(ev, dead, node.test, decided)
        ev.block(live)
        if decided:
            skip(ev, dead, node.test, decided)
    else:
        ev.block(live)


def skip(ev: Evaluator, dead: Sequence[ast.AST], test: ast.expr, decided: bool) -> None:
    """Lists the definitions of a branch that does not run."""
    _skipped(ev, ev.scanner.register(dead), f"{ev.quote(test)} is {'true' if decided else 'false'}")


def _skipped(ev: Evaluator, dead: Sequence[Scope], why: str) -> None:
    for scope in dead:
        ev.result.skipped[scope.key] = f"in a branch that does not run, as {why}"


def _loop(ev: Evaluator, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt]) -> None:
    # A literal that the loop changes decides no branch in it.
    for name in stored_names(body, walrus=":=" in ev.source()):
        if isinstance(ev.load_or_unbound(name), Const):
            ev.store(name, None, 0)
    ev.fork(lambda: ev.block(body), lambda: None)
    ev.block(orelse)


def for_(ev: Evaluator, node: ast.For | ast.AsyncFor) -> None:
    source = ev.eval(node.iter)
    each = ev.by_rounds(rounds(source))
    if not each:
        statements.assign(ev, node.target, each_of(ev, source, node.iter))
        _loop(ev, node.body, node.orelse)
        return
    leaves = any(isinstance(part, (ast.Break, ast.Continue)) for part in walk(*node.body))
    for value in each:
        statements.assign(ev, node.target, value)
        if leaves:
            ev.fork(lambda: ev.block(node.body), lambda: None)
        else:
            ev.block(node.body)
    ev.block(node.orelse)


def while_(ev: Evaluator, node: ast.While) -> None:
    if truth(ev.eval(node.test)) is False:
        if ev.activation is None:
            skip(ev, node.body, node.test, False)
        ev.block(node.orelse)
        return
    _loop(ev, node.body, node.orelse)


def match_(ev: Evaluator, node: ast.Match) -> None:
    subject = ev.eval(node.subject)
    cases: list[ast.match_case] = []
    ends = False
    for found in node.cases:
        # Numbered in the order of the text, so that the definitions of a cell keep their numbers.
        held = ev.scanner.register(found.body) if ev.activation is None else []
        taken = False if ends else matches(found.pattern, subject)
        if taken is False:
            _skipped(ev, held, f"{ev.quote(node.subject)} is another")
        else:
            cases.append(found)
            ends = taken is True and found.guard is None

    def case(found: ast.match_case) -> Callable[[], None]:
        def follow() -> None:
            for part in walk(found.pattern):
                if isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name:
                    ev.store(part.name, subject if isinstance(part, ast.MatchAs) else None, part.lineno)
            if found.guard is not None:
                ev.eval(found.guard)
            ev.block(found.body)

        return follow

    ev.fork(*(case(found) for found in cases), *([] if ends else [lambda: None]))


def matches(pattern: ast.pattern, subject: Value) -> bool | None:
    """Whether ``pattern`` takes ``subject``; None where that cannot be told."""
    if isinstance(pattern, ast.MatchAs):
        return True if pattern.pattern is None else matches(pattern.pattern, subject)
    if isinstance(pattern, ast.MatchOr):
        found = [matches(part, subject) for part in pattern.patterns]
        return True if True in found else None if None in found else False
    if not isinstance(subject, Const):
        return None
    if isinstance(pattern, ast.MatchSingleton):
        return subject.value is pattern.value
    if isinstance(pattern, ast.MatchValue) and isinstance(pattern.value, ast.Constant):
        return bool(subject.value == pattern.value.value)
    return None
