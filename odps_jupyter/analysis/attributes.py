"""What attributes, items, loops and tests of a value give."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from . import calls, handing, keys, literals, patches, records
from .catalogue import COLLECTION_METHODS, GROUP_METHODS, LOCAL_ATTRIBUTES, LOCAL_SEQUENCE_ATTRIBUTES
from .joining import any_carries, frame_of, known, one_of, sites_of
from .parts import methods, value_module
from .values import (
    DATA,
    Class,
    Const,
    Either,
    Entry,
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
    Partial,
    Property,
    Shape,
    StaticMethod,
    Table,
    Unbound,
    Value,
    got_from,
    member_of,
)

if TYPE_CHECKING:
    from .evaluator import Evaluator

#: What ``enter()`` returns, an object whose attribute ``odps`` is the entry object.
_ROOM = "odps.inter.enter"
#: Loops of more rounds than these are followed once.
_ROUNDS = 12
#: Where pandas frames come from.
_PANDAS_FRAMES = frozenset({"a pandas frame", "pandas.DataFrame", "pandas.read_csv", "pandas.read_parquet"})
#: Modules under which the attributes of the entry object and of a table are filed.
ENTRY_PATH, TABLE_PATH = "<entry>", "<table>"


def truth(value: Value) -> bool | None:
    """Whether ``value`` counts as true; None where that cannot be told."""
    if isinstance(value, Const):
        return bool(value.value)
    if isinstance(value, Member) and value.path == "typing.TYPE_CHECKING":
        return False
    if isinstance(value, (Function, Class, Module)):
        return True
    if isinstance(value, Items) and value.exact:
        return bool(value.items)
    if isinstance(value, Literals):
        return bool(value.values)
    return None


def iterate(value: Value) -> Value:
    """What a loop over ``value`` binds."""
    if isinstance(value, (Literals, Either)):
        return literals.each(value)
    if isinstance(value, Mapping):
        return iterate(literals.keys_of(value))
    if isinstance(value, Items):
        return one_of(*value.items)
    if isinstance(value, OneOf):
        return one_of(*(iterate(option) for option in value.options))
    if isinstance(value, Opaque):
        return got_from(value)
    return None


def each_of(ev: Evaluator, value: Value, node: ast.expr) -> Value:
    """What a loop over the value of ``node`` binds; of the notebook's own iterables, what their code yields."""
    if isinstance(value, Instance) and lookup(value.of, "__iter__") is not None:
        return iterate(calls.call_method(ev, None, value, "__iter__", (), {}, node))
    return iterate(value)


def listed(value: Value) -> Items | None:
    """``value`` as a list whose items are known one by one."""
    if isinstance(value, Literals) and value.keys is None and value.ordered:
        return Items(tuple(literals.literal(part) for part in value.values))
    return value if isinstance(value, Items) and value.exact else None


def rounds(value: Value) -> tuple[Value, ...]:
    """What a loop over ``value`` binds in each round, where following each by itself tells more; else nothing."""
    found = listed(value) if isinstance(value, Items) else None
    if found is None or not 1 < len(found.items) <= _ROUNDS or not any_carries(found.items):
        return ()
    return found.items


def together(value: Value, length: int) -> Value:
    """A row to unpack: of rows that may each be meant, one that holds at each place any of theirs."""
    if isinstance(value, (Literals, Either)):
        return literals.row(value, length)
    if isinstance(value, Instance) and is_record(value.of) and len(value.state) == length:
        return Items(tuple(held for _, held in value.state))
    if not isinstance(value, OneOf):
        return value
    rows = [option for option in value.options if isinstance(option, Items)]
    if not rows:
        return frame_of(value)
    if all(row.exact and len(row.items) == length for row in rows):
        return Items(tuple(one_of(*(row.items[place] for row in rows)) for place in range(length)))
    return Items((one_of(*(iterate(row) for row in rows)),), exact=False)


