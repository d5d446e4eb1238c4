"""Source as it stands in a pickle."""

from __future__ import annotations

from typing import Any

from odps_jupyter.backends.pickled import Node

from .builder import EXPRESSION
from .writing import Source


def source_in(node: Node) -> Source | None:
    """The source that a node makes a code object of; None where it does something else."""
    if node.kind != "call" or len(node.parts) < 2 or node.parts[0].kind != "call":
        return None
    made = node.parts[0]
    if made.parts[0].kind != "global" or [part.value for part in made.parts[1].parts] != [EXPRESSION]:
        return None
    return Source(*(_plain(part) for part in node.parts[1].parts))


def _plain(node: Node) -> Any:
    return tuple(_plain(part) for part in node.parts) if node.kind == "tuple" else node.value
