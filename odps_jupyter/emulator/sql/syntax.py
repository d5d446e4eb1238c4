"""DuckDB's own syntax tree of a statement, as its ``json`` functions give and take it.

An expression is a dictionary with a ``class``; where its parts lie differs from class to class, and whatever is a
dictionary with a ``class`` inside it is a part.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import duckdb

Node = dict[str, Any]

#: What a tree read from JSON is made of.
_HOLDERS = frozenset([dict, list])
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


def parts(value: Any) -> list[Node]:
    """The expressions directly inside an expression, or inside a list or dictionary that holds some."""
    found: list[Node] = []
    _gather(value, found, deep=False)
    return found


def everything(value: Any) -> list[Node]:
    """An expression and all expressions inside it; of a list or dictionary, all that are inside."""
    found = [value] if is_expression(value) else []
    _gather(value, found, deep=True)
    return found


def _gather(value: Any, found: list[Node], *, deep: bool) -> None:
    # A tree is walked many times over: exact types and one list cost a fraction of generators inside each other.
    for inner in value.values() if type(value) is dict else value if type(value) is list else ():
        if type(inner) is dict:
            if "class" in inner:
                found.append(inner)
                if not deep:
                    continue
            _gather(inner, found, deep=deep)
        elif type(inner) is list:
            _gather(inner, found, deep=deep)


def replaced(value: Any, change: Callable[[Node], Node | None]) -> Any:
    """A copy in which every expression that ``change`` has an answer for is that answer, from the outside inwards."""
    if is_expression(value):
        new = change(value)
        if new is not None:
            return new
    if isinstance(value, dict):
        return {k: replaced(inner, change) if type(inner) in _HOLDERS else inner for k, inner in value.items()}
    if isinstance(value, list):
        return [replaced(inner, change) if type(inner) in _HOLDERS else inner for inner in value]
    return value


def meaning(value: Any) -> str:
    """A text that is the same for expressions that say the same."""
    return json.dumps(_bare(value), sort_keys=True)


def _bare(value: Any) -> Any:
    if type(value) is dict:
        return {k: _bare(v) if type(v) in _HOLDERS else v for k, v in value.items() if k not in _PLACES}
    return [_bare(inner) for inner in value] if type(value) is list else value


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
