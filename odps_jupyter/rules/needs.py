"""Modules that shipped code needs: where each is used, and how it is bound."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.analysis.values import Binding, Class, Instance, Member, Module, OneOf, Opaque

from .carried import carried
from .subject import ShippedCode

#: Members of modules that are numbers: pickle takes them along, and the module is not needed.
_NUMBERS = frozenset({"e", "euler_gamma", "inf", "nan", "newaxis", "pi"})


@dataclass(frozen=True)
class ModuleUse:
    """``module`` as an import statement names it; ``name`` is what the body calls it; ``inside``: imported there."""

    module: str
    name: str
    inside: bool
    guarded: bool
    span: Span


def module_uses(code: ShippedCode) -> list[ModuleUse]:
    """Each module the body imports, at its import, and each bound outside it, at its first use."""
    return code.kept(_module_uses)


def _module_uses(code: ShippedCode) -> list[ModuleUse]:
    return list(_each_use(code))


def _each_use(code: ShippedCode) -> Iterator[ModuleUse]:
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


def modules_of_values(code: ShippedCode) -> Iterator[tuple[Span, str, str]]:
    """Modules that the executor needs to load what travels, with where it is used and the name of its class."""
    for span, _, path in carried(code, _class_of):
        module, _, name = path.rpartition(".")
        yield span, module, name


def _class_of(value: Binding) -> str | None:
    """The dotted path of the library class that ``value`` is an instance of, or is made from."""
    if isinstance(value, Opaque) and value.exact:
        if value.origin == "a pandas frame" or value.origin.startswith("pandas.read_"):
            return "pandas.DataFrame"
        module, _, name = value.origin.rpartition(".")
        # Functions are not called like classes; what they return nobody knows.
        is_class = name[:1].isupper() and not name.isupper()
        return value.origin if is_class and module and module != "builtins" else None
    bases = value.of.bases if isinstance(value, Instance) else value.bases if isinstance(value, Class) else ()
    return next((base.path for base in bases if isinstance(base, Member) and base.module != "builtins"), None)


def imported_module(value: Binding) -> str | None:
    """The module that has to be imported for ``value``; of several possible values the one they agree on."""
    if isinstance(value, OneOf):
        found = {imported_module(option) for option in value.options}
        return found.pop() if len(found) == 1 else None
    if isinstance(value, Module):
        return value.needed
    if isinstance(value, Member) and value.module != "builtins" and not value.module.startswith("<"):
        return None if _is_data(value) else value.module
    return None


def _is_data(value: Member) -> bool:
    """Whether a member of a module is a value, as far as its name says; a class may be all capitals, as SVC is."""
    name = value.name
    constant = name.isupper() and "_" in name.strip("_")
    of_numbers = name in _NUMBERS and value.module in ("numpy", "math", "scipy", "scipy.constants")
    return constant or of_numbers or (name.startswith("__") and name.endswith("__"))
