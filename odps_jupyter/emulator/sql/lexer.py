"""Splits a script into statements and takes out what is not part of any: comments, hints, settings, variables.

Positions are kept: what is removed becomes blanks, so that an error's line and column are those of the user's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .branches import Branches, Guards
from .statements.reader import Reader

_TOKEN = re.compile(
    r"""
      (?P<code> \#code\s*\(.*?\#end\s+code )
    | (?P<hint>    /\*\+.*?\*/ )
    | (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<string>  '(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | `(?:``|[^`])*` )
    | (?P<variable> @[A-Za-z_]\w* )
    | (?P<flag> (?-i:\bre\.[A-Z]+\b) )
    | (?P<project> \b[A-Za-z_]\w*:(?=(?!(?:decimal|varchar|char)\b)[A-Za-z_]\w*\() )
    | (?P<end> ; )
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
# The body of an SQL function may hold statements of its own, up to its END.
_OPEN_BODY = re.compile(
    r"\s*(create\s+(or\s+replace\s+)?(temporary\s+)?sql\s+)?function\b.*\bas\s+begin\b(?!.*\bend\s*$)",
    re.IGNORECASE | re.DOTALL,
)
_ASSIGNMENT = re.compile(r"\s*`@(\w+)`\s*:=\s*(cache\s+on\s+)?(.*)", re.IGNORECASE | re.DOTALL)
_SETTING = re.compile(r"\s*set\s+([\w.\-]+)\s*=\s*(.*?)\s*", re.IGNORECASE | re.DOTALL)

# PyODPS on Python 3.11 and newer writes a captured regular-expression flag by its name (repr of an IntFlag).
_REGEX_FLAGS = {"IGNORECASE": 2, "LOCALE": 4, "MULTILINE": 8, "DOTALL": 16, "UNICODE": 32, "VERBOSE": 64, "ASCII": 256}


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        text: the statement, positions as in the script, variables written as quoted names (```@c1```).
        variable: name of the script variable that the statement defines, without ``@``.
        cached: whether the variable was said to be kept (``@x := CACHE ON select ...``).
        under: the conditions under which it runs.
        condition: the number of the condition of an IF that the text is; ``None`` for a statement.
    """

    text: str
    variable: str | None = None
    cached: bool = False
    under: Guards = ()
    condition: int | None = None


@dataclass(frozen=True)
class Setting:
    """``set key=value;`` inside a script."""

    key: str
    value: str


def split(script: str) -> Iterator[Statement | Setting]:
    """The statements and settings of a script, in order; empty statements are left out.

    Raises:
        OdpsError: an IF is not written as one, or a setting is inside one: settings hold for the whole script.
    """
    branches = Branches()
    for piece in (one for text in _pieces(script) for one in branches.read(text)):
        text = piece.text
        if piece.condition is not None:
            yield Statement(text, under=piece.under, condition=piece.condition)
            continue
        setting = _SETTING.fullmatch(text)
        if setting:
            if piece.under:
                raise Reader(text).unsupported("SET inside an IF")
            yield Setting(setting[1].lower(), setting[2].strip("'\""))
            continue
        assignment = _ASSIGNMENT.fullmatch(text)
        if assignment:
            start = assignment.start(3)
            yield Statement(
                _blank(text[:start]) + text[start:], assignment[1].lower(), bool(assignment[2]), piece.under
            )
        else:
            yield Statement(text, under=piece.under)
    branches.close(script)


def _pieces(script: str) -> Iterator[str]:
    """Text of each statement, at the line and column where the script has it."""
    done: list[str] = []
    start = 0
    prefix = ""
    for match in _TOKEN.finditer(script):
        done.append(script[start : match.start()])
        start = match.end()
        kind, text = match.lastgroup, match[0]
        if kind == "comment":
            done.append(_blank(text))
        elif kind == "hint":
            done.append(_mapjoin(text))
        elif kind == "project":
            # project:function(...), which sqlglot has no grammar for; Queries.parsed puts the two together again.
            done.append(f"{text[:-1]}.")
        elif kind == "variable":
            done.append(f"`{text.lower()}`")
        elif kind == "flag":
            name = text[3:]
            done.append(str(_REGEX_FLAGS[name]) if name in _REGEX_FLAGS else text)
        elif kind in ("string", "code") or _OPEN_BODY.match("".join(done)):
            done.append(text)
        else:
            statement = "".join(done)
            yield prefix + statement
            prefix = _before(prefix + statement + ";")
            done = []
    yield prefix + "".join(done) + script[start:]


_MAPJOIN = re.compile(r"\b(?:mapjoin|distmapjoin|broadcast)\s*\(((?:[^()]|\([^()]*\))*)\)", re.IGNORECASE)


def _mapjoin(hint: str) -> str:
    """The hint that changes what a statement means, as sqlglot reads it; others say how to run it, and are blanks.

    MAPJOIN, DISTMAPJOIN (with options in brackets) and BROADCAST name relations; sqlglot knows no options.
    """
    names = [
        name.strip().partition("(")[0].strip()
        for found in _MAPJOIN.finditer(hint)
        for name in re.split(r",(?![^(]*\))", found[1])
    ]
    text = f"/*+mapjoin({','.join(names)})*/" if any(names) else ""
    lines = hint.count("\n")
    return text + "\n" * lines if lines else text.ljust(len(hint))


def _before(text: str) -> str:
    """As many line ends as a text has, and blanks for its last line: whatever follows keeps its line and column.

    Blanks for all of it would make a script of thousands of statements thousands of times as long.
    """
    return "\n" * text.count("\n") + " " * (len(text) - text.rfind("\n") - 1)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
