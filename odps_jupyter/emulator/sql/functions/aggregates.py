"""Aggregate and window functions. Source: MaxCompute's documentation, "Aggregate functions" and "Window functions"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal

from odps_jupyter.emulator import types
from odps_jupyter.emulator.sql.typed import Typed

from .bodies import Body, each, invalid
from .maps import grouped
from .model import ArgumentError
from .model import Function as F


def _approximate(values: Sequence[float | None], fractions: Sequence[float]) -> list[float] | None:
    """PERCENTILE_APPROX as Hive computes it from a histogram that has a bin for every value.

    The manual's example (``percentile_approx(sal, 0.3)`` is 1252.5 where ``percentile`` is 1290) agrees. The cloud
    merges bins beyond 10,000 different values; here none are merged.
    """
    bins = sorted(Counter(v for v in values if v is not None).items())
    total = sum(n for _, n in bins)
    if not total:
        return None
    found = []
    for fraction in fractions:
        if not 0 <= fraction <= 1:
            raise invalid("percentile_approx", f"{fraction} is not between 0 and 1")
        wanted, below, before = fraction * total, 0, bins[0][0]
        for value, count in bins:
            if below + count >= wanted:
                first = below == 0 and value == bins[0][0]
                found.append(value if first else before + (wanted - below) * (value - before) / count)
                break
            below, before = below + count, value
    return found


DOUBLES = types.array_of(types.DOUBLE)
PYTHON: dict[str, Body] = {"mc_percentile_approx": each(_approximate, DOUBLES)}


def _fractions(value: Typed) -> None:
    """Refuse percentiles that are computed, or no fractions of 1."""
    given = value.constant if isinstance(value.constant, tuple) else (value.constant,)
    if not value.is_constant:
        raise ArgumentError("the percentile must be a constant")
    if not all(isinstance(f, int | float) and 0 <= f <= 1 for f in given):
        raise ArgumentError(f"a percentile must be between 0 and 1, not {', '.join(map(str, given))}")


def _percentile(arguments: Sequence[Typed], distinct: str, over: str) -> str:
    _fractions(arguments[1])
    return f"quantile_cont({distinct}{arguments[0].sql}, {arguments[1].sql}){over}"


def _percentile_approx(arguments: Sequence[Typed], distinct: str, over: str) -> str:
    _fractions(arguments[1])
    several = arguments[1].type.name == "array"
    wanted = arguments[1].sql if several else f"[{arguments[1].sql}]"
    text = f"mc_percentile_approx(list({distinct}{arguments[0].sql}){over}, {wanted})"
    return text if several else f"{text}[1]"


def _entries(arguments: Sequence[Typed], over: str) -> str:
    pairs = f"list({{'key': {arguments[0].sql}, 'value': {arguments[1].sql}}}){over}"
    return f"list_filter(coalesce({pairs}, []), lambda e$: e$.key IS NOT NULL)"


def _collect_set(arguments: Sequence[Typed], distinct: str, over: str) -> str:
    return f"list_filter(coalesce(list(DISTINCT {arguments[0].sql}){over}, []), lambda e$: e$ IS NOT NULL)"


def _map(entries: str) -> str:
    """DuckDB cannot put an aggregate in place of a macro's parameter inside a lambda: it is bound to a name before."""
    return f"list_transform([{entries}], lambda u$: mc_map(u$))[1]"


def _map_agg(arguments: Sequence[Typed], distinct: str, over: str) -> str:
    return _map(_entries(arguments, over))


def _multimap_agg(arguments: Sequence[Typed], distinct: str, over: str) -> str:
    return grouped(_entries(arguments, over))


def _map_union(arguments: Sequence[Typed], distinct: str, over: str) -> str:
    maps = f"list_filter(coalesce(list({arguments[0].sql}){over}, []), lambda m$: m$ IS NOT NULL)"
    return f"flatten(list_transform({maps}, lambda m$: map_entries(m$)))"


def _map_union_sum(arguments: Sequence[Typed], distinct: str, over: str) -> str:
    """One entry per key, with the sum of its values; a NULL counts as 0."""
    kind = types.to_duckdb(arguments[0].type.items[1])
    total = f"CAST(list_sum(list_transform(v$, lambda s$: coalesce(s$, 0))) AS {kind})"
    entries = f"map_entries({grouped(_map_union(arguments, distinct, over))})"
    return (
        f"map_from_entries(list_transform({entries}, lambda e$: {{'key': e$.key,"
        f" 'value': list_transform([e$.value], lambda v$: {total})[1]}}))"
    )


