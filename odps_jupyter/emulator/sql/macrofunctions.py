"""SQL functions: calls are replaced by the body of the definition before anything else looks at a statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from .definitions import SqlFunction
from .dialect import parse
from .errors import semantic, unsupported

_HEAD = re.compile(
    r"""function\s+(?:if\s+not\s+exists\s+)?[\w`.:]+\s*\((?P<parameters>.*?)\)\s*
    (?:returns\s+(?:`(?P<result>@\w+)`\s+)?(?P<returns>\w+(?:\s*[<(].*?[>)])?)\s+)?as\s+(?P<body>.*)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_PARAMETER = re.compile(r"\s*`(?P<name>@\w+)`\s+(?P<type>.+?)\s*(?:=.*)?", re.DOTALL)
_BEGIN = re.compile(r"begin\b(?P<steps>.*)\bend\s*;?\s*", re.IGNORECASE | re.DOTALL)
_STEP = re.compile(r"\s*`(?P<name>@\w+)`\s*(?:[\w<>(), ]+?\s*)?:=\s*(?P<value>.*)", re.DOTALL)
#: Calls inside bodies inside bodies; deeper, a function surely calls itself.
_DEEPEST = 50


@dataclass(frozen=True)
class _Definition:
    name: str
    parameters: tuple[tuple[str, str], ...]
    returns: str | None
    body: exp.Expr


@dataclass
class SqlFunctions:
    """The SQL functions a script can call; ``kept`` answers the project's own, and is asked once."""

    kept: Callable[[], Mapping[str, str]]
    _known: dict[str, _Definition | str] | None = None
    _own: dict[str, _Definition] = field(default_factory=dict)

    def define(self, function: SqlFunction) -> None:
        """Add a function of the script's own.

        Raises:
            OdpsError: its text means nothing, or uses what is not supported.
        """
        self._own[function.name] = _read(function)

    def expand(self, tree: exp.Expr, depth: int = 0) -> exp.Expr:
        """The tree with every call of an SQL function replaced."""
        for call in list(tree.find_all(exp.Anonymous)):
            found = self._find(str(call.this).lower())
            if found is None:
                continue
            if depth == _DEEPEST:
                raise semantic(f"function {found.name} calls itself", call)
            made = exp.Paren(this=self.expand(_applied(found, call), depth + 1))
            if call is tree:
                return made
            call.replace(made)
        return tree

    def _find(self, name: str) -> _Definition | None:
        if name in self._own:
            return self._own[name]
        if self._known is None:
            self._known = dict(self.kept())
        found = self._known.get(name)
        if isinstance(found, str):
            found = self._known[name] = _read(SqlFunction(name, found))
        return found


def _read(function: SqlFunction) -> _Definition:
    match = _HEAD.fullmatch(function.text.strip().rstrip(";"))
    if match is None:
        raise semantic(f"function {function.name} is written FUNCTION name(@a TYPE, ...) [RETURNS TYPE] AS expression")
    parameters = []
    for text in _divided(match["parameters"]):
        parameter = _PARAMETER.fullmatch(text)
        if parameter is None:
            raise semantic(f"{text.strip()!r} is no parameter of function {function.name}; write @name TYPE")
        kind = parameter["type"]
        if re.match(r"(table|function|any)\b", kind, re.IGNORECASE):
            raise unsupported(f"a parameter of type {kind} of an SQL function")
        parameters.append((parameter["name"].lower(), kind))
    body = _body(function.name, match["body"], match["result"])
    return _Definition(function.name, tuple(parameters), match["returns"], body)


def _divided(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for place, char in enumerate(text):
        depth += (char in "<(") - (char in ">)")
        if char == "," and depth == 0:
            yield text[start:place]
            start = place + 1
    if text[start:].strip():
        yield text[start:]


def _body(name: str, text: str, result: str | None) -> exp.Expr:
    block = _BEGIN.fullmatch(text.strip())
    if block is None:
        return _expression(name, text)
    known: dict[str, exp.Expr] = {}
    last = ""
    for part in block["steps"].split(";"):
        if not part.strip():
            continue
        step = _STEP.fullmatch(part)
        if step is None:
            raise unsupported(f"{part.strip()[:60]!r} in the body of an SQL function")
        last = step["name"].lower()
        known[last] = _replaced(_expression(name, step["value"]), known)
    wanted = (result or last).lower()
    if wanted not in known:
        raise semantic(f"function {name} never sets its result {wanted}")
    return known[wanted]


def _expression(name: str, text: str) -> exp.Expr:
    if re.match(r"\s*\(?\s*(select|with|from)\b", text, re.IGNORECASE):
        raise unsupported(f"an SQL function that is a query ({name})")
    tree = parse(f"SELECT {text.strip()}")
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or len(tree.args.get("from_") or ()):
        raise semantic(f"the body of function {name} is no single expression")
    return tree.expressions[0].copy()  # type: ignore[no-any-return]


def _replaced(tree: exp.Expr, values: Mapping[str, exp.Expr]) -> exp.Expr:
    def one(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.name.lower() in values and not node.table:
            return exp.Paren(this=values[node.name.lower()].copy())
        return node

    return tree.transform(one)


def _cast(value: exp.Expr, kind: str) -> exp.Expr:
    cast: exp.Expr = parse(f"SELECT CAST(0 AS {kind})").expressions[0]
    cast.set("this", value)
    return cast


def _applied(found: _Definition, call: exp.Anonymous) -> exp.Expr:
    if len(call.expressions) != len(found.parameters):
        raise semantic(
            f"function {found.name} takes {len(found.parameters)} arguments, not {len(call.expressions)}", call
        )
    pairs = zip(found.parameters, call.expressions, strict=True)
    body = _replaced(found.body, {name: _cast(value.copy(), kind) for (name, kind), value in pairs})
    return body if found.returns is None else _cast(exp.Paren(this=body), found.returns)
