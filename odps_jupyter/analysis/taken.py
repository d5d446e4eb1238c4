"""What a walk over shipped code has found so far: imports, captures and functions, each by its name."""

from __future__ import annotations

import sys

from .record import Needed
from .scopes import Scope
from .values import DefKey, Wrapped

#: Modules that no executor lacks.
STANDARD = sys.stdlib_module_names | {"builtins", "odps"}


class Taken:
    """The needs of one callable; ``_root`` is its own definition, which is none of them."""

    def __init__(self) -> None:
        self.imports: dict[str, Needed] = {}
        self.captures: dict[str, Needed] = {}
        self.functions: dict[str, Needed] = {}
        self._root: DefKey | None = None

    def _function(self, scope: Scope) -> None:
        if scope.is_method or scope.key == self._root or scope.kind == "lambda":
            return
        name, need = function_need(scope, scope.name)
        self.functions.setdefault(name, need)

    def _import(self, module: str, bound: str, cell: int, line: int) -> None:
        if module in ("builtins", "__main__"):
            return
        known_need = self.imports.get(module)
        if known_need is None or (bound == "outside" and ("bound", "outside") not in known_need.facts):
            self.imports[module] = Needed(module, (("bound", bound), ("cell", cell), ("line", line)))

    def _capture(self, name: str, origin: str, cell: int, line: int) -> None:
        if name not in self.captures:
            self.captures[name] = Needed(name, (("origin", origin), ("cell", cell), ("line", line)))

    def _decorator(self, wrapped: Wrapped, cell: int, line: int) -> None:
        module = wrapped.by.rpartition(".")[0]
        if module.partition(".")[0] not in STANDARD:
            self._import(module, "outside", cell, line)


def function_need(scope: Scope, name: str) -> tuple[str, Needed]:
    """A function or class by the name it is listed under."""
    return name, Needed(name, (("cell", scope.key[0]), ("line", scope.line)))
