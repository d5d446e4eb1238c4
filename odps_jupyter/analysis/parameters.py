"""The parameters of a function or lambda, with what they are annotated by and what they default to."""

from __future__ import annotations

import ast

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def named_parameters(given: ast.arguments) -> list[ast.arg]:
    """Those an argument can be given for by its name or place, ``*args`` and ``**kwargs`` left out."""
    return [*given.posonlyargs, *given.args, *given.kwonlyargs]


def parameters_of(given: ast.arguments) -> list[ast.arg]:
    """All of them, those for the rest last."""
    found = named_parameters(given)
    if given.vararg is not None:
        found.append(given.vararg)
    if given.kwarg is not None:
        found.append(given.kwarg)
    return found


def defaults(given: ast.arguments) -> list[tuple[ast.arg, ast.expr]]:
    """The parameters that have a default, with it."""
    positional = [*given.posonlyargs, *given.args]
    pairs = list(zip(positional[len(positional) - len(given.defaults) :], given.defaults, strict=True))
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if default is not None:
            pairs.append((argument, default))
    return pairs


def annotations_of(node: FunctionNode) -> list[ast.expr]:
    """The annotations of a function's parameters and result; a lambda has none."""
    if isinstance(node, ast.Lambda):
        return []
    found = [argument.annotation for argument in parameters_of(node.args)]
    return [annotation for annotation in (*found, node.returns) if annotation is not None]