def _histogram(arguments: Sequence[Typed], distinct: str, over: str) -> str:
    kind = types.to_duckdb(arguments[0].type)
    return f"CAST(histogram({arguments[0].sql}){over} AS MAP({kind}, BIGINT))"


def _cluster_sample(arguments: Sequence[Typed], distinct: str, over: str) -> str:
    """CLUSTER_SAMPLE(n): n rows of each partition; CLUSTER_SAMPLE(n, m): m of every n. Which ones is left open."""
    if len(arguments) == 1:
        return f"(row_number(){over} <= {arguments[0].sql})"
    return f"(row_number(){over} <= floor(count(*){over} * {arguments[1].sql} / {arguments[0].sql}))"


def _count(arguments: Sequence[Typed], distinct: str, over: str) -> str:
    """COUNT of several values counts the rows in which none is NULL."""
    if len(arguments) == 1:
        return f"count({distinct}{arguments[0].sql}){over}"
    present = " AND ".join(f"{a.sql} IS NOT NULL" for a in arguments)
    packed = ", ".join(f"f{i} := {a.sql}" for i, a in enumerate(arguments))
    return f"count({distinct}CASE WHEN {present} THEN struct_pack({packed}) END){over}"


def _aggregate(name: str, signature: str, to: str | Callable[..., str], example: str, expects: object) -> F:
    return F(name, signature, to, example, expects, "skip", "aggregate")


def _window(
    name: str,
    signature: str,
    to: str | Callable[..., str],
    example: str,
    expects: object,
    lax: tuple[int, ...] = (),
) -> F:
    return F(name, signature, to, example, expects, "own", "window", lax=lax)


_ORDERED = "over (partition by 1 order by x)"

