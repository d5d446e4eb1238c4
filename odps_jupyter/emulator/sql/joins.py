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


def join(queries: Queries, parent: Scope | None, left: From, right: From, node: exp.Expr) -> From:
    """Both relations joined as a JOIN clause says; commas join everything with everything.

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
        condition = queries.expressions(Scope(both, parent)).condition(on)
    return From(f"{left.sql} {word.removeprefix('LEFT ') if one_sided else word} JOIN {right.sql} ON {condition}",
                sources)  # fmt: skip


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
