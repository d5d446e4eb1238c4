"""Modules that shipped code needs: where each is used, and how it is bound."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.analysis.values import Binding, Member, Module, OneOf

from .subject import ShippedCode


@dataclass(frozen=True)
class ModuleUse:
    """``module`` as an import statement names it; ``name`` is what the body calls it; ``inside``: imported there."""

    module: str
    name: str
    inside: bool
    guarded: bool
    span: Span


def module_uses(code: ShippedCode) -> Iterator[ModuleUse]:
    """Each module the body imports, at its import, and each bound outside it, at its first use."""
    for node in code.facts.imports:
        guarded = node in code.facts.guarded
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield ModuleUse(
                    alias.name, alias.asname or alias.name, True, node in code.facts.guarded, code.span(node)
                )
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield ModuleUse(node.module, node.module, True, guarded, code.span(node))
    for name, value in code.body.names.items():
        module = imported_module(value)
        used = code.reads(name)
        if module is not None and used is not None:
            yield ModuleUse(module, name, False, False, code.span(used))


def imported_module(value: Binding) -> str | None:
    """The module that has to be imported for ``value``; of several possible values the one they agree on."""
    if isinstance(value, OneOf):
        found = {imported_module(option) for option in value.options}
        return found.pop() if len(found) == 1 else None
    if isinstance(value, Module):
        return value.needed
    if isinstance(value, Member) and value.module != "builtins" and not value.module.startswith("<"):
        return value.module
    return None
