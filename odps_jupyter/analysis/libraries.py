"""What functions of libraries, builtins and PyODPS's own module functions return and do."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import attributes, calls, elsewhere, handing, literals, maxframe, operators, records
from .catalogue import FUNCTION_HAND_OVERS
from .joining import any_carries, carries, combine, frame_of, one_of, options, sites_of
from .mutation import put_attribute
from .values import (
    DATA,
    Class,
    Const,
    Either,
    Entry,
    Frame,
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
    Property,
    RecordType,
    Shape,
    StaticMethod,
    Table,
    Value,
    Wrapped,
    opaque,
)

if TYPE_CHECKING:
    from .evaluator import Evaluator

Keywords = AbstractMapping[str, Value]

#: Builtins and library functions that look at a function without calling it.
_LOOKING = frozenset(
    {
        "print", "id", "len", "repr", "str", "type", "isinstance", "issubclass", "hasattr", "callable", "hash", "help",
        "setattr", "delattr", "display", "format", "vars", "dir", "bool", "super",
    }
)  # fmt: skip
_COLLECTING = frozenset({"list", "tuple", "set", "frozenset", "iter", "reversed", "sorted"})
#: ... and that call no more of what they are given than ``key=``.
_CHOOSING = frozenset({"sorted", "max", "min"})
_IDENTITY = frozenset({"copy.copy", "copy.deepcopy"})
#: Library functions that return a callable made of the one they are given, and do not call it.
_WRAPPING = ("functools.", "numba.", "numpy.vectorize", "toolz.", "cytoolz.")
#: ... of which these return a decorator: what they are given is only looked at.
_LOOKED_AT = frozenset({"functools.wraps", "functools.update_wrapper"})
#: Classes of the standard library whose objects hold what they are given by keyword.
_NAMESPACES = frozenset({"types.SimpleNamespace", "argparse.Namespace"})
#: Functions that give the items of what they are given, and call nothing.
_CHAINING = frozenset(
    {f"itertools.{name}" for name in ("chain", "chain.from_iterable", "islice", "cycle", "repeat", "tee")}
)
_CALLABLE = (Function, Class, Instance, Method, Partial, Wrapped)
DATAFRAME = frozenset({"odps.df.DataFrame", "odps.DataFrame", "odps.df.core.DataFrame"})
_ENTRIES = frozenset({"odps.ODPS", "odps.core.ODPS", "odps.ODPS.from_environments", "odps.ODPS.from_global"})
_OUTPUTS = frozenset({"odps.df.output", "odps.df.output_types", "odps.df.output_names"})


def call_member(ev: Evaluator, callee: Member, arguments: Sequence[Value], keywords: Keywords, node: ast.expr) -> Value:
    module, name, path = callee.module, callee.name, callee.path
    if module == attributes.ENTRY_PATH:
        if name == "list_tables":
            return Items((Table(),), exact=False)
        if name == "get_project":
            return Entry()
        return Table() if name in ("get_table", "create_table") else Opaque("the entry object")
    if module == attributes.TABLE_PATH:
        if name == "to_df":
            return Frame(Shape.COLLECTION)
        if name == "iterate_partitions":
            return Items((Table(),), exact=False)
        return Table() if name in ("get_partition", "create_partition", "new_record") else Opaque("a table")
    if name == "__new__" and module == "builtins.type" and ev.making is not None:
        return ev.making
    if path in ("importlib.import_module", "builtins.__import__"):
        named = arguments[0].value if len(arguments) == 1 and isinstance(arguments[0], Const) else None
        if not isinstance(named, str):
            return None
        return Module(named.partition(".")[0] if module == "builtins" else named, named)
    if module == "builtins":
        return _call_builtin(ev, name, arguments, keywords, node)
    if path == "functools.partial" and arguments:
        return _partial(arguments, keywords, node)
    if module.startswith("odps"):
        return _call_odps(ev, callee, arguments, keywords, node)
    if path == "collections.OrderedDict":
        return _call_builtin(ev, "dict", arguments, keywords, node)
    if path in ("collections.defaultdict", "collections.deque", "collections.ChainMap", "collections.UserDict"):
        return next((value for value in arguments if isinstance(value, (Items, Mapping))), DATA)
    if path == "collections.namedtuple" and len(arguments) > 1:
        return _record_type(arguments[1])
    if path in _CHAINING:
        return _chain(arguments, flat=path.endswith("from_iterable"))
    if maxframe.makes_object(module, name):
        held = [value for value in (*arguments, *keywords.values()) if carries(value)]
        return Frame(Shape.MAXFRAME, sites=frozenset().union(*map(sites_of, held)))
    if path in _NAMESPACES:
        return Mapping(tuple(keywords.items())) if any_carries(keywords.values()) else DATA
    if path == "types.MethodType" and len(arguments) == 2 and isinstance(arguments[0], Function):
        owner = arguments[1]
        return Method(owner, arguments[0], "") if isinstance(owner, (Instance, Class)) else None
    if path == "itertools.starmap" and len(arguments) == 2 and isinstance(arguments[0], (Function, Method, Partial)):
        return _starmap(ev, arguments[0], arguments[1], node)
    if path == "functools.reduce" and len(arguments) > 1:
        return _reduce(ev, arguments, node)
    if path in records.REPLACING and arguments:
        return records.replaced(arguments[0], keywords)
    if path in ("dataclasses.asdict", "dataclasses.astuple") and arguments:
        return records.as_dict(arguments[0]) if name == "asdict" else records.as_tuple(ev, arguments[0])
    if module == "operator" and name in operators.KINDS and arguments:
        return Operator(name, tuple(arguments), tuple(keywords.items()))
    if path in _IDENTITY:
        return arguments[0] if arguments else None
    if path in _LOOKED_AT:
        return callee if path == "functools.wraps" else arguments[0] if arguments else None
    single = len(arguments) == 1 and isinstance(arguments[0], (Function, Class, Wrapped))
    if not module.startswith("inspect") and not (single and path.startswith(_WRAPPING)):
        elsewhere.run_elsewhere(ev, opaque(path), arguments, keywords, node)
    return Wrapped(arguments[0], path) if single else opaque(path)


def _starmap(ev: Evaluator, function: Value, rows: Value, node: ast.expr) -> Value:
    """``starmap(f, rows)``: what the function makes of each row, or of any of them."""
    each = attributes.rounds(rows) or (attributes.iterate(rows),)
    given = [attributes.listed(row) for row in each]
    made = [calls.call_value(ev, function, () if row is None else row.items, {}, node) for row in given]
    return Items(tuple(made), exact=False) if any_carries(made) else DATA


def _reduce(ev: Evaluator, arguments: Sequence[Value], node: ast.expr) -> Value:
    """``reduce(f, items)``: what one round gives, or for a library's operator the expressions combined."""
    held = attributes.iterate(arguments[1])
    if isinstance(arguments[0], (Function, Method, Instance, Partial)):
        first = arguments[2] if len(arguments) > 2 else held
        return calls.call_value(ev, arguments[0], [first, held], {}, node)
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
    if path in DATAFRAME:
        source = arguments[0] if arguments else None
        found = frame_of(source)
        if found is not None:
            return found
        local = isinstance(source, Opaque) and source.origin not in ("the entry object", "a table")
        return Frame(Shape.COLLECTION, local=local)
    if path in _ENTRIES:
        return Entry()
    if path in _OUTPUTS:
        if len(arguments) == 1 and not keywords and isinstance(arguments[0], _CALLABLE):
            return arguments[0]  # the decorator called by hand
        return callee  # the decorator `output(...)` returns: leaves the function as it is
    if path == "odps.df.Delay":
        return Frame(Shape.DELAY)
    if path.endswith("DataFrame.batch_persist"):
        for value in arguments:
            ev.execute(sites_of(value), node)
        return Opaque("batch_persist")
    row = FUNCTION_HAND_OVERS.get(callee.name) if callee.module == "odps.df" else None
    frame = frame_of(combine(*[v for a in arguments for v in (a.items if isinstance(a, Items) else (a,))]))
    if row is not None and isinstance(node, ast.Call):
        return handing.hand_over(ev, frame or Frame(Shape.SEQUENCE), (row,), arguments, keywords, node, callee.name)
    first = frame_of(arguments[0]) if arguments else None
    by_class = callee.module.startswith("odps.df") and isinstance(node, ast.Call)  # `SequenceExpr.map(df.x, f)`
    if first is not None and by_class and handing.is_method(callee.name, first.shape):
        assert isinstance(node, ast.Call)
        return handing.call_frame(ev, first, callee.name, arguments[1:], keywords, node)
    if frame is not None:
        return Frame(Shape.SEQUENCE, frame.local, frame.sites)
    if callee.module.startswith("odps.df") and callee.name.startswith("read_"):
        return Frame(Shape.COLLECTION, local=True)
    if callee.module.startswith("odps.df"):
        return Frame(Shape.SCALAR) if callee.name in ("Scalar", "NullScalar", "RandomScalar") else Opaque(path)
    return Opaque(path)


