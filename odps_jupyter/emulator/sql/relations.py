"""FROM: tables, views, subqueries, joins, samples and lateral views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.tables.models import Table
from odps_jupyter.emulator.types import Type

from . import conversions
from .context import Context
from .errors import semantic, unsupported
from .scope import Field, Query, Scope, Source
from .typed import Typed, name

if TYPE_CHECKING:
    from .queries import Queries


@dataclass(frozen=True)
class From:
    """DuckDB text after FROM, and its relations."""

    sql: str
    sources: tuple[Source, ...]


def stored(context: Context, table: Table) -> Query:
    """All rows of a table, datetime columns as wall-clock time of the job."""
    fields = tuple(Field(c.name.lower(), types.parse(c.type)) for c in table.all_columns)
    shown = []
    for field in fields:
        column = name(field.name)
        moves = field.type.name in ("datetime", "timestamp") and not context.keeps_time
        shown.append(f"{to_wall(column, field.type)} AS {column}" if moves else column)
    return Query(f"SELECT {', '.join(shown)} FROM {table.physical}", fields)


def to_wall(text: str, kind: Type) -> str:
    """A stored instant as wall-clock time of the job."""
    return f"CAST(mc_to_wall({text}) AS {types.to_duckdb(kind)})"


def to_stored(text: str, kind: Type, context: Context) -> str:
    """Wall-clock time of the job as the instant that is stored; other types as they are."""
    if kind.name not in ("datetime", "timestamp") or context.keeps_time:
        return text
    return f"CAST(mc_to_stored({text}) AS {types.to_duckdb(kind)})"


class Relations:
    """Translates the FROM clause of one SELECT."""

    def __init__(self, queries: Queries, parent: Scope | None, tables: dict[str, Query]) -> None:
        self.queries = queries
        self.parent = parent
        self.tables = tables

    def translate(self, select: exp.Expr) -> From | None:
        """The relations of a SELECT; ``None`` if it has no FROM."""
        clause = select.args.get("from_") or select.args.get("from")
        if clause is None:
            return None
        result = self.relation(clause.this)
        sample = select.args.get("sample")
        if sample is not None:
            # Written behind an alias, the sample is the whole query's to sqlglot: it means the relation before it.
            if select.args.get("joins") or select.args.get("laterals"):
                raise unsupported("TABLESAMPLE beside a join", sample)
            result = From(f"{result.sql} {_sample(sample)}", result.sources)
        for join in select.args.get("joins") or []:
            result = self._join(result, join)
        for lateral in select.args.get("laterals") or []:
            result = self._lateral(result, lateral)
        return result

    def relation(self, node: exp.Expr) -> From:
        """One item of FROM, with the joins and lateral views written inside its parentheses."""
        if isinstance(node, exp.Table):
            result = self._table(node)
        elif isinstance(node, exp.Subquery):
            if isinstance(node.this, exp.Table):
                result = self.relation(node.this)
            else:
                query = self.queries.query(node.this, self.parent, self.tables)
                result = self._named(query, node.alias.lower() or self.queries.context.fresh("q"))
        elif isinstance(node, exp.Values):
            result = self._values(node)
        else:
            raise unsupported(f"{type(node).__name__} in FROM", node)
        for join in node.args.get("joins") or []:
            result = self._join(result, join)
        for lateral in node.args.get("laterals") or []:
            result = self._lateral(result, lateral)
        sample = node.args.get("sample")
        return From(f"{result.sql} {_sample(sample)}", result.sources) if sample is not None else result

    def _named(self, query: Query, alias: str) -> From:
        return From(f"({query.sql}) AS {name(alias)}", (Source.of(alias, query.fields, query.distribution),))

    def _table(self, node: exp.Table) -> From:
        parts = [p.name.lower() for p in node.parts]
        alias = node.alias.lower() or parts[-1]
        plain = len(parts) == 1
        if plain and parts[0].startswith("@"):
            if parts[0] not in self.queries.context.variables:
                raise semantic(f"script variable {parts[0]} is not defined", node)
            return self._named(self.queries.context.variables[parts[0]], alias)
        if plain and parts[0] in self.tables:
            return self._named(self.tables[parts[0]], alias)
        return self._named(self.queries.table(parts, node), alias)

    def _values(self, node: exp.Expr) -> From:
        expressions = self.queries.expressions(Scope())
        rows = [expressions.values(r.expressions if isinstance(r, exp.Tuple) else [r]) for r in node.expressions]
        alias = node.args.get("alias")
        names = [c.name.lower() for c in alias.args.get("columns") or []] if alias else []
        names = names or [f"_c{i}" for i in range(len(rows[0]))]
        if any(len(r) != len(names) for r in rows):
            raise semantic("rows of VALUES have different numbers of columns", node)
        columns = [expressions.same_type(c, node) for c in zip(*rows, strict=True)]
        texts = ", ".join("(" + ", ".join(v.sql for v in row) + ")" for row in zip(*columns, strict=True))
        fields = tuple(Field(n, c[0].type) for n, c in zip(names, columns, strict=True))
        label = node.alias.lower() or self.queries.context.fresh("v")
        listed = ", ".join(name(n) for n in names)
        return From(f"(VALUES {texts}) AS {name(label)}({listed})", (Source.of(label, fields),))

    def _join(self, left: From, node: exp.Expr) -> From:
        right = self.relation(node.this)
        side, kind = (node.args.get("side") or "").upper(), (node.args.get("kind") or "").upper()
        both = (*left.sources, *right.sources)
        taken = [s.alias for s in both]
        if len(set(taken)) != len(taken):
            raise semantic(f"two relations have the name {max(taken, key=taken.count)}", node)
        if node.args.get("using"):
            raise unsupported("JOIN ... USING", node)
        word = f"{side} {kind}".strip() or "INNER"
        known = ("INNER", "LEFT", "LEFT OUTER", "RIGHT", "RIGHT OUTER", "FULL", "FULL OUTER", "LEFT SEMI", "LEFT ANTI",
                 "CROSS")  # fmt: skip
        if word not in known or node.args.get("method"):
            raise unsupported(f"{node.args.get('method') or ''} {word} JOIN".strip(), node)
        sources = left.sources if word in ("LEFT SEMI", "LEFT ANTI") else both
        on = node.args.get("on")
        if on is None:
            return From(f"{left.sql} CROSS JOIN {right.sql}", both)
        condition = self.queries.expressions(Scope(both, self.parent)).condition(on)
        return From(f"{left.sql} {word.removeprefix('LEFT ') if word in ('LEFT SEMI', 'LEFT ANTI') else word} JOIN"
                    f" {right.sql} ON {condition}", sources)  # fmt: skip

    def _lateral(self, base: From, node: exp.Expr) -> From:
        call = node.this
        if not isinstance(call, exp.Anonymous):
            raise unsupported("LATERAL VIEW of this", node)
        alias = node.args.get("alias")
        label = (node.alias or self.queries.context.fresh("l")).lower()
        names = [c.name.lower() for c in (alias.args.get("columns") or [])] if alias else []
        return self.explode(base, call, label, names, bool(node.args.get("outer")))

    def explode(self, base: From, call: exp.Anonymous, label: str, names: Sequence[str], outer: bool) -> From:
        """Add a table function's columns to every row; row order is kept.

        A plain UNNEST in the select list does that in DuckDB, where a lateral join may reorder.
        """
        context = self.queries.context
        expressions = self.queries.expressions(Scope(base.sources, self.parent))
        carried: list[str] = []
        inner = context.fresh("u")
        sources = []
        for source in base.sources:
            columns = {}
            for column, value in source.columns.items():
                carried.append(f"{value.sql} AS c{len(carried)}")
                columns[column] = Typed(f"{name(inner)}.c{len(carried) - 1}", value.type)
            sources.append(replace(source, columns=columns, distribution=None))
        signature = context.catalog.function(str(call.this))
        if signature is not None:
            if signature.kind != "table":
                raise semantic(f"{call.this} is no table function", call)
            raise unsupported("LATERAL VIEW of a Python table function", call)
        arguments = expressions.values(call.expressions)
        items, kinds, defaults = _exploded(str(call.this).upper(), arguments, call)
        names = list(names) or defaults
        if len(names) != len(kinds):
            raise semantic(f"{call.this} has {len(kinds)} columns, {len(names)} names given", call)
        if outer:
            items = f"CASE WHEN len({items}) > 0 THEN {items} ELSE [NULL] END"
        text = f"(SELECT {', '.join([*carried, f'unnest({items}) AS u'])} FROM {base.sql}) AS {name(inner)}"
        made = {
            n: Typed(f"struct_extract({name(inner)}.u, 'f{i}')", k)
            for i, (n, k) in enumerate(zip(names, kinds, strict=True))
        }
        return From(text, (*sources, Source(label, made)))


def _sample(node: exp.Expr) -> str:
    percent, rows = node.args.get("percent"), node.args.get("size")
    if percent is not None:
        return f"TABLESAMPLE bernoulli({percent.name}%)"
    if rows is not None:
        return f"TABLESAMPLE reservoir({rows.name} ROWS)"
    raise unsupported("this TABLESAMPLE", node)


def _exploded(function: str, arguments: Sequence[Typed], node: exp.Expr) -> tuple[str, list[Type], list[str]]:
    """A list of structs ``f0``, ``f1``, ...; their types; the names used if none are given."""
    value = arguments[0] if arguments else None
    if function in ("EXPLODE", "POSEXPLODE") and value is not None and len(arguments) == 1:
        at = [types.BIGINT] if function == "POSEXPLODE" else []
        shift, head = len(at), "'f0': i - 1, " if at else ""
        if value.type.name == "array":
            items = f"list_transform({value.sql}, lambda e, i: {{{head}'f{shift}': e}})"
            return items, [*at, value.type.items[0]], ["pos", "col"][-1 - shift :]
        if value.type.name == "map":
            items = (
                f"list_transform(map_entries({value.sql}), lambda e, i: "
                f"{{{head}'f{shift}': e.key, 'f{shift + 1}': e.value}})"
            )
            return items, [*at, *value.type.items], ["pos", "key", "value"][-2 - shift :]
    if function == "TRANS_ARRAY" and len(arguments) >= 3:
        return _trans_array(arguments, node)
    if function in ("EXPLODE", "POSEXPLODE"):
        given = ", ".join(str(a.type) for a in arguments)
        raise semantic(f"{function} takes one array or map, not ({given})", node)
    raise semantic(f"table function {function} cannot be resolved", node)


def _trans_array(arguments: Sequence[Typed], node: exp.Expr) -> tuple[str, list[Type], list[str]]:
    """TRANS_ARRAY(keys, separator, key1, ..., text1, ...): the texts are split, and a row made of each position."""
    if not isinstance(arguments[0].constant, int):
        raise semantic("the first argument of TRANS_ARRAY must be a constant number", node)
    keys = arguments[2 : 2 + arguments[0].constant]
    lists = [conversions.convert(a, types.STRING) for a in arguments[2 + arguments[0].constant :]]
    split = [f"string_split({a.sql}, {arguments[1].sql})" for a in lists]
    longest = "greatest(" + ", ".join(f"len({s})" for s in split) + ")"
    values = [*(k.sql for k in keys), *(f"{s}[i]" for s in split)]
    packed = ", ".join(f"'f{i}': {v}" for i, v in enumerate(values))
    items = f"list_transform(range(1, {longest} + 1), lambda i: {{{packed}}})"
    kinds = [*(k.type for k in keys), *(types.STRING for _ in lists)]
    return items, kinds, [f"col{i + 1}" for i in range(len(kinds))]


def is_table_call(node: exp.Expr, context: Context) -> bool:
    """Whether a select item is a call of a table function."""
    if not isinstance(node, exp.Anonymous):
        return False
    if str(node.this).upper() in ("EXPLODE", "POSEXPLODE", "TRANS_ARRAY"):
        return True
    signature = context.catalog.function(str(node.this))
    return signature is not None and signature.kind == "table"
