"""What calls do: hand callables over, execute expressions, run the notebook's own functions, or build values."""

from __future__ import annotations

import ast
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import expressions
from .catalogue import (
    BUILDERS,
    EXECUTING,
    FUNCTION_HAND_OVERS,
    PERSISTING,
    TELLING_KEYWORDS,
    TELLING_METHODS,
    HandOver,
    hand_overs,
    result_shape,
)
from .containers import call_container
from .mutation import replace
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
    Role,
    Shape,
    Site,
    StaticMethod,
    Table,
    Value,
    Wrapped,
    carries,
    frame_of,
    merge_frames,
    one_of,
    options,
    sites_of,
)

if TYPE_CHECKING:
    from .evaluator import Evaluator

#: Builtins and library functions that look at a function without calling it.
_LOOKING = frozenset(
    {
        "print", "id", "len", "repr", "str", "type", "isinstance", "issubclass", "hasattr", "callable", "hash", "help",
        "setattr", "delattr", "display", "format", "vars", "dir", "bool", "super",
    }
)  # fmt: skip
_COLLECTING = frozenset({"list", "tuple", "set", "frozenset", "iter", "reversed", "sorted"})
_IDENTITY = frozenset({"copy.copy", "copy.deepcopy"})
#: Library functions that return a callable made of the one they are given, and do not call it.
_WRAPPING = ("functools.", "numba.", "numpy.vectorize", "toolz.", "cytoolz.")
#: ... of which these return a decorator: what they are given is only looked at.
_LOOKED_AT = frozenset({"functools.wraps", "functools.update_wrapper"})
_DATAFRAME = frozenset({"odps.df.DataFrame", "odps.DataFrame", "odps.df.core.DataFrame"})
_ENTRIES = frozenset({"odps.ODPS", "odps.core.ODPS", "odps.ODPS.from_environments", "odps.ODPS.from_global"})
_OUTPUTS = frozenset({"odps.df.output", "odps.df.output_types", "odps.df.output_names"})
#: Longest receiver quoted in a reason.
_QUOTED = 60

Keywords = AbstractMapping[str, Value]


def text(node: ast.AST) -> str:
    """``node`` as short source, for reasons."""
    parts: list[str] = []
    part = node
    while isinstance(part, ast.Attribute):
        parts.append(part.attr)
        part = part.value
    # Chains of names are most of what is quoted, and unparsing costs as much as parsing.
    found = ".".join([part.id, *reversed(parts)]) if isinstance(part, ast.Name) else ast.unparse(node)
    return found if len(found) <= _QUOTED and "\n" not in found else found[: _QUOTED - 3].replace("\n", " ") + "..."


def combine(*values: Value) -> Value:
    """The expression that an operator on ``values`` builds, where one of them is an expression."""
    frames = [frame for frame in map(frame_of, values) if frame is not None]
    if frames:
        return merge_frames(frames)
    if any(isinstance(value, Items) for value in values):
        return Items(tuple(item for value in values if isinstance(value, Items) for item in value.items), exact=False)
    if all(isinstance(value, (Const, Opaque)) for value in values):
        return DATA
    return None


def is_method(name: str, shape: Shape) -> bool:
    """Whether ``name`` of an expression of ``shape`` is a method that hands over, executes or stores."""
    return name in EXECUTING or name in PERSISTING or bool(hand_overs(name, shape))


def call(ev: Evaluator, node: ast.Call) -> Value:
    func = node.func
    if func.__class__ is ast.Attribute:
        assert isinstance(func, ast.Attribute)
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
            if isinstance(value, Items) and value.exact:
                arguments.extend(value.items)
                continue
            value = expressions.iterate(value)
        arguments.append(value)
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = ev.eval(keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value, Mapping):
            keywords.update({key: held for key, held in value.items if isinstance(key, str)})
    return arguments, keywords


