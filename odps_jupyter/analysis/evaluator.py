"""Follows callables and PyODPS expressions through the statements of one cell, without running anything."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from . import expressions, statements
from .catalogue import CANDIDATES
from .needs import shipments
from .quoting import text
from .record import Evaluation, Execution, Findings, SiteText, Summary, Use
from .scopes import FunctionNode, Scanner, Scope
from .values import (
    DATA,
    UNBOUND,
    Binding,
    Const,
    DefKey,
    Entry,
    Function,
    Items,
    Mapping,
    Member,
    Role,
    Site,
    SiteKey,
    Value,
    carries,
    known,
    one_of,
)
from .world import World

BUILTINS = frozenset(dir(builtins))
#: The name under which IPython, and our connection, put the entry object where nothing else set it.
ENTRY_NAME = "o"
#: Names the interpreter binds in a notebook.
_GIVEN: dict[str, Value] = {ENTRY_NAME: Entry(), "__name__": Const("__main__")}
#: Calls deeper than this are taken as unknown; a notebook's own functions are rarely more than a few deep.
_DEPTH = 16
#: Bodies followed for one cell; behind it calls are taken as unknown, so that no cell takes long.
_FOLLOWED = 500


@dataclass(slots=True, eq=False)
class Activation:
    """One function body, or class body, being followed."""

    scope: Scope
    names: dict[str, Binding]
    visible: dict[str, Value]
    returned: list[Value] = field(default_factory=list)
    yielded: list[Value] = field(default_factory=list)


class Evaluator:
    """Evaluates one cell. ``base`` gives what earlier cells bound to a global name."""

    def __init__(self, cell: int, source: str, base: Callable[[str], Binding], world: World) -> None:
        self.cell = cell
        self.world = world
        self.result = Evaluation(cell, source)
        self.scanner = Scanner(cell)
        self.result.scopes = self.scanner.scopes
        world.scopes[cell] = self.scanner.scopes
        self.findings = self.result.findings
        self.activation: Activation | None = None
        self.names: dict[str, Binding] = self.result.writes
        self.overlays: list[dict[str, Value]] = []
        self.statement: ast.stmt | None = None
        self._statements = 0
        self._base = base
        self._stack: list[DefKey] = []
        self._followed = 0
        self._lines: dict[int, list[str]] = {}

    # Statements and expressions

    def run(self, tree: ast.Module) -> Evaluation:
        for number, statement in enumerate(tree.body):
            self.statement, self._statements = statement, number
            statements.HANDLERS[statement.__class__](self, statement)
        self.finish()
        return self.result

    def finish(self) -> None:
        """Closes the books of this cell: which versions of which other cells it rests on."""
        self.findings.cells.discard(self.cell)
        self.result.versions = {cell: self.world.sources[cell] for cell in self.findings.cells}

    def block(self, body: Sequence[ast.stmt]) -> None:
        top = self.activation is None
        for position, statement in enumerate(body):
            statements.HANDLERS[statement.__class__](self, statement)
            if isinstance(statement, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
                if top:
                    self.scanner.register(body[position + 1 :])
                return

    def eval(self, node: ast.expr) -> Value:
        """What ``node`` evaluates to."""
        return expressions.HANDLERS[node.__class__](self, node)

    def fork(self, *bodies: Callable[[], None]) -> None:
        """Follows each of ``bodies`` from the same state; afterwards a name is any of what they made it."""
        before = dict(self.names)
        ends: list[dict[str, Binding]] = []
        for body in bodies:
            self.names.clear()
            self.names.update(before)
            body()
            ends.append(dict(self.names))
        changed = {name for end in ends for name, value in end.items() if before.get(name, UNBOUND) is not value}
        self.names.clear()
        self.names.update(before)
        for name in changed:
            values = [end[name] if name in end else self.load_or_unbound(name) for end in ends]
            self.names[name] = values[0] if all(value == values[0] for value in values) else one_of(*values)

    # Names

    def load(self, name: str) -> Value:
        return known(self.load_or_unbound(name))

    def load_or_unbound(self, name: str) -> Binding:
        for overlay in reversed(self.overlays):
            if name in overlay:
                return overlay[name]
        activation = self.activation
        if activation is not None:
            if name in activation.names:
                return activation.names[name]
            if name in activation.visible:
                return activation.visible[name]
            if name in activation.scope.bound and activation.scope.kind != "class":
                return UNBOUND
        return self.load_global(name)

    def load_global(self, name: str) -> Binding:
        writes = self.result.writes
        if name in writes:
            value = writes[name]
        else:
            reads = self.result.reads
            if name in reads:
                value = reads[name]
            else:
                value = reads[name] = self._base(name)
        if self._stack:
            self.findings.names[name] = value
        if value is UNBOUND:
            if name in BUILTINS:
                return Member("builtins", name)
            return _GIVEN.get(name, UNBOUND)
        return value

    def store(self, name: str, value: Binding, line: int) -> None:
        activation = self.activation
        if activation is None:
            self.names[name] = value
            self.result.lines[name] = line
        elif name in activation.scope.outer and name not in activation.visible:
            self.result.writes[name] = value
            self.result.lines.setdefault(name, line)
            self.findings.effects = True
        elif name in activation.visible and name not in activation.scope.bound:
            activation.visible[name] = known(value)
            self.findings.effects = True
        else:
            activation.names[name] = value

    def update(self, name: str, value: Value, line: int) -> None:
        """Binds anew a name whose object was changed in place, wherever that name lives."""
        activation = self.activation
        for overlay in self.overlays:
            if name in overlay:
                overlay[name] = value
                return
        if activation is None or name in activation.names:
            self.store(name, value, line)
            return
        self.findings.effects = True
        if name in activation.visible:
            activation.visible[name] = value
        elif name not in activation.scope.bound:
            self.result.writes[name] = value

    # Definitions

    def function(self, node: FunctionNode, defaults: tuple[tuple[str, Value], ...]) -> Function:
        """The function value of a ``def`` or ``lambda`` met now."""
        activation = self.activation
        scope = self.scanner.by_node.get(node)
        if scope is None:
            if activation is None:
                scope = self.scanner.scope(node)
            else:
                scope = next(child for child in activation.scope.everything() if child.node is node)
        return Function(scope.key, self.closure(scope), defaults)

    def closure(self, scope: Scope) -> tuple[tuple[str, Value], ...]:
        """What ``scope`` reads from the functions and comprehensions around it."""
        activation = self.activation
        if activation is None and not self.overlays:
            return ()
        seen: dict[str, Value] = {}
        if activation is not None:
            seen.update(activation.visible)
            if activation.scope.kind != "class":
                for name in activation.scope.bound:
                    seen[name] = known(activation.names.get(name))
        for overlay in self.overlays:
            seen.update(overlay)
        free = scope.free() | scope.annotations
        return tuple((name, seen[name]) for name in free if name in seen)

    # Calls of the notebook's own functions

    def call(self, function: Function, arguments: Sequence[Value], keywords: Iterable[tuple[str, Value]] = ()) -> Value:
        """What a call of ``function`` returns; what its body does is found on the way."""
        return self._invoke(function, tuple(arguments), tuple(keywords))[0]

    def call_on(
        self, function: Function, owner: Value, arguments: Iterable[Value], keywords: Iterable[tuple[str, Value]]
    ) -> tuple[Value, Value]:
        """What the method ``function`` of ``owner`` returns, and what it makes of ``owner``."""
        result, changed = self._invoke(function, (owner, *arguments), tuple(keywords))
        return result, owner if changed is None else changed

    def follow(self, key: DefKey, owner: Value) -> None:
        """Follows a function that nobody calls, knowing nothing of its arguments but ``owner``, its ``self``."""
        scope = self.world.scope(key)
        closures = self.load_global(scope.name) if scope.parent is None else UNBOUND
        function = closures if isinstance(closures, Function) and closures.key == key else Function(key)
        self._invoke(function, () if owner is None else (owner,), ())

    def _invoke(
        self, function: Function, arguments: tuple[Value, ...], keywords: tuple[tuple[str, Value], ...]
    ) -> tuple[Value, Value]:
        key = function.key
        if key in self._stack or len(self._stack) >= _DEPTH:
            return None, None
        scope = self.world.scope(key)
        self.findings.cells.add(key[0])
        if not _follows(scope):
            # What a literal is changes nothing in such a body: one summary does for all.
            arguments = tuple([None if isinstance(value, Const) else value for value in arguments])
            keywords = tuple([(name, None if isinstance(value, Const) else value) for name, value in keywords])
        memo = (function, arguments, keywords)
        summary = self.world.summaries.get(memo)
        if summary is not None and self._still_holds(summary):
            self.findings.add(summary.findings)
            self.world.texts.update(summary.findings.sites)
            return summary.result, summary.changed
        if self._followed >= _FOLLOWED:
            return None, None
        self._followed += 1
        outer, self.findings = self.findings, Findings()
        try:
            result, changed = self._follow(function, scope, arguments, keywords)
        finally:
            inner, self.findings = self.findings, outer
            outer.add(inner)
        if not inner.effects:
            versions = {cell: self.world.sources[cell] for cell in (*inner.cells, key[0])}
            self.world.summaries[memo] = Summary(result, changed, inner, versions)
        return result, changed

    def _still_holds(self, summary: Summary) -> bool:
        sources = self.world.sources
        if any(sources.get(cell) is not version for cell, version in summary.versions.items()):
            return False
        names = summary.findings.names
        writes, reads = self.result.writes, self.result.reads
        for name, value in names.items():
            found = writes[name] if name in writes else reads[name] if name in reads else self._base(name)
            if found is not value and found != value:
                return False
        for name in names:
            if name not in writes and name not in reads:
                reads[name] = self._base(name)
        return True

    def _follow(
        self, function: Function, scope: Scope, arguments: Sequence[Value], keywords: tuple[tuple[str, Value], ...]
    ) -> tuple[Value, Value]:
        node = self.world.node(scope.key)
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        parameters = scope.parameters
        names: dict[str, Binding] = dict(function.bound)
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
        activation = Activation(scope, names, dict(function.closure))
        saved = (self.activation, self.names, self.overlays)
        self.activation, self.names, self.overlays = activation, names, []
        self._stack.append(function.key)
        try:
            if isinstance(node, ast.Lambda):
                return self.eval(node.body), None
            self.block(node.body)
        finally:
            self._stack.pop()
            self.activation, self.names, self.overlays = saved
        changed = known(names[parameters[0]]) if parameters and parameters[0] in names else None
        if scope.generator:
            yields = any(map(carries, activation.yielded))
            return Items(tuple(activation.yielded), exact=False) if yields else None, changed
        return one_of(*activation.returned) if activation.returned else None, changed

    def class_body(self, node: ast.ClassDef) -> tuple[DefKey, tuple[tuple[str, Value], ...]]:
        """Runs the body of a class; returns its key and the attributes that matter."""
        outer = self.activation
        scope = self.scanner.by_node.get(node)
        if scope is None:
            if outer is None:
                scope = self.scanner.scope(node)
            else:
                scope = next(child for child in outer.scope.everything() if child.node is node)
        visible = dict(self.closure(scope))
        names: dict[str, Binding] = {}
        saved = (self.activation, self.names, self.overlays)
        self.activation, self.names, self.overlays = Activation(scope, names, visible), names, []
        try:
            self.block(node.body)
        finally:
            self.activation, self.names, self.overlays = saved
        return scope.key, tuple((name, known(value)) for name, value in names.items() if known(value) is not None)

    # What was found

    def quote(self, node: ast.expr) -> str:
        """The source of ``node``, which is a part of the code being followed."""
        cell = self._here()
        lines = self._lines.get(cell)
        if lines is None:
            lines = self._lines[cell] = self.world.sources[cell].split("\n")
        return text(node, lines)

    def use_local(self, key: DefKey, text: str, line: int, *, direct: bool = True) -> None:
        self.findings.uses[Use(key, "local", text, self._here(), line, direct)] = None

    def use_executor(self, key: DefKey, text: str, cell: int, line: int, *, direct: bool) -> None:
        self.findings.uses[Use(key, "executor", text, cell, line, direct)] = None

    def _here(self) -> int:
        """The cell that holds the code being followed."""
        return self.cell if self.activation is None else self.activation.scope.key[0]

    def caller(self) -> str:
        """ " by name" where the code being followed is a function's."""
        return "" if self.activation is None else f" by {self.activation.scope.name}"

    def hand_over(self, node: ast.Call, method: str, receiver: str, role: Role, target: Value, text: str) -> Site:
        """Notes a call that hands ``target`` over; it ships when the expression is executed."""
        if self.activation is None:
            assert self.statement is not None
            owner, first, number = -1, self.statement.lineno, self._statements
        else:
            owner, first, number = self.activation.scope.key[1], self.activation.scope.line, 0
        key: SiteKey = (self._here(), owner, (node.end_lineno or node.lineno) - first, node.end_col_offset or 0, number)
        site = Site(key, role, target)
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        line, column = node.lineno, node.col_offset
        if isinstance(node.func, ast.Attribute) and node.func.end_lineno is not None:
            # In a chain over several lines the call stands where its method is named.
            line, column = node.func.end_lineno, (node.func.end_col_offset or 0) - len(node.func.attr.encode())
        written = SiteText(self._here(), line, column, end_line, end_column, method, receiver, text)
        self.findings.sites[site] = self.world.texts[site] = written
        return site

    def execute(self, sites: Iterable[Site], node: ast.expr | None = None) -> None:
        """The call ``node`` runs the expression that holds ``sites``: what ships is what the names hold now."""
        execution = None if node is None else Execution.of(self._here(), node)
        for site in sites:
            if site not in self.findings.shipments:
                self.findings.cells.add(site.key[0])
                self.findings.shipments[site] = shipments(self, site, execution)


def _follows(scope: Scope) -> bool:
    """Whether the body may do more with its arguments than pass them on."""
    if scope.follows is None:
        scope.follows = bool(scope.children) or any(not CANDIDATES.isdisjoint(s.attributes) for s in scope.everything())
    return scope.follows
