"""Lists, tuples, sets and dicts of nothing but literals: what loops over them and look-ups in them give.

They choose columns, keys of dispatch tables and branches. Whatever changes one makes plain data of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .keys import is_literal
from .values import DATA, Const, Either, Items, Literals, Mapping, Member, Value

#: More literals than these decide nothing that anybody wrote by hand.
_MOST = 64
#: What lists, sets and dicts do without changing.
_READING = frozenset({"index", "count", "copy", "get", "keys", "values", "items", "__contains__", "__len__"})


def display(values: Sequence[Value], *, ordered: bool = True) -> Value:
    """``[a, b]``, where each of ``values`` is a literal or made of literals; else data."""
    found = [plain(value) for value in values]
    if not found or len(found) > _MOST or any(value is _OTHER for value in found):
        return DATA
    return Literals("data", True, tuple(found), None, ordered)


def dictionary(items: Sequence[tuple[object, Value]]) -> Value:
    """``{key: value}`` of literals alone; else data."""
    found = [plain(value) for _, value in items]
    if not found or len(found) > _MOST or any(value is _OTHER for value in found):
        return DATA
    keys = tuple(key for key, _ in items)
    return DATA if not all(map(is_literal, keys)) else Literals("data", True, tuple(found), keys)


class _Other:
    """No literal."""


_OTHER = _Other()


def plain(value: Value) -> object:
    """The Python value of a literal, tuples for lists and dicts as they are; a mark where it is none."""
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Literals) and value.ordered:
        return value.values if value.keys is None else value
    return _OTHER


def literal(value: object) -> Value:
    """A literal, or a row or dict of them."""
    if isinstance(value, Literals):
        return value
    if isinstance(value, tuple):
        return Literals("data", True, value)
    return Const(value)


def key(value: object) -> Value:
    """What a loop over a dict binds for a key it knows; None where it is none that can be written down."""
    return value if isinstance(value, Member) else literal(value) if is_literal(value) else None


def any_of(values: Iterable[object]) -> Value:
    """One of several literals."""
    found = tuple(dict.fromkeys(values))
    return None if not found else literal(found[0]) if len(found) == 1 else Either(found)


def each(value: Literals | Either) -> Value:
    """What a loop over ``value`` binds."""
    if isinstance(value, Literals):
        return any_of(value.values if value.keys is None else value.keys)
    if all(isinstance(row, tuple) for row in value.values):
        return any_of(part for row in value.values if isinstance(row, tuple) for part in row)
    return together(value, each)


def together(value: Either, look: Callable[[Literals], Value]) -> Value:
    """What ``look`` gives of any of several lists or dicts; unknown where one of them is neither."""
    rows = [row for row in map(literal, value.values) if isinstance(row, Literals)]
    found = [plain(part) for row in rows for part in _options(look(row))]
    return None if len(rows) < len(value.values) or _OTHER in found else any_of(found)


def _options(value: Value) -> Iterable[Value]:
    """The values that ``value`` may be; none where a dict lacks the key."""
    if value is None:
        return ()
    return map(literal, value.values) if isinstance(value, Either) else (value,)


def row(value: Value, length: int) -> Value:
    """``value`` as ``length`` values to unpack."""
    if isinstance(value, Literals) and value.keys is None and value.ordered and len(value.values) == length:
        return Items(tuple(literal(part) for part in value.values))
    if isinstance(value, Either):
        rows = [part for part in value.values if isinstance(part, tuple) and len(part) == length]
        if len(rows) == len(value.values):
            return Items(tuple(any_of(part[place] for part in rows) for place in range(length)))
    return value


def at(value: Literals, index: Value) -> Value:
    """``value[index]``."""
    wanted = index.values if isinstance(index, Either) else (index.value,) if isinstance(index, Const) else None
    if value.keys is not None:
        held = dict(zip(value.keys, value.values, strict=True))
        if wanted is None:
            return any_of(value.values)
        return any_of(held[key] for key in wanted if key in held)
    if wanted is not None and value.ordered and all(isinstance(key, int) for key in wanted):
        length = len(value.values)
        return any_of(value.values[key] for key in wanted if isinstance(key, int) and -length <= key < length)
    return any_of(value.values) if wanted is None else DATA


def changes(method: str) -> bool:
    """Whether ``method`` of a list, set or dict may change it."""
    return method not in _READING


def call(value: Literals, method: str, arguments: Sequence[Value]) -> Value:
    """``value.method(...)``, one that changes nothing."""
    keys = value.keys
    if method == "copy":
        return value
    if keys is not None:
        if method == "keys":
            return Literals("data", True, keys)
        if method == "values":
            return Literals("data", True, value.values)
        if method == "items":
            return Literals("data", True, tuple(zip(keys, value.values, strict=True)))
        if method == "get" and arguments:
            found = at(value, arguments[0])
            if found is None:
                return arguments[1] if len(arguments) > 1 else Const(None)
            return found
    return DATA


def keys_of(value: Mapping) -> Value:
    """The keys of a dict that holds callables, where all are known."""
    keys = tuple(key for key, _ in value.items)
    return Literals("data", True, keys) if keys and all(map(is_literal, keys)) else None
