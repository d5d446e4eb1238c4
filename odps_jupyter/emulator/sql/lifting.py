"""Takes calls of Python functions out of a statement, so that they run over large batches and not where they stand.

DuckDB hands a function of ours about 2,000 rows at a time and waits for each answer. ``SELECT py(a) AS z, k FROM t``
is therefore done in two steps: ``SELECT k, a FROM t`` becomes a relation with one more column, the results, and the
statement reads that. A call is taken out only where DuckDB would make it for every row anyway: never out of a branch
of CASE, a later part of AND, OR and COALESCE, a lambda, or a subquery that stands for a value. What stays in is run
where it stands (``udfs.py``); both ways give the same results.

A call that a SELECT writes twice is made once: PyODPS repeats a call's text wherever its column is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import duckdb

from . import syntax
from .context import PythonCall
from .lifts import Lift, LiftedCall, Pieces
from .syntax import Node, arguments, column, everything, meaning, parts, replaced


def lift(
    connection: duckdb.DuckDBPyConnection, sql: str, calls: Mapping[str, PythonCall], fresh: Callable[[str], str]
) -> tuple[list[Lift], str]:
    """What to make first, in order, and the text that then remains.

    Args:
        connection: parses and writes the text.
        sql: a query in DuckDB's SQL; anything else comes back as it is.
        calls: the calls of the script by their DuckDB names.
        fresh: makes names that nothing else has.
    """
    if not any(f"{name}(" in sql for name in calls):
        return [], sql
    tree = syntax.read(connection, sql)
    if tree is None:
        return [], sql
    lifting = _Lifting(connection, calls, fresh)
    lifting.query(tree)
    return (lifting.made, syntax.write(connection, tree)) if lifting.made else ([], sql)


#: Clauses of a SELECT that are worked out after its WHERE.
_AFTER = ("select_list", "group_expressions", "having", "qualify", "modifiers")
#: Those of them in which a bare name is never an item of the select list.
_NAMED = ("select_list", "group_expressions")
#: How many parts rows are dealt to.
PARTS = 16


class _Lifting:
    """The lifts of one statement, inner queries first. The tree is changed in place."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, calls: Mapping[str, PythonCall], fresh: Callable[[str], str]
    ) -> None:
        self.made: list[Lift] = []
        self._connection = connection
        self._calls = calls
        self._fresh = fresh
        self._aggregates = syntax.aggregates()

    def query(self, node: Node) -> None:
        """Lift out of a query and the queries in its FROM."""
        if node["cte_map"]["map"]:
            return
        if node["type"] == "SET_OPERATION_NODE":
            for part in node.get("children") or [node["left"], node["right"]]:
                self.query(part)
        if node["type"] == "SELECT_NODE":
            self._source(node["from_table"])
            while _is_plain(node) and (self._where(node) or self._rows(node) or self._groups(node)):
                continue

    def _source(self, source: Node) -> None:
        if source["type"] == "SUBQUERY":
            self.query(source["subquery"]["node"])
        if source["type"] == "JOIN":
            self._source(source["left"])
            self._source(source["right"])

    def _where(self, node: Node) -> bool:
        """Calls of the first condition that has any; the conditions before it choose the rows."""
        where = node["where_clause"]
        conditions = [] if where is None else where["children"] if where["type"] == "CONJUNCTION_AND" else [where]
        at = next((i for i, c in enumerate(conditions) if self._has_call(c)), len(conditions))
        found = [e for c in conditions[at : at + 1] for e in self._eager(c)]
        if not found or any(e["class"] == "SUBQUERY" for e in everything(conditions[at:])):
            return False
        node["where_clause"] = _all_of(conditions[at:])
        self._make(node, found, {"where_clause": _all_of(conditions[:at])}, _is_column)
        return True

    def _rows(self, node: Node) -> bool:
        """Calls made for every row that WHERE leaves."""
        where = node["where_clause"]
        if where is not None and self._has_call(where):
            return False
        places = [*node["select_list"], *([] if node["qualify"] is None else [node["qualify"]])]
        grouped = self._is_grouped(node)
        if grouped:
            inside = (e for e in everything([node["select_list"], node["having"]]) if self._is_aggregate(e))
            given = [a for e in inside if e["filter"] is None for a in arguments(e)]
            places = [*(_written(node, key) for key in node["group_expressions"]), *given]
        found = [e for place in places for e in self._eager(place)]
        if not found:
            return False
        inner: Node = {"where_clause": where}
        if not grouped and _is_cut_only(node):
            # A function need not see the rows that LIMIT leaves out.
            inner["modifiers"], node["modifiers"] = node["modifiers"], []
        node["where_clause"] = None
        self._make(node, found, inner, _is_column)
        return True

    def _groups(self, node: Node) -> bool:
        """Aggregates in Python: first the groups are made, then the calls, then what is done with the results."""
        after = [node[place] for place in _AFTER]
        if not self._is_grouped(node) or len(node["group_sets"]) > 1 or node["qualify"] is not None:
            return False
        if not self._calls_of_groups(node) or any(e["class"] in ("WINDOW", "LAMBDA") for e in everything(after)):
            return False
        over = self._deal(node)
        found = self._calls_of_groups(node)
        written = [_written(node, key) for key in node["group_expressions"]]
        keys = {meaning(key) for key in written}
        inner = {"where_clause": node["where_clause"], "group_expressions": written, "group_sets": node["group_sets"]}
        node.update(where_clause=node["having"], having=None, group_expressions=[], group_sets=[])
        self._make(node, found, inner, lambda e: _is_column(e) or self._is_aggregate(e) or meaning(e) in keys, over)
        return True

    def _calls_of_groups(self, node: Node) -> list[Node]:
        places = [*node["select_list"], *([] if node["having"] is None else [node["having"]])]
        return [e for place in places for e in self._eager(place) if any(map(self._is_aggregate, everything(e)))]

    def _deal(self, node: Node) -> str:
        """Let groups be made of rows that were read before and dealt by their keys: one part's lists fit in memory.

        Answers the relation of these rows; nothing where no column is read.
        """
        written = [_written(node, key) for key in node["group_expressions"]]
        keys = {meaning(key) for key in written}
        relation = self._fresh("rows")
        columns = _Columns(relation, [], lambda e: _is_column(e) or meaning(e) in keys, _aliases(node))
        rest = {place: columns.written(node[place], may_name=place not in _NAMED) for place in _AFTER}
        dealt = ", ".join(key["column_names"][1] for key in columns.written(written))
        select_list = [{**e, "alias": ""} for e in columns.carried.values()]
        if not select_list:
            return ""
        text = syntax.write(
            self._connection,
            syntax.select(from_table=node["from_table"], where_clause=node["where_clause"], select_list=select_list),
        )
        names = ", ".join(f"c{at}" for at in range(len(select_list)))
        part = f"hash({dealt}) % {PARTS}" if dealt else "0"
        text = f"SELECT {names}, CAST({part} AS UTINYINT) FROM ({text}) AS {relation}({names})"
        self.made.append(Lift(text, len(select_list) + 1, (), relation, parts=PARTS if dealt else 1))
        node.update(rest, where_clause=None, from_table=syntax.relation(relation))
        return relation

    def _make(
        self, node: Node, found: list[Node], inner: Node, is_carried: Callable[[Node], bool], over: str = ""
    ) -> None:
        """Make the relation for some calls; its columns take the place of what they hold in the rest of the SELECT."""
        relation = self._fresh("lift")
        calls = {meaning(e): e for e in found}
        columns = _Columns(relation, list(calls), is_carried, _aliases(node))
        node["where_clause"] = columns.written(node["where_clause"])
        for place in _AFTER:
            node[place] = columns.written(node[place], may_name=place not in _NAMED)
        selected = list(columns.carried.values())
        lifted = []
        for expression in calls.values():
            given = arguments(expression)
            at = tuple(range(len(selected), len(selected) + len(given)))
            lifted.append(LiftedCall(self._calls[expression["function_name"]], at))
            selected += given
        select_list = [{**e, "alias": ""} for e in selected]
        text = syntax.write(
            self._connection, syntax.select(from_table=node["from_table"], select_list=select_list, **inner)
        )
        pieces = self._pieces(node["from_table"], inner, selected, lifted) if over else None
        self.made.append(Lift(text, len(columns.carried), tuple(lifted), relation, over, pieces=pieces))
        node["from_table"] = syntax.relation(relation)

    def _pieces(self, source: Node, inner: Node, selected: list[Node], lifted: list[LiftedCall]) -> Pieces | None:
        lists = [one.arguments[0] for one in lifted if one.call.kind == "aggregate"]
        if not lists or any(e.get("distinct") for at in lists for e in everything(selected[at])):
            return None
        keys = {f"k{i}": key for i, key in enumerate(inner["group_expressions"])}
        others = {f"s{i}": e for i, e in enumerate(selected) if i not in lists}

        def text(items: Mapping[str, Node]) -> str:
            select_list = [{**e, "alias": name} for name, e in items.items()]
            return syntax.write(self._connection, syntax.select(from_table=source, select_list=select_list, **inner))

        counted = syntax.read(self._connection, "SELECT count(*)")
        assert counted is not None
        heads = text({**keys, **others, "n": counted["select_list"][0]})
        relation = self._fresh("buffers")
        joined = " AND ".join(f"h.{key} IS NOT DISTINCT FROM f.{key}" for key in keys) or "true"
        gathered = ", ".join([*keys, *(f"flatten(list(s{at})) AS s{at}" for at in lists)])
        grouped = f" GROUP BY {', '.join(keys)}" if keys else ""
        shown = ", ".join(f"f.s{i}" if i in lists else f"h.s{i}" for i in range(len(selected)))
        merged = (
            f"SELECT {shown} FROM ({heads}) AS h JOIN (SELECT {gathered} FROM {relation}{grouped}) AS f ON {joined}"
        )
        return Pieces(heads, text({**keys, **{f"s{at}": selected[at] for at in lists}}), relation, merged)

    def _eager(self, expression: Node) -> list[Node]:
        """The calls that the value of an expression always takes; of calls inside calls the inner ones."""
        inside = [found for part in _always(expression) for found in self._eager(part)]
        return inside or ([expression] if self._is_call(expression) and arguments(expression) else [])

    def _is_call(self, expression: Node) -> bool:
        return expression["class"] == "FUNCTION" and expression["function_name"] in self._calls

    def _has_call(self, expression: Node) -> bool:
        return any(map(self._is_call, everything(expression)))

    def _is_aggregate(self, expression: Node) -> bool:
        return expression["class"] == "FUNCTION" and expression["function_name"] in self._aggregates

    def _is_grouped(self, node: Node) -> bool:
        after = [node[place] for place in _AFTER]
        return bool(node["group_expressions"]) or any(map(self._is_aggregate, everything(after)))


