"""Whether two values are the same to a function that would get one for the other."""

from __future__ import annotations

from typing import Any

import cloudpickle

_ATOMS = (int, str, bytes, bool, type(None), complex)
#: Deeper than this, or in themselves, lists are left to the pickler, which knows how to end.
_DEPTH = 20


def same(one: Any, other: Any, depth: int = 0) -> bool | None:
    """Whether ``one`` and ``other`` are the same; None where nothing says so: they are not equal and have no pickle.

    Equal numbers of several types are not the same, and a float is what its bits are. Bytes of a pickle come last: they
    differ by the order of a dict, and by which equal parts are one object.
    """
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other):
        return False
    if kind in _ATOMS:
        return bool(one == other)
    if depth < _DEPTH:
        if kind in (list, tuple):
            return len(one) == len(other) and _all(list(zip(one, other, strict=True)), depth)
        if kind in (set, frozenset):
            return _typed(one) == _typed(other)
        if kind is dict:
            return _typed(one) == _typed(other) and _all([(one[key], other[key]) for key in one], depth)
    return (kind is not float and _equal(one, other)) or _pickled_alike(one, other)


def _all(pairs: list[tuple[Any, Any]], depth: int) -> bool | None:
    found = [same(one, other, depth + 1) for one, other in pairs]
    return False if False in found else None if None in found else True


def _typed(keys: Any) -> set[tuple[type, Any]]:
    return {(type(key), key) for key in keys}


def _equal(one: Any, other: Any) -> bool:
    """Whether ``==`` says so; arrays and frames answer item by item, and anybody's ``__eq__`` may fail."""
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - somebody's own code: then the pickle decides
        return False


def _pickled_alike(one: Any, other: Any) -> bool | None:
    try:
        return bool(cloudpickle.dumps(one) == cloudpickle.dumps(other))
    except Exception:  # noqa: BLE001 - whatever a pickler meets says the same: there is no pickle
        return None
