"""Built-in table functions: each makes a list of structs ``f0``, ``f1``, ... of which DuckDB's UNNEST makes rows.

Source: MaxCompute's documentation, "LATERAL VIEW" and "Other functions" (EXPLODE, POSEXPLODE, INLINE, STACK,
JSON_TUPLE, KEYVALUE_TUPLE, PARSE_URL_TUPLE, TRANS_ARRAY, TRANS_COLS).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.types import Type

from . import conversions
from .errors import semantic
from .typed import Typed

if TYPE_CHECKING:
    from .expressions import Expressions


@dataclass(frozen=True)
class Exploded:
    """DuckDB text of the list, the types of its fields, and the names they have if none are given."""

    items: str
    kinds: Sequence[Type]
    names: Sequence[str]


def is_builtin(function: str) -> bool:
    """Whether a name is a built-in table function's."""
    return function.upper() in _FUNCTIONS


def explode(expressions: Expressions, call: exp.Anonymous) -> Exploded:
    """What a call of a built-in table function makes of one row.

    Raises:
        OdpsError: no such function, or its arguments do not fit.
    """
    function = _FUNCTIONS.get(str(call.this).upper())
    if function is None:
        raise semantic(f"table function {call.this} cannot be resolved", call)
    return function(expressions, call)


def _explode(expressions: Expressions, call: exp.Anonymous) -> Exploded:
    function = str(call.this).upper()
    at = [types.BIGINT] if function == "POSEXPLODE" else []
    shift, head = len(at), "'f0': i$ - 1, " if at else ""
    arguments = expressions.values(call.expressions)
    if len(arguments) == 1 and arguments[0].type.name == "array":
        value = arguments[0]
        items = f"list_transform({value.sql}, lambda e$, i$: {{{head}'f{shift}': e$}})"
        return Exploded(items, [*at, value.type.items[0]], ["pos", "col"][-1 - shift :])
    if len(arguments) == 1 and arguments[0].type.name == "map":
        value = arguments[0]
        entry = f"{{{head}'f{shift}': e$.key, 'f{shift + 1}': e$.value}}"
        items = f"list_transform(map_entries({value.sql}), lambda e$, i$: {entry})"
        return Exploded(items, [*at, *value.type.items], ["pos", "key", "value"][-2 - shift :])
    given = ", ".join(str(a.type) for a in arguments)
    raise semantic(f"{function} takes one array or map, not ({given})", call)


def _inline(expressions: Expressions, call: exp.Anonymous) -> Exploded:
    arguments = expressions.values(call.expressions)
    kind = arguments[0].type if len(arguments) == 1 else types.VOID
    if kind.name != "array" or kind.items[0].name != "struct":
        raise semantic(f"INLINE takes one array of structs, not ({', '.join(str(a.type) for a in arguments)})", call)
    fields = kind.items[0].fields
    packed = ", ".join(f"'f{i}': struct_extract(e$, '{f}')" for i, f in enumerate(fields))
    items = f"list_transform({arguments[0].sql}, lambda e$: {{{packed}}})"
    return Exploded(items, kind.items[0].items, fields)


def _json_tuple(expressions: Expressions, call: exp.Anonymous) -> Exploded:
    if len(call.expressions) < 2:
        raise semantic("JSON_TUPLE takes a JSON text and the keys", call)
    text, *keys = call.expressions
    values = []
    for key in keys:
        if isinstance(key, exp.Literal) and key.is_string:
            path: exp.Expr = exp.Literal.string(
                f"$.{key.this}" if not str(key.this).startswith("[") else f"${key.this}"
            )
        else:
            path = exp.Anonymous(this="CONCAT", expressions=[exp.Literal.string("$."), key])
        values.append(expressions.value(exp.Anonymous(this="GET_JSON_OBJECT", expressions=[text, path])))
    return _row([conversions.convert(v, types.STRING) for v in values], [f"c{i}" for i in range(len(keys))])


def _parts(function: str, leading: int) -> Callable[[Expressions, exp.Anonymous], Exploded]:
    """One row with a column per key, each what a scalar function answers for the key.

    Args:
        function: the scalar function, which takes the leading arguments and a key.
        leading: how many arguments come before the keys.
    """

    def tuple_of(expressions: Expressions, call: exp.Anonymous) -> Exploded:
        first, keys = call.expressions[:leading], call.expressions[leading:]
        if not keys:
            raise semantic(f"{str(call.this).upper()} takes {leading} arguments and the keys", call)
        values = []
        for key in keys:
            words = [key]
            if function == "PARSE_URL" and isinstance(key, exp.Literal) and ":" in str(key.this):
                words = [exp.Literal.string(w) for w in str(key.this).split(":", 1)]
            value = expressions.value(exp.Anonymous(this=function, expressions=[*first, *words]))
            if function == "PARSE_URL":
                missing = " OR ".join(f"{expressions.value(n).sql} IS NULL" for n in [*first, key])
                value = replace(value, sql=f"CASE WHEN {missing} THEN {_NO_URL} ELSE {value.sql} END")
            values.append(value)
        return _row(values, [f"c{i}" for i in range(len(keys))])

    return tuple_of


