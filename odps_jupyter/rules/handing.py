"""What a call that hands something over says beside it, as PyODPS 0.13.2 reads it (``odps/df/expr``)."""

from __future__ import annotations

import ast
from collections.abc import Set
from dataclasses import dataclass

from odps_jupyter.analysis.values import Role

#: Keywords of the handing-over methods that say nothing about arguments of what is handed over.
SAYING = frozenset(
    {
        "func", "aggregator", "aggfunc", "mapper", "reducer", "combiner", "axis", "names", "types", "reduce", "rtype",
        "resources", "keep_nulls", "cu_request", "group", "sort", "ascending", "combiner_buffer_size", "rows",
        "columns", "values", "fill_value", "mapper_output_names", "mapper_output_types", "mapper_resources",
        "mapper_cu", "reducer_output_names", "reducer_output_types", "reducer_resources", "reducer_cu",
    }
)  # fmt: skip
_RESOURCES = {"mapper": "mapper_resources", "reducer": "reducer_resources", "combiner": "reducer_resources"}


@dataclass(frozen=True)
class Handing:
    """``node`` is the call, None where it is not written as a method's; then nothing is known of its arguments."""

    node: ast.Call | None
    role: Role

    @property
    def resources(self) -> bool | None:
        """Whether it gives resources, so that what is handed over is called with them first; None: not known."""
        known = self._keywords()
        if known is None:
            return None
        given = known.get(_RESOURCES.get(self.role, "resources"))
        if given is None or (isinstance(given, ast.Constant) and given.value is None):
            return False
        return bool(given.elts) if isinstance(given, (ast.List, ast.Tuple)) else None

    @property
    def reduces(self) -> bool:
        """Whether a function of rows gives one value for each."""
        given = (self._keywords() or {}).get("reduce")
        return isinstance(given, ast.Constant) and bool(given.value)

    @property
    def several(self) -> bool:
        """Whether it names several columns for what a function of rows gives."""
        given = (self._keywords() or {}).get("names")
        return isinstance(given, (ast.List, ast.Tuple)) and len(given.elts) > 1

    @property
    def initialising(self) -> int | None:
        """How many arguments PyODPS makes an object of a class with; None: not known."""
        known, resources = self._keywords(), self.resources
        if known is None or resources is None or not known.keys() <= SAYING:
            return None
        if self.role in ("reducer", "combiner"):
            return None if resources else 1
        return int(resources)

    @property
    def passed(self) -> Set[str] | None:
        """The keywords that what is handed over is called with; None: not known."""
        known = self._keywords()
        return None if known is None else known.keys() - SAYING

    def _keywords(self) -> dict[str, ast.expr] | None:
        """The keywords by name; None where more may be given than is written, or something by its place."""
        if self.node is None or any(isinstance(each, ast.Starred) for each in self.node.args):
            return None
        if any(each.arg is None for each in self.node.keywords):
            return None
        # Behind the second place ``map`` takes its resources; ``map_reduce`` its groups and then those.
        if len(self.node.args) > (3 if self.role in _RESOURCES else 2):
            return None
        return {each.arg: each.value for each in self.node.keywords if each.arg is not None}
