"""The MaxCompute grammar, with every function call left as it is written.

sqlglot's typed function nodes carry other dialects' meanings (and lose arguments: a format, INSTR's 4th). The table of
MaxCompute functions is the only place that says what a call means, so the parser must not guess before it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlglot import TokenType, exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.parser import Parser
from sqlglot_maxcompute import MaxCompute, MaxComputeParser

from . import grammar
from .errors import parse_failure
from .tokens import TYPE_WORDS, checked, invalid


class _Tokenizer(MaxCompute.Tokenizer):  # type: ignore[misc]
    HEX_STRINGS: ClassVar[list[Any]] = [("X'", "'"), ("x'", "'")]
    RAW_STRINGS: ClassVar[list[Any]] = [(start + mark, mark) for start in "Rr" for mark in "'\""]
    # Other dialects' types are plain names here, so that a column may have them.
    KEYWORDS: ClassVar[dict[str, Any]] = {
        word: kind
        for word, kind in MaxCompute.Tokenizer.KEYWORDS.items()
        if kind not in MaxComputeParser.TYPE_TOKENS or word in TYPE_WORDS
    }


class _Parser(MaxComputeParser):  # type: ignore[misc]
    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        "CAST": lambda self: self._parse_cast(True),
        "EXTRACT": lambda self: self._parse_extract(),
        "TRIM": lambda self: self._parse_trim(),
    }
    # By these, sqlglot takes the subscript of array(1, 2)[0] for the array's items.
    ARRAY_CONSTRUCTORS: ClassVar[dict[str, Any]] = {}

    TYPE_LITERAL_PARSERS: ClassVar[dict[Any, Any]] = {
        **MaxComputeParser.TYPE_LITERAL_PARSERS,
        exp.DataType.Type.JSON: lambda self, this, _: _json(this),
    }

    def _parse_types(self, *args: Any, **kwargs: Any) -> exp.Expr | None:
        # Hive's parser takes VARCHAR(3) and CHAR(3) of a CAST for STRING; in MaxCompute they cut the text.
        return Parser._parse_types(self, *args, **kwargs)

    def _parse_trim(self) -> exp.Expr:
        # TRIM([BOTH | LEADING | TRAILING] [characters] FROM text); TRIM(text[, characters]) as any call.
        sides = {"BOTH": "TRIM", "LEADING": "LTRIM", "TRAILING": "RTRIM"}
        side = sides[self._prev.text.upper()] if self._match_texts(sides) else None
        characters = None if self._match(TokenType.FROM, advance=False) else self._parse_bitwise()
        if not self._match(TokenType.FROM):
            rest = self._parse_csv(self._parse_bitwise) if self._match(TokenType.COMMA) else []
            if side is not None:
                self.raise_error("FROM is missing")
            return exp.Anonymous(this="TRIM", expressions=[characters, *rest])
        text = self._parse_bitwise()
        given = [text] if characters is None else [text, characters]
        return exp.Anonymous(this=side or "TRIM", expressions=given)

    def _parse_select_query(self, *args: Any, **kwargs: Any) -> exp.Expr | None:
        # FROM ... SELECT has been put in the other order before; FROM without SELECT is no query.
        if self._match(TokenType.FROM, advance=False):
            raise invalid(self._curr)
        return super()._parse_select_query(*args, **kwargs)  # type: ignore[no-any-return]


def _json(this: exp.Expr) -> exp.Expr:
    """A constant of JSON; sqlglot takes the subscripts behind it for part of its text."""
    if isinstance(this, exp.Bracket):
        this.set("this", _json(this.this))
        return this
    return exp.ParseJSON(this=this)


class EmulatedMaxCompute(MaxCompute):  # type: ignore[misc]
    """MaxCompute with calls kept as ``exp.Anonymous``."""

    Tokenizer = _Tokenizer
    Parser = _Parser


_dialect = EmulatedMaxCompute()


def parse(text: str) -> exp.Expr:
    """The tree of one statement.

    Raises:
        OdpsError: ``ODPS-0130161`` with line and column, where the text is no statement; ``ODPS-0130071``, where a part
            of it would mean nothing here.
    """
    try:
        tokens = checked(_dialect.tokenize(text))
        trees = _dialect.parser(error_level=ErrorLevel.IMMEDIATE).parse(tokens, text)
    except (ParseError, TokenError) as error:
        raise parse_failure(error, text) from error
    tree: exp.Expr | None = trees[0] if trees else None
    if tree is None:
        raise parse_failure(ParseError("an empty statement"), text)
    grammar.check(tree)
    return tree
