"""What a function takes and gives, from its tree: how many arguments, and whether what it returns can be called."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from odps_jupyter.analysis.attributes import lookup
from odps_jupyter.analysis.evidence import Evidence, Journey
from odps_jupyter.analysis.values import Class, Function

from .facts import Definition, cell_facts

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
#: Expressions whose value is data, whatever stands in them.
_DATA = (
    ast.BinOp, ast.UnaryOp, ast.Compare, ast.Constant, ast.JoinedStr, ast.Tuple, ast.List, ast.Dict, ast.Set,
    ast.ListComp, ast.SetComp, ast.DictComp,
)  # fmt: skip


def takes(node: Definition, count: int) -> bool:
    """Whether a function can be called with ``count`` positional arguments, that of a method's object among them."""
    given = node.args
    places = len(given.posonlyargs) + len(given.args)
    required = places - len(given.defaults)
    named = any(default is None for default in given.kw_defaults)
    return not named and required <= count and (count <= places or given.vararg is not None)


def yields(node: Definition) -> bool:
    """Whether a function is a generator."""
    return any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in _own(node))


def returns(node: Definition) -> list[ast.expr]:
    """What a function may return, None left out."""
    if isinstance(node, ast.Lambda):
        return [node.body]
    return [part.value for part in _own(node) if isinstance(part, ast.Return) and part.value is not None]


def gives_functions(node: Definition) -> bool:
    """Whether a function returns nothing but functions written in it."""
    made = {part.name for part in _own(node) if isinstance(part, ast.FunctionDef)}
    stored = {part.id for part in _own(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    given = returns(node)
    return bool(given) and all(
        isinstance(value, ast.Lambda) or (isinstance(value, ast.Name) and value.id in made - stored) for value in given
    )


def gives_data(node: Definition) -> bool:
    """Whether what a function returns can surely not be called."""
    return yields(node) or all(isinstance(value, _DATA) for value in returns(node))


def definition_of(evidence: Evidence, journey: Journey, of: Class, name: str) -> Definition | None:
    """The method ``name`` of the class handed over, or of a base of it; None where it has no body of its own."""
    found = lookup(of, name)
    body = next((each for each in journey.bodies if isinstance(found, Function) and each.key == found.key), None)
    return None if body is None else cell_facts(evidence, body.cell).definition(body.line, body.column).node


def _own(node: Definition) -> Iterator[ast.AST]:
    """What stands in a function's body and not in functions or classes within it; those themselves do."""
    stack: list[ast.AST] = list(_body(node))
    while stack:
        part = stack.pop()
        yield part
        if not isinstance(part, (*_DEFINITIONS, ast.ClassDef)):
            stack.extend(ast.iter_child_nodes(part))


def _body(node: Definition) -> Sequence[ast.AST]:
    return [node.body] if isinstance(node, ast.Lambda) else node.body
