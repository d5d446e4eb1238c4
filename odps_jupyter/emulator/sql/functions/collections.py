"""Array, map and struct functions. Source: MaxCompute's documentation, "Complex type functions"."""

from __future__ import annotations

from .model import Function as F

COLLECTIONS = (
    F("ARRAY", "T... -> array<T>", "[{all}]", "array(1, 2)", [1, 2], "own"),
    F("ARRAY_CONTAINS", "array<T>, T -> boolean", "list_contains({0}, {1})", "array_contains(array(1, 2), 2)", True),
    F("ARRAY_DISTINCT", "array<T> -> array<T>", "list_filter({0}, lambda e, i: list_position({0}, e) = i)",
      "array_distinct(array(2, 1, 2))", [2, 1]),
    F("ARRAY_INTERSECT", "array<T>, array<T> -> array<T>", "list_intersect({0}, {1})",
      "array_intersect(array(1, 2), array(2, 3))", [2], "guard"),
    F("ARRAY_EXCEPT", "array<T>, array<T> -> array<T>", "list_filter({0}, lambda e: NOT list_contains({1}, e))",
      "array_except(array(1, 2), array(2, 3))", [1], "guard"),
    F("ARRAY_JOIN", "array<string>, string -> string", "array_to_string({0}, {1})", "array_join(array('a', 'b'), '-')",
      "a-b", "guard"),
    F("ARRAY_MAX", "array<T> -> T", "list_max({0})", "array_max(array(1, 3, 2))", 3),
    F("ARRAY_MIN", "array<T> -> T", "list_min({0})", "array_min(array(1, 3, 2))", 1),
    F("ARRAY_POSITION", "array<T>, T -> bigint", "CAST(coalesce(list_position({0}, {1}), 0) AS BIGINT)",
      "array_position(array('a', 'b'), 'b')", 2, "own"),
    F("ARRAY_REMOVE", "array<T>, T -> array<T>", "list_filter({0}, lambda e: e <> {1})",
      "array_remove(array(1, 2), 1)", [2], "guard"),
    F("ARRAYS_OVERLAP", "array<T>, array<T> -> boolean", "list_has_any({0}, {1})",
      "arrays_overlap(array(1), array(1, 2))", True),
    F("MAP_CONCAT", "map<K,V>... -> map<K,V>", "map_concat({all})", "map_concat(map('a', 1), map('b', 2))",
      [("a", 1), ("b", 2)], "own"),
    F("MAP_KEYS", "map<K,V> -> array<K>", "map_keys({0})", "map_keys(map('a', 1))", ["a"]),
    F("MAP_VALUES", "map<K,V> -> array<V>", "map_values({0})", "map_values(map('a', 1))", [1]),
    F("MAP_FROM_ARRAYS", "array<K>, array<V> -> map<K,V>", "MAP({0}, {1})", "map_from_arrays(array('a'), array(1))",
      [("a", 1)]),
    # SIZE of NULL is -1 in Hive; MaxCompute answers NULL.
    F("SIZE", "array<T> -> bigint", "CAST(len({0}) AS BIGINT)", "size(array(1, 2))", 2),
    F("SIZE", "map<K,V> -> bigint", "CAST(cardinality({0}) AS BIGINT)", "size(map('a', 1))", 1),
    F("SLICE", "array<T>, bigint, bigint -> array<T>",
      "list_slice({0}, CASE WHEN {1} < 0 THEN len({0}) + {1} + 1 ELSE {1} END,"
      " CASE WHEN {1} < 0 THEN len({0}) + {1} + 1 ELSE {1} END + {2} - 1)", "slice(array(1, 2, 3), 2, 2)", [2, 3]),
    F("SORT_ARRAY", "array<T> -> array<T>", "list_sort({0}, 'ASC', 'NULLS FIRST')", "sort_array(array(3, 1, 2))", [1,
      2, 3]),
    F("SORT_ARRAY", "array<T>, boolean -> array<T>",
      "CASE WHEN {1} THEN list_sort({0}, 'ASC', 'NULLS FIRST') ELSE list_sort({0}, 'DESC', 'NULLS LAST') END",
      "sort_array(array(3, 1, 2), false)", [3, 2, 1], "guard"),
    F("SEQUENCE", "bigint, bigint -> array<bigint>", "range({0}, {1} + 1)", "sequence(1, 3)", [1, 2, 3]),
)  # fmt: skip