def _call_attribute(
    ev: Evaluator, owner: Value, name: str, arguments: list[Value], keywords: dict[str, Value], node: ast.Call
) -> Value:
    assert isinstance(node.func, ast.Attribute)
    if isinstance(owner, Frame):
        return _call_frame(ev, owner, name, arguments, keywords, node)
    if isinstance(owner, (Items, Mapping)) or (owner is DATA and any(map(carries, arguments))):
        return call_container(ev, owner, name, arguments, keywords, node.func.value)
    if isinstance(owner, Instance):
        for key, value in owner.state:
            if key == name:
                return call_value(ev, value, arguments, keywords, node)
        return call_method(ev, node.func.value, owner, name, arguments, keywords, node)
    if isinstance(owner, OneOf):
        return one_of(*(_call_attribute(ev, option, name, arguments, keywords, node) for option in owner.options))
    if owner is None:
        if name == "get_table":
            return Table()
        if name in TELLING_METHODS and not TELLING_KEYWORDS.isdisjoint(keywords):
            # Nothing else's map or apply takes these keywords: the receiver shows itself.
            return _call_frame(ev, Frame(Shape.ANY), name, arguments, keywords, node)
    return call_value(ev, expressions.attribute(ev, owner, name, node.func), arguments, keywords, node)


def call_value(ev: Evaluator, callee: Value, arguments: Sequence[Value], keywords: Keywords, node: ast.expr) -> Value:
    """What calling ``callee`` gives; ``node`` is the call, or the decorator."""
    if callee is None or isinstance(callee, (Opaque, Const)):
        run_elsewhere(ev, callee, arguments, keywords, node)
        return callee if isinstance(callee, Opaque) else None
    if isinstance(callee, Member):
        return _call_member(ev, callee, arguments, keywords, node)
    if isinstance(callee, Function):
        _note(ev, callee, node)
        return ev.call(callee, arguments, keywords.items())
    if isinstance(callee, Class):
        return construct(ev, callee, arguments, keywords, node)
    if isinstance(callee, FrameMethod) and isinstance(node, ast.Call):
        return _call_frame(ev, callee.frame, callee.name, arguments, keywords, node, callee.text)
    if isinstance(callee, Method):
        _note(ev, callee.function, node)
        return ev.call(callee.function, [callee.owner, *arguments], keywords.items())
    if isinstance(callee, Instance):
        return call_method(ev, None, callee, "__call__", arguments, keywords, node)
    if isinstance(callee, Partial):
        merged = dict(callee.keywords) | dict(keywords)
        return call_value(ev, callee.target, [*(v for _, v in callee.arguments), *arguments], merged, node)
    if isinstance(callee, Wrapped):
        return call_value(ev, callee.function, arguments, keywords, node)
    if isinstance(callee, OneOf):
        return one_of(*(call_value(ev, option, arguments, keywords, node) for option in callee.options))
    if isinstance(callee, Frame):
        # A column named like a method, or `df(...)`: still an expression.
        return Frame(Shape.ANY, callee.local, callee.sites)
    return None


def _note(ev: Evaluator, function: Function, node: ast.expr) -> None:
    line = node.lineno
    ev.use_local(function.key, f"called{ev.caller()} in {{where}}", line)
    if function.stands_for is not None:
        ev.use_local(function.stands_for, f"called{ev.caller()} in {{where}}", line)


def construct(ev: Evaluator, of: Class, arguments: Sequence[Value], keywords: Keywords, node: ast.expr) -> Value:
    """An instance of a class of the notebook, made here."""
    made: Value = Instance(of)
    if expressions.lookup(of, "__dataclass_fields__") is not None:
        ev.use_local(of.key, f"an instance is made{ev.caller()} in {{where}}", node.lineno)
        names = ev.world.scope(of.key).fields
        state = [*zip(names, arguments, strict=False), *keywords.items()]
        made = Instance(of, tuple((name, value) for name, value in state if value is not None))
    for name in ("__new__", "__init__", "__post_init__"):
        initialiser = expressions.lookup(of, name)
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
    found = expressions.lookup(owner.of, name)
    line = node if node is not None else holder
    if isinstance(found, Function):
        if line is not None:
            _note(ev, found, line)
            if found.key[0] != owner.of.key[0] or ev.world.scope(found.key).parent is not ev.world.scope(owner.of.key):
                ev.use_local(owner.of.key, f"its method {name} is called{ev.caller()} in {{where}}", line.lineno)
        result, changed = ev.call_on(found, owner, arguments, keywords.items())
        if changed != owner and holder is not None:
            replace(ev, holder, changed)
        return result
    if found is None or line is None:
        run_elsewhere(ev, None, arguments, keywords, line)
        return None
    return call_value(ev, expressions.attribute(ev, owner, name, line), arguments, keywords, line)