def attribute(ev: Evaluator, owner: Value, name: str, node: ast.expr) -> Value:
    """``owner.name``, where it is not called at once."""
    if owner is None:
        return None
    if isinstance(owner, Opaque):
        return Entry() if owner.origin == _ROOM and name == "odps" else got_from(owner)
    if isinstance(owner, (Module, Member)):
        return member(ev, owner, name)
    if isinstance(owner, Frame):
        return _frame_attribute(ev, owner, name, node)
    if isinstance(owner, FrameMethod):
        read = frame_of(owner)
        return None if read is None else _frame_attribute(ev, read, name, node)
    if isinstance(owner, Entry):
        return Member(ENTRY_PATH, name)
    if isinstance(owner, Table):
        return Items((Table(),), exact=False) if name == "partitions" else Member(TABLE_PATH, name)
    if isinstance(owner, Instance):
        for key, value in owner.state:
            if key == name:
                return value
        found = lookup(owner.of, name)
        if name == "__dict__":
            return records.as_dict(owner)
        if name == "__class__":
            return owner.of
        if found is None and lookup(owner.of, "__getattr__") is not None:
            return calls.call_method(ev, None, owner, "__getattr__", [Const(name)], {}, node)
        return bind(ev, owner, found, name, node)
    if isinstance(owner, Class):
        return _class_attribute(ev, owner, name, node)
    if isinstance(owner, Items) and name in owner.names:
        return owner.items[owner.names.index(name)]
    if isinstance(owner, Mapping):
        return item(owner, Const(name))  # a namespace: what a dict has behind a dot are methods, called at once
    if isinstance(owner, Partial):
        return owner.target if name == "func" else None
    if isinstance(owner, OneOf):
        return one_of(*(attribute(ev, option, name, node) for option in owner.options))
    if isinstance(owner, Const):
        return DATA
    return None


def member(ev: Evaluator, owner: Module | Member, name: str) -> Value:
    """``owner.name`` of a module, or of something in it; of ``__main__`` a global name."""
    if owner.path == "__main__":
        return known(ev.load_global(name))
    path = owner.path
    put = patches.patched(ev, path, name)
    if not isinstance(put, Unbound):
        return put
    needed = value_module(owner)
    return member_of(path, name, "" if needed == path else needed)


def _class_attribute(ev: Evaluator, owner: Class, name: str, node: ast.expr) -> Value:
    value = lookup(owner, name)
    if isinstance(value, StaticMethod):
        return Method(owner, value.function, name) if value.takes_class else value.function
    if isinstance(value, Function):
        return value
    if name == "__name__":
        return Const(ev.world.scope(owner.key).name.rpartition(".")[2])
    if is_plain(owner):
        ev.use_local(owner.key, f"its {name} is read{ev.caller()} in {{where}}", node.lineno)
    if value is not None and keys.is_enum(owner):
        return Instance(owner, (("value", value), ("name", Const(name))))
    return value


def is_record(of: Class) -> bool:
    """Whether a class is a ``typing.NamedTuple``."""
    return any(isinstance(base, Member) and base.path == "typing.NamedTuple" for base in of.bases)


def is_named_tuple(value: Value) -> bool:
    """Whether ``value`` is a named tuple, of ``collections`` or of ``typing``."""
    return bool(value.names) if isinstance(value, Items) else isinstance(value, Instance) and is_record(value.of)


def is_plain(of: Class) -> bool:
    """Whether a class has no code of its own: it runs where it is made or read."""
    return not methods(of)


def lookup(owner: Class, name: str, depth: int = 0) -> Value:
    """The attribute ``name`` of a class of the notebook or of its bases."""
    for key, value in owner.attributes:
        if key == name:
            return value
    if depth < 8:
        for base in owner.bases:
            if isinstance(base, Class):
                value = lookup(base, name, depth + 1)
                if value is not None:
                    return value
    return None


def bind(ev: Evaluator, owner: Instance, value: Value, name: str, node: ast.expr) -> Value:
    """What ``owner.name`` gives where its class has ``value``."""
    if isinstance(value, Function):
        return Method(owner, value, name)
    if isinstance(value, StaticMethod):
        return Method(owner.of, value.function, name) if value.takes_class else value.function
    if isinstance(value, Property):
        return calls.call_value(ev, Method(owner, value.function, name), [], {}, node)
    return value


