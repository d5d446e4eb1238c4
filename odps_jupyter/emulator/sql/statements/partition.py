"""PARTITION (...): specifications, and the conditions that choose several partitions."""

from __future__ import annotations

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.sql.dialect import parse
from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.sql.scope import Scope, Source
from odps_jupyter.emulator.sql.typed import Typed, name, quote
from odps_jupyter.emulator.tables.models import Table

from .reader import Reader


def clause(reader: Reader, table: Table) -> tuple[dict[str, str], list[str]]:
    """``(a='x', b)`` behind PARTITION: the values that are given, and the names that are not.

    Raises:
        OdpsError: the table has no such partition column, or a value is computed.
    """
    static: dict[str, str] = {}
    dynamic: list[str] = []
    known = [p.name for p in table.partitions]

    def one() -> None:
        place = reader.place
        key = reader.name()
        if key not in known:
            raise reader.semantic(f"{table.qualified} has no partition column {key}", place)
        if reader.accept("=") or reader.accept("=="):
            if reader.token.kind == "word" and not reader.token.text.isdigit():
                raise reader.unsupported("a computed partition value")
            static[key] = reader.literal()
        else:
            dynamic.append(key)

    reader.listed(one)
    return static, dynamic


def whole(reader: Reader, table: Table) -> dict[str, str]:
    """A specification that names every partition column, in the table's order."""
    place = reader.place
    static, dynamic = clause(reader, table)
    if dynamic or len(static) != len(table.partitions):
        names = ", ".join(p.name for p in table.partitions) or "none"
        raise reader.semantic(f"the partition columns of {table.qualified} are {names}", place)
    return {p.name: static[p.name] for p in table.partitions}


def several(reader: Reader, table: Table) -> list[dict[str, str]]:
    """``PARTITION (...) [,] PARTITION (...)``, each whole; the first word comes next."""
    found = []
    reader.expect("PARTITION")
    while True:
        found.append(whole(reader, table))
        reader.accept(",")
        if not reader.accept("PARTITION"):
            return found


def chosen(reader: Reader, execution: Execution, table: Table) -> tuple[list[dict[str, str]], bool]:
    """The partitions that a specification or a condition means; and whether it is a condition.

    A condition compares partition columns, with AND, OR and functions: ``(ds < '2020')``. Commas stand for AND.
    """
    if not table.partitions:
        raise reader.semantic(f"{table.qualified} has no partitions")
    at = reader.token
    text = reader.skip_brackets()
    inner = Reader(text[: at.start] + "(" + text[at.start + 1 :] + ")")
    try:
        spec = whole(inner, table)
        inner.end()
        return [spec], False
    except OdpsError:
        if _is_specification(text, table):
            raise
    return _matching(execution, table, text), True


def _is_specification(text: str, table: Table) -> bool:
    """Whether a refused text names columns that are none of the table's partitions, or leaves a value out."""
    items = parse(_selected(text)).expressions
    named = {c.name.lower() for i in items for c in i.find_all(exp.Column)}
    return not named <= {p.name for p in table.partitions} or any(isinstance(i, exp.Column) for i in items)


def _matching(execution: Execution, table: Table, text: str) -> list[dict[str, str]]:
    partitions = [dict(p) for p in execution.context.catalog.partitions(table)]
    kinds = {p.name: types.parse(p.type) for p in table.partitions}
    columns = {n: Typed(f"p.{name(n)}", k) for n, k in kinds.items()}
    expressions = execution.queries.expressions(Scope((Source(table.name, columns),)))
    conditions = [expressions.condition(item) for item in execution.queries.parsed(_selected(text)).expressions]
    if not partitions:
        return []
    rows = ", ".join(
        f"({i}, " + ", ".join(f"CAST({quote(p[n])} AS {types.to_duckdb(k)})" for n, k in kinds.items()) + ")"
        for i, p in enumerate(partitions)
    )
    listed = ", ".join(["i", *map(name, kinds)])
    query = f"SELECT i FROM (VALUES {rows}) AS p({listed}) WHERE {' AND '.join(conditions)} ORDER BY i"
    return [partitions[int(str(row[0]))] for row in execution.fetch(query)]


def _selected(text: str) -> str:
    # Over the blanks before it where there is room, so that places stay.
    return "SELECT " + (text[7:] if text[:7].isspace() and "\n" not in text[:7] else text)
