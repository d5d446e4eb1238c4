"""Functions given to code that is not the notebook's: taken as called there, in the kernel."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import attributes
from .catalogue import hands_over
from .joining import any_carries, carries, flatten
from .values import Function, Instance, Items, Member, Method, Module, OneOf, Opaque, Partial, Value, is_data

if TYPE_CHECKING:
    from .evaluator import Evaluator

#: Packages of which it is known that they make no PyODPS expressions.
_KNOWN = sys.stdlib_module_names | frozenset(
    {
        "builtins", "altair", "bokeh", "dask", "datasets", "geopandas", "ipywidgets", "jax", "joblib", "keras",
        "lightgbm", "matplotlib", "modin", "networkx", "nltk", "numba", "numpy", "pandas", "plotly", "polars",
        "pyarrow", "pyspark", "ray", "requests", "scipy", "seaborn", "sklearn", "spacy", "sqlalchemy", "statsmodels",
        "tensorflow", "toolz", "torch", "tqdm", "transformers", "vaex", "xarray", "xgboost",
    }
)  # fmt: skip
Keywords = AbstractMapping[str, Value]

#: Methods and functions of pools, threads and loops by how they pass on what follows the function: as it is ...
_AS_GIVEN = frozenset({"submit", "to_thread", "run_in_executor", "call_soon", "call_later", "run_sync"})
#: ... item by item, or as one tuple.
_BY_ITEM = frozenset({"map", "imap", "imap_unordered", "map_async", "thread_map", "process_map"})
_AS_TUPLE = frozenset({"apply", "apply_async", "Thread", "Process", "Timer"})
_BY_TUPLE = frozenset({"starmap", "starmap_async"})


def is_unknown(value: Value) -> bool:
    """Whether ``value`` may be a PyODPS expression for all that is known: nothing, or what a module made that may be
    the user's own."""
    if value is None:
        return True
    if isinstance(value, (Member, Module)):
        return value.path.partition(".")[0] not in _KNOWN
    if isinstance(value, Opaque) and "." in value.origin:
        return value.origin.partition(".")[0] not in _KNOWN
    return False


def run_elsewhere(
    ev: Evaluator, callee: Value, arguments: Sequence[Value], keywords: Keywords, node: ast.expr | None
) -> None:
    """A call of code that is not the notebook's; ``callee`` is None where nothing is known of it."""
    if node is None:
        return
    if not any_carries(arguments) and not (keywords and any_carries(keywords.values())):
        return
    places = [*enumerate(arguments), *((len(arguments), value) for value in keywords.values())]
    for place, value in places:
        if not carries(value):
            continue
        passed = _passed(_name(node), arguments[place + 1 :], keywords)
        found = _callables(value)
        for option in found:
            _given(ev, option, callee, passed or (), node)
        if found and passed is not None:
            return  # what follows the function is for it to call


def _callables(value: Value) -> list[Function | Method | Instance | Partial]:
    """The callables in ``value``; a partial stays whole, as its arguments are passed."""
    if isinstance(value, Partial):
        return [value]
    if isinstance(value, OneOf):
        return [found for option in value.options for found in _callables(option)]
    return [option for option in flatten(value) if isinstance(option, (Function, Method, Instance))]


def _name(node: ast.expr) -> str:
    func = node.func if isinstance(node, ast.Call) else None
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _passed(name: str, rest: Sequence[Value], keywords: Keywords) -> list[Value] | None:
    """What the function is called with, where the name of the call tells; else None."""
    if name in _AS_GIVEN:
        return list(rest)
    if name in _BY_ITEM:
        return [attributes.iterate(value) for value in rest]
    if name in _AS_TUPLE:
        given = keywords.get("args", rest[0] if rest else None)
        return list(given.items) if isinstance(given, Items) and given.exact else []
    if name in _BY_TUPLE and rest:
        row = attributes.iterate(rest[0])
        return list(row.items) if isinstance(row, Items) and row.exact else []
    return None


def _given(
    ev: Evaluator,
    given: Function | Method | Instance | Partial,
    callee: Value,
    passed: Sequence[Value],
    node: ast.expr,
) -> None:
    target: Value = given.target if isinstance(given, Partial) else given
    function: Value = target.function if isinstance(target, Method) else target
    if isinstance(target, Instance):
        function = attributes.lookup(target.of, "__call__")
    if not isinstance(function, Function):
        return
    called = ev.quote(node.func) if isinstance(node, ast.Call) else ev.quote(node)
    origin = f" of {callee.origin}" if isinstance(callee, Opaque) and not is_data(callee) else ""
    # A method of the catalogue on who knows what: may be PyODPS, and counts for nothing beside what is known.
    named = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
    guessed = hands_over(named) and is_unknown(callee)
    known = "whose receiver is not known to be PyODPS: taken as local" if guessed else "which runs here"
    if callee is None and not guessed:
        known = "of which nothing is known: taken as local"
    reason = f"handed to {called}{origin} in {{where}}, {known}"
    for key in (function.key, function.stands_for):
        if key is not None:
            ev.use_local(key, reason, node.lineno, guessed=guessed)
    keywords: Keywords = {}
    if isinstance(given, Partial):
        passed, keywords = [*(value for _, value in given.arguments), *passed], dict(given.keywords)
    if isinstance(target, Instance):
        passed = [target, *passed]
    elif isinstance(target, Method):
        passed = [target.owner, *passed]
    ev.call(function, passed, keywords.items())
