"""How much a PyODPS collection holds, as far as can be said without a job: counts of tables, and what they bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .detach import is_table, parse_predicate, resolve_proxy, source_tables
from .widths import NUMBER, PLACE, ROW

if TYPE_CHECKING:
    from .engines import Expr

#: A table of more partitions is not counted: each is a request.
PARTITIONS = 50
#: Nodes of an expression that have as many rows as their input, and those that have at most as many.
_SAME = frozenset({"ProjectCollectionExpr", "SortedCollectionExpr", "MutateCollectionExpr"})
_FEWER = frozenset(
    {"FilterCollectionExpr", "DistinctCollectionExpr", "GroupByCollectionExpr", "SampledCollectionExpr", "ValueCounts"}
)
#: Bytes of a value as the executor has it, by the name of its type.
_VALUES = {
    **dict.fromkeys(("int8", "int16", "int32", "int64", "float32", "float64", "boolean"), NUMBER),
    "decimal": 104,
}
_ANY_VALUE = 80


@dataclass(frozen=True)
class Measured:
    """Attributes:

    rows: None where it is unknown, and ``doubt`` says why. ``most``: whether there may be fewer.
    stored: bytes its tables take in MaxCompute; None where that is unknown.
    row: about the bytes of one row in a Python of the executor.
    complex: columns of types that hold other values.
    """

    rows: int | None
    most: bool
    doubt: str
    stored: int | None
    row: int
    complex: tuple[str, ...]

    @property
    def memory(self) -> int | None:
        """About the bytes of all rows in a Python of the executor."""
        return None if self.rows is None else self.rows * self.row


class Uncounted(Exception):
    """Why the rows of a collection are not known, a clause."""


def measure(collection: Expr) -> Measured:
    """What can be known of a collection: tables are asked for their count and size, nothing is executed."""
    from odps.errors import ODPSError
    from requests.exceptions import RequestException

    rows, most, doubt, stored = None, False, "", None
    try:
        rows, most = _count(resolve_proxy(collection))
        stored = sum(int(table.size or 0) for table in source_tables([collection]))
    except Uncounted as error:
        doubt = str(error)
    except (ODPSError, RequestException) as error:
        doubt = f"the project does not say ({type(error).__name__})"
    columns = list(collection.schema.columns)
    kinds = {column.name: str(column.type).lower() for column in columns}
    width = ROW + sum(PLACE + _VALUES.get(kind, _ANY_VALUE) for kind in kinds.values())
    nested = tuple(name for name, kind in kinds.items() if kind.startswith(("list", "dict", "struct", "json")))
    return Measured(rows, most, doubt, stored, width, nested)


def _count(node: Expr) -> tuple[int, bool]:
    """The rows of a node, and whether that is only the most there can be.

    Raises:
        Uncounted: nothing bounds them.
    """
    source: Any = getattr(node, "_source_data", None)
    kind = type(node).__name__
    if is_table(source):
        return _of_table(source, None), False
    if source is not None:
        return len(source), False
    if kind == "FilterPartitionCollectionExpr" and is_table(getattr(node.input, "_source_data", None)):
        return _of_table(node.input._source_data, parse_predicate(node.predicate_string)), False
    if kind == "FilterCollectionExpr" and (wanted := _partition_of(node)) is not None:
        return _of_table(node.input._source_data, [wanted]), False
    if kind in _SAME:
        return _count(node.input)
    if kind in _FEWER:
        return _count(node.input)[0], True
    if kind == "SliceCollectionExpr" and node.start is None and isinstance(node.stop, int) and node.stop >= 0:
        return node.stop, True
    if kind == "UnionCollectionExpr":
        left, right = _count(node._lhs), _count(node._rhs)
        return left[0] + right[0], left[1] or right[1] or bool(node._distinct)
    raise Uncounted("only executing it would tell")


def _partition_of(node: Expr) -> dict[str, str] | None:
    """What a filter of a table says its partition columns equal; None where it says anything else."""
    table: Any = getattr(node.input, "_source_data", None)
    if not is_table(table):
        return None
    wanted: dict[str, str] = {}
    conditions = [node.predicate]
    while conditions:
        condition = conditions.pop()
        if type(condition).__name__ == "And":
            conditions += [condition.lhs, condition.rhs]
            continue
        column, value = getattr(condition, "lhs", None), getattr(getattr(condition, "rhs", None), "value", None)
        name = getattr(column, "source_name", None)
        if type(condition).__name__ != "Equal" or name is None or value is None or wanted.get(name, value) != value:
            return None
        if not table.table_schema.is_partition(name):
            return None
        wanted[name] = str(value)
    return wanted


def _of_table(table: Any, partitions: list[dict[str, str]] | None) -> int:
    if table.is_virtual_view:
        raise Uncounted("it reads a view, whose rows only a query finds")
    if not table.table_schema.partitions:
        return _of_part(table, None)
    specs = [partition.partition_spec for partition in table.partitions]
    if partitions is not None:
        specs = [spec for spec in specs if any(asked.items() <= dict(spec.kv).items() for asked in partitions)]
    if len(specs) > PARTITIONS:
        raise Uncounted(f"{table.name} has {len(specs):,} partitions, each of which would have to be asked")
    return sum(_of_part(table, str(spec)) for spec in specs)


def _of_part(table: Any, spec: str | None) -> int:
    # A download session counts, and moves nothing; PyODPS keeps one for each table: ask for the table as it is now.
    with table.open_reader(partition=spec, reopen=True) as reader:
        return int(reader.count)
