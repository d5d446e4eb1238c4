"""JOIN: what the two sides are matched by, and which columns the result shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from . import conversions, operators
from .errors import semantic, unsupported
from .scope import Scope, Source
from .typed import Typed

if TYPE_CHECKING:
    from .queries import Queries

_KINDS = ("INNER", "LEFT", "LEFT OUTER", "RIGHT", "RIGHT OUTER", "FULL", "FULL OUTER", "LEFT SEMI", "LEFT ANTI",
          "CROSS")  # fmt: skip


@dataclass(frozen=True)
class From:
    """DuckDB text after FROM, and its relations."""

    sql: str
    sources: tuple[Source, ...]


def join(
    queries: Queries,
    parent: Scope | None,
    left: From,
    right: From,
    node: exp.Expr,
    mapped: frozenset[str] = frozenset(),
) -> From:
    """Both relations joined as a JOIN clause says; commas join everything with everything.

    Args:
        queries, parent: what translates the condition.
        left, right: the relations.
        node: the clause.
        mapped: relations that a MAPJOIN hint names: only with one may a condition be more than equations.

    Raises:
        OdpsError: the kind is not known, a name is taken twice, or the condition means nothing.
    """
    side, kind = (node.args.get("side") or "").upper(), (node.args.get("kind") or "").upper()
    method = (node.args.get("method") or "").upper()
    word = f"{side} {kind}".strip() or "INNER"
    if word not in _KINDS or method not in ("", "NATURAL"):
        raise unsupported(f"{method} {word} JOIN".strip(), node)
    both = (*left.sources, *right.sources)
    taken = [s.alias for s in both if s.alias]
    if len(set(taken)) != len(taken):
        raise semantic(f"two relations have the name {max(taken, key=taken.count)}", node)
    one_sided = word in ("LEFT SEMI", "LEFT ANTI")
    shared = [c.name.lower() for c in node.args.get("using") or []]
    if method == "NATURAL":
        right_names = {n for s in right.sources for n in s.shown}
        shared = list(dict.fromkeys(n for s in left.sources for n in s.shown if n in right_names))
    on = node.args.get("on")
    if shared:
        tests, merged = _shared(left, right, shared, word, node)
        hidden = frozenset(shared)
        shown = (Source("", merged), *(replace(s, hidden=s.hidden | hidden) for s in both))
        sources = left.sources if one_sided else shown
        condition = " AND ".join(tests)
    elif on is None:
        return From(f"{left.sql} CROSS JOIN {right.sql}", both)
    else:
        sources = left.sources if one_sided else both
        if not mapped & set(taken):
            _check_equations(left, right, on)
        condition = queries.expressions(Scope(both, parent)).condition(on)
    return From(f"{left.sql} {word.removeprefix('LEFT ') if one_sided else word} JOIN {right.sql} ON {condition}",
                sources)  # fmt: skip


def mapped(select: exp.Expr) -> frozenset[str]:
    """The relations that a SELECT's MAPJOIN, DISTMAPJOIN and BROADCAST hints name."""
    names: set[str] = set()
    hint = select.args.get("hint")
    for call in hint.expressions if hint is not None else []:
        if isinstance(call, exp.Anonymous) and str(call.this).upper() in ("MAPJOIN", "DISTMAPJOIN", "BROADCAST"):
            names |= {i.this.lower() for i in call.find_all(exp.Identifier)}
            names |= {str(a.this).lower() for a in call.find_all(exp.Anonymous)}
    return frozenset(names)


def _check_equations(left: From, right: From, on: exp.Expr) -> None:
    """An ordinary join is by equations of the two sides (MaxCompute's documentation, "MAPJOIN hint").

    Whether further conditions on both sides may stand beside an equation is not said there; they may here.
    """
    whole = Scope((*left.sources, *right.sources))
    on_the_right = {s.alias for s in right.sources}

    def read(node: exp.Expr) -> set[int]:
        owners = (whole.owner([p.name for p in c.parts]) for c in node.find_all(exp.Column))
        return {int(owner.partition(".")[0] in on_the_right) for owner in owners if owner is not None}

    inner: exp.Expr = on.unnest()
    parts = [p.unnest() for p in (inner.flatten() if isinstance(inner, exp.And) else [inner])]
    equations = [
        p for p in parts
        if isinstance(p, exp.EQ | exp.NullSafeEQ) and sorted([read(p.this), read(p.expression)], key=list) == [{0}, {1}]
    ]  # fmt: skip
    if not equations:
        raise semantic(
            "expect equality expression (i.e., only use '=' and 'AND') for join condition without mapjoin hint", on
        )


def _shared(
    left: From, right: From, names: Sequence[str], word: str, node: exp.Expr
) -> tuple[list[str], dict[str, Typed]]:
    """The comparisons that USING stands for, and the one column it shows for each two."""
    tests, merged = [], {}
    for column in names:
        first, second = Scope(left.sources).resolve([column], node), Scope(right.sources).resolve([column], node)
        tests.append(operators.compare("=", first, second, node).sql)
        kind = conversions.common([first.type, second.type])
        if kind is None:
            raise semantic(f"column {column} of USING has no common type", node)
        one, other = conversions.convert(first, kind), conversions.convert(second, kind)
        if word.startswith("FULL"):
            merged[column] = Typed(f"coalesce({one.sql}, {other.sql})", kind)
        else:
            merged[column] = other if word.startswith("RIGHT") else one
    return tests, merged
