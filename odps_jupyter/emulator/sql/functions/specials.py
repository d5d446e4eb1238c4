"""Functions whose meaning is in how their arguments are written, or in the catalog.

Source: MaxCompute's documentation, "Complex type functions" and "Other functions".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.sql import conversions
from odps_jupyter.emulator.sql.typed import Typed, literal, once, quote
from odps_jupyter.emulator.types import Type

from .model import ArgumentError

if TYPE_CHECKING:
    from odps_jupyter.emulator.sql.expressions import Expressions

Translate = Callable[["Expressions", Sequence[exp.Expr], exp.Expr], Typed | None]


@dataclass(frozen=True)
class Special:
    """A function that reads its call.

    Attributes:
        name: upper case.
        signature: for readers.
        translate: the value; ``None`` leaves the call to the table of functions.
        example: an expression whose value is ``expects``; each one is run by the tests.
    """

    name: str
    signature: str
    translate: Translate
    example: str
    expects: Any


def _typed(value: Typed) -> str:
    return f"CAST({value.sql} AS {types.to_duckdb(value.type)})" if value.is_constant else value.sql


def _map(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    if len(nodes) % 2:
        raise ArgumentError("MAP takes keys and values in turn")
    keys = expressions.same_type(expressions.values(nodes[::2]), node) if nodes else []
    values = expressions.same_type(expressions.values(nodes[1::2]), node) if nodes else []
    kind = types.map_of(keys[0].type if keys else types.VOID, values[0].type if values else types.VOID)
    entries = ", ".join(f"{{'key': {_typed(k)}, 'value': {_typed(v)}}}" for k, v in zip(keys, values, strict=True))
    return Typed(f"mc_map([{entries}])" if keys else "MAP([], [])", kind)


def _struct(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    return packed({f"col{i + 1}": v for i, v in enumerate(expressions.values(nodes))})


def _named_struct(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    names = [n.name.lower() for n in nodes[::2]]
    if len(nodes) % 2 or not all(isinstance(n, exp.Literal) for n in nodes[::2]):
        raise ArgumentError("NAMED_STRUCT takes constant names and values in turn")
    return packed(dict(zip(names, expressions.values(nodes[1::2]), strict=True)))


def packed(values: dict[str, Typed]) -> Typed:
    """A struct of these fields."""
    text = ", ".join(f"{quote(n)}: {_typed(v)}" for n, v in values.items())
    return Typed("{" + text + "}", types.struct_of({n: v.type for n, v in values.items()}))


def _field(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    if len(nodes) != 2 or not isinstance(nodes[1], exp.Literal):
        raise ArgumentError("FIELD takes a struct and the constant name of a field")
    value, name = expressions.value(nodes[0]), nodes[1].name.lower()
    if name not in value.type.fields:
        raise ArgumentError(f"{value.type} has no field {name}")
    kind = value.type.items[value.type.fields.index(name)]
    return Typed(f"struct_extract({value.sql}, {quote(name)})", kind)


def _decode(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed | None:
    """DECODE(value, search, result, ..., default): here, and only here, NULL equals NULL."""
    if len(nodes) < 3:
        return None
    value, *rest = expressions.values(nodes)
    default = rest.pop() if len(rest) % 2 else literal(None)
    searches, results = rest[::2], expressions.same_type([*rest[1::2], default], node)
    wanted = conversions.common([value.type, *(s.type for s in searches)])
    if wanted is None:
        raise ArgumentError(f"DECODE cannot compare {value.type} with {', '.join(str(s.type) for s in searches)}")

    def choice(operand: Sequence[str]) -> str:
        tests = " ".join(
            f"WHEN {operand[0]} IS NOT DISTINCT FROM {conversions.convert(s, wanted).sql} THEN {r.sql}"
            for s, r in zip(searches, results[:-1], strict=True)
        )
        return f"CASE {tests} ELSE {results[-1].sql} END"

    return Typed(once([conversions.convert(value, wanted).sql], choice), results[-1].type)


def _arrays_zip(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    """An array of structs with the fields ``0``, ``1``, ..., the shorter arrays filled up with NULL."""
    values = expressions.values(nodes)
    if not values or any(v.type.name != "array" for v in values):
        raise ArgumentError(f"ARRAYS_ZIP takes arrays, not ({', '.join(str(v.type) for v in values)})")
    kind = types.struct_of({str(i): v.type.items[0] for i, v in enumerate(values)})

    def zipped(texts: Sequence[str]) -> str:
        missing = " OR ".join(f"{t} IS NULL" for t in texts)
        fields = ", ".join(f"'{i}': {t}[i$]" for i, t in enumerate(texts))
        longest = f"greatest({', '.join(f'len({t})' for t in texts)})"
        rows = f"list_transform(range(1, {longest} + 1), lambda i$: {{{fields}}})"
        return f"CASE WHEN {missing} THEN NULL ELSE {rows} END"

    return Typed(once([v.sql for v in values], zipped), types.array_of(kind))


def _map_from_entries(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    *policy, value = expressions.values(nodes)
    kind = value.type.items[0] if value.type.name == "array" else types.VOID
    if kind.name != "struct" or len(kind.items) != 2 or len(policy) > 1:
        raise ArgumentError("MAP_FROM_ENTRIES takes an array of structs with two fields")
    key, item = (f"struct_extract(e$, {quote(f)})" for f in kind.fields)
    entries = f"list_transform({value.sql}, lambda e$: {{'key': {key}, 'value': {item}}})"
    return Typed(f"{_policy(policy)}({entries})", types.map_of(*kind.items))


def _policy(policy: Sequence[Typed]) -> str:
    """The macro for what becomes of a key that occurs twice; the last value wins unless ``exception`` is asked for."""
    word = str(policy[0].constant).lower() if policy else "last_win"
    if word not in ("last_win", "exception"):
        raise ArgumentError(f"{word!r} is not a policy for duplicate keys (last_win, exception)")
    return "mc_map" if word == "last_win" else "mc_map_of_distinct"


def _from_json(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    if len(nodes) != 2 or not isinstance(nodes[1], exp.Literal):
        raise ArgumentError("FROM_JSON takes a text and a constant type")
    written = str(nodes[1].this).strip()
    try:
        head = written.partition("<")[0].strip().lower()
        if head in ("array", "map", "struct"):
            kind = types.parse(written)
        else:  # 'a int, b double' means a struct
            kind = types.parse("struct<" + ",".join(":".join(p.split(None, 1)) for p in _columns(written)) + ">")
    except ValueError as error:
        raise ArgumentError(str(error)) from error
    text = conversions.convert(expressions.value(nodes[0]), types.STRING)
    wanted = types.to_duckdb(kind)
    return Typed(
        once([text.sql], lambda t: f"CASE WHEN json_valid({t[0]}) THEN TRY_CAST(CAST({t[0]} AS JSON) AS {wanted}) END"),
        kind,
    )


def _columns(text: str) -> list[str]:
    parts, depth = [""], 0
    for char in text:
        depth += (char in "<(") - (char in ">)")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return [p.strip() for p in parts]


def _json_object(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    if len(nodes) % 2:
        raise ArgumentError("JSON_OBJECT takes keys and values in turn")
    keys = [conversions.convert(v, types.STRING).sql for v in expressions.values(nodes[::2])]
    values = [json_text(v) for v in expressions.values(nodes[1::2])]
    members = ", ',', ".join(
        f"mc_json_quote({k}), ':', coalesce({v}, 'null')" for k, v in zip(keys, values, strict=True)
    )
    return Typed(f"concat('{{', {members}, '}}')" if keys else "'{}'", types.JSON)


def _json_array(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    items = ", ',', ".join(f"coalesce({json_text(v)}, 'null')" for v in expressions.values(nodes))
    return Typed(f"concat('[', {items}, ']')" if nodes else "'[]'", types.JSON)


def json_text(value: Typed) -> str:
    """The value as JSON: times as text, decimals as numbers."""
    if value.type.name == "json":
        return value.sql
    return f"CAST(to_json({json_value(value.sql, value.type)}) AS VARCHAR)"


def json_value(sql: str, kind: Type) -> str:
    """What DuckDB's own TO_JSON writes as MaxCompute does: times are texts first."""
    if kind.name in types.TIMES or kind.name in ("binary", "void"):
        return conversions.convert(Typed(sql, kind), types.STRING).sql
    if kind.name == "array" and _has_time(kind):
        return f"list_transform({sql}, lambda j$: {json_value('j$', kind.items[0])})"
    if kind.name == "struct" and _has_time(kind):
        pairs = zip(kind.fields, kind.items, strict=True)
        fields = ", ".join(f"{quote(f)}: {json_value(f'struct_extract({sql}, {quote(f)})', k)}" for f, k in pairs)
        return f"CASE WHEN {sql} IS NULL THEN NULL ELSE {{{fields}}} END"
    return sql