AGGREGATES = (
    _aggregate("ANY_VALUE", "T -> T", "any_value({distinct}{0}){over}", "any_value(7)", 7),
    # An approximation in the cloud, with an error of up to 5 %; exact here.
    _aggregate("APPROX_DISTINCT", "T -> bigint",
      lambda a, distinct, over: f"count(DISTINCT {a[0].sql}){over}",
      "approx_distinct(x)", 3),
    _aggregate("ARG_MAX", "T, S -> S", "arg_max_null({1}, {0}){over}", "arg_max(x, -x)", -3),
    _aggregate("ARG_MIN", "T, S -> S", "arg_min_null({1}, {0}){over}", "arg_min(x, -x)", -1),
    _aggregate("MAX_BY", "T, S -> T", "arg_max_null({0}, {1}){over}", "max_by(x, -x)", 1),
    _aggregate("MIN_BY", "T, S -> T", "arg_min_null({0}, {1}){over}", "min_by(x, -x)", 3),
    _aggregate("AVG", "D -> decimal",
      "mc_decimal_divide(sum({distinct}{0}){over}, CAST(count({distinct}{0}){over} AS DECIMAL(38, 0)))",
      "avg(cast(x as decimal))", Decimal(2)),
    _aggregate("AVG", "double -> double", "avg({distinct}{0}){over}", "avg(x)", 2.0),
    _aggregate("BITWISE_AND_AGG", "bigint -> bigint", "bit_and({distinct}{0}){over}", "bitwise_and_agg(x)", 0),
    _aggregate("BITWISE_OR_AGG", "bigint -> bigint", "bit_or({distinct}{0}){over}", "bitwise_or_agg(x)", 3),
    _aggregate("BITWISE_XOR_AGG", "bigint -> bigint", "bit_xor({distinct}{0}){over}", "bitwise_xor_agg(x)", 0),
    _aggregate("BOOL_AND", "boolean -> boolean", "bool_and({distinct}{0}){over}", "bool_and(x > 0)", True),
    _aggregate("BOOL_OR", "boolean -> boolean", "bool_or({distinct}{0}){over}", "bool_or(x > 5)", False),
    _aggregate("COLLECT_LIST", "T -> array<T>",
      "list_filter(coalesce(list({distinct}{0}{order}){over}, []), lambda e$: e$ IS NOT NULL)",
      "sort_array(collect_list(x))", [1, 2, 3]),
    _aggregate("COLLECT_SET", "T -> array<T>",
      _collect_set,
      "sort_array(collect_set(x % 2))", [0, 1]),
    _aggregate("CORR", "double, double -> double", "corr({0}, {1}){over}", "corr(x, -x)", -1.0),
    _aggregate("COUNT", "A, A... -> bigint", _count, "count(x)", 3),
    _aggregate("COUNT_IF", "boolean -> bigint", "CAST(count_if({0}){over} AS BIGINT)", "count_if(x > 1)", 2),
    _aggregate("COVAR_POP", "double, double -> double", "covar_pop({0}, {1}){over}", "round(covar_pop(x, x), 4)",
      0.6667),
    _aggregate("COVAR_SAMP", "double, double -> double", "covar_samp({0}, {1}){over}", "covar_samp(x, x)", 1.0),
    _aggregate("HISTOGRAM", "T -> map<T,bigint>", _histogram, "histogram(x > 1)",
      [(False, 1), (True, 2)]),
    _aggregate("MAP_AGG", "K, V -> map<K,V>", _map_agg, "map_agg(x, -x)[2]", -2),
    _aggregate("MAP_UNION", "map<K,V> -> map<K,V>",
      lambda a, distinct, over: _map(_map_union(a, distinct, over)), "map_union(map('a', 1))", [("a", 1)]),
    _aggregate("MAP_UNION_SUM", "map<K,bigint> -> map<K,bigint>", _map_union_sum, "map_union_sum(map('a', x))",
      [("a", 6)]),
    _aggregate("MAP_UNION_SUM", "map<K,double> -> map<K,double>", _map_union_sum, "map_union_sum(map('a', x / 2))",
      [("a", 3.0)]),
    _aggregate("MAX", "T -> T", "max({distinct}{0}){over}", "max(x)", 3),
    _aggregate("MEDIAN", "D -> decimal", "quantile_cont({distinct}CAST({0} AS DECIMAL(38, 18)), 0.5){over}",
      "median(cast(x as decimal(5,1)))", Decimal(2)),
    _aggregate("MEDIAN", "double -> double", "quantile_cont({distinct}{0}, 0.5){over}", "median(x)", 2.0),
    _aggregate("MIN", "T -> T", "min({distinct}{0}){over}", "min(x)", 1),
    _aggregate("MULTIMAP_AGG", "K, V -> map<K,array<V>>", _multimap_agg, "multimap_agg(x % 2 = 0, x)[true]", [2]),
    _aggregate("PERCENTILE", "double, double -> double", _percentile, "percentile(x, 0.25)", 1.5),
    _aggregate("PERCENTILE", "double, array<double> -> array<double>", _percentile,
      "percentile(x, array(0.5, 1.0))", [2.0, 3.0]),
    # Written PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x).
    _aggregate("PERCENTILE_CONT", "double, double -> double", _percentile, "percentile_cont(x, 0.25)", 1.5),
    _aggregate("PERCENTILE_DISC", "T, double -> T", "quantile_disc({distinct}{0}, {1}){over}",
      "percentile_disc(x, 0.5)", 2),
    _aggregate("PERCENTILE_APPROX", "double, double -> double", _percentile_approx, "percentile_approx(x, 0.5)", 1.5),
    _aggregate("PERCENTILE_APPROX", "double, double, bigint -> double", _percentile_approx,
      "percentile_approx(x, 0.5, 100)", 1.5),
    _aggregate("PERCENTILE_APPROX", "double, array<double> -> array<double>", _percentile_approx,
      "percentile_approx(x, array(0.5))", [1.5]),
    _aggregate("PERCENTILE_APPROX", "double, array<double>, bigint -> array<double>", _percentile_approx,
      "percentile_approx(x, array(0.0, 1.0), 100)", [1.0, 3.0]),
    # STDDEV is of the population; PyODPS asks for STDDEV_SAMP when ddof is 1.
    _aggregate("STDDEV", "double -> double", "stddev_pop({distinct}{0}){over}", "round(stddev(x), 4)", 0.8165),
    _aggregate("STDDEV_POP", "double -> double", "stddev_pop({distinct}{0}){over}", "round(stddev_pop(x), 4)", 0.8165),
    _aggregate("STDDEV_SAMP", "double -> double", "stddev_samp({distinct}{0}){over}", "stddev_samp(x)", 1.0),
    _aggregate("SUM", "bigint -> bigint", "CAST(sum({distinct}{0}){over} AS BIGINT)", "sum(x)", 6),
    _aggregate("SUM", "D -> decimal(38,D)", "sum({distinct}{0}){over}",
      "sum(cast(x as decimal))", Decimal(6)),
    _aggregate("SUM", "double -> double", "sum({distinct}{0}){over}", "sum(x / 2)", 3.0),
    _aggregate("VARIANCE", "double -> double", "var_pop({distinct}{0}){over}", "round(variance(x), 4)", 0.6667),
    _aggregate("VAR_POP", "double -> double", "var_pop({distinct}{0}){over}", "round(var_pop(x), 4)", 0.6667),
    _aggregate("VAR_SAMP", "double -> double", "var_samp({distinct}{0}){over}", "var_samp(x)", 1.0),
    _aggregate("WM_CONCAT", "string, string -> string", "string_agg({distinct}{1}, {0}{order}){over}",
      "wm_concat('-', 'a')", "a-a-a-a"),
)  # fmt: skip

