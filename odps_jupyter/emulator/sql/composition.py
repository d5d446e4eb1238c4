"""Queries made of queries: UNION and its like, and the parts of a WITH clause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from odps_jupyter.emulator.types import TEXTS

from . import conversions
from .errors import semantic
from .scope import Field, Query, Scope
from .typed import Typed, name

if TYPE_CHECKING:
    from .queries import Queries


def set_operation(queries: Queries, node: exp.SetOperation, parent: Scope | None, known: dict[str, Query]) -> Query:
    """UNION, INTERSECT, EXCEPT and MINUS of two or more queries, with their ORDER BY and LIMIT."""
    # A union of many parts is a deep left-hand tree: walk it instead of recursing.
    word = _set_word(node)
    branches: list[exp.Expr] = []
    left: exp.Expr = node
    while isinstance(left, exp.SetOperation) and _set_word(left) == word and not (left is not node and _bounded(left)):
        branches.append(left.expression)
        left = left.this
    parts = [queries.query(b, parent, known) for b in [left, *reversed(branches)]]
    # What stands behind the last part is said of that part in edition 1.0, of the whole in edition 2.0 (its manual).
    of_last = queries.context.is_first_edition
    if of_last:
        parts[-1] = queries.limited(node, parts[-1])
    if len({len(p.fields) for p in parts}) != 1:
        raise semantic("the parts of a union have different numbers of columns", node)
    fields = []
    for position, first in enumerate(parts[0].fields):
        kinds = [p.fields[position].type for p in parts]
        kind = conversions.common(kinds)
        # Text is not taken for anything else here (MaxCompute's documentation, "INTERSECT, UNION, EXCEPT, and MINUS").
        mixed = len({k.name in TEXTS for k in kinds if k.name != "void"}) > 1
        if kind is None or mixed:
            listed = " and ".join(dict.fromkeys(map(str, kinds)))
            raise semantic(f"the parts of a union have no common type for column {first.name}: {listed}", node)
        fields.append(Field(first.name, kind))
    texts = [_as(p, fields) for p in parts]
    whole = Query(f" {word} ".join(f"({t})" for t in texts), tuple(fields))
    return whole if of_last else queries.limited(node, whole)


def common(queries: Queries, part: exp.Expr, recursive: bool, parent: Scope | None, known: dict[str, Query]) -> Query:
    """One query of a WITH clause; under RECURSIVE its second half may read what it has made so far."""
    names = [c.name.lower() for c in part.args["alias"].args.get("columns") or []]
    body, label = part.this, part.alias.lower()
    if not recursive or not isinstance(body, exp.Union) or not _reads(body.expression, label):
        query = queries.query(body, parent, known)
        if names and len(names) != len(query.fields):
            raise semantic(f"{label} has {len(query.fields)} columns, {len(names)} names given", part)
        return query.renamed(names) if names else query
    start = queries.query(body.this, parent, known)
    fields = [Field(n, f.type) for n, f in zip(names or [f.name for f in start.fields], start.fields, strict=True)]
    relation = queries.context.fresh("recursive")
    step = queries.query(body.expression, parent, {**known, label: Query(f"SELECT * FROM {relation}", tuple(fields))})
    if len(step.fields) != len(fields):
        raise semantic(f"the two parts of {label} have different numbers of columns", part)
    listed = ", ".join(name(f.name) for f in fields)
    word = "UNION" if body.args.get("distinct") else "UNION ALL"
    text = f"WITH RECURSIVE {relation}({listed}) AS (({start.sql}) {word} ({_as(step, fields)}))"
    return Query(f"{text} SELECT {listed} FROM {relation}", tuple(fields))


def _as(query: Query, fields: Sequence[Field]) -> str:
    """A query with its columns brought to other types; names as in ``fields``."""
    if [f.type for f in query.fields] == [f.type for f in fields]:
        return query.sql
    names = [f"c{i}" for i in range(len(fields))]
    shown = ", ".join(
        f"{conversions.convert(Typed(n, f.type), target.type).sql} AS {name(target.name)}"
        for n, f, target in zip(names, query.fields, fields, strict=True)
    )
    return f"SELECT {shown} FROM ({query.sql}) AS {query.positional('q')}"


def _reads(node: exp.Expr, label: str) -> bool:
    return any(t.name.lower() == label and not t.db for t in node.find_all(exp.Table))


def _set_word(node: exp.SetOperation) -> str:
    word = "UNION" if isinstance(node, exp.Union) else "EXCEPT" if isinstance(node, exp.Except) else "INTERSECT"
    return word if node.args.get("distinct") else f"{word} ALL"


def _bounded(node: exp.Expr) -> bool:
    return any(node.args.get(k) is not None for k in ("order", "limit", "with_", "with"))
