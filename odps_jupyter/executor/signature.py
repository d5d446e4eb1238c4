"""What a function takes and returns, read from its source text; the source is never executed here."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Literal

from .errors import SignatureError
from .types import Type, parse_type, split_types

Kind = Literal["scalar", "table", "aggregate"]
_METHODS: dict[str, Kind] = {"process": "table", "iterate": "aggregate", "evaluate": "scalar"}
_BASES: dict[str, Kind] = {"BaseUDTF": "table", "BaseUDAF": "aggregate"}
_DEF = re.compile(r"\s+def\s+(\w+)\s*\(")
_CLIENT = re.compile(r"""impl=\((\d+), (\d+), ["']\w+["']\)""")


@dataclass(frozen=True)
class Signature:
    """``arguments`` and ``returns`` are canonical MaxCompute type names; ``*`` is any (and any number, if last)."""

    kind: Kind
    arguments: tuple[str, ...]
    returns: tuple[str, ...]
    client: tuple[int, int] | None = None


def read_signature(source: str, class_name: str) -> Signature:
    """Read the signature of ``class_name`` (``udf.MyClass`` and ``MyClass`` name the same class).

    Only the class's own text is parsed, so that a function for Python 2 can be read as well.

    Raises:
        SignatureError: no such class, no usable ``@annotate``, or an unknown type in it.
    """
    name = class_name.rsplit(".", 1)[-1]
    lines = source.splitlines()
    at = _class_line(lines, name)
    header = lines[at]
    body = _block(lines, at)
    kind = _kind(header, body, name)
    client = _CLIENT.search("\n".join(body))
    arguments, returns = _annotation(lines, at, name, kind)
    return Signature(kind, arguments, returns, (int(client[1]), int(client[2])) if client else None)


def _class_line(lines: list[str], name: str) -> int:
    pattern = re.compile(rf"class\s+{re.escape(name)}\s*[:(]")
    # The last definition is the one that stands when the module has been executed.
    for at in range(len(lines) - 1, -1, -1):
        if pattern.match(lines[at]):
            return at
    raise SignatureError(f"The source has no class {name}; the function must be registered with a class it defines.")


def _block(lines: list[str], at: int) -> list[str]:
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or lines[end][0] in " \t#"):
        end += 1
    return lines[at + 1 : end]


def _kind(header: str, body: list[str], name: str) -> Kind:
    for base, kind in _BASES.items():
        if re.search(rf"\b{base}\b", header):
            return kind
    defined = {found[1] for line in body if (found := _DEF.match(line))}
    for method, kind in _METHODS.items():
        if method in defined:
            return kind
    raise SignatureError(f"Class {name} has none of the methods evaluate, process, iterate: it is no function.")


def _annotation(lines: list[str], at: int, name: str, kind: Kind) -> tuple[tuple[str, ...], tuple[str, ...]]:
    decorators: list[str] = []
    start = at
    while start > 0 and lines[start - 1].strip() and not lines[start - 1].startswith(("class ", "def ")):
        start -= 1
        decorators.insert(0, lines[start])
        if lines[start].startswith("@") and _literal("\n".join(decorators)) is not None:
            break
    prototype = _literal("\n".join(decorators))
    if prototype is None:
        if kind == "table":
            # "If you do not specify a function signature ... all output parameters are of the STRING type" (UDTF page).
            return ("*",), ("*",)
        raise SignatureError(f"Class {name} has no @annotate('...->...') that says what it takes and returns.")
    left, arrow, right = prototype.lower().partition("->")
    if not arrow:
        raise SignatureError(f"The signature {prototype!r} of class {name} lacks '->' between arguments and returns.")
    returns = _types(right)
    if not returns or (kind != "table" and len(returns) != 1):
        raise SignatureError(f"The signature {prototype!r} of class {name} must return one value.")
    if any(kind != "*" and _holds_char(parse_type(kind)) for kind in returns):
        # "CHAR and VARCHAR cannot be used as types of return values", the pages on Python UDFs.
        raise SignatureError(
            f"Class {name} returns CHAR or VARCHAR in {prototype!r}, which no function can: use STRING."
        )
    return _types(left), returns


def _literal(text: str) -> str | None:
    match = re.search(r"@(?:[\w.]+\.)?annotate\s*\(", text)
    if match is None:
        return None
    try:
        call = ast.parse(text[match.start() + 1 :].split("\n@")[0].strip(), mode="eval").body
    except SyntaxError:
        return None
    if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
        value = call.args[0].value
        return value if isinstance(value, str) else None
    return None


def _holds_char(kind: Type) -> bool:
    return kind.name in ("char", "varchar") or any(_holds_char(child) for _, child in kind.fields)


def _types(text: str) -> tuple[str, ...]:
    return tuple(part if part == "*" else str(parse_type(part)) for part in split_types(text.strip()))