class _Columns:
    """The columns of a lift's relation, found while the SELECT that reads it is rewritten."""

    def __init__(
        self, relation: str, results: list[str], is_carried: Callable[[Node], bool], aliases: set[str]
    ) -> None:
        self.carried: dict[str, Node] = {}
        self._relation = relation
        self._results = results
        self._is_carried = is_carried
        self._aliases = aliases

    def written(self, value: Any, *, may_name: bool = False, bound: frozenset[str] = frozenset()) -> Any:
        """A copy of a clause that reads the relation; ``may_name`` if a bare name may be an item of the select list."""

        def change(expression: Node) -> Node | None:
            text = meaning(expression)
            if text in self._results:
                return column(self._relation, f"r{self._results.index(text)}", expression["alias"])
            if expression["class"] == "LAMBDA":
                names = bound | {e["column_names"][0] for e in everything(expression["lhs"]) if _is_column(e)}
                return {**expression, "expr": self.written(expression["expr"], may_name=may_name, bound=names)}
            names = expression.get("column_names", [])
            if names and (names[0] in bound or (may_name and len(names) == 1 and names[0].lower() in self._aliases)):
                return expression
            if not self._is_carried(expression):
                return None
            self.carried.setdefault(text, expression)
            label = expression["alias"] or (names[-1] if names else "")
            return column(self._relation, f"c{list(self.carried).index(text)}", label)

        return replaced(value, change)


