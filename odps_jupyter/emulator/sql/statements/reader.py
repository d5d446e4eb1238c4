"""Reads a statement word by word.

sqlglot reads queries; of MaxCompute's other statements it knows some, takes parts of others for what they are not, and
passes the rest by. What is read here is understood or refused at its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import COVERAGE, OdpsError
from odps_jupyter.emulator.sql.decimals import Decimals
from odps_jupyter.emulator.sql.dialect import EmulatedMaxCompute

_TOKEN = re.compile(
    r"""
      (?P<quoted>  `(?:``|[^`])*` )
    | (?P<string>  '(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" )
    | (?P<number>  \d+\.\d+ | \d+(?![A-Za-z_\d]) )
    | (?P<word>    [\w$]+ )
    | (?P<symbol>  <=|>=|<>|!=|:=|==|\S )
    """,
    re.VERBOSE | re.DOTALL,
)

T = TypeVar("T")
_DECIMALS = Decimals()


@dataclass(frozen=True)
class Token:
    """One token: what kind it is (``word``, ``quoted``, ``string``, ``number``, ``symbol``), its text, its place."""

    kind: str
    text: str
    start: int

    @property
    def upper(self) -> str:
        return self.text.upper()


class Reader:
    """A position in one statement.

    Args:
        text: the statement, with positions as in the script; comments are blanks already.
        decimals: what the job says of the types that are written in it.
    """

    def __init__(self, text: str, decimals: Decimals = _DECIMALS) -> None:
        self.text = text
        self._decimals = decimals
        self._tokens = [Token(str(m.lastgroup), m[0], m.start()) for m in _TOKEN.finditer(text)]
        self._at = 0

    @property
    def token(self) -> Token:
        """The next token; an empty one at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else Token("end", "", len(self.text.rstrip()))

    @property
    def done(self) -> bool:
        return self._at >= len(self._tokens)

    @property
    def place(self) -> str:
        """``[line,column]`` of the next token."""
        return self._place(self.token)

    def _place(self, token: Token) -> str:
        before = self.text[: token.start]
        return f"[{before.count(chr(10)) + 1},{token.start - before.rfind(chr(10))}]"

    def invalid(self) -> OdpsError:
        """The refusal of the next token."""
        return OdpsError("ODPS-0130161", f"{self.place} Parse exception - invalid token '{self.token.text or '<EOF>'}'")

    def semantic(self, message: str, place: str | None = None) -> OdpsError:
        """A statement that is read and means nothing; the place is the next token's unless one is given."""
        return OdpsError("ODPS-0130071", f"{place or self.place} Semantic analysis exception - {message}")

    def unsupported(self, what: str) -> OdpsError:
        """A construct of MaxCompute that is not here, named."""
        return self.semantic(f"{what} is not supported by the embedded MaxCompute; {COVERAGE} says what is")

    def sees(self, *words: str) -> bool:
        """Whether these words (or symbols) come next."""
        following = self._tokens[self._at : self._at + len(words)]
        return [t.upper for t in following if t.kind in ("word", "symbol")] == list(words)

    def sees_names(self) -> bool:
        """Whether names in brackets come next, with nothing said of them: ``(a)`` or ``(a, b)``."""
        after = self._tokens[self._at + 2] if self._at + 2 < len(self._tokens) else None
        return self.sees("(") and after is not None and after.text in (",", ")")

    def accept(self, *words: str) -> bool:
        """Pass these words if they come next."""
        if not self.sees(*words):
            return False
        self._at += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Pass these words.

        Raises:
            OdpsError: something else comes next.
        """
        for word in words:
            if not self.accept(word):
                raise self.invalid()

    def end(self) -> None:
        """Nothing may follow."""
        if not self.done:
            raise self.invalid()

    def _take(self, *kinds: str) -> Token:
        token = self.token
        if token.kind not in kinds:
            raise self.invalid()
        self._at += 1
        return token

    def name(self) -> str:
        """A name in lower case, quoted or not."""
        token = self._take("word", "quoted")
        text = token.text[1:-1].replace("``", "`") if token.kind == "quoted" else token.text
        return text.lower()

    def path(self) -> list[str]:
        """``name``, ``a.name`` or ``a.b.name``."""
        parts = [self.name()]
        while self.accept("."):
            parts.append(self.name())
        return parts

    def string(self) -> str:
        """The value of a string literal."""
        token = self._take("string")
        return str(EmulatedMaxCompute().tokenize(token.text)[0].text)

    def integer(self) -> int:
        """A whole number."""
        token = self._take("number", "word")
        if not token.text.isdigit():
            self._at -= 1
            raise self.invalid()
        return int(token.text)

    def literal(self) -> str:
        """The text of a constant: a string, a number with or without a sign."""
        if self.token.kind == "string":
            return self.string()
        sign = "-" if self.accept("-") else ""
        return sign + self._take("number", "word").text

    def type(self) -> types.Type:
        """A type such as ``array<struct<a:bigint>>``.

        Raises:
            OdpsError: no type has that name.
        """
        first, depth, parts = self.token, 0, [self._take("word").text]
        while not self.done:
            text = self.token.text
            if depth == 0 and text not in ("<", "("):
                break
            if depth == 0 and text == "<" and parts[0].lower() not in ("array", "map", "struct"):
                break
            depth += (text in "<(") - (text in ">)")
            # >> of nested types comes as two tokens, >= never follows a type.
            parts.append(self._take("word", "quoted", "number", "symbol").text)
            if depth == 0:
                break
        try:
            return self._decimals.check(types.parse("".join(parts)))
        except ValueError as error:
            raise OdpsError("ODPS-0130071", f"{self._place(first)} Semantic analysis exception - {error}") from error

    def listed(self, item: Callable[[], T]) -> list[T]:
        """``(item, item, ...)``."""
        self.expect("(")
        items = [] if self.sees(")") else [item()]
        while self.accept(","):
            items.append(item())
        self.expect(")")
        return items

    def skip_brackets(self) -> str:
        """The text inside the brackets that come next, and go past them; blanks stand for what is before."""
        opening = self.token
        self.expect("(")
        depth = 1
        while depth and not self.done:
            closing = self._take("word", "quoted", "string", "number", "symbol")
            depth += (closing.text == "(") - (closing.text == ")")
        if depth:
            raise self.invalid()
        return blank(self.text[: opening.start + 1]) + self.text[opening.start + 1 : closing.start]

    def until(self, *words: str) -> str:
        """The text before the next of these words outside brackets; blanks stand for what is before."""
        start, depth = self.token.start, 0
        while not self.done and not (depth == 0 and self.token.kind == "word" and self.token.upper in words):
            depth += (self.token.text == "(") - (self.token.text == ")")
            self._at += 1
        return blank(self.text[:start]) + self.text[start : self.token.start]

    def rest(self) -> str:
        """The text from here to the end; blanks stand for what is before, so that places stay."""
        start = self.token.start
        self._at = len(self._tokens)
        return blank(self.text[:start]) + self.text[start:]

    def if_exists(self) -> bool:
        """``IF EXISTS``."""
        return self.accept("IF", "EXISTS")

    def if_not_exists(self) -> bool:
        """``IF NOT EXISTS``."""
        return self.accept("IF", "NOT", "EXISTS")


def blank(text: str) -> str:
    """As many blanks and line ends as a text has."""
    return re.sub(r"[^\n]", " ", text)
