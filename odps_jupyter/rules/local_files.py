"""What the files beside a notebook define: code, which pickle names, and data, which it takes along."""

from __future__ import annotations

import ast
from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_CODE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class LocalFile:
    """The names of a module's top level: those of functions and classes, of classes alone, and of values.

    ``leaving`` are the functions that hold a function which reads code of the file: as decorators they leave that one.
    """

    code: frozenset[str]
    classes: frozenset[str]
    data: frozenset[str]
    leaving: frozenset[str]


def local_file(folder: Path, module: str) -> LocalFile | None:
    """What ``module`` beside the notebook defines; None where there is no such file, or it is no Python."""
    path = folder.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            stat = candidate.stat()
            return _read(candidate, stat.st_mtime_ns, stat.st_size)
    return None


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> LocalFile | None:
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    code: set[str] = set()
    classes: set[str] = set()
    data: set[str] = set()
    for statement in tree.body:
        if isinstance(statement, _CODE):
            code.add(statement.name)
            if isinstance(statement, ast.ClassDef):
                classes.add(statement.name)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
            # Of a value that the file's own code made, only the name travels.
            used = {part.id for part in ast.walk(statement.value) if isinstance(part, ast.Name)}
            is_code = isinstance(statement.value, ast.Lambda) or not used.isdisjoint(code)
            (code if is_code else data).update(names)
    leaving = [each.name for each in tree.body if isinstance(each, ast.FunctionDef) and _holds_reader(each, code)]
    return LocalFile(frozenset(code), frozenset(classes), frozenset(data - code), frozenset(leaving))


def _holds_reader(function: ast.FunctionDef, code: Set[str]) -> bool:
    """Whether a function within ``function`` reads any name of ``code`` that is none of their own."""
    inner = [each for each in ast.walk(function) if isinstance(each, (*_CODE, ast.Lambda)) and each is not function]
    own = {each.id for each in ast.walk(function) if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)}
    own.update(each.name for each in inner if isinstance(each, _CODE))
    own.update(each.arg for each in ast.walk(function) if isinstance(each, ast.arg))
    read = {part.id for each in inner for part in ast.walk(each) if isinstance(part, ast.Name)}
    return not (read - own).isdisjoint(code)
