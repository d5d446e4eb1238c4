"""Names imported from a file beside the notebook whose values travel: they are captured, and the file is not needed.

``from rates import TAX`` binds a number, and of a number the pickle takes the value along; of a function it takes the
name alone. Only the file says which it is.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from odps_jupyter.analysis.evidence import Body, Evidence, Journey
from odps_jupyter.analysis.model import NotebookModel, Shipped
from odps_jupyter.analysis.parameters import defaults
from odps_jupyter.analysis.values import Binding, Class, Instance, Member, Module, Opaque, Partial, Wrapped

from .carried import DEPTH, parts_of
from .facts import cell_facts, dotted
from .local_files import LocalFile, local_file
from .setting import Setting


def as_it_travels(model: NotebookModel, evidence: Evidence, setting: Setting) -> NotebookModel:
    """``model`` with each such name among the captures, and its file among the imports only if code needs it.

    What every face tells of a notebook is told so. A callable that has no such name stays the same object.
    """
    shipped = _as_it_travels(model.shipped, evidence, setting)
    return model if shipped is model.shipped else replace(model, shipped=shipped)


def _as_it_travels(shipped: tuple[Shipped, ...], evidence: Evidence, setting: Setting) -> tuple[Shipped, ...]:
    # An edit asks this of a thousand callables, and they need few modules.
    files = {module: _file(setting, module) for module in {module for item in shipped for module in item.imports}}
    known = {module: file for module, file in files.items() if file is not None}
    if not known:
        return shipped
    by_name: dict[str, list[Journey]] = {}
    for journey in chain.from_iterable(evidence.shipped.values()):
        by_name.setdefault(journey.name, []).append(journey)
    return tuple(
        item
        if known.keys().isdisjoint(item.imports)
        else _of(
            item,
            {module: known[module] for module in item.imports if module in known},
            # All lambdas have one name.
            [journey for journey in by_name.get(item.name, ()) if journey.call in item.calls],
            evidence,
        )
        for item in shipped
    )


def _file(setting: Setting, module: str) -> LocalFile | None:
    if setting.folder is None or setting.in_runtime(module) or not setting.is_local_file(module):
        return None
    return local_file(setting.folder, module)


def _of(item: Shipped, files: dict[str, LocalFile], journeys: Sequence[Journey], evidence: Evidence) -> Shipped:
    found = _Found(files, evidence)
    for journey in journeys:
        found.hold(journey.target, journey.call.cell)
        for body in journey.bodies:
            found.read(body)
    if not found.known:
        return item
    imports = item.details.get("imports", {})
    annotated = {module for module, said in imports.items() if said["bound"] == "annotation"}
    dropped = found.known - found.needed - annotated
    captures = dict(item.details.get("captures", {}))
    for name, (module, origin) in found.names.items():
        at = imports[module]
        captures[name] = {"origin": origin, "module": module, "cell": at["cell"], "line": at["line"]}
    kept = {module: said for module, said in imports.items() if module not in dropped}
    details: dict[str, Any] = {**item.details, "imports": kept, "captures": captures}
    return replace(
        item,
        imports=tuple(module for module in item.imports if module not in dropped),
        captures=tuple(sorted({*item.captures, *found.names})),
        details={kind: said for kind, said in details.items() if said},
    )


class _Found:
    """What one callable takes along of ``files``: the modules of values, those whose code it needs.

    ``names`` are those of values, each with its module and with where the name stands.
    """

    def __init__(self, files: dict[str, LocalFile], evidence: Evidence) -> None:
        self._files, self._evidence = files, evidence
        self.known: set[str] = set()
        self.needed: set[str] = set()
        self.names: dict[str, tuple[str, str]] = {}

    def read(self, body: Body) -> None:
        """What a body reads, and what its defaults are."""
        facts = cell_facts(self._evidence, body.cell).definition(body.line, body.column)
        self.needed.update(path for path in self._files for given in facts.imported.values() if _is_of(given, path))
        for name, value in body.names.items():
            if isinstance(value, Member) and self._is_value(value.module, value.name):
                self.names[name] = (value.module, "global")
            self.hold(value, body.cell)
        for _, default in defaults(facts.node.args):
            if isinstance(default, ast.Name):
                self._name(default.id, body.cell, "default")
            module, _, member = self._path(default, body.cell).rpartition(".")
            if self._is_value(module, member):
                self.known.add(module)

    def hold(self, value: Binding, cell: int, depth: int = 0) -> None:
        """What a value holds."""
        if isinstance(value, Member):
            (self.known if self._is_value(value.module, value.name) else self.needed).add(value.module)
        elif isinstance(value, Module):
            self.needed.add(value.path)  # only its name travels, whatever is read of it there
        elif isinstance(value, (Opaque, Wrapped)):
            self.needed.add((value.origin if isinstance(value, Opaque) else value.by).rpartition(".")[0])
        elif isinstance(value, Partial):
            for name in value.names:
                self._name(name, cell, "argument")
        of = value.of if isinstance(value, Instance) else value
        for base in of.bases if isinstance(of, Class) else ():
            self.hold(base, cell, depth + 1)
        for part in parts_of(value) if depth < DEPTH else ():
            self.hold(part, cell, depth + 1)

    def _name(self, name: str, cell: int, origin: str) -> None:
        item = self._evidence.import_of(name, cell)
        if item is not None and item.member is not None and self._is_value(item.module, item.member):
            self.names.setdefault(name, (item.module, origin))

    def _path(self, node: ast.expr, cell: int) -> str:
        first, _, rest = dotted(node).partition(".")
        return f"{self._evidence.imported(first, cell) or ''}.{rest}" if rest else ""

    def _is_value(self, module: str, name: str) -> bool:
        return module in self._files and name in self._files[module].data


def _is_of(path: str, module: str) -> bool:
    return path == module or path.startswith(f"{module}.")
