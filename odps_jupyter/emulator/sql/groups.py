"""GROUP BY: its keys, grouping sets, and the rule that nothing else is read outside aggregate functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from .context import Context
from .errors import semantic
from .functions import TABLE
from .typed import Typed

if TYPE_CHECKING:
    from .expressions import Expressions

Columns = Sequence[tuple[str, Typed]]
_Key = Callable[[exp.Expr], str]


@dataclass(frozen=True)
class Groups:
    """What a SELECT groups by.

    Attributes:
        keys: DuckDB texts of all keys, in the order they are written.
        kinds: node types the keys were written as: only such expressions can be a key again.
        sql: what follows GROUP BY; empty where the SELECT only aggregates.
    """

    keys: tuple[str, ...] = ()
    kinds: frozenset[type] = frozenset()
    sql: str = ""


def read(group: exp.Expr, items: Sequence[exp.Expr], columns: Columns, expressions: Expressions) -> Groups:
    """The keys of a GROUP BY clause.

    Args:
        group: the clause.
        items: the select list as written, for names and places in it.
        columns: the same, translated; stars are expanded in it.
        expressions: a translator that knows the select list's names.
    """
    texts = [v.sql for _, v in columns]
    keys: dict[str, exp.Expr] = {}

    def key(node: exp.Expr) -> str:
        place = _place(node, expressions.context)
        if place is not None:
            if not 1 <= place <= len(texts):
                raise semantic(f"GROUP BY position {place} is not in the select list", node)
            text = texts[place - 1]
        else:
            text = expressions.value(node).sql
        keys.setdefault(text, _written(node, items, expressions) if place is None else _unnamed(items[place - 1]))
        return text

    def numbered(text: str) -> str:
        # By its place in the select list: a function with side effects is not the same expression twice.
        return str(texts.index(text) + 1) if text in texts else text if not text.isdigit() else f"({text})"

    parts = []
    for item in group.expressions:
        if isinstance(item, exp.Cube | exp.Rollup | exp.GroupingSets):
            parts.append(_sets(item, key))
        else:
            parts.append(key(item))
    plain = [p for p, item in zip(parts, group.expressions, strict=True) if not _is_set(item)]
    for kind in ("rollup", "cube", "grouping_sets"):
        for item in group.args.get(kind) or []:
            if item.expressions:
                # GROUP BY a, b GROUPING SETS (...): the keys before the word only say what there is.
                parts = [p for p in parts if p not in plain] + [_sets(item, key)]
            else:
                parts = [f"{kind.upper()} ({', '.join(parts)})"]
    is_plain = parts == plain
    sql = ", ".join(numbered(p) for p in parts) if is_plain else ", ".join(parts)
    return Groups(tuple(keys), frozenset(type(n) for n in keys.values()), sql)


def _is_set(node: exp.Expr) -> bool:
    return isinstance(node, exp.Cube | exp.Rollup | exp.GroupingSets)


def _sets(node: exp.Expr, key: _Key) -> str:
    """CUBE, ROLLUP and GROUPING SETS, each with lists of keys in brackets inside."""
    word = "CUBE" if isinstance(node, exp.Cube) else "ROLLUP" if isinstance(node, exp.Rollup) else "GROUPING SETS"
    parts = []
    for item in node.expressions:
        if _is_set(item):
            parts.append(_sets(item, key))
        elif isinstance(item, exp.Tuple):
            parts.append("(" + ", ".join(key(i) for i in item.expressions) + ")")
        else:
            parts.append(key(item.this if isinstance(item, exp.Paren) else item))
    return f"{word} ({', '.join(parts)})"


def _place(node: exp.Expr, context: Context) -> int | None:
    """The place in the select list that a bare number means, where the job asked for that."""
    if not isinstance(node, exp.Literal) or node.is_string or not str(node.this).isdigit():
        return None
    flags = ("odps.sql.groupby.position.alias", "hive.groupby.position.alias")
    if any(context.settings.get(f, "").lower() == "true" for f in flags):
        return int(node.this)
    return None


def _written(node: exp.Expr, items: Sequence[exp.Expr], expressions: Expressions) -> exp.Expr:
    """The expression behind a name of the select list; other keys as they are."""
    if isinstance(node, exp.Column) and expressions.scope.owner([p.name for p in node.parts]) is None:
        for item in items:
            if isinstance(item, exp.Alias) and item.alias.lower() == node.name.lower():
                return _unnamed(item)
    return node.this if isinstance(node, exp.Paren) else node


def _unnamed(node: exp.Expr) -> exp.Expr:
    inner: exp.Expr = node.this if isinstance(node, exp.Alias) else node
    return inner


def is_aggregate(node: exp.Expr, context: Context) -> bool:
    """Whether a node is a call of an aggregate function, built in or registered."""
    if not isinstance(node, exp.Anonymous):
        return False
    name = str(node.this)
    signature = context.catalog.function(name)
    if signature is not None:
        return signature.kind == "aggregate"
    return any(row.kind == "aggregate" for row in TABLE.get(name.upper(), ()))


def aggregates(node: exp.Expr, context: Context) -> Iterator[exp.Expr]:
    """Calls of aggregate functions in an expression of one SELECT; those over a window and of subqueries are none."""
    if isinstance(node, exp.Query):
        return
    if isinstance(node, exp.Window):
        called = node.this.this if isinstance(node.this, exp.Filter) else node.this
        inside = [*(called.expressions if isinstance(called, exp.Anonymous) else [called])]
        inside += [*(node.args.get("partition_by") or []), *([node.args["order"]] if node.args.get("order") else [])]
        for part in inside:
            yield from aggregates(part, context)
        return
    if is_aggregate(node, context):
        yield node
        return
    for child in node.iter_expressions():
        yield from aggregates(child, context)


class Check:
    """Refuses what a grouping SELECT cannot read.

    Args:
        groups: the keys.
        expressions: a translator that knows the select list's names where they may be used.
    """

    def __init__(self, groups: Groups, expressions: Expressions) -> None:
        self._groups = groups
        self._expressions = expressions
        self._context = expressions.context

    def stars(self, item: exp.Expr, columns: Columns) -> None:
        """``*`` stands for these columns."""
        for label, value in columns:
            if value.sql not in self._groups.keys:
                raise self._refused([label], item)

    def expression(self, node: exp.Expr, parameters: frozenset[str] = frozenset()) -> None:
        """Check one expression of the select list, HAVING or ORDER BY.

        Raises:
            OdpsError: it reads a column that is no key, or nests aggregate functions.
        """
        if isinstance(node, exp.Query):
            return
        if isinstance(node, exp.Filter | exp.WithinGroup):
            self.expression(node.this, parameters)
            return
        if isinstance(node, exp.Window):
            called = node.this.this if isinstance(node.this, exp.Filter) else node.this
            for part in called.expressions if isinstance(called, exp.Anonymous) else [called]:
                self.expression(part, parameters)
            for part in [*(node.args.get("partition_by") or []), *_orders(node)]:
                self.expression(part, parameters)
            return
        if is_aggregate(node, self._context):
            for argument in node.expressions:
                nested = next(aggregates(argument, self._context), None)
                if nested is not None:
                    raise semantic(f"aggregate function {nested.this} cannot be nested in {node.this}", nested)
            return
        if isinstance(node, exp.Lambda):
            names = frozenset(p.name.lower() for p in node.expressions)
            self.expression(node.this, parameters | names)
            return
        if isinstance(node, exp.Column | exp.Identifier):
            self._column(node, parameters)
            return
        if type(node) in self._groups.kinds and self._expressions.value(node).sql in self._groups.keys:
            return
        for child in node.iter_expressions():
            self.expression(child, parameters)

    def _column(self, node: exp.Expr, parameters: frozenset[str]) -> None:
        parts = [p.name for p in node.parts] if isinstance(node, exp.Column) else [node.name]
        scope = self._expressions.scope
        if parts[0].lower() in parameters or scope.owner(parts) is None:
            return
        if len(parts) == 1 and scope.prefer_aliases and parts[0].lower() in scope.aliases:
            return
        text = scope.resolve(parts, node).sql
        # A field of a struct that is a key reads nothing but the key.
        if not any(key in text if text.startswith("struct_extract(") else key == text for key in self._groups.keys):
            raise self._refused(parts, node)

    def _refused(self, parts: Sequence[str], node: exp.Expr) -> Exception:
        shown = self._expressions.scope.owner(parts) or parts[-1]
        if shown.startswith(self._context.prefix):
            shown = shown.partition(".")[2]
        return semantic(f"column reference {shown} should appear in GROUP BY key", node)


def _orders(node: exp.Expr) -> list[exp.Expr]:
    order = node.args.get("order")
    return [o.this for o in order.expressions] if order is not None else []
