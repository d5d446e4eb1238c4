"""Names imported from a file beside the notebook whose values travel: they are captured, and the file is not needed.

``from rates import TAX`` binds a number, and of a number the pickle takes the value along; of a function it takes the
name alone. Only the file says which it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from odps_jupyter.analysis.evidence import Evidence, Journey
from odps_jupyter.analysis.model import Shipped
from odps_jupyter.analysis.values import Member, Module

from .facts import cell_facts
from .local_files import LocalFile, local_file
from .setting import Setting


def as_it_travels(shipped: Sequence[Shipped], evidence: Evidence, setting: Setting) -> tuple[Shipped, ...]:
    """``shipped`` with each such name among the captures, and its file among the imports only if code needs it.

    What has none stays the same object.
    """
    # An edit asks this of a thousand callables, and they need few modules.
    files = {module: _file(setting, module) for module in {module for item in shipped for module in item.imports}}
    known = {module: file for module, file in files.items() if file is not None}
    if not known:
        return tuple(shipped)
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
    values: dict[str, str] = {}
    needed = {journey.target.module for journey in journeys if isinstance(journey.target, Member)}
    for journey in journeys:
        for body in journey.bodies:
            facts = cell_facts(evidence, body.cell).definition(body.line, body.column)
            needed.update(path for path in files for given in facts.imported.values() if _is_of(given, path))
            for name, value in body.names.items():
                if isinstance(value, Member) and value.module in files and value.name in files[value.module].data:
                    values[name] = value.module
                elif isinstance(value, (Module, Member)):
                    needed.add(value.path if isinstance(value, Module) else value.module)
    annotated = {module for module, said in item.details.get("imports", {}).items() if said["bound"] == "annotation"}
    dropped = {module for module in values.values() if module not in needed | annotated}
    if not values:
        return item
    details: dict[str, Any] = {kind: dict(said) for kind, said in item.details.items()}
    imports, captures = details.get("imports", {}), details.setdefault("captures", {})
    for name, module in values.items():
        at = imports[module]
        captures[name] = {"origin": "global", "module": module, "cell": at["cell"], "line": at["line"]}
    details["imports"] = {module: said for module, said in imports.items() if module not in dropped}
    return replace(
        item,
        imports=tuple(module for module in item.imports if module not in dropped),
        captures=tuple(sorted({*item.captures, *values})),
        details={kind: said for kind, said in details.items() if said},
    )


def _is_of(path: str, module: str) -> bool:
    return path == module or path.startswith(f"{module}.")
