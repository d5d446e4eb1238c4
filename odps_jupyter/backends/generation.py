"""The text of the UDF that PyODPS would generate for one node of an expression, made without sending anything.

``gen_udf`` is a function of PyODPS's ``odps/df/backends/odpssql/codegen.py``; it asks an expression for its nodes and
writes one text for each that holds a callable. Given one node at a time it touches nothing of the user's.
``engines.py`` refuses versions of PyODPS this was not read in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .detach import resolve_proxy, shipping_nodes
from .engines import Expr
from .facts import callable_name

CLASS_NAME = "PyOdpsFunc"


@dataclass(frozen=True)
class Generated:
    """One callable as it would be sent.

    Attributes:
        node: the user's node that holds it.
        resources: PyODPS's resource objects that it opens, in order.
        collections: whether it reads collections, whose rows exist only while the job runs.
    """

    node: Expr
    name: str
    text: str
    resources: tuple[Any, ...]
    collections: bool


def generate(expr: Expr, libraries: Sequence[Any]) -> list[Generated]:
    """The UDFs of all callables that ``expr`` hands over; ``libraries`` are PyODPS resource objects.

    Raises:
        Exception: whatever pickling a callable raises.
    """
    return [_generate(node, libraries) for node in shipping_nodes(resolve_proxy(expr))]


def _generate(node: Expr, libraries: Sequence[Any]) -> Generated:
    from odps.df.backends.odpssql.codegen import gen_udf

    __tracebackhide__ = True
    texts, _, _ = gen_udf(_Only(node), CLASS_NAME, libraries=list(libraries))
    resources = tuple(one for one in (getattr(node, "_resources", None) or ()) if hasattr(one, "name"))
    return Generated(
        node,
        callable_name(node.func),
        next(iter(texts.values())),
        resources,
        bool(getattr(node, "_collection_resources", None)),
    )


@dataclass(frozen=True)
class _Only:
    """An expression of one node, as far as ``gen_udf`` asks."""

    node: Expr

    def traverse(self, unique: bool) -> Iterator[Expr]:
        yield self.node
