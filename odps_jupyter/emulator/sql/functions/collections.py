"""Array functions. Source: MaxCompute's documentation, "Complex type functions"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import comb

from odps_jupyter.emulator import types
from odps_jupyter.emulator.sql.typed import Lambda, Typed

from .bodies import Body, each, invalid
from .model import Function as F

#: What the manual's page of COMBINATIONS says of its settings odps.sql.max.combination.length and .combinations.
_LONGEST, _MOST = 5, 100_000


def _combinations(size: int, count: int) -> list[list[int]]:
    if count < 0:
        raise invalid("combinations", "n must not be negative")
    if count > _LONGEST or comb(size, count) > _MOST:
        raise invalid(
            "combinations",
            f"n is greater than {_LONGEST}, or there are more than {_MOST}; the embedded MaxCompute does not know the "
            "settings that allow more",
        )
    return [list(c) for c in combinations(range(1, size + 1), count)]


PYTHON: dict[str, Body] = {
    # Places, counted from 1, of the elements that stand together.
    "mc_combinations": each(
        _combinations,
        types.array_of(types.array_of(types.BIGINT)),
    ),
}


def function_of(value: Typed) -> Lambda:
    """An argument that the signature says is written ``x -> ...``."""
    assert isinstance(value, Lambda)
    return value


def _match(whole: str, some: str) -> Callable[[Sequence[Typed]], str]:
    """ALL_MATCH and ANY_MATCH: one answer decides, then a NULL, then the other answer."""

    def build(arguments: Sequence[Typed]) -> str:
        test = function_of(arguments[1])
        found = test.variables[0]
        results = f"list_transform({arguments[0].sql}, {test.sql})"
        return (
            f"list_transform([{results}], lambda {found}: CASE WHEN {found} IS NULL THEN NULL"
            f" WHEN mc_has({found}, {some}) THEN {some} WHEN mc_has({found}, NULL) THEN NULL ELSE {whole} END)[1]"
        )

    return build


def _reduce(arguments: Sequence[Typed]) -> str:
    merged = f"list_reduce({arguments[0].sql}, {function_of(arguments[2]).sql}, {arguments[1].sql})"
    return f"list_transform([{merged}], {function_of(arguments[3]).sql})[1]"


def _array_sort(arguments: Sequence[Typed]) -> str:
    """Each element's place is the number of elements that the comparator puts before it."""
    items, compare = arguments[0].sql, function_of(arguments[1])
    one, other = compare.variables
    before = f"len(list_filter({items}, lambda {other}: {compare.body([other, one])} < 0))"
    places = f"list_transform({items}, lambda {one}, p$: {{'r': {before}, 'i': p$}})"
    return f"list_transform(list_sort({places}), lambda {one}: {items}[{one}.i])"


def _zip_with(arguments: Sequence[Typed]) -> str:
    left, right, combine = arguments[0].sql, arguments[1].sql, function_of(arguments[2])
    at = combine.variables[0]
    value = combine.body([f"{left}[{at}]", f"{right}[{at}]"])
    return f"list_transform(range(1, greatest(len({left}), len({right})) + 1), lambda {at}: {value})"


def _bad(function: str, why: str) -> str:
    return f"error('ODPS-0121095: Invalid arguments - in function {function}, {why}')"


_SUM_OF_POWERS = "list_sum(list_transform({0}, lambda e$: pow(abs(e$), {1})))"

