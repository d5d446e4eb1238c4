"""Aggregate and window functions. Source: MaxCompute's documentation, "Aggregate functions" and "Window functions"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from odps_jupyter.emulator.sql.typed import Typed

from .model import ArgumentError
from .model import Function as F


def _percentile(arguments: Sequence[Typed], distinct: str, over: str) -> str:
    if not arguments[1].is_constant:
        raise ArgumentError("the percentile must be a constant")
    return f"quantile_cont({distinct}{arguments[0].sql}, {arguments[1].sql}){over}"


def _count(arguments: Sequence[Typed], distinct: str, over: str) -> str:
    """COUNT of several values counts the rows in which none is NULL."""
    if len(arguments) == 1:
        return f"count({distinct}{arguments[0].sql}){over}"
    present = " AND ".join(f"{a.sql} IS NOT NULL" for a in arguments)
    packed = ", ".join(f"f{i} := {a.sql}" for i, a in enumerate(arguments))
    return f"count({distinct}CASE WHEN {present} THEN struct_pack({packed}) END){over}"


def _aggregate(name: str, signature: str, to: str | Callable[..., str], example: str, expects: object) -> F:
    return F(name, signature, to, example, expects, "skip", "aggregate")


def _window(name: str, signature: str, to: str, example: str, expects: object) -> F:
    return F(name, signature, to, example, expects, "own", "window")


_ORDERED = "over (partition by 1 order by x)"

AGGREGATES = (
    _aggregate("ANY_VALUE", "T -> T", "any_value({0}){over}", "any_value(7)", 7),
    _aggregate("APPROX_DISTINCT", "T -> bigint", "approx_count_distinct({0}){over}", "approx_distinct(x)", 3),
    _aggregate("ARG_MAX", "T, S -> S", "arg_max({1}, {0}){over}", "arg_max(x, -x)", -3),
    _aggregate("ARG_MIN", "T, S -> S", "arg_min({1}, {0}){over}", "arg_min(x, -x)", -1),
    _aggregate("MAX_BY", "T, S -> T", "arg_max({0}, {1}){over}", "max_by(x, -x)", 1),
    _aggregate("MIN_BY", "T, S -> T", "arg_min({0}, {1}){over}", "min_by(x, -x)", 3),
    _aggregate("AVG", "decimal -> decimal",
      "mc_decimal_divide(CAST(sum({distinct}{0}){over} AS DECIMAL(38, 18)),"
      " CAST(count({distinct}{0}){over} AS DECIMAL(38, 18)))", "avg(cast(x as decimal))", Decimal(2)),
    _aggregate("AVG", "double -> double", "avg({distinct}{0}){over}", "avg(x)", 2.0),
    _aggregate("BITWISE_AND_AGG", "bigint -> bigint", "bit_and({0}){over}", "bitwise_and_agg(x)", 0),
    _aggregate("BITWISE_OR_AGG", "bigint -> bigint", "bit_or({0}){over}", "bitwise_or_agg(x)", 3),
    _aggregate("BOOL_AND", "boolean -> boolean", "bool_and({0}){over}", "bool_and(x > 0)", True),
    _aggregate("BOOL_OR", "boolean -> boolean", "bool_or({0}){over}", "bool_or(x > 5)", False),
    _aggregate("COLLECT_LIST", "T -> array<T>",
      "list_filter(coalesce(list({distinct}{0}){over}, []), lambda e: e IS NOT NULL)", "sort_array(collect_list(x))",
      [1, 2, 3]),
    _aggregate("COLLECT_SET", "T -> array<T>",
      "list_filter(coalesce(list(DISTINCT {0}){over}, []), lambda e: e IS NOT NULL)", "sort_array(collect_set(x % 2))",
      [0, 1]),
    _aggregate("CORR", "double, double -> double", "corr({0}, {1}){over}", "corr(x, -x)", -1.0),
    _aggregate("COUNT", "T, S... -> bigint", _count, "count(x)", 3),
    _aggregate("COUNT_IF", "boolean -> bigint", "CAST(count_if({0}){over} AS BIGINT)", "count_if(x > 1)", 2),
    _aggregate("COVAR_POP", "double, double -> double", "covar_pop({0}, {1}){over}", "round(covar_pop(x, x), 4)",
      0.6667),
    _aggregate("COVAR_SAMP", "double, double -> double", "covar_samp({0}, {1}){over}", "covar_samp(x, x)", 1.0),
    _aggregate("MAX", "T -> T", "max({0}){over}", "max(x)", 3),
    _aggregate("MEDIAN", "double -> double", "quantile_cont({distinct}{0}, 0.5){over}", "median(x)", 2.0),
    _aggregate("MIN", "T -> T", "min({0}){over}", "min(x)", 1),
    _aggregate("PERCENTILE", "double, double -> double", _percentile, "percentile(x, 0.25)", 1.5),
    _aggregate("PERCENTILE", "double, array<double> -> array<double>", _percentile,
      "percentile(x, array(0.5, 1.0))", [2.0, 3.0]),
    _aggregate("PERCENTILE_APPROX", "double, double -> double", _percentile, "percentile_approx(x, 0.5)", 2.0),
    _aggregate("PERCENTILE_APPROX", "double, array<double> -> array<double>", _percentile,
      "percentile_approx(x, array(0.5))", [2.0]),
    # STDDEV is of the population; PyODPS asks for STDDEV_SAMP when ddof is 1.
    _aggregate("STDDEV", "double -> double", "stddev_pop({distinct}{0}){over}", "round(stddev(x), 4)", 0.8165),
    _aggregate("STDDEV_POP", "double -> double", "stddev_pop({distinct}{0}){over}", "round(stddev_pop(x), 4)", 0.8165),
    _aggregate("STDDEV_SAMP", "double -> double", "stddev_samp({distinct}{0}){over}", "stddev_samp(x)", 1.0),
    _aggregate("SUM", "bigint -> bigint", "CAST(sum({distinct}{0}){over} AS BIGINT)", "sum(x)", 6),
    _aggregate("SUM", "decimal -> decimal", "CAST(sum({distinct}{0}){over} AS DECIMAL(38, 18))",
      "sum(cast(x as decimal))", Decimal(6)),
    _aggregate("SUM", "double -> double", "sum({distinct}{0}){over}", "sum(x / 2)", 3.0),
    _aggregate("VARIANCE", "double -> double", "var_pop({distinct}{0}){over}", "round(variance(x), 4)", 0.6667),
    _aggregate("VAR_POP", "double -> double", "var_pop({distinct}{0}){over}", "round(var_pop(x), 4)", 0.6667),
    _aggregate("VAR_SAMP", "double -> double", "var_samp({distinct}{0}){over}", "var_samp(x)", 1.0),
    _aggregate("WM_CONCAT", "string, string -> string", "string_agg({distinct}{1}, {0}){over}", "wm_concat('-', 'a')",
      "a-a-a-a"),
)  # fmt: skip

WINDOWS = (
    _window("CUME_DIST", "-> double", "cume_dist(){over}", f"cume_dist() {_ORDERED}", [0.25, 0.5, 0.75, 1.0]),
    _window("DENSE_RANK", "-> bigint", "dense_rank(){over}", f"dense_rank() {_ORDERED}", [1, 2, 3, 4]),
    _window("FIRST_VALUE", "T -> T", "first_value({0}){over}", f"first_value(x) {_ORDERED}", [None, None, None, None]),
    _window("FIRST_VALUE", "T, boolean -> T", "first_value({0} IGNORE NULLS){over}", f"first_value(x, true) {_ORDERED}",
      [None, 1, 1, 1]),
    _window("LAG", "T -> T", "lag({0}){over}", f"lag(x) {_ORDERED}", [None, None, 1, 2]),
    _window("LAG", "T, bigint -> T", "lag({0}, {1}){over}", f"lag(x, 2) {_ORDERED}", [None, None, None, 1]),
    _window("LAG", "T, bigint, T -> T", "lag({0}, {1}, {2}){over}", f"lag(x, 2, 9) {_ORDERED}", [9, 9, None, 1]),
    _window("LAST_VALUE", "T -> T", "last_value({0}){over}", f"last_value(x) {_ORDERED}", [None, 1, 2, 3]),
    _window("LAST_VALUE", "T, boolean -> T", "last_value({0} IGNORE NULLS){over}", f"last_value(x, true) {_ORDERED}",
      [None, 1, 2, 3]),
    _window("LEAD", "T -> T", "lead({0}){over}", f"lead(x) {_ORDERED}", [1, 2, 3, None]),
    _window("LEAD", "T, bigint -> T", "lead({0}, {1}){over}", f"lead(x, 2) {_ORDERED}", [2, 3, None, None]),
    _window("LEAD", "T, bigint, T -> T", "lead({0}, {1}, {2}){over}", f"lead(x, 2, 9) {_ORDERED}", [2, 3, 9, 9]),
    _window("NTH_VALUE", "T, bigint -> T", "nth_value({0}, {1}){over}", f"nth_value(x, 2) {_ORDERED}", [None, 1, 1, 1]),
    _window("NTH_VALUE", "T, bigint, boolean -> T", "nth_value({0}, {1} IGNORE NULLS){over}",
      f"nth_value(x, 2, true) {_ORDERED}", [None, None, 2, 2]),
    _window("NTILE", "bigint -> bigint", "ntile({0}){over}", f"ntile(2) {_ORDERED}", [1, 1, 2, 2]),
    _window("PERCENT_RANK", "-> double", "percent_rank(){over}", f"round(percent_rank() {_ORDERED}, 2)",
      [0.0, 0.33, 0.67, 1.0]),
    _window("RANK", "-> bigint", "rank(){over}", f"rank() {_ORDERED}", [1, 2, 3, 4]),
    _window("ROW_NUMBER", "-> bigint", "row_number(){over}", f"row_number() {_ORDERED}", [1, 2, 3, 4]),
)  # fmt: skip
