"""What is handed over cannot be called the way PyODPS calls it.

PyODPS makes an object of a class itself, once, without arguments, and calls that with each value: of ``int`` it makes
``0``, and ``0`` cannot be called. A class therefore needs a ``__call__`` and an ``__init__`` that takes nothing more (a
reducer's takes the keys; with ``resources=`` it takes those); one that aggregates needs ``buffer``, ``__call__``,
``merge`` and ``getvalue``, and is handed over itself, not an object of it. A function is called with the value, and,
where ``resources=`` are given, first with those. What is ``async``, what yields where one value is asked for, and what
returns a function gives nothing that a column can hold.

Example::

    orders.price.map(int)
    orders.price.map(Decimal, 'decimal')
    orders.groupby('store').apply(Sessions)      # with __init__(self, keys)

Fix: write ``lambda v: int(v)``; give the class what is missing, or hand over an object of it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from odps_jupyter.analysis.attributes import lookup
from odps_jupyter.analysis.evidence import Evidence, Journey, Span
from odps_jupyter.analysis.model import CallSite
from odps_jupyter.analysis.values import DECORATED, METACLASS, Class, Const, Function, Instance, Member

from .callable_classes import DICTS, MODULES_OF_FUNCTIONS, is_class
from .edits import wrapped_in_lambda
from .facts import Definition, Facts, cell_facts, dotted
from .handing import Handing
from .model import BOTH, EXECUTOR, Diagnostic, Edit, Fix, span_of
from .places import handing_call
from .signatures import definition_of, gives_data, gives_functions, takes, yields
from .subject import Subject, span_of_call

CODE, KIND = "ODP125", "unusable-callable"
#: Roles of what is called with a value or a row.
_CALLED = frozenset({"scalar", "row", "mapper"})
_AGGREGATING = ("buffer", "__call__", "merge", "getvalue")
#: Bases that add nothing a call would find.
_EMPTY_BASES = frozenset({"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"})


@dataclass(frozen=True)
class _Problem:
    message: str
    fails: frozenset[str] = BOTH
    fix: Fix | None = None


def check(subject: Subject) -> Iterator[Diagnostic]:
    for journey in subject.journeys:
        problem = _problem(subject, journey) if len(journey.call.target) == 1 and not journey.call.library else None
        if problem is not None:
            yield Diagnostic(
                CODE, KIND, "error", span_of_call(journey), problem.message, (journey.name,), problem.fails, problem.fix
            )
    for call in subject.calls:
        problem = _of_library(subject.evidence, call) if len(call.library) == 1 and not call.target else None
        if problem is not None:
            span = Span(call.cell, call.line, call.column, call.end_line, call.end_column)
            yield Diagnostic(CODE, KIND, "error", span, problem.message, (), problem.fails, problem.fix)


def _of_library(evidence: Evidence, call: CallSite) -> _Problem | None:
    """A class of a library, or for an aggregate a function."""
    path = call.library[0]
    if call.role == "aggregate":
        if call.method not in ("agg", "aggregate") or path.partition(".")[0] not in MODULES_OF_FUNCTIONS:
            return None
        return _Problem(
            f"{call.method} takes a class with {', '.join(_AGGREGATING)}; {call.text} has none of them. Use a method "
            "of the column, such as sum(), or write a class."
        )
    node = handing_call(evidence, call)
    given = node.args[0] if node is not None and node.args else None
    if call.role not in _CALLED or not is_class(path) or given is None or not _is(evidence, call.cell, given, path):
        return None
    parameter = "v" if call.role == "scalar" else "row"
    # A package is better imported in the body, which a lambda has not.
    alone = Handing(node, call.role).resources is False and path.partition(".")[0] in sys.stdlib_module_names
    fix = wrapped_in_lambda(evidence, call.cell, given, parameter) if alone else None
    # pandas maps over a dict by looking values up in it.
    fails = EXECUTOR if path in DICTS and call.role == "scalar" else BOTH
    return _Problem(
        f"{call.text} is a class: PyODPS makes one object of it, without arguments, and calls that with each value. "
        f"Write lambda {parameter}: {call.text}({parameter}).",
        fails,
        fix,
    )


def _is(evidence: Evidence, cell: int, node: ast.expr, path: str) -> bool:
    """Whether an expression is the class itself, by the name of its import or by one name given to it."""
    module, _, name = path.rpartition(".")
    if isinstance(node, ast.Attribute):
        return node.attr == name
    if not isinstance(node, ast.Name):
        return False
    cells = evidence.writers.get(node.id, ())
    if not cells:
        return module == "builtins" and node.id == name
    stored = cell_facts(evidence, cells[-1]).storing(node.id)
    if not stored:
        return evidence.imported(node.id, cell) == path
    last = stored[-1]
    return (
        isinstance(last, ast.Assign)
        and isinstance(last.value, (ast.Name, ast.Attribute))
        and (dotted(last.value).rpartition(".")[2] == name or evidence.imported(dotted(last.value), cell) == path)
    )


def _problem(subject: Subject, journey: Journey) -> _Problem | None:
    target, evidence, call = journey.target, subject.evidence, journey.call
    if isinstance(target, Function):
        own = journey.bodies[0] if journey.bodies and target.stands_for is None else None
        if own is None or own.name != journey.name:
            return None
        facts = cell_facts(evidence, own.cell).definition(own.line, own.column)
        if call.role in _CALLED and _usual(facts) and "resources" not in evidence.cells[call.cell].source:
            return None  # as nearly all are: to look for the call costs more than all else here
        return _of_function(journey, facts.node, Handing(handing_call(evidence, call), call.role))
    of = target.of if isinstance(target, Instance) else target
    if not isinstance(of, Class) or not _whole(of):
        return None
    handing = Handing(handing_call(evidence, call), call.role)
    if isinstance(target, Instance):
        return _of_object(evidence, journey, target, handing)
    return _of_class(evidence, journey, of, handing)


def _usual(facts: Facts) -> bool:
    """Whether a function gives a value when it is called: it holds no other, yields nothing, and awaits nothing."""
    returns = all(isinstance(each, ast.Return) for each in facts.gives)
    return returns and not facts.nested and not isinstance(facts.node, ast.AsyncFunctionDef)


def _of_function(journey: Journey, node: Definition, handing: Handing) -> _Problem | None:
    name, role = journey.name, journey.call.role
    if role == "aggregate":
        if journey.call.method != "apply" or takes(node, 0):
            return None
        return _Problem(
            f"apply without axis=1 takes a class that aggregates a column; {name} is called with each row only with "
            "axis=1.",
            fix=_by_row(journey, handing.node),
        )
    if role not in _CALLED:
        return None
    if isinstance(node, ast.AsyncFunctionDef):
        return _Problem(f"{name} is async: each call gives a coroutine, which nobody awaits there.", EXECUTOR)
    if handing.resources:
        if not gives_data(node):
            return None
        return _Problem(
            f"With resources=, {name} is called with those, once, and has to return the function that is called with "
            "each value."
        )
    if handing.resources is None:
        return None
    if (role == "scalar" or handing.reduces) and yields(node):
        return _Problem(f"{name} yields: each value would be a generator. Return the value.", EXECUTOR)
    if gives_functions(node):
        called = "row" if role != "scalar" else "value"
        return _Problem(
            f"{name} is called with each {called} and returns a function: only a reducer of map_reduce is called with "
            "the keys, and only with resources= is a function called with those.",
            BOTH if handing.several or _several(node) else EXECUTOR,
        )
    return None


def _several(node: Definition) -> bool:
    """Whether ``@output`` names several columns."""
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    named = [
        each.args[0]
        for each in decorators
        if isinstance(each, ast.Call) and each.args and dotted(each.func).rpartition(".")[2] == "output"
    ]
    return any(isinstance(each, (ast.List, ast.Tuple)) and len(each.elts) > 1 for each in named)


def _of_object(evidence: Evidence, journey: Journey, target: Instance, handing: Handing) -> _Problem | None:
    """An object of a class of the notebook."""
    call, name = journey.call, journey.name
    calling = definition_of(evidence, journey, target.of, "__call__")
    if call.role == "aggregate":
        if calling is None or takes(calling, 1):
            return None
        return _Problem(
            f"{call.text} is an object of {name}: PyODPS makes the object of an aggregate itself. Hand over the class.",
            fix=_bare(call, handing.node),
        )
    if call.role not in _CALLED:
        return None
    if _lacks(target.of, "__call__"):
        return _Problem(f"{name} has no __call__, so no object of it can be called.")
    generates = calling is not None and yields(calling)
    if generates and handing.resources is False:
        what = "Return the value" if call.role == "scalar" else "Hand over the class, or a function that yields"
        fails = EXECUTOR if call.role == "scalar" else BOTH
        return _Problem(f"__call__ of {name} yields, and PyODPS takes an object for no generator. {what}.", fails)
    return None


def _of_class(evidence: Evidence, journey: Journey, of: Class, handing: Handing) -> _Problem | None:
    """A class of the notebook."""
    role, name = journey.call.role, journey.name
    needed = _AGGREGATING if role == "aggregate" else ("__call__",)
    generic = lookup(of, "__getattr__") is not None
    lacking = [each for each in needed if _lacks(of, each) and (each == "__call__" or not generic)]
    if lacking:
        return _Problem(
            f"{name} has no {' and no '.join(lacking)}: PyODPS makes an object of the class itself, and that could not "
            + ("aggregate." if role == "aggregate" else "be called."),
            EXECUTOR if lacking == ["merge"] else BOTH,
        )
    calling = definition_of(evidence, journey, of, "__call__")
    if role in _CALLED and (role == "scalar" or handing.reduces) and calling is not None and yields(calling):
        return _Problem(f"__call__ of {name} yields: each value would be a generator. Return the value.", EXECUTOR)
    initialiser = definition_of(evidence, journey, of, "__init__")
    given = handing.initialising
    if given is None or lookup(of, "__dataclass_fields__") is not None:
        return None
    fits = takes(initialiser, 1 + given) if initialiser is not None else not given
    if fits or (initialiser is None and lookup(of, "__init__") is not None):
        return None
    made = {"reducer": "the keys", "combiner": "the keys"}.get(role, "the resources" if given else "no arguments")
    return _Problem(
        f"PyODPS makes an object of {name} itself, with {made}, which its __init__ does not take."
        + (" Hand over an object of it." if role == "scalar" and not given else "")
    )


def _lacks(of: Class, name: str) -> bool:
    found = lookup(of, name)
    return found is None or found == Const(None)


def _whole(of: Class) -> bool:
    """Whether all that a class has is known."""
    attributes = dict(of.attributes)
    if "__new__" in attributes or DECORATED in attributes:
        return False
    if attributes.get(METACLASS, Member("abc", "ABCMeta")) != Member("abc", "ABCMeta"):
        return False
    return all(
        _whole(base) if isinstance(base, Class) else isinstance(base, Member) and base.path in _EMPTY_BASES
        for base in of.bases
    )


def _bare(call: CallSite, node: ast.Call | None) -> Fix | None:
    """``Agg`` for ``Agg()``."""
    given = node.args[0] if node is not None and node.args else None
    if not isinstance(given, ast.Call) or given.args or given.keywords:
        return None
    behind = span_of(call.cell, given.func)
    end = span_of(call.cell, given)
    at = Span(call.cell, behind.end_line, behind.end_column, end.end_line, end.end_column)
    return Fix("Hand over the class", True, (Edit(at, ""),))


def _by_row(journey: Journey, node: ast.Call | None) -> Fix | None:
    """``axis=1`` behind the function."""
    if node is None or len(node.args) != 1 or any(each.arg == "axis" for each in node.keywords):
        return None
    end = span_of(journey.call.cell, node.args[0])
    at = Span(end.cell, end.end_line, end.end_column, end.end_line, end.end_column)
    return Fix("Apply it to rows", False, (Edit(at, ", axis=1"),))