COLLECTIONS = (
    F("ALL_MATCH", "array<T>, lambda<T,boolean> -> boolean", _match("true", "false"),
      "all_match(array(4, 5, 6), x -> x > 3)", True, "own"),
    F("ANY_MATCH", "array<T>, lambda<T,boolean> -> boolean", _match("false", "true"),
      "any_match(array(1, 2, null), x -> x > 3)", None, "own"),
    F("ARRAY", "T... -> array<T>", "[{all}]", "array(1, 2)", [1, 2], "own"),
    F("ARRAYS_OVERLAP", "array<T>, array<T> -> boolean",
      "CASE WHEN list_has_any({0}, {1}) THEN true WHEN len({0}) > 0 AND len({1}) > 0"
      " AND (mc_has({0}, NULL) OR mc_has({1}, NULL)) THEN NULL ELSE false END",
      "arrays_overlap(array(1), array(1, 2))", True, "guard"),
    F("ARRAY_CONTAINS", "array<T>, T -> boolean", "list_contains({0}, {1})", "array_contains(array(1, 2), 2)", True),
    F("ARRAY_DISTINCT", "array<T> -> array<T>", "mc_list_distinct({0})", "array_distinct(array(2, 1, 2, null, null))",
      [2, 1, None]),
    F("ARRAY_EXCEPT", "array<T>, array<T> -> array<T>",
      "mc_list_except({0}, {1})",
      "array_except(array(1, 1, 3, 3, 5, 5), array(1, 1, 2, 2, 3, 3))", [5], "guard"),
    F("ARRAY_INTERSECT", "array<T>, array<T> -> array<T>",
      "mc_list_intersect({0}, {1})",
      "array_intersect(array(3, 2, null, 2), array(2, 3, null))", [3, 2, None], "guard"),
    F("ARRAY_JOIN", "array<string>, string -> string", "array_to_string({0}, {1})",
      "array_join(array(10, 20, null, 30), ',')", "10,20,30", "guard"),
    F("ARRAY_JOIN", "array<string>, string, string -> string",
      "array_to_string(list_transform({0}, lambda e$: coalesce(e$, {2})), {1})",
      "array_join(array(10, null, 30), ',', 'x')", "10,x,30", "guard"),
    F("ARRAY_MAX", "array<T> -> T", "list_max({0})", "array_max(array(1, 20, null, 3))", 20),
    F("ARRAY_MIN", "array<T> -> T", "list_min({0})", "array_min(array(2, 20, null, 3))", 2),
    F("ARRAY_NORMALIZE", "array<double>, double -> array<double>",
      f"CASE WHEN mc_has({{0}}, NULL) THEN NULL WHEN {{1}} < 0 THEN {_bad('array_normalize', 'p must not be negative')}"
      f" WHEN {{1}} = 0 OR coalesce({_SUM_OF_POWERS}, 0) = 0 THEN {{0}}"
      f" ELSE list_transform({{0}}, lambda g$: g$ / pow({_SUM_OF_POWERS}, 1 / {{1}})) END",
      "array_normalize(array(3.0, 4.0), 2)", [0.6, 0.8], "guard"),
    F("ARRAY_POSITION", "array<T>, T -> bigint", "CAST(coalesce(list_position({0}, {1}), 0) AS BIGINT)",
      "array_position(array(3, 2, 1), 1)", 3, "guard"),
    F("ARRAY_REDUCE", "array<T>, S, lambda<S,T,S>, lambda<S,R> -> R", _reduce,
      "array_reduce(array(1, 2, 3), 0, (buf, e) -> buf + e, buf -> buf)", 6, "own"),
    F("AGGREGATE", "array<T>, S, lambda<S,T,S>, lambda<S,R> -> R", _reduce,
      "aggregate(array(1.5, 2), 0, (buf, e) -> buf + e, buf -> buf * 2)", 7.0, "own"),
    F("REDUCE", "array<T>, S, lambda<S,T,S>, lambda<S,R> -> R", _reduce,
      "reduce(array('b', 'c'), 'a', (buf, e) -> concat(buf, e), buf -> length(buf))", 3, "own"),
    F("ARRAY_REMOVE", "array<T>, T -> array<T>", "list_filter({0}, lambda e$: e$ IS NULL OR e$ <> {1})",
      "array_remove(array(3, 2, null, 1), 1)", [3, 2, None], "guard"),
    F("ARRAY_REPEAT", "T, bigint -> array<T>",
      "list_transform(range(0, mc_many(CASE WHEN {1} < 0 THEN 0 ELSE {1} END)), lambda e$: {0})",
      "array_repeat('123', 2)", ["123", "123"], "own"),
    F("ARRAY_SORT", "array<T>, lambda<T,T,bigint> -> array<T>", _array_sort,
      "array_sort(array(5, 6, 1), (l, r) -> case when l < r then 1 when l > r then -1 else 0 end)", [6, 5, 1], "own"),
    F("ARRAY_UNION", "array<T>, array<T> -> array<T>", "mc_list_distinct(list_concat({0}, {1}))",
      "array_union(array(1, 2, 3), array(1, 3, 5))", [1, 2, 3, 5], "guard"),
    F("COMBINATIONS", "array<T>, bigint -> array<array<T>>",
      "list_transform(mc_combinations(len({0}), {1}), lambda e$: list_transform(e$, lambda f$: {0}[f$]))",
      "combinations(array('a', 'b', 'c'), 2)", [["a", "b"], ["a", "c"], ["b", "c"]], "guard"),
    F("FILTER", "array<T>, lambda<T,boolean> -> array<T>", "list_filter({0}, {1})",
      "filter(array(1, 2, 3), x -> x > 1)", [2, 3], "own"),
    F("FLATTEN", "array<array<T>> -> array<T>", "flatten({0})", "flatten(array(array(1, 2), array(3)))", [1, 2, 3]),
    F("NGRAMS", "array<T>, bigint -> array<array<T>>",
      f"CASE WHEN {{1}} <= 0 THEN {_bad('ngrams', 'n must be greater than 0')}"
      " ELSE list_transform(range(1, greatest(len({0}) - {1} + 1, 1) + 1), lambda e$: {0}[e$:e$ + {1} - 1]) END",
      "ngrams(array('a', 'b', 'c'), 2)", [["a", "b"], ["b", "c"]], "guard"),
    F("SHUFFLE", "array<T> -> array<T>",
      "list_transform(list_sort(list_transform({0}, lambda e$: {{'at': random(), 'item': e$}})), lambda e$: e$.item)",
      "sort_array(shuffle(array(3, null, 1, 3)))", [None, 1, 3, 3]),
    F("SIZE", "array<T> -> int", "CAST(len({0}) AS INTEGER)", "size(array(1, 2))", 2),
    F("SIZE", "map<K,V> -> int", "CAST(cardinality({0}) AS INTEGER)", "size(map('a', 1))", 1),
    F("SLICE", "array<T>, bigint, bigint -> array<T>",
      f"CASE WHEN {{2}} < 0 THEN {_bad('slice', 'length must not be negative')}"
      f" WHEN {{1}} = 0 OR {{1}} < -len({{0}}) THEN {_bad('slice', 'what begins before the first item is not known')}"
      " ELSE list_slice({0}, CASE WHEN {1} < 0 THEN len({0}) + {1} + 1 ELSE {1} END,"
      " CASE WHEN {1} < 0 THEN len({0}) + {1} + 1 ELSE {1} END + least({2}, len({0})) - 1) END",
      "slice(array(10, 20, 20, null), -2, 2)", [20, None], "guard"),
    F("SORT_ARRAY", "array<T> -> array<T>", "list_sort({0}, 'ASC', 'NULLS FIRST')", "sort_array(array(3, null, 2))",
      [None, 2, 3]),
    F("SORT_ARRAY", "array<T>, boolean -> array<T>",
      "CASE WHEN {1} THEN list_sort({0}, 'ASC', 'NULLS FIRST') ELSE list_sort({0}, 'DESC', 'NULLS LAST') END",
      "sort_array(array(3, 1, 2), false)", [3, 2, 1], "guard"),
    F("TRANSFORM", "array<T>, lambda<T,R> -> array<R>", "list_transform({0}, {1})",
      "transform(array(1, 2, 3), x -> x + 1)", [2, 3, 4], "own"),
    F("ZIP_WITH", "array<T>, array<S>, lambda<T,S,R> -> array<R>", _zip_with,
      "zip_with(array(1, 2, 3), array(1, 2, 3, 4), (x, y) -> x + y)", [2, 4, 6, None], "own"),
)  # fmt: skip
