"""FROM: tables, views, subqueries, joins, samples and lateral views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.tables.models import Table
from odps_jupyter.executor.signature import Signature

from .calls import python_arguments
from .clocks import to_wall
from .context import Context, Stage
from .errors import semantic, unsupported
from .explode import explode, is_builtin
from .joins import From, join, mapped
from .outputs import output_columns
from .pivots import pivoted
from .scope import Field, Query, Scope, Source
from .typed import Typed, name

if TYPE_CHECKING:
    from .queries import Queries


def stored(context: Context, table: Table) -> Query:
    """All rows of a table, datetime columns as wall-clock time of the job."""
    fields = tuple(Field(c.name.lower(), types.parse(c.type)) for c in table.all_columns)
    shown = []
    for field in fields:
        column = name(field.name)
        wall = to_wall(column, field.type, context)
        shown.append(column if wall == column else f"{wall} AS {column}")
    return Query(f"SELECT {', '.join(shown)} FROM {table.physical}", fields)


class Relations:
    """Translates the FROM clause of one SELECT."""

    def __init__(self, queries: Queries, parent: Scope | None, tables: dict[str, Query]) -> None:
        self.queries = queries
        self.parent = parent
        self.tables = tables
        self._mapped: frozenset[str] = frozenset()

    def translate(self, select: exp.Expr) -> From | None:
        """The relations of a SELECT; ``None`` if it has no FROM."""
        clause = select.args.get("from_") or select.args.get("from")
        if clause is None:
            return None
        self._mapped = mapped(select)
        result = self.relation(clause.this)
        sample = select.args.get("sample")
        if sample is not None:
            # Written behind an alias, the sample is the whole query's to sqlglot: it means the relation before it.
            if select.args.get("joins") or select.args.get("laterals"):
                raise unsupported("TABLESAMPLE beside a join", sample)
            result = self._sampled(result, sample)
        return self._joined(result, select)

    def relation(self, node: exp.Expr) -> From:
        """One item of FROM, with the joins and lateral views written inside its parentheses."""
        if isinstance(node, exp.Table):
            result = self._table(node)
        elif isinstance(node, exp.Subquery):
            if isinstance(node.this, exp.Table):
                result = self.relation(node.this)
            else:
                query = _labelled(self.queries.query(node.this, self.parent, self.tables), node)
                result = self._named(query, node.alias.lower() or self.queries.context.fresh("q"))
        elif isinstance(node, exp.Values):
            result = self._values(node)
        else:
            raise unsupported(f"{type(node).__name__} in FROM", node)
        result = self._joined(result, node)
        for pivot in node.args.get("pivots") or []:
            result = pivoted(self.queries, self.parent, result, pivot)
        sample = node.args.get("sample")
        return self._sampled(result, sample) if sample is not None else result

    def _sampled(self, result: From, node: exp.Expr) -> From:
        """TABLESAMPLE by percent, by rows, or one of several buckets that a column's value decides."""
        if node.args.get("bucket_numerator") is None or len(result.sources) != 1:
            return From(f"{result.sql} {_sample(node)}", result.sources)
        [source] = result.sources
        number, buckets = node.args["bucket_numerator"].name, node.args["bucket_denominator"].name
        field = node.args.get("bucket_field")
        keys = [self.queries.expressions(Scope(result.sources)).value(field)] if field is not None else []
        texts = [v.sql for v in keys or source.columns.values()]
        if not (number.isdigit() and buckets.isdigit() and 1 <= int(number) <= int(buckets)):
            raise semantic("TABLESAMPLE takes a bucket between 1 and the number of buckets", node)
        test = f"hash({', '.join(texts)}) % {buckets} = {int(number) - 1}"
        return From(f"(SELECT * FROM {result.sql} WHERE {test}) AS {name(source.alias)}", result.sources)

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
            return self._named(_labelled(self.tables[parts[0]], node), alias)
        return self._named(_labelled(self.queries.table(parts, node), node), alias)

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

    def _joined(self, result: From, node: exp.Expr) -> From:
        """The joins and lateral views written behind a relation, in the order they are written."""
        clauses = [*(node.args.get("joins") or []), *(node.args.get("laterals") or [])]
        for clause in sorted(clauses, key=_start):
            if isinstance(clause, exp.Join):
                right = self.relation(clause.this)
                result = join(self.queries, self.parent, result, right, clause, self._mapped)
            else:
                result = self._lateral(result, clause)
        return result

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
            return self._python(base, From(inner, tuple(sources)), carried, call, signature, label, names, outer)
        made = explode(expressions, call)
        items, kinds, names = made.items, made.kinds, list(names) or made.names
        if len(names) != len(kinds):
            raise semantic(f"{call.this} has {len(kinds)} columns, {len(names)} names given", call)
        if outer:
            items = f"CASE WHEN len({items}) > 0 THEN {items} ELSE [NULL] END"
        text = f"(SELECT {', '.join([*carried, f'unnest({items}) AS u'])} FROM {base.sql}) AS {name(inner)}"
        columns = {
            n: Typed(f"struct_extract({name(inner)}.u, 'f{i}')", k)
            for i, (n, k) in enumerate(zip(names, kinds, strict=True))
        }
        return From(text, (*sources, Source(label, columns)))

    def _python(
        self,
        base: From,
        inner: From,
        carried: Sequence[str],
        call: exp.Anonymous,
        signature: Signature,
        label: str,
        names: Sequence[str],
        outer: bool,
    ) -> From:
        """The same with a Python table function: a stage of its own, whose output is the new relation."""
        expressions = self.queries.expressions(Scope(base.sources, self.parent))
        context = self.queries.context
        arguments = python_arguments(expressions.values(call.expressions), signature, str(call.this), call)
        names, returns = output_columns(signature, names, call)
        given = [f"CAST({a.sql} AS {types.to_duckdb(a.type)}) AS a{i}" for i, a in enumerate(arguments)]
        text = f"SELECT {', '.join([*given, *carried])} FROM {base.sql}"
        relation = context.fresh("stage")
        kinds = tuple(a.type for a in arguments)
        context.stages.append(Stage(str(call.this), text, kinds, returns, False, relation, True, outer))
        width = len(carried)
        shown = [*(f"c{i}" for i in range(width)), *(f"c{width + i} AS u{i}" for i in range(len(returns)))]
        sql = f"(SELECT {', '.join(shown)} FROM {relation}) AS {name(inner.sql)}"
        columns = {n: Typed(f"{name(inner.sql)}.u{i}", k) for i, (n, k) in enumerate(zip(names, returns, strict=True))}
        return From(sql, (*inner.sources, Source(label, columns)))


