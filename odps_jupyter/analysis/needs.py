"""What a callable handed to the executor takes along: imports, captures, functions, all transitive.

Read in PyODPS 0.13.2 and its copy of cloudpickle: functions and classes of ``__main__`` travel by value, with the
globals they name as these are when the expression is executed; modules, and whatever modules define, travel by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attributes import is_plain, lookup
from .joining import known
from .listed import listed
from .parts import methods, parts, targets, value_module
from .record import Code, Execution, Shipment
from .scopes import Scope
from .stars import giving
from .taken import STANDARD, Taken, function_need
from .values import (
    METACLASS,
    UNBOUND,
    Binding,
    Class,
    DefKey,
    Entry,
    Frame,
    Function,
    Instance,
    Items,
    Member,
    Method,
    Module,
    OneOf,
    Partial,
    Property,
    Site,
    StaticMethod,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    from .evaluator import Evaluator

#: What PyODPS calls of an aggregate, and of a class given to ``map`` or ``apply``.
_AGGREGATE = frozenset({"buffer", "__call__", "merge", "getvalue"})
_CALLED = frozenset({"__call__", "close"})
#: Runs when a class is made that inherits it: of that class nothing runs yet.
_AT_DEFINITION = "__init_subclass__"
_MAKING = frozenset({"__new__", "__init__"})
_INITIALISERS = frozenset({"__init__", "__new__", "__post_init__"})


def shipments(ev: Evaluator, site: Site, execution: Execution | None) -> tuple[Shipment, ...]:
    """What ships from ``site`` when ``execution`` executes it: one entry for each callable of the notebook."""
    found: list[Shipment] = []
    text = ev.world.texts[site]
    reason = f"handed over by {text.receiver} in {{where}}"
    for option in targets(site.target):
        walk = _Walk(ev, reason, text.cell, text.line, execution)
        shipment = walk.ship(option, site.role)
        if shipment is not None and all(shipment.key != other.key for other in found):
            found.append(shipment)
    return tuple(found)


class _Walk(Taken):
    """One walk from a handed-over callable over all it leads to."""

    def __init__(self, ev: Evaluator, reason: str, cell: int, line: int, execution: Execution | None) -> None:
        super().__init__()
        self._execution = execution
        self._codes: dict[DefKey, dict[str, Binding]] = {}
        self._closed: dict[DefKey, set[str]] = {}
        self._ev = ev
        self._reason, self._cell, self._line = reason, cell, line
        self._seen: set[DefKey] = set()
        self._instances: list[Instance | Class] = []
        self._reached: set[DefKey] = set()
        self._attributes: set[str] = set()
        self._called: set[str] = set()
        self._constructed: set[DefKey] = set()

    def ship(self, target: Value, role: str) -> Shipment | None:
        """Follows ``target``; None where it is no code of the notebook."""
        key, kind = listed(self._ev.world, target)
        if key is None:
            return None
        self._root = key
        scope = self._ev.world.scope(key)
        self._enter(target, role)
        self._reach_methods()
        name = f"{scope.name}.{target.name}" if kind == "method" and isinstance(target, Method) else scope.name
        imports, captures = sorted(self.imports), sorted(self.captures)
        self.functions.pop(scope.name if kind != "lambda" else "", None)
        return Shipment(
            key,
            name,
            kind if kind == "method" else scope.kind,
            tuple([self.imports[name] for name in imports]),
            tuple([self.captures[name] for name in captures]),
            tuple([self.functions[name] for name in sorted(self.functions)]),
            target,
            tuple([Code(key, (*names.items(),), frozenset(self._closed[key])) for key, names in self._codes.items()]),
            self._execution,
        )

    def _enter(self, target: Value, role: str) -> None:
        """The handed-over callable itself runs on the executor."""
        if isinstance(target, Function):
            self._run(target, self._reason, direct=True)
        elif isinstance(target, (Class, Instance)):
            entries = _AGGREGATE if role == "aggregate" else _CALLED
            if isinstance(target, Class):
                entries |= _INITIALISERS
            self._object(target, entries, self._reason, direct=True)
        elif isinstance(target, Method):
            self._object(target.owner, frozenset({target.name}), self._reason, direct=True)
        elif isinstance(target, Partial):
            self._enter(target.target, role)
            values = [value for _, value in (*target.arguments, *target.keywords)]
            for name in target.names:
                self._name(name, self._ev.load_or_unbound(name), "argument", self._cell, self._line, "")
            for value in values:
                self._follow(value, "")
        elif isinstance(target, Wrapped):
            self._decorator(target, self._cell, self._line)
            self._enter(target.function, role)
            for value in target.registered:
                self._follow(value, "")

    def _use(self, key: DefKey, reason: str, *, direct: bool) -> None:
        self._ev.use_executor(key, reason, self._cell, self._line, direct=direct)

    def _run(self, function: Function, reason: str, *, direct: bool = False) -> None:
        """``function`` runs on the executor: it, what is in it, and what it leads to."""
        ev = self._ev
        keys = [function.key] if function.stands_for is None else [function.key, function.stands_for]
        for key in keys:
            self._use(key, reason, direct=direct)
        if function.key in self._seen:
            return
        self._seen.add(function.key)
        scope = ev.world.scope(function.key)
        ev.findings.cells.add(function.key[0])
        shown = ev.world.scope(keys[-1])
        if function.stands_for is not None and keys[-1] == self._root:
            self._function(scope)
        self._scope(scope, function, shown.name)

    def _scope(self, scope: Scope, function: Function | None, by: str) -> None:
        """Everything the body of ``scope`` names."""
        for inner in scope.everything():
            if inner is not scope and not inner.is_method:
                self._use(inner.key, f"defined in {by}, which runs on the executor", direct=False)
            for item in inner.imports:
                self._import(item.module, "inside", inner.key[0], item.line)
            self._attributes |= inner.attributes
            self._called |= inner.called
        closure = dict(function.closure) if function is not None else {}
        outside = self._codes.setdefault(scope.key, {})
        self._closed.setdefault(scope.key, set()).update(closure)
        free, annotations = scope.free(), scope.annotations
        within = scope.evaluated() if scope.children else {}
        if (within or annotations) and self._texts():
            annotations = within = {}
        for name, line in (within | free if within else free).items():
            if closure.get(name) is not None or (name in closure and scope.beside(name) is None):
                outside[name] = closure[name]
                self._name(name, closure[name], "closure", scope.key[0], line, by)
            else:
                sibling = scope.beside(name) if scope.parent is not None else None
                if sibling is not None:
                    outside[name] = found = Function(sibling.key)
                    self._run(found, f"called by {by}, which runs on the executor")
                    self._function(sibling)
                    continue
                outside[name] = self._ev.load_global(name)
                self._name(name, outside[name], "global", scope.key[0], line, by)
        for name, line in annotations.items():
            value = self._ev.load_global(name)
            # Annotations travel with the function; those of the standard library cannot be missing.
            if isinstance(value, (Module, Member)) and value_module(value).partition(".")[0] not in STANDARD:
                self._import(value_module(value), "annotation", scope.key[0], line)
        if function is not None:
            self._defaults(scope, function, by)

    def _texts(self) -> bool:
        """Whether annotations stay texts (PEP 563)."""
        said = self._ev.load_global("annotations")
        return isinstance(said, Member) and said.module == "__future__"

    def _defaults(self, scope: Scope, function: Function, by: str) -> None:
        if not function.bound:
            return
        named = dict(scope.default_names)
        for parameter, value in function.bound:
            name = named.get(parameter)
            if name is not None:
                self._name(name, value, "default", scope.key[0], scope.line, by)
            else:
                self._follow(value, by)

    def _name(self, name: str, value: Binding, origin: str, cell: int, line: int, by: str) -> None:
        """A name of the notebook whose value travels, or is looked up, on the executor."""
        if isinstance(value, Member) and value.module == "builtins" and value.name == name:
            return
        if value is UNBOUND:
            starred = self._ev.load_global("*")
            modules = starred.items if isinstance(starred, Items) else ()
            module = giving(modules, name)
            if module is not None:
                self._import(module.needed, "outside", cell, line)
            if modules:
                return  # of any of several, which nobody can tell: no data of the notebook in any case
        data = False
        for option in value.options if isinstance(value, OneOf) else (known(value),):
            data |= self._named_option(name, option, cell, line, by)
        if data:
            self._capture(name, origin, cell, line)

    def _named_option(self, name: str, value: Value, cell: int, line: int, by: str) -> bool:
        """Follows one value of ``name``; whether the name is data that travels."""
        if isinstance(value, (Module, Member)):
            self._import(value_module(value), "outside", cell, line)
            return False
        if isinstance(value, Function):
            scope = self._ev.world.scope(value.stands_for or value.key)
            if scope.key != self._root:
                self.functions.setdefault(*function_need(scope, name if scope.kind == "lambda" else scope.name))
            self._run(value, f"called by {by}, which runs on the executor")
            return False
        if isinstance(value, Class):
            self._function(self._ev.world.scope(value.key))
            reason = f"used by {by}, which runs on the executor"
            self._object(value, _INITIALISERS, reason)
            if name in self._called or is_plain(value):
                self._constructed.add(value.key)
                self._use(value.key, reason, direct=False)
            return False
        if isinstance(value, Wrapped):
            self._decorator(value, cell, line)
            for held in value.registered:
                self._follow(held, by)
            return self._named_option(name, value.function, cell, line, by)
        if isinstance(value, Partial) and isinstance(value.target, (Function, Module, Member, Wrapped)):
            for _, held in (*value.arguments, *value.keywords):
                self._follow(held, by)
            for given in value.names:
                self._name(given, self._ev.load_or_unbound(given), "argument", cell, line, by)
            return self._named_option(name, value.target, cell, line, by)
        self._follow(value, by)
        return True

    def _follow(self, value: Value, by: str, depth: int = 0) -> None:
        """Code inside data that travels: functions in a dict, the class of an instance."""
        reason = f"called by {by}, which runs on the executor" if by else self._reason
        if isinstance(value, Function):
            self._function(self._ev.world.scope(value.stands_for or value.key))
            self._run(value, reason)
        elif isinstance(value, Class):
            self._function(self._ev.world.scope(value.key))
            self._object(value, _INITIALISERS, reason)
        elif isinstance(value, Instance):
            self._function(self._ev.world.scope(value.of.key))
            self._object(value, frozenset(), reason)
        elif isinstance(value, Method):
            self._function(
                self._ev.world.scope((value.owner.of if isinstance(value.owner, Instance) else value.owner).key)
            )
            self._object(value.owner, frozenset({value.name}), reason)
        elif isinstance(value, (Module, Member)):
            self._import(value_module(value), "outside", self._cell, self._line)
        elif depth < 5 and not isinstance(value, (Entry, Frame)):
            for part in parts(value):
                self._follow(part, by, depth + 1)

    def _object(self, value: Instance | Class, entries: frozenset[str], reason: str, *, direct: bool = False) -> None:
        """A class travels by value with all its methods; those among ``entries``, and what they call, run."""
        of = value.of if isinstance(value, Instance) else value
        ev = self._ev
        if value not in self._instances:
            self._instances.append(value)
            ev.findings.cells.add(of.key[0])
            scope = ev.world.scope(of.key)
            for name, line in scope.free().items():
                if name != scope.name:
                    self._name(name, ev.load_global(name), "global", of.key[0], line, scope.name)
            for _, held in value.state if isinstance(value, Instance) else ():
                self._follow(held, scope.name)
            for base in of.bases:
                if isinstance(base, Class):
                    self._function(ev.world.scope(base.key))
                    self._object(base, frozenset(), reason)
                elif isinstance(base, (Module, Member)) and value_module(base) != "builtins":
                    self._import(value_module(base), "outside", of.key[0], scope.line)
            meta = dict(of.attributes).get(METACLASS)
            if isinstance(meta, Class):
                # The class is made again there, by what made it here.
                self._function(ev.world.scope(meta.key))
                self._object(meta, _MAKING, f"makes {scope.name}, which travels to the executor")
        for name in sorted(entries):
            self._method(of, name, reason, direct=direct)

    def _method(self, of: Class, name: str, reason: str, *, direct: bool) -> None:
        """Method ``name`` of ``of`` runs on the executor."""
        found = lookup(of, name)
        while isinstance(found, (StaticMethod, Property, Wrapped)):
            if isinstance(found, Wrapped):
                self._decorator(found, of.key[0], self._ev.world.scope(of.key).line)
            found = found.function
        if not isinstance(found, Function):
            return
        holder = self._ev.world.scope(found.key).parent if name == _AT_DEFINITION else None
        self._use(of.key if holder is None else holder.key, reason, direct=direct)
        self._use(found.key, reason, direct=direct)
        if found.key in self._reached:
            return
        self._reached.add(found.key)
        scope = self._ev.world.scope(found.key)
        if scope.kind == "function":
            self._function(scope)
        self._ev.findings.cells.add(found.key[0])
        self._scope(scope, found, scope.name)

    def _reach_methods(self) -> None:
        """Methods of travelling objects that reached code names after a dot, or that syntax calls."""
        before = -1
        while before != len(self._reached) + len(self._instances) + len(self._attributes):
            before = len(self._reached) + len(self._instances) + len(self._attributes)
            for value in list(self._instances):
                of = value.of if isinstance(value, Instance) else value
                name = self._ev.world.scope(of.key).name
                for method in sorted(methods(of)):
                    dunder = method.startswith("__") and method.endswith("__")
                    if method in self._attributes or (dunder and method not in _INITIALISERS):
                        reason = f"{name}.{method} is reached from code that runs on the executor"
                        if isinstance(value, Instance) or method in self._attributes or self._made(of):
                            self._method(of, method, reason, direct=False)

    def _made(self, of: Class) -> bool:
        """Whether instances of ``of`` exist on the executor because code there makes them."""
        initialiser = lookup(of, "__init__")
        if isinstance(initialiser, Function):
            return initialiser.key in self._reached
        return of.key in self._constructed