WINDOWS = (
    _window("CLUSTER_SAMPLE", "bigint -> boolean", _cluster_sample, "cluster_sample(4) over (partition by 1)",
      [True, True, True, True]),
    _window("CLUSTER_SAMPLE", "bigint, bigint -> boolean", _cluster_sample,
      "cluster_sample(10, 10) over (partition by 1)", [True, True, True, True]),
    _window("CUME_DIST", "-> double", "cume_dist(){over}", f"cume_dist() {_ORDERED}", [0.25, 0.5, 0.75, 1.0]),
    _window("DENSE_RANK", "-> bigint", "dense_rank(){over}", f"dense_rank() {_ORDERED}", [1, 2, 3, 4]),
    _window("FIRST_VALUE", "T -> T", "first_value({0}){over}", f"first_value(x) {_ORDERED}", [None, None, None, None]),
    _window("FIRST_VALUE", "T, boolean -> T", "first_value({0} IGNORE NULLS){over}", f"first_value(x, true) {_ORDERED}",
      [None, 1, 1, 1]),
    _window("LAG", "T -> T", "lag({0}){over}", f"lag(x) {_ORDERED}", [None, None, 1, 2]),
    _window("LAG", "T, bigint -> T", "lag({0}, {1}){over}", f"lag(x, 2) {_ORDERED}", [None, None, None, 1], lax=(1,)),
    _window("LAG", "T, bigint, T -> T", "lag({0}, {1}, {2}){over}", f"lag(x, 2, 9) {_ORDERED}", [9, 9, None, 1],
      lax=(1,)),
    _window("LAST_VALUE", "T -> T", "last_value({0}){over}", f"last_value(x) {_ORDERED}", [None, 1, 2, 3]),
    _window("LAST_VALUE", "T, boolean -> T", "last_value({0} IGNORE NULLS){over}", f"last_value(x, true) {_ORDERED}",
      [None, 1, 2, 3]),
    _window("LEAD", "T -> T", "lead({0}){over}", f"lead(x) {_ORDERED}", [1, 2, 3, None]),
    _window("LEAD", "T, bigint -> T", "lead({0}, {1}){over}", f"lead(x, 2) {_ORDERED}", [2, 3, None, None], lax=(1,)),
    _window("LEAD", "T, bigint, T -> T", "lead({0}, {1}, {2}){over}", f"lead(x, 2, 9) {_ORDERED}", [2, 3, 9, 9],
      lax=(1,)),
    _window("NTH_VALUE", "T, bigint -> T", "nth_value({0}, {1}){over}", f"nth_value(x, 2) {_ORDERED}", [None, 1, 1, 1]),
    _window("NTH_VALUE", "T, bigint, boolean -> T", "nth_value({0}, {1} IGNORE NULLS){over}",
      f"nth_value(x, 2, true) {_ORDERED}", [None, None, 2, 2]),
    _window("NTILE", "bigint -> bigint", "ntile({0}){over}", f"ntile(2) {_ORDERED}", [1, 1, 2, 2]),
    _window("PERCENT_RANK", "-> double", "percent_rank(){over}", f"round(percent_rank() {_ORDERED}, 2)",
      [0.0, 0.33, 0.67, 1.0]),
    _window("RANK", "-> bigint", "rank(){over}", f"rank() {_ORDERED}", [1, 2, 3, 4]),
    _window("ROW_NUMBER", "-> bigint", "row_number(){over}", f"row_number() {_ORDERED}", [1, 2, 3, 4]),
)  # fmt: skip
