"""The source of code that is known only by the name of its file, its first line and its own name."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda


@dataclass(frozen=True)
class Found:
    """``line`` is that of the word ``def``, ``class`` or ``lambda``; ``imports`` are the modules the body imports."""

    text: str
    line: int
    imports: tuple[str, ...]


@dataclass(frozen=True)
class Compiled:
    """What tells several lambdas of one line apart: the bytecode, and the plain constants that it loads."""

    bytecode: bytes
    constants: tuple[Any, ...]


def find_function(file: str, line: int, name: str, code: Compiled | None) -> Found | None:
    """The function or lambda that was compiled from ``line`` of ``file``, None where its source is not known.

    Args:
        line: as ``co_firstlineno`` counts it, the line of the first decorator.
        name: as in ``co_name``.
    """
    lines = linecache.getlines(file)
    candidates = [node for node in _definitions(lines) if not isinstance(node, ast.ClassDef) and _starts(node) == line]
    if name == "<lambda>":
        candidates = [node for node in candidates if isinstance(node, ast.Lambda)]
        if len(candidates) > 1:
            candidates = [node for node in candidates if code is not None and _compiled(node, file) == code]
    else:
        candidates = [node for node in candidates if getattr(node, "name", None) == name]
    return _found(candidates[0], lines) if len(candidates) == 1 else None


def found_in(text: str, line: int) -> tuple[Found, tuple[str, ...]]:
    """The function or lambda that ``text`` is, as it stands from ``line`` of its file on, and its positional
    parameters.
    """
    tree = ast.parse(f"({text}\n)" if text.startswith("lambda") else f"if 1:\n{text}" if text[:1].isspace() else text)
    own = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))
    positional = (*own.args.posonlyargs, *own.args.args)
    return Found(dedent(text).rstrip("\n"), line, _imports(tree)), tuple(argument.arg for argument in positional)


def find_class(file: str, method_line: int, name: str) -> Found | None:
    """The class ``name`` around a method that starts on ``method_line`` of ``file``."""
    lines = linecache.getlines(file)
    around = [
        node
        for node in _definitions(lines)
        if isinstance(node, ast.ClassDef)
        and node.name == name
        and node.lineno <= method_line <= (node.end_lineno or node.lineno)
    ]
    return _found(around[-1], lines) if around else None


def definitions_in(source: str) -> frozenset[str] | None:
    """The text of each function, lambda and class of a source, as what was found has it; None where it is no Python."""
    lines = source.splitlines(keepends=True)
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    return frozenset(_found(node, lines).text for node in ast.walk(tree) if isinstance(node, Definition))


def _definitions(lines: list[str]) -> Iterator[Definition]:
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, Definition):
            yield node


def _starts(node: Definition) -> int:
    decorators = getattr(node, "decorator_list", [])
    return int(decorators[0].lineno if decorators else node.lineno)


def _compiled(node: Definition, file: str) -> Compiled | None:
    """A lambda compiled by itself."""
    if not isinstance(node, ast.Lambda):
        return None
    whole = compile(ast.Expression(node), file, "eval", dont_inherit=True)
    code: Any = next((const for const in whole.co_consts if hasattr(const, "co_code")), None)
    return None if code is None else Compiled(code.co_code, plain(code.co_consts))


def plain(constants: Iterable[Any]) -> tuple[Any, ...]:
    """The numbers and texts among constants, each with its type: 1, 1.0 and True are equal otherwise."""
    return tuple((type(one), one) for one in constants if isinstance(one, int | float | str))


def _found(node: Definition, lines: list[str]) -> Found:
    if isinstance(node, ast.Lambda):
        text = ast.get_source_segment("".join(lines), node) or ""
    else:
        text = dedent("".join(lines[_starts(node) - 1 : node.end_lineno]))
    return Found(text.rstrip("\n"), node.lineno, _imports(node))


def _imports(node: ast.AST) -> tuple[str, ...]:
    imports: dict[str, None] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Import):
            imports.update(dict.fromkeys(alias.name for alias in inner.names))
        elif isinstance(inner, ast.ImportFrom) and inner.module and not inner.level:
            imports[inner.module] = None
    return tuple(imports)
