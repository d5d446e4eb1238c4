"""What an expression says of its result: how rows are told apart, and what may differ."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.detach import resolve_proxy, shipping_nodes
from odps_jupyter.backends.reading import Nans

from .rows import Alignment
from .tables import INTEGERS

if TYPE_CHECKING:
    import pandas as pd

#: PyODPS's operations over several rows, by a part of their names.
_MANY = re.compile(
    "Group|Reduc|Join|Slice|Sort|Apply|Distinct|Union|Concat|Sample|Window|Count|Lateral|Row|Aggreg|Pivot"
)


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


def ships(expr: Any) -> bool:
    """Whether a function of the user's is called in it."""
    return any(True for _ in shipping_nodes(expr))


def by_row(expr: Any) -> bool:
    """Whether each row of the result is computed of one row that is read."""
    return not any(_MANY.search(type(node).__name__) for node in expr.traverse(unique=True))


def operations(expr: Any) -> frozenset[str]:
    """PyODPS's names of its operations."""
    return frozenset(type(node).__name__ for node in expr.traverse(unique=True))


def sort_keys(expr: Any) -> frozenset[str]:
    """The columns of tables by which rows are sorted."""
    from odps.df.expr.collections import SortedCollectionExpr

    found: frozenset[str] = frozenset()
    for node in expr.traverse(unique=True):
        if isinstance(node, SortedCollectionExpr):
            for field in node._sorted_fields:
                found |= _columns(field)
    return found


def decimals(expr: Any) -> tuple[str, ...]:
    """Columns of decimals that it names."""
    from odps.df.expr.expressions import Column

    nodes = (node for node in expr.traverse(unique=True) if isinstance(node, Column))
    return tuple(sorted({str(node.source_name) for node in nodes if "decimal" in str(node.dtype).lower()}))


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
        shipped: whether a function stands between them and it.
    """

    kind: str
    name: str
    columns: frozenset[str] = frozenset()
    shipped: bool = False


def reductions(expr: Any) -> tuple[Reduction, ...]:
    """The aggregates of PyODPS's own that an expression computes."""
    from odps.df.expr.reduction import GroupedSequenceReduction, SequenceReduction

    return tuple(
        Reduction(type(node).__name__.removeprefix("Grouped"), str(node.name or "value"), _columns(node), ships(node))
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
        nan: those with NaN, which pandas takes for NULL.
        rows: how many have such a NULL in a column that pandas holds as floats or times.
        empty: there are no rows.
    """

    columns: tuple[str, ...]
    floats: tuple[str, ...]
    integers: tuple[str, ...]
    times: tuple[str, ...]
    nan: tuple[str, ...]
    rows: int
    empty: bool


def nulls(expr: Any, read: Iterable[tuple[Any, pd.DataFrame, Nans]]) -> Nulls:
    """What is missing of the rows of each table, in the columns that the expression names, if it names any."""
    named = _columns(expr)
    columns, floats, integers, times, nan = [], [], [], [], []
    rows, handed = 0, 0
    for table, frame, nans in read:
        rows += len(frame)
        handed_over: set[int] = set()
        for column in table.table_schema.columns:
            if (named and column.name not in named) or column.name not in frame:
                continue
            known = nans.get(column.name, frozenset())
            if known:
                nan.append(column.name)
            missing = {at for at, is_null in enumerate(frame[column.name].isna().tolist()) if is_null} - known
            if not missing:
                continue
            columns.append(column.name)
            if frame[column.name].dtype.kind in "fM":
                handed_over |= missing
            if frame[column.name].dtype.kind == "f":
                floats.append(column.name)
                if str(column.type).lower() in INTEGERS:
                    integers.append(column.name)
            if frame[column.name].dtype.kind == "M":
                times.append(column.name)
        handed += len(handed_over)
    once = [tuple(dict.fromkeys(names)) for names in (columns, floats, integers, times, nan)]
    return Nulls(once[0], once[1], once[2], once[3], once[4], handed, rows == 0)
