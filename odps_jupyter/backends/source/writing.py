"""The source of one code object, cut out of its file so that it compiles to the same code by itself."""

from __future__ import annotations
import __future__

import ast
import io
import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType

from .builder import builder
from .likeness import alike, mean_alike

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
DEFINE_AGAIN = "Define it again: run its cell, or import its file anew."
WRITE_OUT = "Write it out with `def` or `class` in a cell."
_LAMBDA = "<lambda>"


class NoSource(Exception):
    """Why the source of a function is not known: a clause that follows its name, and what to do."""

    def __init__(self, clause: str, hint: str) -> None:
        super().__init__(clause)
        self.hint = hint


class OtherSource(NoSource):
    """The source that is kept under the name of the file is not the one that was compiled."""


@dataclass(frozen=True)
class Source:
    """What :data:`~.builder.TEXT` makes the code object of.

    Attributes:
        line: of ``file``, on which ``text`` starts, the word ``def`` or ``lambda``; from 1.
        before, after: what stands around ``text`` in place of the scopes around it.
        path: names of the code objects that lead to it.
        arguments: all of its parameters. ``free``: names it finds in functions around it.
        features: of ``__future__``.
    """

    file: str
    line: int
    before: str
    text: str
    after: str
    path: tuple[str, ...]
    arguments: tuple[str, ...]
    free: tuple[str, ...]
    features: tuple[str, ...]

    def compile(self) -> CodeType:
        """As the executor compiles it.

        Raises:
            SyntaxError, SystemError: the scopes around it cannot be written so.
        """
        return builder()(
            *(self.file, self.line, self.before, self.text, self.after),
            *(self.path, self.arguments, self.free, self.features),
        )


def source_of(code: CodeType) -> Source:
    """The source of a function's code, proved by compiling it.

    Raises:
        NoSource: there is none.
        OtherSource: there is one that does not give this very code.
    """
    # From 3.13 on the text of `python -c` is kept under the name that code made by `exec` has, too.
    lines = [] if code.co_filename == "<string>" else linecache.getlines(code.co_filename)
    if not lines:
        generated = _new_of_a_named_tuple(code)
        if generated is not None:
            return generated
        raise NoSource(f"has no source: a program made it, under the name {code.co_filename}", WRITE_OUT)
    text = "".join(lines)
    # Whoever keeps a text by `str.splitlines` ends lines where Python does not: after form feeds, for one.
    lines = io.StringIO(text).readlines()
    try:
        known = _functions(text)
    except SyntaxError as error:
        raise OtherSource(f"has no source that can be read: {error.msg}, {code.co_filename}", DEFINE_AGAIN) from error
    candidates = known.get((code.co_name, code.co_firstlineno), [])
    for chain in candidates:
        source = _cut(chain, code, lines, text)
        if source is not None and _stands_for(source, code) and _is_compiled_from(text, chain[-1].lineno, code):
            return source
    if candidates:
        raise OtherSource("has other source now than when it was defined", DEFINE_AGAIN)
    raise OtherSource(f"is not on line {code.co_firstlineno} of {code.co_filename} any more", DEFINE_AGAIN)


def _new_of_a_named_tuple(code: CodeType) -> Source | None:
    """The constructor that ``collections.namedtuple`` evaluates of a text it does not keep (Python 3.11 to 3.13)."""
    if code.co_name != _LAMBDA or code.co_varnames[:1] != ("_cls",):
        return None
    fields = ", ".join(code.co_varnames[1:]) + ("," if len(code.co_varnames) == 2 else "")
    text = f"lambda _cls, {fields}: _tuple_new(_cls, ({fields}))"
    source = Source(code.co_filename, 1, "_ = (", text, ")", (_LAMBDA,), code.co_varnames, (), ())
    return source if _stands_for(source, code) and source.compile().co_code == code.co_code else None


@lru_cache(maxsize=8)
def _parsed(text: str) -> ast.Module:
    """A cell or file holds many functions that travel together."""
    return ast.parse(text)


@lru_cache(maxsize=8)
def _functions(text: str) -> Mapping[tuple[str, int], list[tuple[Scope, ...]]]:
    """The functions of a text by their names and first lines, each last in the chain of the scopes around it."""
    found: dict[tuple[str, int], list[tuple[Scope, ...]]] = {}
    for chain in _chains(_parsed(text)):
        found.setdefault((_name(chain[-1]), _first_line(chain[-1])), []).append(chain)
    return found


def _stands_for(source: Source, code: CodeType) -> bool:
    """Whether the cut means the same by itself."""
    try:
        return mean_alike(source.compile(), code)
    except (SyntaxError, SystemError):
        return False


def _is_compiled_from(text: str, line: int, code: CodeType) -> bool:
    """Whether the text gives this very code: IPython compiles a cell by statements, ``%%odps`` and imports at once."""
    flags = sum(getattr(__future__, name).compiler_flag for name in _features(code))
    tree = _parsed(text)
    statement = next((one for one in tree.body if one.lineno <= line <= (one.end_lineno or one.lineno)), None)
    alone = [] if statement is None else [ast.Module([statement], [])]
    return any(alike(one, code) for module in (*alone, tree) for one in _compiled(module, code.co_filename, flags))


