"""Expressions: from the parsed tree to DuckDB text with a MaxCompute type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.types import INTEGERS, NUMBERS, TEXTS

from . import conversions, intervals, operators
from .calls import call, within_group
from .context import Context
from .errors import semantic, unsupported
from .functions import ArgumentError
from .groups import is_aggregate
from .members import isin, isin_query
from .scope import Scope
from .typed import Typed, Written, literal, once, small
from .windows import window

if TYPE_CHECKING:
    from .queries import Queries


class Expressions:
    """Translates expressions of one SELECT.

    Args:
        context: what the script shares.
        scope: what names mean here.
        queries: translates subqueries.
    """

    def __init__(self, context: Context, scope: Scope, queries: Queries) -> None:
        self.context = context
        self.scope = scope
        self.queries = queries

    def inside(self, scope: Scope) -> Expressions:
        """The same, where names mean something else."""
        return Expressions(self.context, scope, self.queries)

    def value(self, node: exp.Expr) -> Typed:
        """Translate one expression.

        Raises:
            OdpsError: a name, function or construct that means nothing here; the message names it.
        """
        method = _METHODS.get(type(node))
        if method is None:
            raise unsupported(f"{type(node).__name__} ({node.sql('maxcompute')})", node)
        try:
            return method(self, node)
        except ArgumentError as error:
            raise semantic(str(error), node) from error

    def values(self, nodes: Sequence[exp.Expr]) -> list[Typed]:
        """Translate several."""
        return [self.value(n) for n in nodes]

    def condition(self, node: exp.Expr) -> str:
        """Translate what must be BOOLEAN."""
        return operators.condition(self.value(node), node)

    def _column(self, node: exp.Expr) -> Typed:
        parts = [p.name for p in node.parts]  # type: ignore[attr-defined]
        if self.scope.keys and parts[0].lower() == "grouping__id" and self.scope.owner(parts) is None:
            return self._grouping(self.scope.keys)
        return self.scope.resolve(parts, node)

    def _grouping(self, keys: Sequence[str]) -> Typed:
        """One bit per key, the first the highest: whether the row adds up over the key."""
        return Typed(f"CAST(grouping({', '.join(keys)}) AS BIGINT)", types.BIGINT)

    def _identifier(self, node: exp.Expr) -> Typed:
        return self.scope.resolve([node.name], node)

    def _dot(self, node: exp.Expr) -> Typed:
        right = node.expression
        if isinstance(right, exp.Anonymous):
            raise unsupported(f"the call {node.sql('maxcompute')}", node)
        inner = self.value(node.this)
        return Scope(locals={"x": inner}).resolve(["x", right.name], node)

    def _literal(self, node: exp.Expr) -> Typed:
        text = node.this
        if node.args.get("is_string"):
            return literal(str(text))
        if text.isdigit():
            number = int(text)
            if number >= 2**63:
                # Its manual, "Data type editions": what is too long for a BIGINT is a DOUBLE.
                return literal(Written(Decimal(text)))
            return small(number) if self.context.is_second_edition and number < 2**31 else literal(number)
        return literal(Written(Decimal(text)))

    def _null(self, node: exp.Expr) -> Typed:
        return literal(None)

    def _boolean(self, node: exp.Expr) -> Typed:
        return literal(bool(node.this))

    def _paren(self, node: exp.Expr) -> Typed:
        return self.value(node.this)

    def _cast(self, node: exp.Expr) -> Typed:
        try:
            decimals = self.context.decimals
            # A constant such as 1.5BD is read as a cast to just its digits.
            written = decimals if type(node) is exp.Cast else replace(decimals, sized=True)
            target = written.check(types.from_sqlglot(node.args["to"]))
        except ValueError as error:
            raise semantic(str(error), node) from error
        value = self.value(node.this)
        if not conversions.can_cast(value.type, target):
            raise semantic(f"cannot cast from {value.type} to {target}", node)
        if value.is_constant and isinstance(value.constant, int) and target.name == "bigint":
            return replace(value, type=target)
        if isinstance(value.constant, float):
            # A CAST is given the DOUBLE, not what was written of it.
            value = replace(value, constant=float(value.constant))
        return replace(conversions.convert(value, target), is_constant=False, constant=None)

    def _arithmetic(self, node: exp.Expr) -> Typed:
        symbol = operators.ARITHMETIC[type(node)]
        left, right = self.value(node.this), self.value(node.expression)
        if intervals.takes_part(left, right, symbol):
            return intervals.arithmetic(symbol, left, right, node)
        return operators.arithmetic(symbol, left, right, node, extended=self.context.decimals.extended)

    def _hexadecimal(self, node: exp.Expr) -> Typed:
        digits = str(node.this)
        return Typed(f"unhex('{digits.zfill(len(digits) + len(digits) % 2)}')", types.BINARY)

    def _interval(self, node: exp.Expr) -> Typed:
        return intervals.constant(node)

    def _compare(self, node: exp.Expr) -> Typed:
        symbol = operators.COMPARISON[type(node)]
        return operators.compare(symbol, self.value(node.this), self.value(node.expression), node)

    def _null_safe(self, node: exp.Expr) -> Typed:
        return operators.compare("IS NOT DISTINCT FROM", self.value(node.this), self.value(node.expression), node)

    def _null_unsafe(self, node: exp.Expr) -> Typed:
        return operators.compare("IS DISTINCT FROM", self.value(node.this), self.value(node.expression), node)

    def _bitwise(self, node: exp.Expr) -> Typed:
        left, right = self.value(node.this), self.value(node.expression)
        return operators.bitwise(operators.BITWISE[type(node)], left, right, node, hive=self.context.is_hive)

    def _bitwise_not(self, node: exp.Expr) -> Typed:
        return Typed(f"(~{conversions.convert(self.value(node.this), types.BIGINT).sql})", types.BIGINT)

    def _logic(self, node: exp.Expr) -> Typed:
        word = "AND" if isinstance(node, exp.And) else "OR"
        # Chains are long in generated SQL (isin, switch): flatten rather than recurse.
        parts = [self.condition(p) for p in node.flatten()]
        return Typed("(" + f" {word} ".join(parts) + ")", types.BOOLEAN)

    def _not(self, node: exp.Expr) -> Typed:
        return Typed(f"(NOT {self.condition(node.this)})", types.BOOLEAN)

    def _negate(self, node: exp.Expr) -> Typed:
        value = self.value(node.this)
        if value.is_constant and isinstance(value.constant, int | float) and not isinstance(value.constant, bool):
            whole = isinstance(value.constant, int) and value.type == types.INT
            return small(-int(value.constant)) if whole else literal(-value.constant)
        if value.type.name in TEXTS:
            value = conversions.convert(value, types.DOUBLE)
        if value.type.name in intervals.INTERVALS:
            return intervals.negated(value)
        if value.type.name not in (*NUMBERS, "void"):
            raise semantic(f"operator - cannot be applied to {value.type}", node)
        if value.type.name in INTEGERS:
            # Of the lowest constant DuckDB makes a number of a wider type.
            return Typed(f"CAST(- {value.sql} AS {types.to_duckdb(value.type)})", value.type)
        return Typed(f"(- {value.sql})", value.type)

    def _is(self, node: exp.Expr) -> Typed:
        value = self.value(node.this)
        if isinstance(node.expression, exp.Null):
            return Typed(f"({value.sql} IS NULL)", types.BOOLEAN)
        return Typed(f"({value.sql} IS NOT DISTINCT FROM {self.value(node.expression).sql})", types.BOOLEAN)

    def _text(self, node: exp.Expr, operator: str) -> Typed:
        """An operand that nothing but a text is converted to (the manual, "Type conversions")."""
        value = self.value(node)
        if value.type.name not in (*TEXTS, "void"):
            raise semantic(f"operator {operator} cannot be applied to {value.type}", node)
        return conversions.convert(value, types.STRING)

    def _like(self, node: exp.Expr, escape: str = "\\") -> Typed:
        value, pattern = (self._text(n, "LIKE") for n in (node.this, node.expression))
        word = "NOT LIKE" if node.args.get("negate") else "LIKE"
        return Typed(f"({value.sql} {word} {pattern.sql} ESCAPE {literal(escape).sql})", types.BOOLEAN)

    def _escape(self, node: exp.Expr) -> Typed:
        return self._like(node.this, str(node.expression.name))

    def _rlike(self, node: exp.Expr) -> Typed:
        for operand in (node.this, node.expression):
            self._text(operand, "RLIKE")
        return call(self, "REGEXP_LIKE", [node.this, node.expression], node)

    def _transform(self, node: exp.Expr) -> Typed:
        return call(self, "TRANSFORM", [node.this, node.expression], node)

    def _parse_json(self, node: exp.Expr) -> Typed:
        return call(self, "JSON_PARSE", [node.this], node)

    def _within_group(self, node: exp.Expr) -> Typed:
        return within_group(self, node)

    def _concat(self, node: exp.Expr) -> Typed:
        operands = node.expressions if isinstance(node, exp.Concat) else [node.this, node.expression]
        parts = [conversions.convert(self.value(n), types.STRING) for n in operands]
        if all(isinstance(p.constant, str) for p in parts):
            return literal("".join(str(p.constant) for p in parts))
        return Typed("(" + " || ".join(p.sql for p in parts) + ")", types.STRING)

    def _between(self, node: exp.Expr) -> Typed:
        value, low, high = (self.value(n) for n in (node.this, node.args["low"], node.args["high"]))

        def both(operand: Sequence[str]) -> str:
            tested = replace(value, sql=operand[0])
            tests = operators.compare(">=", tested, low, node), operators.compare("<=", tested, high, node)
            return f"({tests[0].sql} AND {tests[1].sql})"

        return Typed(once([value.sql], both), types.BOOLEAN)

    def _in(self, node: exp.Expr) -> Typed:
        subquery = node.args.get("query")
        if subquery is None:
            return isin(self.value(node.this), self.values(node.expressions), node, in_lambda=bool(self.scope.locals))
        tested = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
        return isin_query(self.values(tested), self.queries.query(subquery, self.scope), node)

    def _exists(self, node: exp.Expr) -> Typed:
        return Typed(f"EXISTS ({self.queries.query(node.this, self.scope).sql})", types.BOOLEAN)

    def _subquery(self, node: exp.Expr) -> Typed:
        query = self.queries.query(node.this, self.scope)
        if len(query.fields) != 1:
            raise semantic("a subquery used as a value must have one column", node)
        return Typed(f"({query.sql})", query.fields[0].type)

    def _case(self, node: exp.Expr) -> Typed:
        operand = self.value(node.this) if node.this is not None else None
        tests = []
        for branch in node.args["ifs"]:
            if operand is None:
                tests.append(self.condition(branch.this))
            else:
                tests.append(operators.compare("=", operand, self.value(branch.this), branch).sql)
        results = [self.value(branch.args["true"]) for branch in node.args["ifs"]]
        default = self.value(node.args["default"]) if node.args.get("default") is not None else literal(None)
        *results, default = self.same_type([*results, default], node)
        branches = " ".join(f"WHEN {t} THEN {r.sql}" for t, r in zip(tests, results, strict=True))
        return Typed(f"CASE {branches} ELSE {default.sql} END", default.type)

    def _if(self, node: exp.Expr) -> Typed:
        test = self.condition(node.this)
        otherwise = node.args.get("false")
        then, other = self.same_type(
            [self.value(node.args["true"]), self.value(otherwise) if otherwise is not None else literal(None)], node
        )
        return Typed(f"CASE WHEN {test} THEN {then.sql} ELSE {other.sql} END", then.type)

    def same_type(self, values: Sequence[Typed], node: exp.Expr) -> list[Typed]:
        """Bring values to their common type."""
        kind = conversions.common([v.type for v in values])
        if kind is None:
            raise semantic(f"no common type for {', '.join(str(v.type) for v in values)}", node)
        return [conversions.convert(v, kind) for v in values]

    def _element(self, node: exp.Expr) -> Typed:
        value, index = self.value(node.this), self.value(node.expressions[0])
        if value.type.name == "array":
            position = conversions.convert(index, types.BIGINT)
            text = once([value.sql, position.sql], lambda v: f"mc_element({v[0]}, {v[1]})")
            return Typed(text, value.type.items[0])
        if value.type.name == "map":
            key = conversions.convert(index, value.type.items[0])
            return Typed(f"map_extract_value({value.sql}, {key.sql})", value.type.items[1])
        if value.type.name == "json":
            named = index.type.name in types.TEXTS
            step = conversions.convert(index, types.STRING if named else types.BIGINT)
            return Typed(f"{'mc_json_member' if named else 'mc_json_item'}({value.sql}, {step.sql})", types.JSON)
        raise semantic(f"{value.type} has no elements", node)

    def _extract(self, node: exp.Expr) -> Typed:
        part = exp.Literal.string(node.name)
        return call(self, "EXTRACT", [node.expression, part], node)

    def _anonymous(self, node: exp.Expr) -> Typed:
        if str(node.this).upper() in ("GROUPING", "GROUPING_ID", "GROUPING__ID"):
            keys = [self.value(n).sql for n in node.expressions] or list(self.scope.keys)
            if not self.scope.keys or (self.scope.keys != ("",) and any(k not in self.scope.keys for k in keys)):
                raise semantic(f"the arguments of {str(node.this).upper()} must be GROUP BY keys", node)
            return self._grouping(keys)
        return call(self, str(node.this), node.expressions, node)

    def _window(self, node: exp.Expr) -> Typed:
        return window(self, node)

    def _filter(self, node: exp.Expr) -> Typed:
        function = node.this
        if not is_aggregate(function, self.context):
            raise semantic(f"FILTER needs an aggregate function, not {function.sql('maxcompute')}", node)
        condition = self.condition(node.expression.this)
        return call(self, str(function.this), function.expressions, function, f"FILTER (WHERE {condition})")

    def _now(self, node: exp.Expr) -> Typed:
        names: dict[type, str] = {exp.CurrentDate: "CURRENT_DATE", exp.CurrentTimestamp: "CURRENT_TIMESTAMP"}
        return call(self, names.get(type(node), "GETDATE"), [], node)


_METHODS: dict[type, Callable[[Any, Any], Typed]] = {
    exp.Column: Expressions._column,
    exp.Identifier: Expressions._identifier,
    exp.Dot: Expressions._dot,
    exp.Literal: Expressions._literal,
    exp.Null: Expressions._null,
    exp.Boolean: Expressions._boolean,
    exp.Paren: Expressions._paren,
    exp.Cast: Expressions._cast,
    # How sqlglot reads 1BD and 10L.
    exp.TryCast: Expressions._cast,
    **dict.fromkeys(operators.ARITHMETIC, Expressions._arithmetic),
    **dict.fromkeys(operators.COMPARISON, Expressions._compare),
    **dict.fromkeys(operators.BITWISE, Expressions._bitwise),
    exp.NullSafeEQ: Expressions._null_safe,
    exp.NullSafeNEQ: Expressions._null_unsafe,
    exp.BitwiseNot: Expressions._bitwise_not,
    exp.And: Expressions._logic,
    exp.Or: Expressions._logic,
    exp.Not: Expressions._not,
    exp.Neg: Expressions._negate,
    exp.Is: Expressions._is,
    exp.Like: Expressions._like,
    exp.Escape: Expressions._escape,
    exp.RegexpLike: Expressions._rlike,
    exp.Transform: Expressions._transform,
    exp.ParseJSON: Expressions._parse_json,
    exp.WithinGroup: Expressions._within_group,
    exp.DPipe: Expressions._concat,
    exp.Concat: Expressions._concat,
    exp.Between: Expressions._between,
    exp.In: Expressions._in,
    exp.Exists: Expressions._exists,
    exp.Subquery: Expressions._subquery,
    exp.Case: Expressions._case,
    exp.If: Expressions._if,
    exp.Bracket: Expressions._element,
    exp.Extract: Expressions._extract,
    exp.Interval: Expressions._interval,
    exp.HexString: Expressions._hexadecimal,
    exp.Anonymous: Expressions._anonymous,
    exp.Window: Expressions._window,
    exp.Filter: Expressions._filter,
    exp.CurrentDate: Expressions._now,
    exp.CurrentTimestamp: Expressions._now,
    exp.CurrentDatetime: Expressions._now,
}
