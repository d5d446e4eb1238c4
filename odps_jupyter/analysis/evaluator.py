"""Follows callables and PyODPS expressions through the statements of one cell, without running anything."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as AbstractMapping
from itertools import chain

from . import following
from .activation import Activation
from .elsewhere import is_unknown
from .expressions import HANDLERS as EXPRESSIONS
from .joining import known, one_of
from .names import Names
from .needs import shipments
from .parameters import FunctionNode
from .quoting import text
from .record import Evaluation, Execution, SiteText, Use, Written
from .scopes import Scanner, Scope
from .stars import giving
from .statements import HANDLERS as STATEMENTS
from .values import (
    UNBOUND,
    Binding,
    Class,
    Const,
    DefKey,
    Entry,
    Function,
    Items,
    Member,
    Role,
    Site,
    SiteKey,
    Value,
    member_of,
)
from .world import World

#: The name under which IPython, and our connection, put the entry object where nothing else set it.
ENTRY_NAME = "o"
#: Names IPython binds.
_SHELL = frozenset({"In", "Out", "display", "exit", "get_ipython", "quit", "_", "__", "___", "_i", "_ih", "_oh", "_dh"})
#: Names the interpreter binds in a notebook.
_GIVEN: dict[str, Value] = {
    **{name: member_of("builtins", name) for name in dir(builtins)},
    ENTRY_NAME: Entry(),
    "__name__": Const("__main__"),
}


#: Rounds of loops followed one by one in one cell; behind it loops are followed once.
_MOST_ROUNDS = 200


class Evaluator:
    """Evaluates one cell. ``base`` gives what earlier cells bound to a global name."""

    def __init__(self, cell: int, source: str, base: Callable[[str], Binding], world: World) -> None:
        self.cell = cell
        self.world = world
        self.result = Evaluation(cell, source)
        self.scanner = Scanner(cell)
        self.result.scopes = self.scanner.scopes
        world.scopes[cell] = self.scanner.scopes
        world.written.pop(cell, None)
        self.findings = self.result.findings
        self.activation: Activation | None = None
        self.names: Names = self.result.writes
        self.overlays: list[dict[str, Value]] = []
        #: What the last function that was followed left of the names it closes over.
        self.left: AbstractMapping[str, Value] = {}
        self.statement: ast.stmt | None = None
        self._statements = 0
        self.base = base
        self.stack: list[DefKey] = []
        self.following: list[tuple[object, ...]] = []
        self.followed = 0
        #: The class that its metaclass is making.
        self.making: Class | None = None
        self._rounds = 0
        self._lines: dict[int, list[str]] = {}

    # Statements and expressions

    def run(self, tree: ast.Module) -> Evaluation:
        for number, statement in enumerate(tree.body):
            self.statement, self._statements = statement, number
            STATEMENTS[statement.__class__](self, statement)
        self.finish()
        return self.result

    def finish(self) -> None:
        """Closes the books of this cell: which versions of which other cells it rests on."""
        self.findings.cells.discard(self.cell)
        self.result.versions = {cell: self.world.written.get(cell) for cell in self.findings.cells}
        if self.scanner.scopes or self.findings.sites:
            self.world.written[self.cell] = Written.of(self.result.source, self.scanner.scopes, self.findings.sites)

    def block(self, body: Sequence[ast.stmt]) -> None:
        top = self.activation is None
        for position, statement in enumerate(body):
            STATEMENTS[statement.__class__](self, statement)
            if isinstance(statement, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
                if top:
                    self.scanner.register(body[position + 1 :])
                return

    def eval(self, node: ast.expr) -> Value:
        """What ``node`` evaluates to."""
        return EXPRESSIONS[node.__class__](self, node)

    def by_rounds(self, rounds: tuple[Value, ...]) -> tuple[Value, ...]:
        """``rounds`` of a loop to follow one by one; none where the cell had its share of them."""
        if self._rounds + len(rounds) > _MOST_ROUNDS:
            return ()
        self._rounds += len(rounds)
        return rounds

    def fork(self, *bodies: Callable[[], None]) -> None:
        """Follows each of ``bodies`` from the same state; afterwards a name is any of what they made it."""
        names = self.names
        ends: list[dict[str, Binding]] = []
        before: dict[str, Binding] = {}
        for body in bodies:
            outer = names.begin()
            body()
            bound, was = names.end(outer)
            ends.append(bound)
            before.update(was)
        for name in dict.fromkeys(chain.from_iterable(ends)):
            old = before.get(name, UNBOUND)
            if all(name not in end or end[name] is old for end in ends):
                continue
            if name not in before:
                old = self.load_or_unbound(name)
            values = [end.get(name, old) for end in ends]
            names[name] = values[0] if all(value == values[0] for value in values) else one_of(*values)

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
                value = reads[name] = self.base(name)
        if self.stack:
            self.findings.names[name] = value
        if value is not UNBOUND:
            return value
        given = _GIVEN.get(name)
        return given if given is not None else self._starred(name) if name.isidentifier() else value

    def _starred(self, name: str) -> Binding:
        """A name nobody binds, where only one ``from module import *`` is of what may be the user's own module."""
        held = UNBOUND if name in _SHELL else self.load_global("*")
        if not isinstance(held, Items):
            return UNBOUND
        module = giving(held.items, name)
        return Member(module.path, name) if module is not None and is_unknown(module) else UNBOUND

    def store(self, name: str, value: Binding, line: int) -> None:
        activation = self.activation
        if activation is None:
            self.names[name] = value
            self.result.lines[name] = line
        elif name in activation.scope.outer and name not in activation.visible:
            self.store_global(name, value, line)
        elif name in activation.visible and name not in activation.scope.bound:
            activation.visible[name] = known(value)
            self.findings.effects = True
        else:
            activation.names[name] = value

    def store_global(self, name: str, value: Binding, line: int) -> None:
        """Binds a global name from wherever the code being followed is."""
        self.result.writes[name] = value
        self.result.lines.setdefault(name, line)
        if self.activation is not None:
            self.findings.effects = True

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
        if scope.children:
            free |= scope.evaluated()
        return tuple((name, seen[name]) for name in free if name in seen)

    # Calls of the notebook's own functions

    def call(self, function: Function, arguments: Sequence[Value], keywords: Iterable[tuple[str, Value]] = ()) -> Value:
        """What a call of ``function`` returns; what its body does is found on the way."""
        return following.invoke(self, function, tuple(arguments), tuple(keywords))[0]

    def call_on(
        self, function: Function, owner: Value, arguments: Iterable[Value], keywords: Iterable[tuple[str, Value]]
    ) -> tuple[Value, Value]:
        """What the method ``function`` of ``owner`` returns, and what it makes of ``owner``."""
        result, changed = following.invoke(self, function, (owner, *arguments), tuple(keywords))
        return result, owner if changed is None else changed

    def follow(self, key: DefKey, owner: Value) -> None:
        """Follows a function that nobody calls, knowing nothing of its arguments but ``owner``, its ``self``."""
        scope = self.world.scope(key)
        closures = self.load_global(scope.name) if scope.parent is None else UNBOUND
        function = closures if isinstance(closures, Function) and closures.key == key else Function(key)
        following.invoke(self, function, () if owner is None else (owner,), ())

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
        names = Names()
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

    def use_local(self, key: DefKey, text: str, line: int, *, direct: bool = True, guessed: bool = False) -> None:
        self.findings.uses[Use(key, "guessed" if guessed else "local", text, self._here(), line, direct)] = None

    def use_executor(self, key: DefKey, text: str, cell: int, line: int, *, direct: bool) -> None:
        self.findings.uses[Use(key, "executor", text, cell, line, direct)] = None

    def source(self) -> str:
        """The cell that holds the code being followed."""
        return self.world.sources[self._here()]

    def _here(self) -> int:
        """The cell that holds the code being followed."""
        return self.cell if self.activation is None else self.activation.scope.key[0]

    def caller(self) -> str:
        """ " by name" where the code being followed is a function's."""
        return "" if self.activation is None else f" by {self.activation.scope.name}"

    def hand_over(
        self, node: ast.Call, method: str, receiver: str, role: Role, target: Value, text: str, api: str = "pyodps"
    ) -> Site:
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
        written = SiteText(self._here(), line, column, end_line, end_column, method, receiver, text, api)
        self.findings.sites[site] = self.world.texts[site] = written
        return site

    def execute(self, sites: Iterable[Site], node: ast.expr | None = None) -> None:
        """The call ``node`` runs the expression that holds ``sites``: what ships is what the names hold now."""
        execution = None if node is None else Execution.of(self._here(), node)
        for site in sites:
            if site not in self.findings.shipments:
                self.findings.cells.add(site.key[0])
                self.findings.shipments[site] = shipments(self, site, execution)
