"""Functions that PyODPS would take for one: of the same code, without a closure, with other defaults.

For ``map`` PyODPS files the functions of one job by the id of their code where they have no closure
(``odps/df/backends/odpssql/codegen.py``, ``_gen_map_udf``), so that all get the defaults of the first, and the job
answers with wrong values. The pandas backend calls each for itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from types import FunctionType
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.detach import resolve_proxy, shipping_nodes
from odps_jupyter.backends.facts import callable_name

from .preflight import PreflightError, defined_at, placed
from .sameness import same

if TYPE_CHECKING:
    from odps_jupyter.backends.payload import Locate


def check_mistaken(exprs: Iterable[Any], locate: Locate) -> None:
    """Stop expressions that hand over functions which differ by their defaults alone.

    Raises:
        PreflightError: two functions of one expression would become one.
    """
    __tracebackhide__ = True
    for expr in exprs:
        first: dict[Hashable, FunctionType] = {}
        for node in shipping_nodes(resolve_proxy(expr)):
            key = _filed_by(node)
            if key is None:
                continue
            other = first.setdefault(key, node.func)
            # Of what has no pickle nothing can be sent, which the next step says.
            if other is not node.func and same(_defaults(other), _defaults(node.func)) is False:
                raise _error(node.func, locate)


def _filed_by(node: Any) -> Hashable | None:
    """What PyODPS tells the function of a node by; None where it looks at the function itself."""
    from odps.df.expr.element import MappedExpr

    function = node.func
    if not isinstance(node, MappedExpr) or not isinstance(function, FunctionType) or function.__closure__:
        return None
    inputs = tuple((repr(each.dtype), each.name if node._multiple else None) for each in node.inputs)
    given = (repr(node._func_args), repr(node._func_kwargs), tuple(id(each) for each in node._resources or ()))
    return (id(function.__code__), inputs, repr(node.dtype), given)


def _defaults(function: FunctionType) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return function.__defaults__ or (), function.__kwdefaults__ or {}


def _error(function: FunctionType, locate: Locate) -> PreflightError:
    name = callable_name(function)
    cell, line = defined_at(function, locate)
    return PreflightError(
        f"{name}{placed(cell, line)} is made several times with other defaults, and PyODPS would send the first for "
        "all of them: it tells functions without a closure apart by their code alone. Nothing was sent.",
        hint="Let a function around it hold the value: `(lambda k: lambda v: v + k)(k)`, not `lambda v, k=k: v + k`.",
        function=name,
        cell=cell,
        line=line,
        kind="late-binding-capture",
    )
