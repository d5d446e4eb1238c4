"""MaxCompute's wording of what goes wrong in SQL, with the place in the statement."""

from __future__ import annotations

import re

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from odps_jupyter.emulator.errors import COVERAGE, OdpsError

# Strings and quoted names that are whole: what is left of a quote is an open one.
_CLOSED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:``|[^`])*`""", re.DOTALL)


def place(node: exp.Expr | None) -> str:
    """``[line,column]`` of the first token under a node that has one, counted from 1; ``[0,0]`` if none has."""
    found = [
        (part.meta["line"], max(part.meta["col"] - (part.meta["end"] - part.meta["start"]), 1))
        for part in (node.walk() if node is not None else ())
        if "line" in part.meta and "col" in part.meta
    ]
    if found:
        line, column = min(found)
        return f"[{line},{column}]"
    return "[0,0]"


def semantic(message: str, node: exp.Expr | None = None) -> OdpsError:
    """A statement that parses and means nothing: an unknown column, function or construct, wrong types."""
    return OdpsError("ODPS-0130071", f"{place(node)} Semantic analysis exception - {message}")


def unsupported(what: str, node: exp.Expr | None = None) -> OdpsError:
    """A construct of MaxCompute that the embedded one does not have, named."""
    return semantic(f"{what} is not supported by the embedded MaxCompute; {COVERAGE} says what is", node)


def parse_failure(error: ParseError | TokenError, text: str = "") -> OdpsError:
    """sqlglot's refusal of a text as MaxCompute words it."""
    first = error.errors[0] if isinstance(error, ParseError) and error.errors else None
    if first is None:
        # The text cannot even be cut into tokens: a quote is open.
        rest = _CLOSED.sub(lambda m: " " * len(m[0]), text)
        at = min((rest.index(q) for q in "'\"`" if q in rest), default=len(text))
        where = f"[{text[:at].count(chr(10)) + 1},{at - text[:at].rfind(chr(10))}]"
        return OdpsError("ODPS-0130161", f"{where} Parse exception - invalid token '{text[at : at + 20] or '<EOF>'}'")
    token = first.get("highlight") or "<EOF>"
    # sqlglot tells the column in which a token ends.
    column = max((first.get("col") or 1) - len(token) + 1, 1)
    return OdpsError("ODPS-0130161", f"[{first.get('line') or 1},{column}] Parse exception - invalid token '{token}'")