def _compiled(tree: ast.Module, file: str, flags: int) -> Iterator[CodeType]:
    """All code objects of a tree."""
    try:
        waiting = [compile(tree, file, "exec", flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)]
    except SyntaxError:
        return
    while waiting:
        code = waiting.pop()
        yield code
        waiting.extend(one for one in code.co_consts if isinstance(one, CodeType))


def _chains(tree: ast.AST) -> Iterator[tuple[Scope, ...]]:
    """Every function of a tree, last in the chain of the scopes around it; outer ones first."""
    waiting: list[tuple[ast.AST, tuple[Scope, ...]]] = [(tree, ())]
    while waiting:
        node, around = waiting.pop()
        inside: list[ast.AST] = []
        if isinstance(node, Scope):
            if not isinstance(node, ast.ClassDef):
                yield (*around, node)
            inside = [*node.body] if isinstance(node.body, list) else [node.body]
        for part in reversed([*ast.iter_child_nodes(node)]):
            # Decorators, defaults and annotations belong to the scope around.
            within = isinstance(node, Scope) and any(part is one for one in inside)
            waiting.append((part, (*around, node) if within else around))  # type: ignore[arg-type]


def _cut(chain: tuple[Scope, ...], code: CodeType, lines: list[str], text: str) -> Source | None:
    own = chain[-1]
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    classes = any(isinstance(scope, ast.ClassDef) for scope in chain[:-1])
    # The class around it brings its own `__class__`, which `super()` reads.
    bound = [name for name in code.co_freevars if not (classes and name == "__class__")]
    if isinstance(own, ast.Lambda):
        before, after, path = _in_lines(chain[:-1], bound)
        cut = ast.get_source_segment(text, own)
    else:
        before, path = _in_place(chain, bound, lines)
        after = "\n"
        cut = "".join(lines[own.lineno - 1 : own.end_lineno])
    if cut is None or before.count("\n") >= own.lineno:
        return None
    return Source(
        *(code.co_filename, own.lineno, before, cut, after),
        (*path, code.co_name),
        code.co_varnames[:count],
        code.co_freevars,
        _features(code),
    )


def _features(code: CodeType) -> tuple[str, ...]:
    """Of ``__future__``; ``nested_scopes`` has the flag that every nested function has."""
    names = (name for name in __future__.all_feature_names if name != "nested_scopes")
    return tuple(name for name in names if code.co_flags & getattr(__future__, name).compiler_flag)


def _in_place(chain: tuple[Scope, ...], bound: list[str], lines: list[str]) -> tuple[str, tuple[str, ...]]:
    """Headers of the scopes around a ``def``, each indented as in the file."""
    headers, path = [], []
    for scope in chain[:-1]:
        if isinstance(scope, ast.Lambda):
            continue  # no `def` stands in a lambda
        header, bound = _header(scope, bound)
        headers.append(f"{_indent(scope, lines)}{header}\n")
        path.append(scope.name)
    if not headers and _indent(chain[-1], lines):
        headers = ["if 1:\n"]
    return "".join(headers), tuple(path)


def _in_lines(around: tuple[Scope, ...], bound: list[str]) -> tuple[str, str, tuple[str, ...]]:
    """What stands before and after a lambda: on its own line but for the headers that cannot share one."""
    headers, path, outer = [], [], []
    if bound and all(isinstance(scope, ast.ClassDef) for scope in around):
        # Bound by a comprehension, which is no scope of its own in every Python.
        headers, path, bound = [f"def _({', '.join(bound)}):"], ["_"], []
    for scope in around:
        path.append(_name(scope))
        if isinstance(scope, ast.Lambda):  # all that follow are lambdas, too
            outer.append(f"lambda {', '.join(bound)}: (")
            bound = []
        else:
            header, bound = _header(scope, bound)
            headers.append(header)
    indented = "\n".join(f"{' ' * depth}{header}" for depth, header in enumerate(headers))
    before = f"{indented}{' ' if headers else ''}_ = ({''.join(outer)}"
    return before, ")" * (1 + len(outer)), tuple(path)


def _header(scope: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, bound: list[str]) -> tuple[str, list[str]]:
    """The first line of a scope; the outermost function has all names that are free inside for its parameters."""
    if isinstance(scope, ast.ClassDef):
        return f"class {scope.name}:", bound
    return f"def {scope.name}({', '.join(bound)}):", []


def _indent(scope: Scope, lines: list[str]) -> str:
    line = lines[scope.lineno - 1]
    # Python counts columns anew after a form feed.
    return line[: len(line) - len(line.lstrip())].rpartition("\f")[2]


def _name(scope: Scope) -> str:
    return _LAMBDA if isinstance(scope, ast.Lambda) else scope.name


def _first_line(scope: Scope) -> int:
    decorators = getattr(scope, "decorator_list", [])
    return int(decorators[0].lineno if decorators else scope.lineno)
