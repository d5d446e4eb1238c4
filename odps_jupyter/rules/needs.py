"""Modules that shipped code needs: where each is used, and how it is bound."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.analysis.joining import known, options
from odps_jupyter.analysis.nodes import walk
from odps_jupyter.analysis.parameters import annotations_of
from odps_jupyter.analysis.values import Binding, Class, Instance, Member, Module, OneOf, Opaque, Wrapped

from .carried import carried
from .facts import catches_imports
from .subject import ShippedCode

#: Functions that return objects of a package's classes under another name than theirs.
_MAKERS = {
    "lightgbm.train": "lightgbm.Booster", "xgboost.train": "xgboost.Booster",
    "sklearn.pipeline.make_pipeline": "sklearn.pipeline.Pipeline",
    "sklearn.pipeline.make_union": "sklearn.pipeline.FeatureUnion",
    "sklearn.compose.make_column_transformer": "sklearn.compose.ColumnTransformer",
    "spacy.load": "spacy.Language", "spacy.blank": "spacy.Language",
    "sqlalchemy.create_engine": "sqlalchemy.engine.Engine",
    **dict.fromkeys(
        ("numpy.array", "numpy.asarray", "numpy.arange", "numpy.zeros", "numpy.ones", "numpy.linspace"), "numpy.ndarray"
    ),
    **dict.fromkeys(
        ("pandas.concat", "pandas.merge", "pandas.pivot_table", "pandas.get_dummies", "pandas.json_normalize"),
        "pandas.DataFrame",
    ),
}  # fmt: skip
#: Members of modules that are numbers: pickle takes them along, and the module is not needed.
_NUMBERS = frozenset({"e", "euler_gamma", "inf", "nan", "newaxis", "pi"})
#: Values that an import may have bound, or one of several.
_IMPORTED = frozenset({Module, Member, OneOf})
#: Values that are of a class which the executor has to load.
_OBJECTS = frozenset({Opaque, Instance, Class})
#: Packages whose decorators leave something in place of the function that takes the package to load. What others leave
#: nobody knows: many return what they are given.
WRAPPING = frozenset({"backoff", "numba", "pydantic", "retry", "retrying", "tenacity"})
_DECORATED = frozenset({Wrapped})


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
        if (
            module is not None
            and used is not None
            and not (isinstance(value, Member) and _is_operand(code, value, name))
        ):
            yield ModuleUse(module, name, False, False, code.span(used))


@dataclass(frozen=True)
class Annotation:
    """A module that an annotation names: what the annotation is travels with the function, and is loaded with it."""

    module: str
    node: ast.expr
    span: Span


def annotated(code: ShippedCode) -> list[Annotation]:
    """The annotations of a body's parameters and result that are more than texts, by the modules they name."""
    return code.kept(_annotated)


def _annotated(code: ShippedCode) -> list[Annotation]:
    node, cell = code.facts.node, code.body.cell
    found = [
        (annotation, part)
        for annotation in annotations_of(node)
        for part in walk(annotation)
        if isinstance(part, ast.Name) and part.id not in code.body.closed
    ]
    if not found or code.evidence.imported("annotations", cell) == "__future__.annotations":
        return []
    imports = [(annotation, part, code.evidence.import_of(part.id, cell)) for annotation, part in found]
    return [
        Annotation(item.module, annotation, code.span(part)) for annotation, part, item in imports if item is not None
    ]


@dataclass(frozen=True)
class Attempt:
    """A module that an import outside the body tries to bind ``name`` to, with what stands in for it in a handler.

    ``others`` are the modules that ``name`` is else; None among them is something that is no module. The statement
    ``tried`` stands in ``cell``.
    """

    module: str
    name: str
    others: tuple[str | None, ...]
    span: Span
    cell: int
    tried: ast.Try


def attempts(code: ShippedCode) -> list[Attempt]:
    """Each name of the body that an import outside it binds where it can."""
    return code.kept(_attempts)


