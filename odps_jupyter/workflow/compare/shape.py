"""What an expression says of its result: how rows are told apart, and what may differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.detach import resolve_proxy

from .rows import Alignment
from .tables import INTEGERS

if TYPE_CHECKING:
    import pandas as pd


def alignment(expr: Any) -> Alignment:
    """By the keys of a group or by order, as far as the outermost operations tell."""
    from odps.df.expr.collections import SortedCollectionExpr
    from odps.df.expr.expressions import SliceCollectionExpr
    from odps.df.expr.groupby import GroupByCollectionExpr, ValueCounts

    node = resolve_proxy(expr)
    while isinstance(node, SliceCollectionExpr):
        node = resolve_proxy(node.input)
    if isinstance(node, SortedCollectionExpr):
        return Alignment(sorted_by=tuple(str(field.name) for field in node._sorted_fields))
    if isinstance(node, GroupByCollectionExpr):
        names = {str(field.name) for field in node.fields}
        keys = tuple(str(by.name) for by in node._by)
        return Alignment(keys if set(keys) <= names else ())
    if isinstance(node, ValueCounts):
        # One sequence, or several; iterating over a sequence of PyODPS never ends.
        counted = node._by if isinstance(node._by, list | tuple) else [node._by]
        return Alignment(tuple(str(by.name) for by in counted))
    return Alignment()


def slices(expr: Any) -> bool:
    """Whether some rows are taken by their place."""
    from odps.df.expr.expressions import SliceCollectionExpr

    return any(isinstance(node, SliceCollectionExpr) for node in expr.traverse(unique=True))


def chance_nodes(expr: Any) -> tuple[str, ...]:
    """Operations of the expression itself that answer otherwise each time."""
    found = {type(node).__name__ for node in expr.traverse(unique=True)}
    return tuple(sorted(found & {"RandomScalar", "SampledCollectionExpr", "Now"}))


def aggregates(expr: Any) -> tuple[str, ...]:
    """Result columns that a user's aggregate computes; ``value`` is that of a scalar."""
    names = [
        str(node.name or "value")
        for node in expr.traverse(unique=True)
        if isinstance(getattr(node, "_aggregator", None), type)
    ]
    return (*names, "value") if names else ()


@dataclass(frozen=True)
class Reduction:
    """An aggregate of PyODPS's own.

    Attributes:
        kind: PyODPS's name of it, such as ``Sum``, whether of a group or of all rows.
        name: of the result's column.
        columns: of tables that it is computed of.
    """

    kind: str
    name: str
    columns: frozenset[str] = frozenset()


def reductions(expr: Any) -> tuple[Reduction, ...]:
    """The aggregates of PyODPS's own that an expression computes."""
    from odps.df.expr.reduction import GroupedSequenceReduction, SequenceReduction

    return tuple(
        Reduction(type(node).__name__.removeprefix("Grouped"), str(node.name or "value"), _columns(node))
        for node in expr.traverse(unique=True)
        if isinstance(node, SequenceReduction | GroupedSequenceReduction)
        and not isinstance(getattr(node, "_aggregator", None), type)
    )


def joined(expr: Any) -> tuple[str, ...]:
    """The columns that its joins compare."""
    from odps.df.expr.merge import JoinCollectionExpr

    found: set[str] = set()
    for node in expr.traverse(unique=True):
        if isinstance(node, JoinCollectionExpr):
            conditions = node._predicate if isinstance(node._predicate, list) else [node._predicate]
            # Their inputs are the tables: what else those are computed of is none of it.
            pairs = [side for one in conditions if one is not None for side in one.args]
            found |= {str(side.source_name) for side in pairs if getattr(side, "source_name", None)}
    return tuple(sorted(found))


def _columns(expr: Any) -> frozenset[str]:
    """The columns of tables that it is computed of, and those of rows between."""
    from odps.df.expr.expressions import Column

    nodes = expr.traverse(unique=True)
    return frozenset(str(node.source_name) for node in nodes if isinstance(node, Column))


@dataclass(frozen=True)
class Nulls:
    """What of the rows that both sides read is missing.

    Attributes:
        columns: those with NULLs.
        floats: those of them that pandas holds as floats.
        integers: those of the latter that are integers.
        times: those that pandas holds as times.
        empty: there are no rows.
    """

    columns: tuple[str, ...]
    floats: tuple[str, ...]
    integers: tuple[str, ...]
    times: tuple[str, ...]
    empty: bool


def nulls(expr: Any, read: Iterable[tuple[Any, pd.DataFrame]]) -> Nulls:
    """What is missing of the rows of each table, in the columns that the expression names, if it names any."""
    named = _columns(expr)
    columns, floats, integers, times = [], [], [], []
    rows = 0
    for table, frame in read:
        rows += len(frame)
        for column in table.table_schema.columns:
            if (named and column.name not in named) or column.name not in frame:
                continue
            if not frame[column.name].isna().any():
                continue
            columns.append(column.name)
            if frame[column.name].dtype.kind == "f":
                floats.append(column.name)
                if str(column.type).lower() in INTEGERS:
                    integers.append(column.name)
            if frame[column.name].dtype.kind == "M":
                times.append(column.name)
    once = [tuple(dict.fromkeys(names)) for names in (columns, floats, integers, times)]
    return Nulls(once[0], once[1], once[2], once[3], rows == 0)
