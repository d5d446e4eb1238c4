"""An aggregate's buffer holds what ``marshal`` cannot write, or does not read as it was.

MaxCompute marshals the buffer of each worker to merge them; the pandas backend has one and never does. ``marshal``
takes None, numbers, texts, bytes, and tuples, lists, sets and dicts of them. It takes no date, no Decimal, no
``Counter``, ``deque`` or ``defaultdict`` and no object of a class, and of numpy's arrays and numbers it makes bytes.

Example::

    class Latest:
        def buffer(self):
            return [datetime.min]

Fix: keep a plain form of it in the buffer (``ts.timestamp()``, ``str(price)``, a dict and ``get``), and make the value
of that in ``getvalue``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odps_jupyter.analysis.values import Class, Instance, RecordType

from .facts import root_of
from .model import EXECUTOR, Diagnostic
from .places import handing_call
from .signatures import returns
from .subject import ShippedCode, Subject

CODE, KIND = "ODP126", "unmarshallable-buffer"
#: Classes, and functions that make objects of them, of which marshal writes none, or of numpy's the bytes.
_REFUSED = (
    "collections.Counter", "collections.defaultdict", "collections.deque", "collections.OrderedDict",
    "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta", "decimal.Decimal",
    "fractions.Fraction", "builtins.range", "builtins.iter", "numpy.zeros", "numpy.ones", "numpy.array", "numpy.empty",
    "numpy.full", "numpy.float64", "numpy.float32", "numpy.int64", "numpy.int32", "pandas.Series", "pandas.DataFrame",
    "pandas.Timestamp",
)  # fmt: skip
#: What of such a class is an object of it: of ``datetime.min.year`` and ``timedelta.total_seconds`` marshal writes all.
_OBJECTS = frozenset({
    "min", "max", "resolution", "now", "today", "utcnow", "fromtimestamp", "utcfromtimestamp", "fromordinal",
    "fromisoformat", "fromisocalendar", "strptime", "combine", "from_float", "from_decimal", "from_number", "fromkeys",
    "from_dict", "from_records",
})  # fmt: skip
#: Types of a result that is such an object itself; for a ``decimal`` PyODPS takes a text too.
_RESULTS = frozenset({"datetime", "date", "timestamp"})
#: Methods that put one thing into a list or set.
_PUTTING = frozenset({"append", "add"})


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        if code.journey.call.role != "aggregate":
            continue
        method = code.body.name.rpartition(".")[2]
        if method == "buffer":
            for value in returns(code.facts.node):
                for item in _items(value):
                    what = _refused(code, item)
                    if what is not None:
                        yield _diagnostic(code, item, f"The buffer holds {what}, which marshal cannot pass on")
        elif method == "__call__":
            stored = _stored(code)
            what = _refused(code, stored) if stored is not None else None
            if stored is not None and what is not None:
                yield _diagnostic(code, stored, f"The buffer is given {what}, which marshal cannot pass on")
        elif method == "getvalue":
            result = _result(subject, code)
            given = returns(code.facts.node) if result is not None else []
            # One of several may be what nothing was put into.
            if given and all(_is_of_buffer(code, value) for value in given):
                what = f"The result is a {result} and is taken from the buffer as it is: marshal can write none"
                yield _diagnostic(code, given[0], what)


def _diagnostic(code: ShippedCode, node: ast.expr, what: str) -> Diagnostic:
    message = f"{what}. Keep plain numbers, texts, lists and dicts in it. The pandas backend never marshals it."
    return Diagnostic(CODE, KIND, "error", code.span(node), message, (code.journey.name,), EXECUTOR)


def _items(node: ast.expr) -> Iterator[ast.expr]:
    """What a value is written with: itself, or the items of a list, tuple, set or dict, and so on."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        for item in node.elts:
            yield from _items(item)
    elif isinstance(node, ast.Dict):
        for item in (*filter(None, node.keys), *node.values):
            yield from _items(item)
    else:
        yield node


def _refused(code: ShippedCode, node: ast.expr) -> str | None:
    """What an item of a buffer is, where marshal does not take it."""
    if isinstance(node, ast.Lambda):
        return "a function"
    path = code.path(node.func if isinstance(node, ast.Call) else node)
    if path is not None:
        of, _, member = path.rpartition(".")
        if path in _REFUSED:
            is_object, of = isinstance(node, ast.Call), path
        else:
            is_object = of in _REFUSED and member in _OBJECTS
        return of.removeprefix("builtins.") if is_object else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        made = code.outside(node.func.id)
        return f"an object of {node.func.id}" if isinstance(made, (Class, RecordType)) else None
    held = code.outside(node.id) if isinstance(node, ast.Name) else None
    return f"an object of a class ({node.id})" if isinstance(held, Instance) and isinstance(node, ast.Name) else None


def _stored(code: ShippedCode) -> ast.expr | None:
    """What each value puts into the buffer, where that is one thing: what is put in twice may be made plain then."""
    given = code.facts.node.args.args
    if len(given) < 2:
        return None
    stores = [
        change.value
        for change in code.facts.changes
        if isinstance(change, (ast.Assign, ast.AugAssign))
        for target in (change.targets if isinstance(change, ast.Assign) else [change.target])
        if isinstance(target, ast.Subscript) and root_of(target) == given[1].arg
    ]
    stores += [
        call.args[0]
        for call in code.facts.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in _PUTTING and len(call.args) == 1
        if root_of(call.func.value) == given[1].arg
    ]
    return stores[0] if len(stores) == 1 else None


def _result(subject: Subject, code: ShippedCode) -> str | None:
    """The type that the call says the result is of, where marshal takes no value of it."""
    call = handing_call(subject.evidence, code.journey.call)
    for keyword in call.keywords if call is not None else ():
        if keyword.arg == "rtype" and isinstance(keyword.value, ast.Constant) and keyword.value.value in _RESULTS:
            return str(keyword.value.value)
    return None


def _is_of_buffer(code: ShippedCode, value: ast.expr) -> bool:
    """Whether a value is the buffer, or an item of it, that ``getvalue`` is given."""
    given = code.facts.node.args.args
    name = value.value if isinstance(value, ast.Subscript) else value
    named = [part for part in ast.walk(code.facts.node) if isinstance(part, ast.Name)]
    stored = {part.id for part in named if isinstance(part.ctx, ast.Store)}
    return len(given) == 2 and isinstance(name, ast.Name) and name.id == given[1].arg and name.id not in stored