def _attempts(code: ShippedCode) -> list[Attempt]:
    found = []
    for name, value in code.body.names.items():
        if value.__class__ not in _IMPORTED:
            continue
        modules = [imported_module(option) for option in options(known(value))]
        used = code.reads(name) if name not in code.body.closed and any(modules) else None
        tried = _tried(code, name) if used is not None else None
        if used is None or tried is None:
            continue
        cell, statement, module = tried
        if module in modules:
            others = tuple(other for other in modules if other != module)
            found.append(Attempt(module, name, others, code.span(used), cell, statement))
    return found


def _tried(code: ShippedCode, name: str) -> tuple[int, ast.Try, str] | None:
    """The statement outside functions that tries to import something as ``name``, its cell, and the module."""
    for cell, (line, module) in code.evidence.filed("except", _tries, name):
        for statement in code.evidence.tree(cell).body:
            if isinstance(statement, ast.Try) and statement.lineno == line:
                return cell, statement, module
    return None


def _tries(tree: ast.Module) -> dict[str, list[tuple[int, str]]]:
    """By name the statements that try to import something as it, by their lines, with the module."""
    found: dict[str, list[tuple[int, str]]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Try) and any(map(catches_imports, statement.handlers)):
            for node in statement.body:
                for bound, module in _bound(node):
                    found.setdefault(bound, []).append((statement.lineno, module))
    return found


def _bound(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """The names an import binds, each with its module."""
    if isinstance(node, ast.Import):
        yield from ((alias.asname or alias.name.partition(".")[0], alias.name) for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield from ((alias.asname or alias.name, node.module) for alias in node.names)


def modules_of_values(code: ShippedCode) -> Iterator[tuple[Span, str, str]]:
    """Modules that the executor needs to load what travels, with where it is used and the name of its class."""
    for span, _, path in carried(code, _class_of, _OBJECTS):
        module, _, name = path.rpartition(".")
        yield span, module, name


def decorators_of_values(code: ShippedCode) -> Iterator[tuple[Span, str, str]]:
    """Modules whose decorators stand above functions and methods that travel, as :func:`modules_of_values`."""
    for span, _, path in carried(code, _decorator_of, _DECORATED):
        module, _, name = path.rpartition(".")
        yield span, module, name


def _decorator_of(value: Binding) -> str | None:
    """The dotted path of the decorator of a library that a function is wrapped by."""
    is_library = isinstance(value, Wrapped) and value.by.partition(".")[0] not in sys.stdlib_module_names
    return value.by if isinstance(value, Wrapped) and is_library else None


def _class_of(value: Binding) -> str | None:
    """The dotted path of the library class that ``value`` is an instance of, or is made from."""
    if isinstance(value, Opaque) and value.exact:
        if value.origin == "a pandas frame" or value.origin.startswith("pandas.read_"):
            return "pandas.DataFrame"
        if value.origin in _MAKERS:
            return _MAKERS[value.origin]
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


def _is_operand(code: ShippedCode, value: Member, name: str) -> bool:
    """Whether a body does with ``name`` only what is done with numbers and texts, which travel by themselves.

    It calculates and compares with it; what is written in capitals it may also loop over, pass on or index.
    """
    if value.module.partition(".")[0] in sys.stdlib_module_names:
        return False
    operands: set[int] = set()
    for part in walk(code.facts.node):
        if isinstance(part, ast.BinOp):
            operands |= {id(part.left), id(part.right)}
        elif isinstance(part, ast.UnaryOp):
            operands.add(id(part.operand))
        elif isinstance(part, ast.Compare):
            operands |= {id(part.left), *map(id, part.comparators)}
        elif value.name.isupper():
            if isinstance(part, ast.Call):
                operands |= set(map(id, part.args))
            elif isinstance(part, (ast.For, ast.comprehension)):
                operands.add(id(part.iter))
            elif isinstance(part, ast.Subscript):
                operands.add(id(part.value))
    reads = [part for part in walk(code.facts.node) if isinstance(part, ast.Name) and part.id == name]
    return bool(reads) and all(id(part) in operands for part in reads)


def _is_data(value: Member) -> bool:
    """Whether a member of a module is a value, as far as its name says; a class may be all capitals, as SVC is."""
    name = value.name
    constant = name.isupper() and "_" in name.strip("_")
    of_numbers = name in _NUMBERS and value.module in ("numpy", "math", "scipy", "scipy.constants")
    return constant or of_numbers or (name.startswith("__") and name.endswith("__"))
