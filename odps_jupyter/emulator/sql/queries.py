"""SELECT, UNION and their like: from the parsed tree to DuckDB text with typed columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from odps_jupyter.emulator import types

from . import selectlist, tables
from .calls import ordered, python_arguments
from .composition import common, set_operation
from .context import Context, Stage
from .dialect import parse
from .errors import semantic, unsupported
from .expressions import Expressions
from .groups import Check, Groups, aggregates, read
from .joins import From
from .outputs import output_columns
from .relations import Relations
from .scope import Distribution, Field, Query, Scope, Source
from .selectlist import Item, Named, table_call
from .typed import Typed, name
from .windows import named

#: Stands for the keys of GROUP BY while they are not known yet.
_ANY = ("",)


class Queries:
    """Translates the queries of one script."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def expressions(self, scope: Scope) -> Expressions:
        """A translator of expressions where names mean what a scope says."""
        return Expressions(self.context, scope, self)

    def query(self, node: exp.Expr, parent: Scope | None = None, tables: Mapping[str, Query] | None = None) -> Query:
        """Translate a query.

        Raises:
            OdpsError: it means nothing, or uses what is not supported.
        """
        known = dict(tables or {})
        clause = node.args.get("with_") or node.args.get("with")
        recursive = clause is not None and bool(clause.args.get("recursive"))
        own: set[str] = set()
        for part in clause.expressions if clause is not None else []:
            if part.alias.lower() in own:
                raise semantic(f"{part.alias} is defined twice in WITH", part.args["alias"])
            own.add(part.alias.lower())
            known[part.alias.lower()] = common(self, part, recursive, parent, known)
        if isinstance(node, exp.Subquery):
            inner = self.query(node.this, parent, known)
            return self.limited(node, inner)
        if isinstance(node, exp.SetOperation):
            return set_operation(self, node, parent, known)
        if isinstance(node, exp.Select):
            return self._select(node, parent, known)
        if isinstance(node, exp.Values):
            found = Relations(self, parent, known).relation(node)
            fields = tuple(Field(n, v.type) for n, v in found.sources[0].columns.items())
            return Query(f"SELECT * FROM {found.sql}", fields)
        raise unsupported(type(node).__name__, node)

    def parsed(self, text: str) -> exp.Expr:
        """The tree of a text, calls of SQL functions replaced, functions of other places named with their place.

        It is written ``project:function``, ``schema.function`` or ``project:schema.function``.
        """
        tree = self._without_variables(parse(text))
        for dot in list(tree.find_all(exp.Dot)):
            function = dot.expression
            if isinstance(function, exp.Anonymous) and isinstance(dot.this, exp.Identifier | exp.Dot):
                parts = [part.name.lower() for part in dot.this.find_all(exp.Identifier, bfs=False)]
                function.set("this", self._placed(parts, str(function.this)))
                dot.replace(function)
        return self.context.expand(tree)

    def _without_variables(self, tree: exp.Expr) -> exp.Expr:
        """The tree with the constants that script variables of one value stand for."""
        for column in list(tree.find_all(exp.Column)) if self.context.scalars else ():
            value = self.context.scalars.get(column.name.lower())
            if value is not None and len(column.parts) == 1:
                column.replace(value.copy())
        return tree

    def _placed(self, parts: Sequence[str], function: str) -> str:
        project, schema, _ = tables.place_of(self.context, (*parts, function))
        here = self.context.catalog
        own = project in (None, here.project)
        named = function if own and schema in (None, here.schema) else f"{schema or 'default'}.{function}"
        return named if own else f"{project}:{named}"

    def text(self, text: str) -> Query:
        """Translate a query from its text; what is before it is blanks, so that places in errors stay."""
        tree = self.parsed(text)
        if not isinstance(tree, exp.Query | exp.Values):
            raise semantic("a query is expected here", tree)
        return self.query(tree)

    def table(self, parts: Sequence[str], node: exp.Expr) -> Query:
        """The rows of a table or view of the catalog."""
        return tables.rows(self, parts, node)

    def limited(self, node: exp.Expr, query: Query) -> Query:
        """A whole query with the ORDER BY and LIMIT written after it."""
        order, limit, offset = (node.args.get(k) for k in ("order", "limit", "offset"))
        if order is None and limit is None and offset is None:
            return query
        query = query.renamed([f.name for f in query.fields])
        source = Source.of("q", query.fields)
        expressions = self.expressions(Scope((source,)))
        text = f"SELECT * FROM ({query.sql}) AS q"
        if order is not None:
            text += " ORDER BY " + ", ".join(ordered(o, expressions.value(o.this).sql) for o in order.expressions)
        return Query(text + _limit(limit, offset), query.fields)

    def _select(self, node: exp.Select, parent: Scope | None, known: dict[str, Query]) -> Query:
        base = Relations(self, parent, known).translate(node)
        items = node.expressions
        call, names = table_call(items, self.context)
        if call is not None:
            if self.context.catalog.function(str(call.this)) is not None:
                return self._table_function(node, base, call, names, parent)
            base = Relations(self, parent, known).explode(
                base or From("(SELECT 1) AS one", ()), call, "exploded", names, False
            )
            items = [exp.column(c, table="exploded") for c in base.sources[-1].columns]
        scope = Scope(base.sources if base else (), parent, windows=named(node))
        group = node.args.get("group")
        if group is not None:
            # GROUPING in the select list needs the keys, and a key may be a name of the select list.
            plain = replace(scope, keys=_ANY)
            columns = _flat(selectlist.columns(items, self.expressions(plain)))
            groups = read(group, items, columns, self.expressions(plain.with_aliases(dict(columns), prefer=False)))
            scope = replace(scope, keys=groups.keys)
        else:
            groups = Groups()
        entries = selectlist.columns(items, self.expressions(scope))
        columns = _flat(entries)
        selected = scope.with_aliases(dict(columns), prefer=False)
        ordering = scope.with_aliases(dict(columns), prefer=True)
        grouped = group is not None or self._aggregates(node)
        if grouped:
            self._check(
                node, entries, Check(groups, self.expressions(selected)), Check(groups, self.expressions(ordering))
            )
        elif node.args.get("distinct") is not None and node.args.get("order") is not None:
            self._distinct_order(node, ordering)
        text = self._body(node, base, columns, selected, groups)
        distribution = None
        if any(node.args.get(k) is not None for k in ("distribute", "sort", "cluster")):
            whole = grouped or node.args.get("distinct") is not None
            text, distribution = self._distributed(node, text, columns, ordering, whole)
        order = node.args.get("order")
        if order is not None:
            text += " ORDER BY " + ", ".join(self._order_item(o, columns, ordering) for o in order.expressions)
        made = Query(text, tuple(Field(n, v.type) for n, v in columns), distribution)
        limit = _limit(node.args.get("limit"), node.args.get("offset"))
        # SORT BY comes before LIMIT.
        return replace(made, sql=f"{made.arranged().sql}{limit}") if limit else made

    def _aggregates(self, node: exp.Select) -> bool:
        """Whether a SELECT without GROUP BY makes one row of all."""
        order = node.args.get("order")
        if node.args.get("having") is not None:
            return True
        places = [*node.expressions, *([order] if order else [])]
        return any(True for place in places for _ in aggregates(place, self.context))

    def _check(self, node: exp.Select, entries: Sequence[Item], select: Check, order: Check) -> None:
        for entry in entries:
            if entry.is_star:
                select.stars(entry.node, entry.columns)
            else:
                select.expression(entry.node.this if isinstance(entry.node, exp.Alias) else entry.node)
        for clause in ("having", "qualify"):
            if node.args.get(clause) is not None:
                select.expression(node.args[clause].this)
        for item in node.args["order"].expressions if node.args.get("order") is not None else []:
            order.expression(item.this)

    def _distinct_order(self, node: exp.Select, ordering: Scope) -> None:
        """ORDER BY of SELECT DISTINCT reads what is selected, nothing else."""
        shown = {v.sql for v in ordering.aliases.values()}
        for item in node.args["order"].expressions:
            for column in item.this.find_all(exp.Column):
                parts = [p.name for p in column.parts]
                if ordering.owner(parts) is not None and ordering.resolve(parts, column).sql not in shown:
                    raise semantic(
                        f"column {column.name.lower()} of ORDER BY is not selected by SELECT DISTINCT", column
                    )

    def _body(
        self, node: exp.Select, base: From | None, columns: Sequence[Named], selected: Scope, groups: Groups
    ) -> str:
        """SELECT ... FROM ... WHERE ... GROUP BY ... HAVING ... QUALIFY."""
        shown = ", ".join(f"{v.sql} AS {name(n)}" for n, v in columns)
        distinct = node.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            raise unsupported("SELECT DISTINCT ON", node)
        text = f"SELECT {'DISTINCT ' if distinct is not None else ''}{shown}"
        if base is not None:
            text += f" FROM {base.sql}"
        where = node.args.get("where")
        if where is not None:
            wrong = next(aggregates(where.this, self.context), None)
            if wrong is not None:
                raise semantic(f"aggregate function {wrong.this} cannot be used in WHERE", wrong)
            _no_window(where.this, "WHERE")
            text += f" WHERE {self.expressions(selected.only_sources()).condition(where.this)}"
        if groups.sql:
            text += f" GROUP BY {groups.sql}"
        if node.args.get("having") is not None:
            _no_window(node.args["having"].this, "HAVING")
        for word in ("having", "qualify"):
            if node.args.get(word) is not None:
                text += f" {word.upper()} {self.expressions(selected).condition(node.args[word].this)}"
        return text

    def _order_item(self, item: exp.Expr, columns: Sequence[tuple[str, Typed]], scope: Scope) -> str:
        names = [n for n, _ in columns]
        target = item.this
        if isinstance(target, exp.Literal) and not target.is_string and self._by_place():
            if not 1 <= int(target.this) <= len(columns):
                raise semantic(f"ORDER BY position {target.this} is not in the select list", item)
            return ordered(item, str(int(target.this)))
        if isinstance(target, exp.Column) and not target.table and target.name.lower() in names:
            return ordered(item, str(names.index(target.name.lower()) + 1))
        text = self.expressions(scope).value(target).sql
        texts = [v.sql for _, v in columns]
        return ordered(item, str(texts.index(text) + 1) if text in texts else text)

    def _by_place(self) -> bool:
        """Whether a number in ORDER BY is a place in the select list."""
        flags = ("odps.sql.orderby.position.alias", "hive.orderby.position.alias")
        return any(self.context.settings.get(f, "").lower() == "true" for f in flags)

    def _distributed(
        self, node: exp.Select, text: str, columns: Sequence[tuple[str, Typed]], scope: Scope, grouped: bool
    ) -> tuple[str, Distribution]:
        """Add hidden columns that say to which stream a row goes and how a stream is sorted."""
        if grouped:
            # Made of the finished rows: hidden columns of a grouping SELECT would be keys it does not have.
            columns = [(n, Typed(f"q.c{i}", v.type)) for i, (n, v) in enumerate(columns)]
            shown = ", ".join(f"{v.sql} AS {name(n)}" for n, v in columns)
            listed = ", ".join(f"c{i}" for i in range(len(columns)))
            text = f"SELECT {shown} FROM ({text}) AS q({listed})"
            scope = Scope((Source("q", dict(columns)),))
        expressions = self.expressions(scope)
        cluster = node.args.get("cluster")
        distribute = node.args.get("distribute") or cluster
        sort = node.args.get("sort") or cluster
        hidden: list[str] = []
        bucket = None
        if distribute is not None:
            keys = ", ".join(
                expressions.value(d.this if isinstance(d, exp.Ordered) else d).sql for d in distribute.expressions
            )
            bucket = self.context.fresh("bucket")
            hidden.append(f"CAST(hash({keys}) % {self.context.splits} AS INTEGER) AS {bucket}")
        order = []
        for item in sort.expressions if sort is not None else []:
            key = self.context.fresh("sort")
            is_ordered = isinstance(item, exp.Ordered)
            hidden.append(f"{expressions.value(item.this if is_ordered else item).sql} AS {key}")
            order.append(ordered(item if is_ordered else exp.Ordered(this=item), key))
        shown = ", ".join(f"{v.sql} AS {name(n)}" for n, v in columns)
        assert text.startswith(f"SELECT {shown}")
        text = f"SELECT {', '.join([shown, *hidden])}" + text.removeprefix(f"SELECT {shown}")
        return text, Distribution(bucket, tuple(order))

    def _table_function(
        self, node: exp.Select, base: From | None, call: exp.Anonymous, names: Sequence[str], parent: Scope | None
    ) -> Query:
        """SELECT of a Python table function: its input becomes a stage, its output the rows of this query."""
        if base is None:
            raise semantic("a table function needs a FROM clause", call)
        for clause in ("group", "having", "distinct"):
            if node.args.get(clause) is not None:
                raise unsupported(f"{clause.upper()} beside a table function", node)
        function = str(call.this)
        signature = self.context.catalog.function(function)
        assert signature is not None
        expressions = self.expressions(Scope(base.sources, parent))
        arguments = python_arguments(expressions.values(call.expressions), signature, function, call)
        names, returns = output_columns(signature, names, call)
        distribution = base.sources[0].distribution if len(base.sources) == 1 else None
        bucket = distribution.bucket if distribution else None
        selected = [f"CAST({a.sql} AS {types.to_duckdb(a.type)}) AS a{i}" for i, a in enumerate(arguments)]
        if bucket:
            selected.append(bucket)
        text = f"SELECT {', '.join(selected)} FROM {base.sql}"
        where = node.args.get("where")
        if where is not None:
            text += f" WHERE {expressions.condition(where.this)}"
        if distribution and distribution.order:
            text += f" ORDER BY {', '.join(distribution.order)}"
        relation = self.context.fresh("stage")
        kinds = tuple(a.type for a in arguments)
        self.context.stages.append(Stage(function, text, kinds, returns, bucket is not None, relation))
        shown = ", ".join(f"c{i} AS {name(n)}" for i, n in enumerate(names))
        fields = tuple(Field(n, k) for n, k in zip(names, returns, strict=True))
        return self.limited(node, Query(f"SELECT {shown} FROM {relation}", fields))


def _no_window(condition: exp.Expr, clause: str) -> None:
    for window in condition.find_all(exp.Window):
        if window.find_ancestor(exp.Query) is condition.find_ancestor(exp.Query):
            raise semantic(f"a window function cannot be used in {clause}", window)


def _flat(entries: Sequence[Item]) -> list[Named]:
    return [column for entry in entries for column in entry.columns]


def _limit(limit: exp.Expr | None, offset: exp.Expr | None) -> str:
    text = ""
    for word, clause in (("LIMIT", limit), ("OFFSET", offset)):
        if clause is None:
            continue
        number = clause.expression
        if not isinstance(number, exp.Literal) or not number.name.isdigit():
            raise semantic(f"{word} takes a whole number", clause)
        text += f" {word} {number.name}"
    return text
