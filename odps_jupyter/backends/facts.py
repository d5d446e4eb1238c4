"""What an expression is, said as plain data for records and reports."""

from __future__ import annotations

import inspect
from typing import Any

from .detach import shipped_callables, source_tables
from .engines import Expr
from .execution import Backend, Execution
from .messages import message_of


def describe(expr: Expr, *, backend: Backend, action: str, seconds: float) -> Execution:
    """The record of running ``expr``, before anything is known of how it went."""
    return Execution(
        backend=backend,
        action=action,
        operation=str(getattr(expr, "node_name", type(expr).__name__)),
        tables=tuple(table.full_table_name.replace("`", "") for table in source_tables([expr])),
        sampled=(),
        functions=tuple(callable_name(function) for function in shipped_callables([expr])),
        seconds=seconds,
    )


def callable_name(function: Any) -> str:
    """The name a reader knows a callable by: ``handle``, ``Agg``, ``lambda``."""
    if inspect.isclass(function) and function.__module__ == "odps.df.expr.collections":
        # map_reduce hands over a class of PyODPS's own, which holds the user's function in a closure.
        held = inspect.getclosurevars(function.__init__).nonlocals
        function = held.get("reducer") or held.get("mapper") or function
    # PyODPS's @output wraps the function, functools.partial holds it in `func`.
    inner = getattr(function, "_func", None) or getattr(function, "func", None) or function
    name = getattr(inner, "__name__", type(inner).__name__)
    return "lambda" if name == "<lambda>" else str(name)


def rows_of(result: Any) -> int | None:
    """Rows of what an execution answered: 1 for a scalar, None where the answer does not hold them, as of a table."""
    from odps.df.backends.frame import ResultFrame
    from odps.df.expr.expressions import Expr

    if isinstance(result, ResultFrame):
        return len(result)
    table: type = Expr
    return None if result is None or isinstance(result, table) else 1


def error_line(error: BaseException | None) -> str | None:
    if error is None:
        return None
    said = message_of(str(error))
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
