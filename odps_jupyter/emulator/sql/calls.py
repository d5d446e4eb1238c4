"""Calls: functions of the table, registered Python functions, and the few typed by how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.executor.signature import Signature

from . import conversions
from .errors import semantic, unsupported
from .functions import TABLE, ArgumentError, Function, choose, render
from .typed import Typed

if TYPE_CHECKING:
    from .expressions import Expressions

# With ORDER BY and no frame these count up to the current row, row by row; Hive takes equal rows together.
_RUNNING = ("SUM", "COUNT", "AVG", "MAX", "MIN", "STDDEV", "STDDEV_SAMP")


def call(
    expressions: Expressions, name: str, nodes: Sequence[exp.Expr], node: exp.Expr, over: str | None = None
) -> Typed:
    """Translate a call; ``over`` is the text of its OVER clause, in a window.

    Raises:
        OdpsError: no function has the name, or none takes such arguments.
    """
    distinct = ""
    if len(nodes) == 1 and isinstance(nodes[0], exp.Distinct):
        distinct, nodes = "DISTINCT ", nodes[0].expressions
    upper = name.upper()
    special = _SPECIAL.get(upper)
    if special is not None and over is None:
        return special(expressions, nodes, node)
    if upper == "COUNT" and len(nodes) == 1 and isinstance(nodes[0], exp.Star):
        nodes = [exp.Literal.number(1)]
    signature = expressions.context.catalog.function(name)
    if signature is not None:
        return _python(expressions, name, signature, nodes, node, distinct, over)
    rows = TABLE.get(upper)
    if rows is None:
        raise semantic(f"function {name} cannot be resolved", node)
    if over is None and all(r.kind == "window" for r in rows):
        raise semantic(f"window function {upper} needs an OVER clause", node)
    if over is not None and all(r.kind == "scalar" for r in rows):
        raise semantic(f"function {upper} cannot be used with OVER", node)
    return _builtin(rows, expressions.values(nodes), node, distinct, over)


def _builtin(
    rows: Sequence[Function], values: Sequence[Typed], node: exp.Expr, distinct: str, over: str | None
) -> Typed:
    found = choose(rows, values)
    if found is None:
        given = ", ".join(str(v.type) for v in values)
        known = "; ".join(f"{r.name}({r.signature})" for r in rows)
        raise semantic(
            f"function {rows[0].name} cannot match any overloaded functions with ({given}), it has {known}", node
        )
    row, arguments, result = found
    text = render(row, arguments, distinct, f" {over}" if over else "")
    constant = row.name == "ARRAY" and all(a.is_constant for a in arguments)
    return Typed(text, result.type, None, constant)


def window(expressions: Expressions, node: exp.Expr) -> Typed:
    """Translate ``f(...) OVER (...)``."""
    function = node.this
    if not isinstance(function, exp.Anonymous):
        raise unsupported(f"OVER after {type(function).__name__}", node)
    if node.args.get("alias") is not None:
        raise unsupported("a named window", node)
    upper = str(function.this).upper()
    parts = []
    partition = [expressions.value(p).sql for p in node.args.get("partition_by") or []]
    if partition:
        parts.append("PARTITION BY " + ", ".join(partition))
    order = node.args.get("order")
    if order is not None:
        parts.append("ORDER BY " + ", ".join(ordered(o, expressions.value(o.this).sql) for o in order.expressions))
    spec = node.args.get("spec")
    if spec is not None:
        parts.append(_frame(expressions, spec))
    elif order is not None and upper in _RUNNING and not expressions.context.is_hive:
        parts.append("ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW")
    return call(expressions, str(function.this), function.expressions, function, f"OVER ({' '.join(parts)})")


def _frame(expressions: Expressions, spec: exp.Expr) -> str:
    def bound(side: str) -> str:
        value, direction = spec.args.get(side), spec.args.get(f"{side}_side")
        if value is None:
            return "CURRENT ROW"
        if value in ("UNBOUNDED", "CURRENT ROW"):
            return f"{value} {direction or ''}".strip().upper()
        return f"{expressions.value(value).sql} {str(direction).upper()}"

    kind = str(spec.args.get("kind") or "ROWS").upper()
    start = bound("start")
    if start.endswith("FOLLOWING") and spec.args.get("end") is None:
        # MaxCompute's short form ROWS n FOLLOWING starts at the current row.
        return f"{kind} BETWEEN CURRENT ROW AND {start}"
    return f"{kind} BETWEEN {start} AND {bound('end')}"


def ordered(node: exp.Expr, text: str) -> str:
    """An ORDER BY item: NULL is smaller than every value."""
    if node.args.get("desc"):
        return f"{text} DESC NULLS LAST"
    return f"{text} ASC NULLS FIRST"


def python_arguments(values: Sequence[Typed], signature: Signature, name: str, node: exp.Expr) -> list[Typed]:
    """Bring arguments to the types that a Python function declares; ``*`` takes anything.

    Raises:
        OdpsError: their number or types do not fit.
    """
    declared = signature.arguments
    if "*" not in declared and len(declared) != len(values):
        raise semantic(f"function {name} takes {len(declared)} arguments, {len(values)} given", node)
    result = []
    for position, value in enumerate(values):
        wanted = declared[position] if position < len(declared) and "*" not in declared[: position + 1] else None
        given = value.type if value.type.name != "void" else types.STRING
        target = given if wanted is None else types.parse(wanted)
        if not conversions.can_convert(value.type, target):
            raise semantic(f"argument {position + 1} of {name} is {value.type}, the function takes {target}", node)
        result.append(conversions.convert(value, target))
    return result


def _python(
    expressions: Expressions,
    name: str,
    signature: Signature,
    nodes: Sequence[exp.Expr],
    node: exp.Expr,
    distinct: str,
    over: str | None,
) -> Typed:
    if signature.kind == "table":
        raise semantic(f"table function {name} must stand alone in SELECT or in LATERAL VIEW", node)
    arguments = python_arguments(expressions.values(nodes), signature, name, node)
    target = expressions.context.python_call(name, signature, [a.type for a in arguments])
    if signature.kind == "aggregate":
        packed = "struct_pack(" + ", ".join(f"a{i} := {_typed(a)}" for i, a in enumerate(arguments)) + ")"
        rows = f"list({distinct}{packed})" + (f" {over}" if over else "")
        return Typed(f"{target.duckdb_name}(coalesce({rows}, []))", target.returns)
    if over is not None or distinct:
        raise semantic(f"function {name} is no aggregate", node)
    return Typed(f"{target.duckdb_name}({', '.join(_typed(a) for a in arguments)})", target.returns)


def _typed(value: Typed) -> str:
    """Text whose DuckDB type is certain, where a bare literal's would be DuckDB's own guess."""
    return f"CAST({value.sql} AS {types.to_duckdb(value.type)})" if value.is_constant else value.sql


def _map(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    if len(nodes) % 2:
        raise ArgumentError("MAP takes keys and values in turn")
    keys = expressions.same_type(expressions.values(nodes[::2]), node) if nodes else []
    values = expressions.same_type(expressions.values(nodes[1::2]), node) if nodes else []
    kind = types.map_of(keys[0].type if keys else types.VOID, values[0].type if values else types.VOID)
    return Typed(f"MAP([{', '.join(k.sql for k in keys)}], [{', '.join(v.sql for v in values)}])", kind)


def _struct(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    return _packed({f"col{i + 1}": v for i, v in enumerate(expressions.values(nodes))})


def _named_struct(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    names = [n.name.lower() for n in nodes[::2]]
    if len(nodes) % 2 or not all(isinstance(n, exp.Literal) for n in nodes[::2]):
        raise ArgumentError("NAMED_STRUCT takes constant names and values in turn")
    return _packed(dict(zip(names, expressions.values(nodes[1::2]), strict=True)))


def _packed(values: dict[str, Typed]) -> Typed:
    text = ", ".join(f"'{n}': {v.sql}" for n, v in values.items())
    return Typed("{" + text + "}", types.struct_of({n: v.type for n, v in values.items()}))


def _max_partition(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    if len(nodes) != 1 or not isinstance(nodes[0], exp.Literal):
        raise ArgumentError("MAX_PT takes the constant name of a table")
    *project, table = nodes[0].name.split(".")
    catalog = expressions.context.catalog
    found = catalog.table(project[0] if project else None, None, table)
    if not found.partitions:
        raise ArgumentError(f"table {found.qualified} has no partitions")
    values = [p[found.partitions[0].name] for p in catalog.partitions(found)]
    if not values:
        raise ArgumentError(f"table {found.qualified} has no partitions yet")
    text = max(values).replace("'", "''")
    return Typed(f"'{text}'", types.STRING, max(values), True)


_SPECIAL = {"MAP": _map, "STRUCT": _struct, "NAMED_STRUCT": _named_struct, "MAX_PT": _max_partition}