def run_elsewhere(
    ev: Evaluator, callee: Value, arguments: Sequence[Value], keywords: Keywords, node: ast.expr | None
) -> None:
    """Functions given to code that is not the notebook's are taken as called there, in the kernel."""
    given = [value for value in (*arguments, *keywords.values()) if carries(value)]
    if not given or node is None:
        return
    for value in given:
        for option in flatten(value):
            if isinstance(option, (Function, Method, Instance)):
                _given(ev, option, callee, node)


def _given(ev: Evaluator, given: Function | Method | Instance, callee: Value, node: ast.expr) -> None:
    function: Value = given.function if isinstance(given, Method) else given
    if isinstance(given, Instance):
        function = expressions.lookup(given.of, "__call__")
    if not isinstance(function, Function):
        return
    called = text(node.func) if isinstance(node, ast.Call) else text(node)
    origin = f" of {callee.origin}" if isinstance(callee, Opaque) and callee is not DATA else ""
    known = "which runs here" if callee is not None else "whose receiver is not known to be PyODPS: taken as local"
    reason = f"handed to {called}{origin} in {{where}}, {known}"
    ev.use_local(function.key, reason, node.lineno)
    if function.stands_for is not None:
        ev.use_local(function.stands_for, reason, node.lineno)
    owner: list[Value] = [given] if isinstance(given, Instance) else [given.owner] if isinstance(given, Method) else []
    ev.call(function, owner)


def flatten(value: Value, depth: int = 0) -> list[Value]:
    """The callables in ``value``: of lists and dicts each, of a partial its function."""
    if depth > 4:
        return []
    inner: Sequence[Value]
    if isinstance(value, OneOf):
        inner = value.options
    elif isinstance(value, Items):
        inner = value.items
    elif isinstance(value, Mapping):
        inner = [held for _, held in value.items]
    elif isinstance(value, Partial):
        inner = [value.target]
    elif isinstance(value, Wrapped):
        inner = [value.function]
    else:
        return [value]
    return [found for part in inner for found in flatten(part, depth + 1)]


# Library functions


def _call_member(
    ev: Evaluator, callee: Member, arguments: Sequence[Value], keywords: Keywords, node: ast.expr
) -> Value:
    module, name, path = callee.module, callee.name, callee.path
    if module == expressions.ENTRY_PATH:
        return Table() if name in ("get_table", "create_table") else Opaque("the entry object")
    if module == expressions.TABLE_PATH:
        if name == "to_df":
            return Frame(Shape.COLLECTION)
        return Table() if name in ("get_partition", "create_partition", "new_record") else Opaque("a table")
    if module == "builtins":
        return _call_builtin(ev, name, arguments, keywords, node)
    if path == "functools.partial" and arguments:
        return _partial(arguments, keywords, node)
    if module.startswith("odps"):
        return _call_odps(ev, callee, arguments, keywords, node)
    if path == "functools.reduce" and len(arguments) > 1:
        return _reduce(ev, arguments, node)
    if path in _IDENTITY:
        return arguments[0] if arguments else None
    if path in _LOOKED_AT:
        return callee if path == "functools.wraps" else arguments[0] if arguments else None
    single = len(arguments) == 1 and isinstance(arguments[0], (Function, Class, Wrapped))
    if not module.startswith("inspect") and not (single and path.startswith(_WRAPPING)):
        run_elsewhere(ev, Opaque(path), arguments, keywords, node)
    return Wrapped(arguments[0], path) if single else Opaque(path)


