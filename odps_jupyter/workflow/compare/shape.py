"""What an expression says of its result: how rows are told apart, and what may differ."""

from __future__ import annotations

from collections.abc import Iterable
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


def nulls(read: Iterable[tuple[Any, pd.DataFrame]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that pandas holds as floats though they have NULLs, and those of them that are integers."""
    floats, integers = [], []
    for table, frame in read:
        schema = table.table_schema
        for column in schema.columns:
            if column.name in frame and frame[column.name].dtype.kind == "f" and frame[column.name].isna().any():
                floats.append(column.name)
                if str(column.type).lower() in INTEGERS:
                    integers.append(column.name)
    return tuple(dict.fromkeys(floats)), tuple(dict.fromkeys(integers))