def _always(expression: Node) -> list[Node]:
    """The parts of an expression that are worked out whenever it is."""
    kind, type_ = expression["class"], expression["type"]
    if kind == "CASE":
        return [expression["case_checks"][0]["when_expr"]]
    if kind == "CONJUNCTION" or type_ == "OPERATOR_COALESCE":
        return list(parts(expression["children"][:1]))
    if kind == "FUNCTION" and expression["filter"] is None:
        return arguments(expression)
    if kind == "WINDOW":
        # DuckDB makes no partition and no order of what may change from call to call: such calls are made before.
        given = [] if expression["filter_expr"] else arguments(expression)
        return list(parts([given, expression["partitions"], expression["orders"]]))
    if kind in ("CAST", "COMPARISON", "BETWEEN") or (kind == "OPERATOR" and type_ in _OPERATORS):
        return list(parts(expression))
    return []


#: Operators that need all of their operands.
_OPERATORS = frozenset(
    ["OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "ARRAY_EXTRACT", "STRUCT_EXTRACT", "COMPARE_IN"]
)


def _is_column(expression: Node) -> bool:
    return bool(expression["class"] == "COLUMN_REF")


def _is_plain(node: Node) -> bool:
    """Whether nothing in a SELECT refers to its relations in ways that are not followed here."""
    after = [node[place] for place in _AFTER]
    return (
        node["sample"] is None
        and node["aggregate_handling"] == "STANDARD_HANDLING"
        and node["from_table"]["type"] != "EMPTY"
        and not any(m.get("distinct_on_targets") for m in node["modifiers"])
        and not any(e["class"] in ("SUBQUERY", "STAR", "POSITIONAL_REFERENCE") for e in everything(after))
    )


def _aliases(node: Node) -> set[str]:
    return {item["alias"].lower() for item in node["select_list"]}


def _is_cut_only(node: Node) -> bool:
    kinds = [m["type"] for m in node["modifiers"]]
    return (
        kinds == ["LIMIT_MODIFIER"]
        and node["qualify"] is None
        and not any(e["class"] == "WINDOW" for e in everything(node["select_list"]))
    )


def _written(node: Node, key: Node) -> Node:
    """A key of GROUP BY as an expression, where it may be the place of one in the select list."""
    literal = key.get("literal") or {}
    if key["class"] == "CONSTANT" and literal.get("kind") == "INTEGER":
        item: Node = node["select_list"][int(literal["text"]) - 1]
        return {**item, "alias": ""}
    return key


def _all_of(conditions: list[Node]) -> Node | None:
    if len(conditions) > 1:
        return {"class": "CONJUNCTION", "type": "CONJUNCTION_AND", "alias": "", "children": conditions}
    return conditions[0] if conditions else None