# Its page says so, where that of PARSE_URL says NULL.
_NO_URL = "error('ODPS-0121095: Invalid arguments - in function parse_url_tuple, the URL or a key is NULL')"


def _stack(expressions: Expressions, call: exp.Anonymous) -> Exploded:
    number, *cells = expressions.values(call.expressions) if call.expressions else [Typed("NULL", types.VOID)]
    rows = number.constant
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 1 or not cells:
        raise semantic("STACK takes a constant number of rows, and values", call)
    width = -(-len(cells) // rows)
    cells = [*cells, *(Typed("NULL", types.VOID, None, True) for _ in range(width * rows - len(cells)))]
    columns = [expressions.same_type(cells[i::width], call) for i in range(width)]
    lines = ", ".join(_packed([c[r] for c in columns]) for r in range(rows))
    return Exploded(f"[{lines}]", [c[0].type for c in columns], [f"col{i}" for i in range(width)])


def _trans_array(expressions: Expressions, call: exp.Anonymous) -> Exploded:
    """TRANS_ARRAY(keys, separator, key1, ..., text1, ...): the texts are split, and a row made of each position."""
    arguments = expressions.values(call.expressions)
    if len(arguments) < 3 or not isinstance(arguments[0].constant, int):
        raise semantic("TRANS_ARRAY takes a constant number of keys, a separator, the keys and the texts", call)
    keys = arguments[2 : 2 + arguments[0].constant]
    lists = [conversions.convert(a, types.STRING) for a in arguments[2 + arguments[0].constant :]]
    split = [f"string_split({a.sql}, {arguments[1].sql})" for a in lists]
    longest = "greatest(" + ", ".join(f"len({s})" for s in split) + ")"
    packed = ", ".join(f"'f{i}': {v}" for i, v in enumerate([*(k.sql for k in keys), *(f"{s}[i$]" for s in split)]))
    items = f"list_transform(range(1, {longest} + 1), lambda i$: {{{packed}}})"
    kinds = [*(k.type for k in keys), *(types.STRING for _ in lists)]
    return Exploded(items, kinds, [f"col{i + 1}" for i in range(len(kinds))])


def _trans_cols(expressions: Expressions, call: exp.Anonymous) -> Exploded:
    """TRANS_COLS(keys, key1, ..., value1, ...): one row per value, numbered from 0, behind its keys."""
    arguments = expressions.values(call.expressions)
    count = arguments[0].constant if arguments else None
    if not isinstance(count, int) or isinstance(count, bool) or len(arguments) < count + 2:
        raise semantic("TRANS_COLS takes a constant number of keys, the keys and the values", call)
    keys, values = arguments[1 : 1 + count], expressions.same_type(arguments[1 + count :], call)
    lines = ", ".join(_packed([Typed(f"CAST({i} AS BIGINT)", types.BIGINT), *keys, v]) for i, v in enumerate(values))
    kinds = [types.BIGINT, *(k.type for k in keys), values[0].type]
    return Exploded(f"[{lines}]", kinds, ["idx", *(f"key{i + 1}" for i in range(count)), "value"])


def _row(values: Sequence[Typed], names: Sequence[str]) -> Exploded:
    return Exploded(f"[{_packed(values)}]", [v.type for v in values], names)


def _packed(values: Sequence[Typed]) -> str:
    cells = (f"'f{i}': CAST({v.sql} AS {types.to_duckdb(v.type)})" for i, v in enumerate(values))
    return "{" + ", ".join(cells) + "}"


_FUNCTIONS: dict[str, Callable[[Expressions, exp.Anonymous], Exploded]] = {
    "EXPLODE": _explode,
    "POSEXPLODE": _explode,
    "INLINE": _inline,
    "JSON_TUPLE": _json_tuple,
    "KEYVALUE_TUPLE": _parts("KEYVALUE", 3),
    "PARSE_URL_TUPLE": _parts("PARSE_URL", 1),
    "STACK": _stack,
    "TRANS_ARRAY": _trans_array,
    "TRANS_COLS": _trans_cols,
}
