"""The select list: names, stars, and the table function it may consist of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from odps_jupyter.emulator import types

from . import conversions
from .context import Context
from .errors import semantic, unsupported
from .expressions import Expressions
from .relations import is_table_call
from .typed import Typed

Named = tuple[str, Typed]


@dataclass(frozen=True)
class Item:
    """One entry of the select list: several columns under a star, else one."""

    node: exp.Expr
    columns: tuple[Named, ...]
    is_star: bool


def columns(items: Sequence[exp.Expr], expressions: Expressions) -> list[Item]:
    """The select list, stars expanded, each column with the name MaxCompute gives it."""
    made: list[Item] = []
    count = 0
    for item in items:
        star = _star(item)
        if star is not None:
            shown = tuple(_expanded(item, star, expressions))
        elif (matched := _matched(item, expressions)) is not None:
            shown = matched
        else:
            shown = (_one(item, expressions, count),)
        made.append(Item(item, shown, star is not None or len(shown) != 1))
        count += len(shown)
    return made


def _star(item: exp.Expr) -> exp.Star | None:
    inner = item.this if isinstance(item, exp.Column) else item
    return inner if isinstance(inner, exp.Star) else None


def _expanded(item: exp.Expr, star: exp.Star, expressions: Expressions) -> Iterator[Named]:
    """``*``, ``t.*``, ``* EXCEPT (a)``, ``* REPLACE (x AS a)``."""
    wanted = item.table.lower() if isinstance(item, exp.Column) else None
    sources = [s for s in expressions.scope.sources if wanted in (None, s.alias)]
    if not sources:
        raise semantic(f"nothing is named {wanted} in FROM" if wanted else "* needs a FROM clause", item)
    if star.args.get("rename"):
        raise unsupported("* RENAME", item)
    left_out = {c.name.lower() for c in star.args.get("except_") or star.args.get("except") or []}
    replaced = {a.alias.lower(): a.this for a in star.args.get("replace") or []}
    known: set[str] = set()
    for source in sources:
        for label, value in (source.shown if wanted is None else source.columns).items():
            known.add(label)
            source.once(label, item)
            if label in replaced:
                yield label, _shown(expressions.value(replaced[label]))
            elif label not in left_out:
                yield label, value
    unknown = (left_out | set(replaced)) - known
    if unknown:
        raise semantic(f"column {min(unknown)} cannot be resolved", item)


def _matched(item: exp.Expr, expressions: Expressions) -> tuple[Named, ...] | None:
    """Columns whose names fit a quoted regular expression: SELECT `(ds|pt)?+.+`."""
    if not isinstance(item, exp.Column) or item.table or not re.search(r"[*+?|()\[\]]", item.name):
        return None
    if expressions.scope.owner([item.name]) is not None:
        return None
    try:
        pattern = re.compile(item.name, re.IGNORECASE)
    except re.error as error:
        raise semantic(f"column {item.name} cannot be resolved", item) from error
    found = tuple((n, v) for s in expressions.scope.sources for n, v in s.shown.items() if pattern.fullmatch(n))
    if not found:
        raise semantic(f"column {item.name} cannot be resolved", item)
    return found


def _one(item: exp.Expr, expressions: Expressions, position: int) -> Named:
    inner = item.this if isinstance(item, exp.Alias) else item
    value = _shown(expressions.value(inner))
    if isinstance(item, exp.Alias):
        return item.alias.lower(), value
    if isinstance(inner, exp.Column | exp.Dot):
        return (inner.name or inner.expression.name).lower(), value
    return f"_c{position}", value


def _shown(value: Typed) -> Typed:
    if value.type.name == "void":
        # A bare NULL has the type of whatever takes it (a column, a branch of a union); alone it is shown as text.
        return conversions.convert(value, types.STRING).with_type(types.VOID)
    if value.is_constant:
        return Typed(f"CAST({value.sql} AS {types.to_duckdb(value.type)})", value.type, value.constant, True)
    return value


def table_call(items: Sequence[exp.Expr], context: Context) -> tuple[exp.Anonymous | None, list[str]]:
    """The table function that a select list consists of, and the names given to its columns."""
    for item in items:
        inner: exp.Expr = item
        names: list[str] = []
        if isinstance(item, exp.Aliases):
            inner, names = item.this, [n.name.lower() for n in item.expressions]
        elif isinstance(item, exp.Alias):
            inner, names = item.this, [item.alias.lower()]
        if is_table_call(inner, context):
            if len(items) != 1:
                raise semantic("a table function must stand alone in SELECT", item)
            assert isinstance(inner, exp.Anonymous)
            return inner, names
        if isinstance(item, exp.Aliases):
            raise semantic(f"{inner.sql()} is no table function", item)
    return None, []
