"""OVER: windows written in place and named by the WINDOW clause, their frames, and functions that leave NULLs out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from .calls import call, ordered
from .errors import semantic, unsupported
from .typed import Typed

if TYPE_CHECKING:
    from .expressions import Expressions

# With ORDER BY and no frame these count up to the current row, row by row; Hive takes equal rows together.
_RUNNING = ("SUM", "COUNT", "AVG", "MAX", "MIN", "STDDEV", "STDDEV_SAMP")
_TAKES_NULL_RULE = ("FIRST_VALUE", "LAST_VALUE", "NTH_VALUE")


@dataclass(frozen=True)
class _Specification:
    """What stands inside the parentheses of OVER, names of other windows followed."""

    partition: Sequence[exp.Expr]
    order: exp.Expr | None
    frame: exp.Expr | None


def window(expressions: Expressions, node: exp.Expr) -> Typed:
    """Translate ``f(...) OVER (...)`` and ``f(...) OVER name``.

    Raises:
        OdpsError: the window's name is not defined, or the function is none of a window.
    """
    function, arguments, filtered = node.this, None, ""
    if isinstance(function, exp.Filter):
        filtered = f"FILTER (WHERE {expressions.condition(function.expression.this)}) "
        function = function.this
    if isinstance(function, exp.IgnoreNulls | exp.RespectNulls):
        inner = function.this
        if not isinstance(inner, exp.Anonymous) or str(inner.this).upper() not in _TAKES_NULL_RULE:
            raise unsupported(f"IGNORE NULLS beside {inner.sql('maxcompute')}", node)
        arguments = [*inner.expressions, exp.Boolean(this=isinstance(function, exp.IgnoreNulls))]
        function = inner
    if not isinstance(function, exp.Anonymous):
        raise unsupported(f"OVER after {type(function).__name__}", node)
    found = _specification(node, expressions.scope.windows)
    name = str(function.this)
    parts = []
    if found.partition:
        parts.append("PARTITION BY " + ", ".join(expressions.value(p).sql for p in found.partition))
    if found.order is not None:
        items = found.order.expressions
        parts.append("ORDER BY " + ", ".join(ordered(o, expressions.value(o.this).sql) for o in items))
    if found.frame is not None:
        parts.append(_frame(expressions, found.frame))
    elif found.order is not None and name.upper() in _RUNNING and not expressions.context.is_hive:
        parts.append("ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW")
    given = function.expressions if arguments is None else arguments
    return call(expressions, name, given, function, f"{filtered}OVER ({' '.join(parts)})")


def named(select: exp.Expr) -> dict[str, exp.Expr]:
    """The windows that a SELECT's WINDOW clause names."""
    return {w.this.name.lower(): w for w in select.args.get("windows") or []}


def _specification(node: exp.Expr, windows: Mapping[str, exp.Expr], seen: tuple[str, ...] = ()) -> _Specification:
    partition = node.args.get("partition_by") or []
    order, frame = node.args.get("order"), node.args.get("spec")
    base = node.args.get("alias")
    if base is None:
        return _Specification(partition, order, frame)
    name = base.name.lower()
    if name not in windows or name in seen:
        raise semantic(f"window {name} cannot be resolved", node)
    found = _specification(windows[name], windows, (*seen, name))
    if partition and found.partition:
        raise semantic(f"window {name} has a PARTITION BY of its own", node)
    return _Specification(partition or found.partition, order or found.order, frame or found.frame)


def _frame(expressions: Expressions, spec: exp.Expr) -> str:
    def bound(side: str) -> str:
        value, direction = spec.args.get(side), spec.args.get(f"{side}_side")
        if value is None:
            return "CURRENT ROW"
        if value in ("UNBOUNDED", "CURRENT ROW"):
            return f"{value} {direction or ''}".strip().upper()
        return f"{expressions.value(value).sql} {str(direction).upper()}"

    kind = str(spec.args.get("kind") or "ROWS").upper()
    exclude = spec.args.get("exclude")
    tail = f" EXCLUDE {exclude.name.upper()}" if exclude is not None else ""
    start = bound("start")
    if start.endswith("FOLLOWING") and spec.args.get("end") is None:
        # MaxCompute's short form ROWS n FOLLOWING starts at the current row.
        return f"{kind} BETWEEN CURRENT ROW AND {start}{tail}"
    return f"{kind} BETWEEN {start} AND {bound('end')}{tail}"
