"""A copy of a PyODPS expression that reads samples and shares nothing with the user's objects.

PyODPS caches results by expression id, and its own copies keep the ids: a copy that ran on a sample would answer for
the original from then on. So every node of the copy gets an id of its own, and what PyODPS cached by these ids is
dropped when the run is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .engines import Expr, forget_cached

if TYPE_CHECKING:
    import pandas as pd

#: Given a PyODPS table and the partitions asked for (None: all), the frame to read instead.
ReadSource = Callable[[Any, Sequence[Mapping[str, str]] | None], "pd.DataFrame"]
#: Given a node that reads a table and the frame for it, the expression that stands in its place.
StandIn = Callable[[Expr, "pd.DataFrame"], Expr]


@dataclass(frozen=True)
class Detached:
    """``root`` computes what the user's expression computes, on other sources.

    ``pairs`` are the user's nodes, each with its copy.
    """

    root: Expr
    nodes: tuple[Expr, ...]
    pairs: tuple[tuple[Expr, Expr], ...] = ()

    def copy_of(self, node: Expr) -> Expr | None:
        """The copy of one of the user's nodes."""
        return next((copied for original, copied in self.pairs if original is node), None)

    def release(self) -> None:
        """Drop what PyODPS cached for this copy."""
        forget_cached(list(self.nodes))


def over_frame(node: Expr, frame: pd.DataFrame) -> Expr:
    """The frame itself, typed as the table was."""
    from odps.df.expr.expressions import CollectionExpr

    return CollectionExpr(_source_data=frame[list(node.schema.names)], _schema=node._schema)


def detach(expr: Expr, read: ReadSource, stand_in: StandIn = over_frame) -> Detached:
    """Copy ``expr`` with fresh ids and with every MaxCompute table replaced by what ``read`` returns for it."""
    from odps.df.expr.expressions import CollectionExpr, FilterPartitionCollectionExpr
    from odps.df.expr.utils import new_id

    copies: list[Expr] = []
    pairs: list[tuple[Expr, Expr]] = []

    def renew(original: Expr, copied: Expr) -> None:
        pairs.append((original, copied))
        if hasattr(copied, "_id"):
            copied._id = new_id()
            copies.append(copied)

    dag = resolve_proxy(expr).to_dag(copy=True, on_copy=renew, validate=False)

    def replace(node: Expr, frame: pd.DataFrame) -> None:
        source = stand_in(node, frame)
        copies.append(source)
        dag.substitute(node, source)

    # PyODPS's pandas compiler cannot run a partition filter, so the filter and its table are replaced together.
    for node in _nodes(dag, FilterPartitionCollectionExpr):
        if _is_table(node.input):
            replace(node, read(node.input._source_data, parse_predicate(node.predicate_string)))
    for node in _nodes(dag, CollectionExpr):
        if _is_table(node):
            replace(node, read(node._source_data, None))
    return Detached(dag.root, tuple(copies), tuple(pairs))


def source_tables(exprs: Iterable[Expr]) -> Iterator[Any]:
    """The MaxCompute tables the expressions read, each once."""
    seen: set[str] = set()
    for expr in exprs:
        for node in expr.traverse(top_down=True, unique=True, extra=True):
            source: Any = getattr(node, "_source_data", None)
            if is_table(source) and source.full_table_name not in seen:
                seen.add(source.full_table_name)
                yield source


def shipped_callables(exprs: Iterable[Expr]) -> list[Any]:
    """The Python callables the expressions hand to the executor, in the order PyODPS meets them, each once."""
    found: list[Any] = []
    for expr in exprs:
        for node in shipping_nodes(expr):
            if not any(node.func is known for known in found):
                found.append(node.func)
    return found


def shipping_nodes(expr: Expr) -> Iterator[Expr]:
    """The nodes of an expression that hand a Python callable to the executor, inner ones first."""
    from odps.models import Function

    for node in expr.traverse(unique=True, extra=True):
        func = getattr(node, "func", None) if hasattr(node, "_func") or hasattr(node, "_aggregator") else None
        if func is not None and not isinstance(func, str | Function):  # what these name is on the service already
            yield node


def parse_predicate(text: str | None) -> list[dict[str, str]] | None:
    """``"ds=1,hh=2/ds=3"`` as PyODPS's ``filter_parts`` writes it -> ``[{"ds": "1", "hh": "2"}, {"ds": "3"}]``."""
    if not text:
        return None
    return [
        {name.strip(): value.strip().strip("'\"") for name, value in (pair.split("=", 1) for pair in spec.split(","))}
        for spec in text.split("/")
    ]


def is_table(source: Any) -> bool:
    from odps.models import Table

    return isinstance(source, Table)


def _is_table(node: Expr) -> bool:
    return is_table(getattr(node, "_source_data", None))


def resolve_proxy(expr: Expr) -> Expr:
    """What a dynamic expression stands for."""
    proxy = getattr(expr, "_proxy", None)
    return expr if proxy is None else proxy


def _nodes(dag: Any, kind: type) -> list[Expr]:
    return [node for node in dag.traverse(top_down=True) if isinstance(node, kind)]