def _labelled(query: Query, node: exp.Expr) -> Query:
    """The query with the column names given behind its alias, ``t (a, b)``."""
    alias = node.args.get("alias")
    names = [c.name.lower() for c in alias.args.get("columns") or []] if alias is not None else []
    if not names:
        return query
    if len(names) != len(query.fields):
        raise semantic(f"{node.alias} has {len(query.fields)} columns, {len(names)} names given", node)
    return query.renamed(names)


def _start(node: exp.Expr) -> int:
    """Where a clause begins in the text; sqlglot keeps joins and lateral views apart."""
    return min((int(p.meta["start"]) for p in node.walk() if "start" in p.meta), default=0)


def _sample(node: exp.Expr) -> str:
    percent, rows = node.args.get("percent"), node.args.get("size")
    if node.args.get("bucket_numerator") is not None:
        raise unsupported("TABLESAMPLE (BUCKET ... OUT OF ...)", node)
    if percent is not None:
        return f"TABLESAMPLE bernoulli({percent.name}%)"
    if rows is not None:
        return f"TABLESAMPLE reservoir({rows.name} ROWS)"
    raise unsupported("this TABLESAMPLE", node)


def is_table_call(node: exp.Expr, context: Context) -> bool:
    """Whether a select item is a call of a table function."""
    if not isinstance(node, exp.Anonymous):
        return False
    if is_builtin(str(node.this)):
        return True
    signature = context.catalog.function(str(node.this))
    return signature is not None and signature.kind == "table"
