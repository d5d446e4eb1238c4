"""What may stand in a statement of MaxCompute: its words for types, its signs, and the two orders of a query.

sqlglot reads every dialect's signs; what MaxCompute's grammar has no word for is refused where it stands, before it
could be taken for something else. Source: MaxCompute's documentation, "SELECT syntax", "Order of clauses".
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import Token, TokenType

from odps_jupyter.emulator.errors import OdpsError

#: The words for types, and the words of queries that sqlglot takes for types too.
TYPE_WORDS = frozenset(
    [
        "ARRAY", "BIGINT", "BINARY", "BOOL", "BOOLEAN", "CHAR", "DATE", "DATETIME", "DECIMAL", "DOUBLE", "FLOAT", "INT",
        "INTEGER", "INTERVAL", "JSON", "LONG", "MAP", "NUMERIC", "SMALLINT", "STRING", "STRUCT", "TIMESTAMP",
        "TIMESTAMP_NTZ", "TINYINT", "VARCHAR",
        "NULL", "RANGE", "UNION",
    ]
)  # fmt: skip

_FOREIGN = frozenset(
    [
        TokenType.DCOLON, TokenType.DOTCOLON, TokenType.QDCOLON, TokenType.COLON_EQ, TokenType.PIPE_GT, TokenType.DAMP,
        TokenType.L_BRACE, TokenType.R_BRACE, TokenType.PARAMETER, TokenType.PLACEHOLDER, TokenType.SESSION_PARAMETER,
        TokenType.DARROW, TokenType.FARROW, TokenType.HASH_ARROW, TokenType.DHASH_ARROW, TokenType.LR_ARROW,
        TokenType.DQMARK, TokenType.HASH, TokenType.DSTAR, TokenType.IRLIKE,
        TokenType.NATIONAL_STRING, TokenType.BLOCK_START, TokenType.BLOCK_END, TokenType.AT_GT,
        TokenType.LT_AT, TokenType.AMP_LT, TokenType.AMP_GT, TokenType.ADJACENT, TokenType.LLRR_ARROW,
    ]
)  # fmt: skip
#: What can follow the select list, and so ends it where it is moved before FROM.
_AFTER_LIST = frozenset(
    [
        TokenType.ORDER_BY, TokenType.DISTRIBUTE_BY, TokenType.SORT_BY, TokenType.CLUSTER_BY, TokenType.LIMIT,
        TokenType.OFFSET, TokenType.R_PAREN,
    ]
)  # fmt: skip
_UNITS = frozenset(["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"])
_SET_WORDS = frozenset([TokenType.UNION, TokenType.INTERSECT, TokenType.EXCEPT])
_NESTED = frozenset([TokenType.STRUCT, TokenType.ARRAY, TokenType.MAP])
_OPERANDS = frozenset(
    [TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER, TokenType.R_PAREN, TokenType.R_BRACKET]
)


def invalid(token: Token) -> OdpsError:
    """The refusal of a token at its place."""
    column = max(token.col - len(token.text) + 1, 1)
    return OdpsError("ODPS-0130161", f"[{token.line},{column}] Parse exception - invalid token '{token.text}'")


def checked(tokens: Sequence[Token]) -> list[Token]:
    """The tokens of a statement, those of each query in the order SELECT, FROM.

    Raises:
        OdpsError: ``ODPS-0130161``, one of them belongs to no statement of MaxCompute.
    """
    tokens = [_plain(token) for token in tokens]
    nested = 0
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else None
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        kind = token.token_type
        if kind == TokenType.LT and before is not None and before.token_type in _NESTED:
            nested += 1
        elif kind == TokenType.GT and nested:
            nested -= 1
        # A colon stands between the name and the type of a struct's field, and nowhere else.
        if _is_foreign(token, before, after) or (kind == TokenType.COLON and not nested):
            raise invalid(token)
    return _select_first(list(tokens))


def _plain(token: Token) -> Token:
    """R'...', whose backslashes are backslashes, as any other text: its letters are read already."""
    if token.token_type != TokenType.RAW_STRING:
        return token
    return Token(TokenType.STRING, token.text, token.line, token.col, token.start, token.end, token.comments)


def _is_foreign(token: Token, before: Token | None, after: Token | None) -> bool:
    if token.token_type == TokenType.TILDE:
        # ~a is MaxCompute's; a ~ b is a pattern of others.
        return before is not None and before.token_type in _OPERANDS
    if token.token_type in (TokenType.ISNULL, TokenType.NOTNULL):
        return after is None or after.token_type != TokenType.L_PAREN
    if token.token_type == TokenType.DCOLON and before is not None and before.start == token.start:
        return False  # sqlglot reads 1BD and 10L as casts of numbers
    if token.token_type in _FOREIGN:
        return True
    if token.token_type == TokenType.HEX_STRING:
        # X'10' is a constant, 0x10 (two letters longer than its digits, not three) is none.
        return token.end - token.start + 1 == len(token.text) + 2
    if before is not None and before.token_type == TokenType.INTERVAL:
        # INTERVAL '1 day' is others' word for INTERVAL '1' DAY; INTERVAL 1 DAY is written on the page of SEQUENCE.
        unit = after is not None and after.text.upper() in _UNITS
        written = token.token_type == TokenType.STRING or token.text.isdecimal()
        return token.token_type in (TokenType.NUMBER, TokenType.STRING) and not (unit and written)
    word = token.text.upper()
    if before is None or token.token_type not in (TokenType.VAR, TokenType.NUMBER):
        return False
    if word == "EXCLUDE" and before.token_type == TokenType.STAR:
        return after is not None and after.token_type in (TokenType.L_PAREN, TokenType.VAR, TokenType.IDENTIFIER)
    if word == "SAMPLE" and before.token_type == TokenType.USING:
        return True
    # 10x falls into the number 10 and the name x.
    return before.token_type == TokenType.NUMBER and before.end + 1 == token.start


def _select_first(tokens: list[Token]) -> list[Token]:
    """FROM t WHERE ... SELECT ... ORDER BY ... as SELECT ... FROM t WHERE ... ORDER BY ..."""
    waiting: list[list[int]] = [[]]
    selected = [False]
    place = 0
    while place < len(tokens):
        kind = tokens[place].token_type
        if kind == TokenType.L_PAREN:
            waiting.append([])
            selected.append(False)
        elif kind == TokenType.R_PAREN and len(waiting) > 1:
            waiting.pop()
            selected.pop()
        elif _is_set(tokens, place):
            waiting[-1], selected[-1] = [], False
        elif kind == TokenType.FROM:
            if not selected[-1]:
                waiting[-1].append(place)
            selected[-1] = False
        elif kind == TokenType.SELECT and waiting[-1]:
            start, end = waiting[-1][0], _end_of_list(tokens, place)
            tokens[start:end] = [*tokens[place:end], *tokens[start:place]]
            place, waiting[-1] = start, []
            continue
        elif kind == TokenType.SELECT:
            selected[-1] = True
        place += 1
    return tokens


def _end_of_list(tokens: Sequence[Token], place: int) -> int:
    depth = 0
    while place < len(tokens):
        kind = tokens[place].token_type
        if depth == 0 and (kind in _AFTER_LIST or _is_set(tokens, place)):
            break
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        place += 1
    return place


def _is_set(tokens: Sequence[Token], place: int) -> bool:
    """Whether a word divides two queries; * EXCEPT (a) does not."""
    starred = place > 0 and tokens[place - 1].token_type == TokenType.STAR
    return tokens[place].token_type in _SET_WORDS and not starred