def _reduce(ev: Evaluator, arguments: Sequence[Value], node: ast.expr) -> Value:
    """``reduce(f, items)``: what one round gives, or for a library's operator the expressions combined."""
    held = expressions.iterate(arguments[1])
    if isinstance(arguments[0], (Function, Method, Instance, Partial)):
        first = arguments[2] if len(arguments) > 2 else held
        return call_value(ev, arguments[0], [first, held], {}, node)
    return combine(*options(arguments[1]), held)


def _partial(arguments: Sequence[Value], keywords: Keywords, node: ast.expr) -> Value:
    given: list[str] = []
    if isinstance(node, ast.Call):
        parts = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
        given = [part.id for part in parts if isinstance(part, ast.Name)]
    held = tuple(("", value) for value in arguments[1:])
    return Partial(arguments[0], held, tuple(keywords.items()), tuple(given))


def _call_odps(ev: Evaluator, callee: Member, arguments: Sequence[Value], keywords: Keywords, node: ast.expr) -> Value:
    path = callee.path
    if path in _DATAFRAME:
        source = arguments[0] if arguments else None
        found = frame_of(source)
        if found is not None:
            return found
        local = isinstance(source, Opaque) and source.origin not in ("the entry object", "a table")
        return Frame(Shape.COLLECTION, local=local)
    if path in _ENTRIES:
        return Entry()
    if path in _OUTPUTS:
        return callee  # the decorator `output(...)` returns: leaves the function as it is
    if path == "odps.df.Delay":
        return Frame(Shape.DELAY)
    if path.endswith("DataFrame.batch_persist"):
        for value in arguments:
            ev.execute(sites_of(value))
        return Opaque("batch_persist")
    row = FUNCTION_HAND_OVERS.get(callee.name) if callee.module == "odps.df" else None
    frame = frame_of(combine(*[v for a in arguments for v in (a.items if isinstance(a, Items) else (a,))]))
    if row is not None and isinstance(node, ast.Call):
        return _hand_over(ev, frame or Frame(Shape.SEQUENCE), (row,), arguments, keywords, node, callee.name)
    if frame is not None:
        return Frame(Shape.SEQUENCE, frame.local, frame.sites)
    if callee.module.startswith("odps.df") and callee.name.startswith("read_"):
        return Frame(Shape.COLLECTION, local=True)
    if callee.module.startswith("odps.df"):
        return Frame(Shape.SCALAR) if callee.name in ("Scalar", "NullScalar", "RandomScalar") else Opaque(path)
    return Opaque(path)


def _call_builtin(ev: Evaluator, name: str, arguments: Sequence[Value], keywords: Keywords, node: ast.expr) -> Value:
    first = arguments[0] if arguments else None
    if name == "getattr" and len(arguments) >= 2 and isinstance(arguments[1], Const):
        key = arguments[1].value
        return expressions.attribute(ev, first, key, node) if isinstance(key, str) else None
    if name == "dict":
        held: dict[object, Value] = dict(first.items) if isinstance(first, Mapping) else {}
        held.update(keywords.items())
        return Mapping(tuple(held.items())) if any(map(carries, held.values())) else DATA
    if name in _COLLECTING and not keywords:
        if isinstance(first, (Items, OneOf)):
            return first if name in ("list", "tuple", "iter") else Items((expressions.iterate(first),), exact=False)
        return DATA
    if name == "zip":
        row = Items(tuple(expressions.iterate(value) for value in arguments))
        return Items((row,), exact=False) if any(map(carries, row.items)) else DATA
    if name == "enumerate":
        held_item = expressions.iterate(first)
        return Items((Items((DATA, held_item)),), exact=False) if carries(held_item) else DATA
    if name in ("map", "filter") and len(arguments) >= 2:
        given = [expressions.iterate(value) for value in arguments[1:]]
        result = None
        if isinstance(first, (Function, Class, Method, Partial, OneOf, Wrapped)):
            result = call_value(ev, first, given, {}, node)
        result = given[0] if name == "filter" else result
        return Items((result,), exact=False) if carries(result) else DATA
    if name in ("staticmethod", "classmethod") and isinstance(first, Function):
        return StaticMethod(first, takes_class=name == "classmethod")
    if name == "property" and isinstance(first, Function):
        return Property(first)
    if name == "next":
        return expressions.iterate(first)
    if name == "globals" or name == "locals":
        return None
    if name in _LOOKING:
        return DATA
    run_elsewhere(ev, Opaque(f"builtins.{name}"), arguments, keywords, node)
    return Opaque(f"builtins.{name}")