def _pairs(value: Value) -> dict[object, Value]:
    """What ``dict(value)`` holds."""
    if isinstance(value, Mapping):
        return dict(value.items)
    held: dict[object, Value] = {}
    for pair in value.items if isinstance(value, Items) else ():
        key, kept = pair.items if isinstance(pair, Items) and len(pair.items) == 2 else (None, None)
        if kept is not None:
            for name in key.values if isinstance(key, Either) else [key.value if isinstance(key, Const) else None]:
                held[name] = one_of(held.get(name, kept), kept)
    return held


def _chain(arguments: Sequence[Value], *, flat: bool) -> Value:
    """``itertools.chain(a, b)`` and its like: what any of the iterables holds."""
    if flat and arguments:
        arguments = [attributes.iterate(arguments[0])]
    held = tuple(found for found in map(attributes.iterate, arguments) if carries(found))
    return Items(held, exact=False) if held else DATA


def _record_type(fields: Value) -> Value:
    """``namedtuple(name, fields)``."""
    if isinstance(fields, Const) and isinstance(fields.value, str):
        return RecordType(tuple(fields.value.replace(",", " ").split()))
    names = fields.values if isinstance(fields, Literals) else ()
    return RecordType(tuple(name for name in names if isinstance(name, str)))


def _made_class(arguments: Sequence[Value]) -> Value:
    """``type(name, bases, attributes)``: told as the first of its bases that is the notebook's, changed."""
    bases = arguments[1].items if isinstance(arguments[1], Items) else ()
    base = next((held for held in bases if isinstance(held, Class)), None)
    if base is None:
        return None
    held = arguments[2].items if isinstance(arguments[2], Mapping) else ()
    return Class(base.key, bases, tuple((key, value) for key, value in held if isinstance(key, str)))


