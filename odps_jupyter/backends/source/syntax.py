"""What a text holds that an older Python cannot read, found with vermin and, where that is silent, in the tree.

Checked against the interpreters themselves (``tests/backends/source/test_syntax.py``).
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from odps_jupyter.analysis.minimums import Contradiction, Python, lacking

#: What vermin tells beside syntax: names of the library, formats, and what decides itself when the line runs.
_NO_SYNTAX = re.compile(
    r"^'.+' (module|member|constant|user function decorator)$|^'.+\(.+\)'$|directive|typecode|handler|encoding"
    r"|format|True/False|union|modular inverse|Literal|Final|literal|final variable|byte string|print"
)
#: String prefixes that Python 2.7 has not.
_NEW_PREFIX = re.compile(r"^(rb|rB|Rb|RB)['\"]")


def newer_syntax(text: str, python: Python) -> tuple[int, str] | None:
    """The first line of ``text``, from 1, that ``python`` cannot read, and what stands there; None where it can.

    ``super()`` without arguments counts: Python 2.7 reads it and knows no such call.
    """
    try:
        told = lacking(text, python, features=("fstring-self-doc",))
    except Contradiction as error:
        return 1, str(error)
    found = [*((line, what) for line, what in told if not _NO_SYNTAX.search(what)), *_untold(text, python)]
    return min(found, default=None)


def _untold(text: str, python: Python) -> Iterator[tuple[int, str]]:
    """What vermin 1.9 says nothing of."""
    for node in ast.walk(ast.parse(text)):
        if python < (3, 12) and getattr(node, "type_params", None):
            yield node.lineno, "type parameters"  # type: ignore[attr-defined]
        bare = _bare_stars(node, text)
        if bare is not None and python < bare[0]:
            yield bare[1].lineno, "unpacking without parentheses"
    if python[0] == 2:
        yield from _not_in_two(text)


def _bare_stars(node: ast.AST, text: str) -> tuple[Python, ast.expr] | None:
    """A tuple with stars and without parentheses, and the Python that first reads one there."""
    held: ast.expr | None
    match node:
        case ast.Subscript(slice=held):
            since = (3, 11)
        case ast.For(iter=held):
            since = (3, 9)
        case ast.Return(value=held) | ast.Yield(value=held):
            since = (3, 8)
        case _:
            return None
    if not isinstance(held, ast.Tuple) or not any(isinstance(one, ast.Starred) for one in held.elts):
        return None
    written = ast.get_source_segment(text, held) or ""
    return None if written.startswith("(") and written.endswith(")") else (since, held)


def _not_in_two(text: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(text)
    subscripts = (node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript))
    inside = {id(part) for held in subscripts for part in ast.walk(held)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _after_star(node):
            yield node.lineno, "arguments after a starred one"
        if isinstance(node, ast.Constant) and node.value is ... and id(node) not in inside:
            yield node.lineno, "`...` as a value"
        if isinstance(node, ast.Name) and node.id == "__class__":
            yield node.lineno, "`__class__` by its name"
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NUMBER and "_" in token.string:
            yield token.start[0], "underscores in numbers"
        if token.type == tokenize.NAME and not token.string.isascii():
            yield token.start[0], f"the name {token.string}"
        if token.type == tokenize.STRING and _NEW_PREFIX.match(token.string):
            yield token.start[0], "the prefix of a literal"


def _after_star(call: ast.Call) -> bool:
    starred = [isinstance(argument, ast.Starred) for argument in call.args]
    return True in starred and not all(starred[starred.index(True) :])
