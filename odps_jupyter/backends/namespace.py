"""What the names of a kernel hold, said by type: no code of the user runs, no object of the user's is asked anything.

Each name gets ``kind`` and what belongs to it (see :class:`odps_jupyter.analysis.live.Fact`): ``module`` and ``name``
of a class or function, or of an object's type; ``local`` of a PyODPS expression whose only data are pandas frames;
``size`` in bytes where the type is known to tell it without looking at every item.
"""

from __future__ import annotations

import itertools
import sys
from array import array
from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

#: Names that are told at most; nobody reads more, and the answer stays small.
MOST_NAMES = 5_000
#: Bytes from which a size is told: far below what is worth a warning.
LEAST_SIZE = 1_000_000
#: Nodes of an expression that are looked at for where its data lies.
_MOST_NODES = 2_000

_KINDS = {
    "odps.df.expr.expressions.CollectionExpr": "collection",
    "odps.df.expr.expressions.SequenceExpr": "sequence",
    "odps.df.expr.expressions.Scalar": "scalar",
    "odps.df.expr.groupby.SequenceGroupBy": "grouped sequence",
    "odps.df.expr.groupby.BaseGroupBy": "group",
    "odps.df.expr.groupby.GroupBy": "group",
    "odps.df.expr.expressions.Expr": "expression",
    "odps.df.delay.Delay": "delay",
    "odps.core.ODPS": "entry",
    "odps.models.table.Table": "table",
    "odps.models.partition.Partition": "table",
}
#: What PyODPS gives for a method of an expression that is not called at once.
_WRAPPED_METHOD = "odps.df.expr.expressions.ReprWrapper"
_SIZED = frozenset({bytes, bytearray, str, list, tuple, dict, set, frozenset, array})
#: Types of which nothing is worth telling but a size.
_PLAIN = frozenset({int, float, complex, bool, type(None), bytes, str})
# Read past whatever the user's classes and metaclasses define.
_mro = type.__dict__["__mro__"].__get__
_module = type.__dict__["__module__"].__get__
_qualname = type.__dict__["__qualname__"].__get__


def describe_names(namespace: Mapping[str, Any], hidden: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The facts of each public name of ``namespace``; what IPython put there (``hidden``) is left out."""
    held = dict(namespace)  # at once: the user's code may go on while this reads
    names = (name for name in held if type(name) is str and not name.startswith("_"))
    told: dict[str, dict[str, Any]] = {}
    for name in itertools.islice(names, MOST_NAMES):
        if name in hidden and hidden[name] is held[name]:
            continue
        fact = describe(held[name])
        if fact is not None:
            told[name] = fact
    return told


def describe(value: Any) -> dict[str, Any] | None:
    """The facts of one value; None where there is nothing to tell."""
    kind = type(value)
    if kind in (FunctionType, BuiltinFunctionType):
        return {"kind": "function", "module": _text(value.__module__) or "builtins", "name": _text(value.__qualname__)}
    if kind is MethodType:
        return _describe_method(value)
    bases = _mro(kind)
    if ModuleType in bases:
        # A lazy module loads itself when it is asked for an attribute: its dictionary is no attribute.
        return {"kind": "module", "name": _text(object.__getattribute__(value, "__dict__").get("__name__"))}
    if type in bases:
        return {"kind": "class", "module": _text(_module(value)), "name": _text(_qualname(value))}
    if _path(kind) == _WRAPPED_METHOD:
        return describe(object.__getattribute__(value, "__dict__").get("_func"))
    for base in bases:
        known = _KINDS.get(_path(base))
        if known is not None:
            fact: dict[str, Any] = {"kind": known}
            if _text(_module(kind)).startswith("odps.df.") and _only_pandas(value):
                fact["local"] = True
            return fact
    size = size_of(value)
    told = {} if size < LEAST_SIZE else {"size": size}
    if kind in _PLAIN and not told:
        return None
    return {"kind": "object", "module": _text(_module(kind)), "name": _text(_qualname(kind)), **told}


def size_of(value: Any) -> int:
    """Bytes that ``value`` takes, 0 where its type is none of those known to tell it at once.

    Of a list and its like that is the list itself, without what it holds.
    """
    kind = type(value)
    if kind in _SIZED:
        return sys.getsizeof(value)
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and kind is getattr(numpy, "ndarray", None):
        return int(value.nbytes)
    if pandas is not None and kind is getattr(pandas, "DataFrame", None):
        return len(value.index) * sum(int(getattr(dtype, "itemsize", 8)) for dtype in value.dtypes)
    if pandas is not None and kind is getattr(pandas, "Series", None):
        return len(value.index) * int(getattr(value.dtype, "itemsize", 8))
    return 0


def _only_pandas(expr: Any) -> bool:
    """Whether every source of a PyODPS expression is a pandas frame; PyODPS's own code walks its own nodes."""
    traverse = getattr(expr, "traverse", None)
    if traverse is None:
        return False
    nodes = list(itertools.islice(traverse(top_down=True, unique=True), _MOST_NODES))
    sources = [source for node in nodes if (source := getattr(node, "_source_data", None)) is not None]
    whole = len(nodes) < _MOST_NODES
    return whole and bool(sources) and all(_text(_module(type(each))).startswith("pandas.") for each in sources)


def _describe_method(method: MethodType) -> dict[str, Any] | None:
    function = method.__func__
    if type(function) is not FunctionType:
        return None
    name = _text(function.__name__)
    if _text(function.__module__).startswith("odps.df."):
        name = name.lstrip("_")  # PyODPS attaches `_map` to its classes as `map`
    return {"kind": "method", "name": name, "owner": describe(method.__self__)}


def _path(kind: type) -> str:
    return f"{_text(_module(kind))}.{_text(_qualname(kind))}"


def _text(value: Any) -> str:
    return value if type(value) is str else ""