def _call_builtin(ev: Evaluator, name: str, arguments: Sequence[Value], keywords: Keywords, node: ast.expr) -> Value:
    first = arguments[0] if arguments else None
    if name == "getattr" and len(arguments) >= 2:
        if isinstance(arguments[1], Const) and isinstance(arguments[1].value, str):
            return attributes.attribute(ev, first, arguments[1].value, node)
        frame = frame_of(first)
        if frame is not None:
            return attributes.column(frame)
        names = arguments[1].values if isinstance(arguments[1], Either) else ()
        return one_of(*(attributes.attribute(ev, first, key, node) for key in names if isinstance(key, str)))
    if name == "dict":
        if isinstance(first, Literals) and not keywords:
            return first if first.keys is not None else DATA
        held = _pairs(first)
        held.update(keywords.items())
        return Mapping(tuple(held.items())) if any_carries(held.values()) else DATA
    if name in _COLLECTING and not keywords:
        if isinstance(first, Literals):
            return first if first.keys is None else literals.call(first, "keys", ())
        if isinstance(first, (Items, OneOf)):
            return first if name in ("list", "tuple", "iter") else Items((attributes.iterate(first),), exact=False)
        return DATA
    if name in _CHOOSING:
        key = keywords.get("key")
        if key is not None:
            elsewhere.run_elsewhere(ev, opaque(f"builtins.{name}"), [key], {}, node)
        among = Items(tuple(arguments)) if len(arguments) > 1 else first
        chosen = attributes.iterate(among)
        if not carries(chosen):
            return DATA
        return Items(among.items, exact=False) if name == "sorted" and isinstance(among, Items) else chosen
    if name == "zip":
        rows = [value.items for value in map(attributes.listed, arguments) if value is not None]
        if len(rows) == len(arguments) and any_carries(itertools.chain(*rows)):
            return Items(tuple(Items(part) for part in zip(*rows, strict=False)))
        row = Items(tuple(attributes.iterate(value) for value in arguments))
        return Items((row,), exact=False) if any_carries(row.items) else DATA
    if name == "enumerate":
        listed = attributes.listed(first)
        if listed is not None and any_carries(listed.items):
            return Items(tuple(Items((Const(place), held)) for place, held in enumerate(listed.items)))
        held_item = attributes.iterate(first)
        known = carries(held_item) or isinstance(held_item, (Const, Either))
        return Items((Items((DATA, held_item)),), exact=False) if known else DATA
    if name in ("map", "filter") and len(arguments) >= 2:
        given = [attributes.iterate(value) for value in arguments[1:]]
        result = None
        if isinstance(first, (Function, Class, Method, Operator, Partial, OneOf, Wrapped)):
            result = calls.call_value(ev, first, given, {}, node)
        result = given[0] if name == "filter" else result
        return Items((result,), exact=False) if carries(result) else DATA
    if name in ("staticmethod", "classmethod") and isinstance(first, Function):
        return StaticMethod(first, takes_class=name == "classmethod")
    if name == "property" and isinstance(first, Function):
        return Property(first)
    if name == "next":
        return attributes.iterate(first)
    if name == "vars" and isinstance(first, Instance):
        return records.as_dict(first)
    if name in ("globals", "vars", "locals") and not arguments and (name == "globals" or ev.activation is None):
        return Module("__main__", "__main__")
    if name == "type" and len(arguments) == 3:
        return _made_class(arguments)
    if name == "type" and isinstance(first, Instance):
        return first.of
    if name == "setattr" and len(arguments) == 3 and isinstance(node, ast.Call):
        key, value = arguments[1:]
        if isinstance(key, Const) and isinstance(key.value, str):
            put_attribute(ev, node.args[0], first, key.value, value)
        elif isinstance(key, Either):
            for one in key.values:
                if isinstance(one, str):
                    put_attribute(ev, node.args[0], ev.eval(node.args[0]), one, value)
        return DATA
    if name in _LOOKING:
        return DATA
    made = opaque(f"builtins.{name}")
    elsewhere.run_elsewhere(ev, made, arguments, keywords, node)
    return made
