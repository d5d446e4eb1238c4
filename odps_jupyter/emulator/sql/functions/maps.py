"""Map functions. Source: MaxCompute's documentation, "Complex type functions".

Where a key would occur twice, the last value wins, or the first argument ``exception`` makes it an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odps_jupyter.emulator.sql.typed import Typed

from .collections import function_of
from .model import ArgumentError, constant_text
from .model import Function as F


def policy(value: Typed) -> str:
    word = constant_text(value, "the policy for duplicate keys").lower()
    if word not in ("last_win", "exception"):
        raise ArgumentError(f"{word!r} is not a policy for duplicate keys (last_win, exception)")
    return "mc_map" if word == "last_win" else "mc_map_of_distinct"


def _with_policy(build: Callable[[Sequence[Typed]], str]) -> Callable[[Sequence[Typed]], str]:
    return lambda arguments: f"{policy(arguments[0])}({build(arguments[1:])})"


def _last_wins(build: Callable[[Sequence[Typed]], str]) -> Callable[[Sequence[Typed]], str]:
    return lambda arguments: f"mc_map({build(arguments)})"


def _concat(arguments: Sequence[Typed]) -> str:
    return "list_concat(" + ", ".join(f"map_entries({a.sql})" for a in arguments) + ")"


def _from_arrays(arguments: Sequence[Typed]) -> str:
    keys, values = (a.sql for a in arguments)
    unequal = "error('ODPS-0121095: Invalid arguments - in function map_from_arrays, the arrays differ in length')"
    entries = f"list_transform(range(1, len({keys}) + 1), lambda e$: {{'key': {keys}[e$], 'value': {values}[e$]}})"
    return f"CASE WHEN len({keys}) <> len({values}) THEN {unequal} ELSE {entries} END"


def _entries(key: str, value: str) -> Callable[[Sequence[Typed]], str]:
    """Each entry made anew; in ``key`` and ``value`` the old ones are ``{k}`` and ``{v}``, the function ``{f}``."""

    def build(arguments: Sequence[Typed]) -> str:
        function = function_of(arguments[1])
        entry = function.variables[0]
        old = {"k": f"{entry}.key", "v": f"{entry}.value"}
        made = {**old, "f": function.body([old["k"], old["v"]])}
        fields = f"{{'key': {key.format(**made)}, 'value': {value.format(**made)}}}"
        return f"list_transform(map_entries({arguments[0].sql}), lambda {entry}: {fields})"

    return build


def _filter(arguments: Sequence[Typed]) -> str:
    function = function_of(arguments[1])
    entry = function.variables[0]
    test = function.body([f"{entry}.key", f"{entry}.value"])
    return f"map_from_entries(list_filter(map_entries({arguments[0].sql}), lambda {entry}: {test}))"


def _zip_with(arguments: Sequence[Typed]) -> str:
    """One entry per key, in the order of the keys of the first map and then of the second."""
    function = function_of(arguments[2])
    # Names of the function's own, which nothing around it uses, whatever stands in its body. All lists that each key
    # looks into are computed once.
    span, left, right = function.variables
    lists = (
        f"list_transform([{arguments[0].sql}], lambda {left}: list_transform([{arguments[1].sql}], lambda {right}:"
        f" {{'keys': list_concat(map_keys({left}), map_keys({right})), 'size': coalesce(len(map_keys({left})), 0),"
        f" 'left': map_values({left}), 'right': map_values({right})}})[1])[1]"
    )
    value = function.body(
        [
            f"{left}.keys[{span}[1]]",
            f"CASE WHEN {span}[1] <= {left}.size THEN {left}.left[{span}[1]] END",
            f"CASE WHEN {span}[2] > {left}.size THEN {left}.right[{span}[2] - {left}.size] END",
        ]
    )
    places = f"list_sort(list_zip(mc_firsts({right}), mc_lasts({right})))"
    entries = f"list_transform({places}, lambda {span}: {{'key': {left}.keys[{span}[1]], 'value': {value}}})"
    made = f"list_transform([mc_runs({left}.keys)], lambda {right}: map_from_entries({entries}))[1]"
    return f"list_transform([{lists}], lambda {left}: {made})[1]"


def grouped(entries: str) -> str:
    """A map from each key of a list of entries to the array of its values."""
    return f"list_transform([{entries}], lambda g$: CASE WHEN g$ IS NOT NULL THEN mc_grouped(g$) END)[1]"


def _multimap(arguments: Sequence[Typed]) -> str:
    key, value = arguments[0].type.items[0].fields
    return grouped(f"list_transform({arguments[0].sql}, lambda e$: {{'key': e$.\"{key}\", 'value': e$.\"{value}\"}})")


_NEW_KEYS, _NEW_VALUES = _entries("{f}", "{v}"), _entries("{k}", "{f}")

MAPS = (
    F("MAP_CONCAT", "map<K,V>... -> map<K,V>", _last_wins(_concat), "map_concat(map('a', 1), map('a', 2, 'b', 3))",
      [("a", 2), ("b", 3)], "guard"),
    F("MAP_CONCAT", "string, map<K,V>... -> map<K,V>", _with_policy(_concat),
      "map_concat('exception', map('a', 1), map('b', 2))", [("a", 1), ("b", 2)], "own"),
    F("MAP_ENTRIES", "map<K,V> -> array<struct<key:K,value:V>>", "map_entries({0})", "map_entries(map(1, 'a'))",
      [{"key": 1, "value": "a"}]),
    F("MAP_FILTER", "map<K,V>, lambda<K,V,boolean> -> map<K,V>", _filter,
      "map_filter(map(10, -20, 20, 50, -30, 100, 21, null), (k, v) -> (k + v) > 10)", [(20, 50), (-30, 100)], "own"),
    F("MAP_FROM_ARRAYS", "array<K>, array<V> -> map<K,V>", _last_wins(_from_arrays),
      "map_from_arrays(array('a', 'a'), array(1, 2))", [("a", 2)], "guard"),
    F("MAP_FROM_ARRAYS", "string, array<K>, array<V> -> map<K,V>", _with_policy(_from_arrays),
      "map_from_arrays('last_win', array('a', 'a'), array(1, 2))", [("a", 2)], "own"),
    F("MAP_KEYS", "map<K,V> -> array<K>", "map_keys({0})", "map_keys(map('a', 1))", ["a"]),
    F("MAP_VALUES", "map<K,V> -> array<V>", "map_values({0})", "map_values(map('a', 1))", [1]),
    F("MAP_ZIP_WITH", "map<K,V>, map<K,W>, lambda<K,V,W,R> -> map<K,R>", _zip_with,
      "map_zip_with(map(1, 1, 2, 2), map(1, 4, 4, 7), (k, v1, v2) -> array(k, v1, v2))",
      [(1, [1, 1, 4]), (2, [2, 2, None]), (4, [4, None, 7])], "own"),
    F("MULTIMAP_FROM_ENTRIES", "array<struct<col1:K,col2:V>> -> map<K,array<V>>", _multimap,
      "multimap_from_entries(array(struct(1, 'a'), struct(2, 'b'), struct(1, 'c')))", [(1, ["a", "c"]), (2, ["b"])]),
    F("TRANSFORM_KEYS", "map<K,V>, lambda<K,V,L> -> map<L,V>", _last_wins(_NEW_KEYS),
      "transform_keys(map(10, -20, 20, 50), (k, v) -> k + v)", [(-10, -20), (70, 50)], "own"),
    F("TRANSFORM_KEYS", "string, map<K,V>, lambda<K,V,L> -> map<L,V>", _with_policy(_NEW_KEYS),
      "transform_keys('last_win', map(1, 'a', 2, 'b'), (k, v) -> 0)", [(0, "b")], "own"),
    F("TRANSFORM_VALUES", "map<K,V>, lambda<K,V,W> -> map<K,W>", _last_wins(_NEW_VALUES),
      "transform_values(map(10, -20, 20, null), (k, v) -> k + v)", [(10, -10), (20, None)], "own"),
)  # fmt: skip