def _frame_attribute(ev: Evaluator, frame: Frame, name: str, node: ast.expr) -> Value:
    if frame.shape is Shape.MAXFRAME:
        return FrameMethod(frame, name, ev.quote(node)) if handing.is_method(name, frame.shape) else frame
    if name == "columns":
        return Items((Frame(Shape.SEQUENCE, frame.local, frame.sites),), exact=False)
    if name == "data" and frame.shape is Shape.COLLECTION:
        # Of a table's or a pandas frame's collection what it is of; of any other a column, if there is one.
        return one_of(Frame(Shape.SEQUENCE, frame.local, frame.sites), DATA)
    if name in LOCAL_ATTRIBUTES or (
        name in LOCAL_SEQUENCE_ATTRIBUTES and frame.shape in (Shape.SEQUENCE, Shape.SCALAR)
    ):
        return DATA
    if frame.shape is Shape.COLLECTION:
        if name not in COLLECTION_METHODS and not handing.is_method(name, frame.shape):
            return Frame(Shape.SEQUENCE, frame.local, frame.sites)
    elif frame.shape is Shape.GROUP and name not in GROUP_METHODS:
        return Frame(Shape.GROUP_SEQUENCE, frame.local, frame.sites)
    elif frame.shape is Shape.ANY and not handing.is_method(name, frame.shape) and name not in COLLECTION_METHODS:
        return Frame(Shape.ANY, frame.local, frame.sites)
    return FrameMethod(frame, name, ev.quote(node))


def column(frame: Frame) -> Frame:
    """A column of an expression, by a name that is not known."""
    shape = {Shape.COLLECTION: Shape.SEQUENCE, Shape.GROUP: Shape.GROUP_SEQUENCE}.get(frame.shape, Shape.ANY)
    return Frame(shape, frame.local, frame.sites)


def item(owner: Value, index: Value) -> Value:
    """``owner[index]`` of anything but an expression."""
    if isinstance(owner, Literals):
        return literals.at(owner, index)
    if isinstance(owner, Either):
        return literals.together(owner, lambda row: literals.at(row, index))
    if isinstance(owner, Items):
        if owner.exact and isinstance(index, Const) and isinstance(index.value, int):
            return owner.items[index.value] if -len(owner.items) <= index.value < len(owner.items) else None
        return one_of(*owner.items)
    if isinstance(owner, Mapping):
        if isinstance(index, Either):
            return one_of(*(item(owner, literals.literal(key)) for key in index.values))
        return one_of(*keys.found(owner, index)[0])
    if isinstance(owner, OneOf):
        return one_of(*(item(option, index) for option in owner.options))
    if isinstance(owner, Opaque):
        named = isinstance(index, Const) and isinstance(index.value, str)
        return Opaque("pandas.Series") if named and owner.exact and owner.origin in _PANDAS_FRAMES else got_from(owner)
    return None


def slice_of(owner: Items | Literals, bounds: ast.Slice) -> Value:
    """``owner[1:3]``; of a list whose order is not known, or by bounds that are not, all that it may hold."""
    written = [_bound(bound) for bound in (bounds.lower, bounds.upper, bounds.step) if bound is not None]
    chosen: slice[Any, Any, Any] | None = None
    if None not in written and (bounds.step is None or written[-1] != 0):
        ends = [None if bound is None else _bound(bound) for bound in (bounds.lower, bounds.upper, bounds.step)]
        chosen = slice(*ends)
    if isinstance(owner, Literals):
        if chosen is None or owner.keys is not None or not owner.ordered:
            return DATA
        return literals.literal(owner.values[chosen])
    if chosen is None or not owner.exact:
        return Items(owner.items, exact=False)
    return Items(owner.items[chosen])


def _bound(node: ast.expr) -> int | None:
    sign = -1 if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else 1
    inner = node.operand if isinstance(node, ast.UnaryOp) and sign < 0 else node
    return sign * inner.value if isinstance(inner, ast.Constant) and isinstance(inner.value, int) else None


def frame_item(ev: Evaluator, frame: Frame, index: Value, node: ast.Subscript) -> Value:
    sites = frame.sites | sites_of(index)
    if frame.shape is Shape.MAXFRAME:
        return Frame(frame.shape, sites=sites)
    sites |= handing.build(ev, frame, [index], node, node.value)
    if frame.shape is Shape.GROUP:
        return Frame(Shape.GROUP_SEQUENCE, frame.local, sites)
    if frame.shape is Shape.SEQUENCE or isinstance(node.slice, ast.Slice):
        return Frame(frame.shape, frame.local, sites)
    named = index.values if isinstance(index, Either) else (index.value,) if isinstance(index, Const) else ()
    if named and all(isinstance(name, str) for name in named):
        return Frame(Shape.SEQUENCE, frame.local, sites)
    if isinstance(node.slice, (ast.Tuple, ast.List, ast.Lambda, ast.ListComp, ast.Compare, ast.BinOp, ast.UnaryOp)):
        return Frame(Shape.COLLECTION, frame.local, sites)
    if isinstance(index, (Items, Frame, Function, Literals)):
        return Frame(Shape.COLLECTION, frame.local, sites)
    return Frame(Shape.ANY, frame.local, sites)