def _has_time(kind: Type) -> bool:
    return kind.name in types.TIMES or any(_has_time(k) for k in kind.items)


def _to_json(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    if len(nodes) != 1:
        raise ArgumentError("TO_JSON takes one value")
    value = expressions.value(nodes[0])
    return Typed(once([value.sql], lambda t: json_text(Typed(t[0], value.type))), types.STRING)


def _constant_table(expressions: Expressions, nodes: Sequence[exp.Expr], function: str) -> tuple[Any, list[str]]:
    if not nodes or not all(isinstance(n, exp.Literal) for n in nodes):
        raise ArgumentError(f"{function} takes the constant name of a table")
    *project, table = nodes[0].name.split(".")
    catalog = expressions.context.catalog
    schema = project[1] if len(project) > 1 else None
    return catalog.table(project[0] if project else None, schema, table.lower()), [n.name for n in nodes[1:]]


def _max_partition(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    found, rest = _constant_table(expressions, nodes, "MAX_PT")
    if rest or not found.partitions:
        raise ArgumentError(f"table {found.qualified} has no partitions")
    values = [p[found.partitions[0].name] for p in expressions.context.catalog.partitions(found)]
    if not values:
        raise ArgumentError(f"table {found.qualified} has no partitions yet")
    return literal(max(values))


def _table_exists(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    try:
        _constant_table(expressions, nodes, "TABLE_EXISTS")
    except OdpsError as error:
        if error.code != "ODPS-0130131":
            raise
        return literal(False)
    return literal(True)


def _partition_exists(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    found, values = _constant_table(expressions, nodes, "PARTITION_EXISTS")
    names = [c.name for c in found.partitions]
    if len(names) != len(values):
        raise ArgumentError(f"table {found.qualified} has {len(names)} partition columns, {len(values)} values given")
    return literal(dict(zip(names, values, strict=True)) in [dict(p) for p in
                   expressions.context.catalog.partitions(found)])  # fmt: skip


def _current_timezone(expressions: Expressions, nodes: Sequence[exp.Expr], node: exp.Expr) -> Typed:
    return literal(expressions.context.zone)


SPECIALS = (
    Special("MAP", "K, V, ... -> map<K,V>", _map, "map('a', 1, 'b', 2)", [("a", 1), ("b", 2)]),
    Special("STRUCT", "A, ... -> struct<col1:A,...>", _struct, "struct('a', 2).col2", 2),
    Special("NAMED_STRUCT", "'name', A, ... -> struct<name:A,...>", _named_struct, "named_struct('x', 5)", {"x": 5}),
    Special("FIELD", "struct, 'name' -> A", _field, "field(named_struct('f1', 'hello', 'f2', 3), 'f1')", "hello"),
    Special("DECODE", "T, T, S, ... [, S] -> S", _decode, "decode(null, 'c1', 'Taobao', null, 'N/A', 'Others')", "N/A"),
    Special("ARRAYS_ZIP", "array<T>, ... -> array<struct<0:T,...>>", _arrays_zip, "arrays_zip(array(1, 2), array('a'))",
            [{"0": 1, "1": "a"}, {"0": 2, "1": None}]),
    Special("MAP_FROM_ENTRIES", "[policy,] array<struct<K,V>> -> map<K,V>", _map_from_entries,
            "map_from_entries(array(struct(1, 'a'), struct(1, 'b')))", [(1, "b")]),
    Special("FROM_JSON", "string, 'type' -> A", _from_json, """from_json('{"a":1, "b":0.8}', 'a int, b double')""",
            {"a": 1, "b": 0.8}),
    Special("TO_JSON", "A -> string", _to_json, "to_json(named_struct('a', 1, 'b', array('x')))",
            '{"a":1,"b":["x"]}'),
    Special("JSON_OBJECT", "string, A, ... -> json", _json_object, "json_object('a', 1, 'b', 'x')",
            '{"a":1,"b":"x"}'),
    Special("JSON_ARRAY", "A, ... -> json", _json_array, "json_array(1, 'x', null)", '[1,"x",null]'),
    Special("MAX_PT", "'table' -> string", _max_partition, "", None),
    Special("TABLE_EXISTS", "'table' -> boolean", _table_exists, "table_exists('nowhere')", False),
    Special("PARTITION_EXISTS", "'table', 'value', ... -> boolean", _partition_exists, "", None),
    Special("CURRENT_TIMEZONE", "-> string", _current_timezone, "current_timezone()", "UTC"),
)  # fmt: skip
