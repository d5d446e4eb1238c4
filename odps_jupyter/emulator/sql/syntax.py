"""DuckDB's own syntax tree of a statement, as its ``json`` functions give and take it.

An expression is a dictionary with a ``class``; where its parts lie differs from class to class, and whatever is a
dictionary with a ``class`` inside it is a part.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import duckdb

Node = dict[str, Any]

#: What says where a thing stands or what it is called, not what it means.
_PLACES = frozenset(["query_location", "query_location_length", "alias"])


def read(connection: duckdb.DuckDBPyConnection, sql: str) -> Node | None:
    """The query node of a SELECT; ``None`` for anything that DuckDB does not give as a tree."""
    [(text,)] = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    tree = json.loads(text)
    if tree["error"] or len(tree["statements"]) != 1:
        return None
    node: Node = tree["statements"][0]["node"]
    return node


def write(connection: duckdb.DuckDBPyConnection, node: Node) -> str:
    """The text of a query node."""
    tree = {"error": False, "statements": [{"node": node}]}
    [(text,)] = connection.execute("SELECT json_deserialize_sql(?)", [json.dumps(tree)]).fetchall()
    return str(text)


def is_expression(value: object) -> bool:
    return isinstance(value, dict) and "class" in value


def parts(value: Any) -> Iterator[Node]:
    """The expressions directly inside an expression, or inside a list or dictionary that holds some."""
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if is_expression(inner):
            yield inner
        elif isinstance(inner, dict | list):
            yield from parts(inner)


def everything(value: Any) -> Iterator[Node]:
    """An expression and all expressions inside it; of a list or dictionary, all that are inside."""
    if is_expression(value):
        yield value
    for part in parts(value):
        yield from everything(part)


def replaced(value: Any, change: Callable[[Node], Node | None]) -> Any:
    """A copy in which every expression that ``change`` has an answer for is that answer, from the outside inwards."""
    if is_expression(value):
        new = change(value)
        if new is not None:
            return new
    if isinstance(value, dict):
        return {key: replaced(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [replaced(inner, change) for inner in value]
    return value


def meaning(value: Any) -> str:
    """A text that is the same for expressions that say the same."""
    return json.dumps(_bare(value), sort_keys=True)


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(inner) for key, inner in value.items() if key not in _PLACES}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value


def arguments(function: Node) -> list[Node]:
    """The arguments of a FUNCTION expression."""
    return list(parts(function.get("arguments", function.get("children", []))))


def column(relation: str, name: str, alias: str = "") -> Node:
    """A reference to a column."""
    return {"class": "COLUMN_REF", "type": "COLUMN_REF", "alias": alias, "column_names": [relation, name]}


def relation(name: str) -> Node:
    """A relation in FROM."""
    return {"type": "BASE_TABLE", "alias": "", "sample": None, "table_name": name}


def select(**clauses: Any) -> Node:
    """A SELECT with these clauses and no others."""
    empty: Node = {
        "type": "SELECT_NODE",
        "modifiers": [],
        "cte_map": {"map": []},
        "select_list": [],
        "from_table": None,
        "where_clause": None,
        "group_expressions": [],
        "group_sets": [],
        "aggregate_handling": "STANDARD_HANDLING",
        "having": None,
        "sample": None,
        "qualify": None,
    }
    return {**empty, **clauses}


@cache
def aggregates() -> frozenset[str]:
    """The names of DuckDB's aggregate functions, which are the same in every database."""
    query = "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'"
    with duckdb.connect(":memory:") as connection:
        return frozenset(name for (name,) in connection.execute(query).fetchall())
