"""PIVOT and UNPIVOT: rows into columns and back.

Source: MaxCompute's documentation, "PIVOT and UNPIVOT". The documentation leaves the place of UNPIVOT's columns open:
here the values stand before the name they come from, both behind the columns that stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from odps_jupyter.emulator import types

from . import operators
from .calls import call
from .errors import semantic, unsupported
from .joins import From
from .scope import Field, Scope, Source
from .typed import Typed, literal, name, quote

if TYPE_CHECKING:
    from .expressions import Expressions
    from .queries import Queries


def pivoted(queries: Queries, parent: Scope | None, base: From, node: exp.Expr) -> From:
    """A relation turned by a PIVOT or UNPIVOT clause.

    Raises:
        OdpsError: the clause means nothing here.
    """
    fields = node.args.get("fields") or []
    if len(fields) != 1 or not isinstance(fields[0], exp.In) or node.args.get("group"):
        raise unsupported(f"the clause {node.sql('maxcompute')}", node)
    expressions = queries.expressions(Scope(base.sources, parent))
    turn = _unpivot if node.args.get("unpivot") else _pivot
    text, shown = turn(expressions, base, node, fields[0])
    label = node.alias.lower() or queries.context.fresh("p")
    return From(f"({text}) AS {name(label)}", (Source.of(label, shown),))


def _pivot(expressions: Expressions, base: From, node: exp.Expr, field: exp.In) -> tuple[str, list[Field]]:
    axes = field.this.expressions if isinstance(field.this, exp.Tuple) else [_inner(field.this)]
    measures = [(m.this, m.alias.lower()) if isinstance(m, exp.Alias) else (m, "") for m in node.expressions]
    if len(measures) > 1 and not all(alias for _, alias in measures):
        raise semantic("PIVOT with several aggregate functions needs a name for each", node)
    used = {c.name.lower() for m, _ in measures for c in m.find_all(exp.Column)} | {a.name.lower() for a in axes}
    kept = [(n, v) for s in base.sources for n, v in s.shown.items() if n not in used]
    axis_values = expressions.values(axes)
    shown = [f"{v.sql} AS {name(n)}" for n, v in kept]
    fields = [Field(n, v.type) for n, v in kept]
    for measure, suffix in measures:
        if not isinstance(measure, exp.Anonymous):
            raise semantic(f"{measure.sql('maxcompute')} is no aggregate function", node)
        for item in field.expressions:
            wanted, label = (item.this, item.args["alias"].name) if isinstance(item, exp.PivotAlias) else (item, None)
            cells = wanted.expressions if isinstance(wanted, exp.Tuple) else [_inner(wanted)]
            if len(cells) != len(axes):
                raise semantic("a value of PIVOT has another number of parts than FOR has columns", node)
            tests = (
                operators.compare("=", axis, expressions.value(cell), node).sql
                for axis, cell in zip(axis_values, cells, strict=True)
            )
            over = f"FILTER (WHERE {' AND '.join(tests)})"
            value = call(expressions, str(measure.this), measure.expressions, measure, over)
            base_name = label if label is not None else "_".join(c.sql("maxcompute") for c in cells)
            title = (f"{base_name}_{suffix}" if suffix else base_name).lower()
            shown.append(f"{value.sql} AS {name(title)}")
            fields.append(Field(title, value.type))
    text = f"SELECT {', '.join(shown)} FROM {base.sql}"
    if kept:
        text += " GROUP BY " + ", ".join(v.sql for _, v in kept)
    return text, fields


def _unpivot(expressions: Expressions, base: From, node: exp.Expr, field: exp.In) -> tuple[str, list[Field]]:
    [target] = node.expressions
    titles = [t.name.lower() for t in (target.expressions if isinstance(target, exp.Tuple) else [target])]
    groups: list[tuple[list[exp.Expr], str | None]] = []
    for item in field.expressions:
        columns, label = (item.this, item.args["alias"].name) if isinstance(item, exp.PivotAlias) else (item, None)
        groups.append((columns.expressions if isinstance(columns, exp.Tuple) else [_inner(columns)], label))
    if any(len(columns) != len(titles) for columns, _ in groups):
        raise semantic("UNPIVOT has another number of names than of columns", node)
    turned = {c.name.lower() for columns, _ in groups for c in columns}
    kept = [(n, v) for s in base.sources for n, v in s.shown.items() if n not in turned]
    typed = [expressions.same_type(expressions.values([columns[i] for columns, _ in groups]), node)
             for i in range(len(titles))]  # fmt: skip
    labels = [label or "_".join(c.name.lower() for c in columns) for columns, label in groups]
    items = ", ".join(_cells([*(t[at] for t in typed), literal(label)]) for at, label in enumerate(labels))
    shown = ", ".join([*(f"{v.sql} AS {name(f'k{i}')}" for i, (_, v) in enumerate(kept)), f"unnest([{items}]) AS u"])
    outer = [f"{name(f'k{i}')} AS {name(n)}" for i, (n, _) in enumerate(kept)]
    outer += [f"u.f{i} AS {name(n)}" for i, n in enumerate([*titles, _inner(field.this).name.lower()])]
    text = f"SELECT {', '.join(outer)} FROM (SELECT {shown} FROM {base.sql}) AS t"
    if not node.args.get("include_nulls"):
        text += " WHERE " + " OR ".join(f"u.f{i} IS NOT NULL" for i in range(len(titles)))
    fields = [*(Field(n, v.type) for n, v in kept), *(Field(n, t[0].type) for n, t in zip(titles, typed, strict=True)),
              Field(_inner(field.this).name.lower(), types.STRING)]  # fmt: skip
    return text, fields


def _inner(node: exp.Expr) -> exp.Expr:
    inner: exp.Expr = node.this if isinstance(node, exp.Paren) else node
    return inner


def _cells(values: Sequence[Typed]) -> str:
    return "{" + ", ".join(f"{quote(f'f{i}')}: {v.sql}" for i, v in enumerate(values)) + "}"