# Expressions


def _call_frame(
    ev: Evaluator,
    frame: Frame,
    name: str,
    arguments: Sequence[Value],
    keywords: Keywords,
    node: ast.Call,
    written: str | None = None,
) -> Value:
    """A method of a PyODPS expression."""
    if frame.shape is Shape.DELAY:
        ev.execute(frame.sites)
        return DATA
    rows = hand_overs(name, frame.shape)
    if rows:
        return _hand_over(ev, frame, rows, arguments, keywords, node, written or text(node.func))
    sites = frame.sites
    for value in (*arguments, *keywords.values()):
        if carries(value):
            sites |= sites_of(value)
    if name in BUILDERS:
        sites |= build(ev, frame, [*arguments, *keywords.values()], node, node.func)
    if name in EXECUTING or name in PERSISTING:
        delay = keywords.get("delay")
        if isinstance(delay, Frame):
            holder = next(keyword.value for keyword in node.keywords if keyword.arg == "delay")
            replace(ev, holder, Frame(Shape.DELAY, delay.local, delay.sites | sites))
        else:
            ev.execute(sites)
        if name in PERSISTING:
            return Frame(Shape.COLLECTION)
        if name == "to_pandas" and expressions.truth(keywords.get("wrap")):
            return Frame(Shape.COLLECTION, local=True)
        return Opaque("a pandas frame" if name == "to_pandas" else "a local result")
    others = [found for found in map(frame_of, arguments) if found is not None and found.shape is not Shape.DELAY]
    local = frame.local and all(other.local for other in others)
    return Frame(result_shape(name, frame.shape), local, sites)


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
                    f"builds an expression in {text(written)}, {{where}}: called here, never sent",
                    node.lineno,
                )
                takes = max(1, len(ev.world.scope(option.key).parameters) - len(option.bound))
                result = ev.call(option, [frame] * takes)
                sites |= sites_of(result)
    return sites


def _hand_over(
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
            if role == "row" and expressions.truth(keywords.get("reduce")):
                shape = Shape.SEQUENCE
        if not _handed(target, row, role, frame):
            if row.method in BUILDERS:
                sites |= build(ev, frame, [target], node, node.func)
            continue
        callee = text(given) if given is not None else row.keyword
        if frame.local:
            _runs_on_pandas(ev, target, node, written)
            continue
        site = ev.hand_over(node, row.method, written, role, target, callee)
        sites |= {site}
    if isinstance(node.func, ast.Name):
        shape = rows[0].returns
    return Frame(shape if shape is not Shape.DELAY else Shape.ANY, frame.local, sites)


def _handed(target: Value, row: HandOver, role: str, frame: Frame) -> bool:
    """Whether ``target`` is code that ships, not the name of a function or an expression builder."""
    found = [option for option in flatten(target) if isinstance(option, (Function, Class, Instance, Method, Member))]
    if role == "aggregate" and row.method in ("agg", "aggregate", "pivot_table"):
        # An aggregate has getvalue: a plain function here is called with the group and builds an expression.
        found = [option for option in found if not isinstance(option, Function)]
    return bool(found) and not isinstance(target, (Const, Module))


def _runs_on_pandas(ev: Evaluator, target: Value, node: ast.expr, written: str) -> None:
    reason = f"handed over by {written} in {{where}}, whose data is a pandas frame: PyODPS runs it here"
    for option in flatten(target):
        if isinstance(option, Function):
            ev.use_local(option.key, reason, node.lineno)
            ev.call(option, [])
        elif isinstance(option, (Class, Instance)):
            ev.use_local((option.of if isinstance(option, Instance) else option).key, reason, node.lineno)
