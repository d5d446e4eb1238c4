"""MaxCompute's wording of what goes wrong in SQL, with the place in the statement."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from odps_jupyter.emulator.errors import OdpsError


def place(node: exp.Expr | None) -> str:
    """``[line,column]`` of the first token under a node that has one, counted from 1; ``[0,0]`` if none has."""
    if node is not None:
        for part in node.walk(bfs=False):
            if "line" in part.meta and "col" in part.meta:
                start = part.meta["col"] - (part.meta["end"] - part.meta["start"])
                return f"[{part.meta['line']},{max(start, 1)}]"
    return "[0,0]"


def semantic(message: str, node: exp.Expr | None = None) -> OdpsError:
    """A statement that parses and means nothing: an unknown column, function or construct, wrong types."""
    return OdpsError("ODPS-0130071", f"{place(node)} Semantic analysis exception - {message}")


def unsupported(what: str, node: exp.Expr | None = None) -> OdpsError:
    """A construct of MaxCompute that the embedded one does not have, named."""
    return semantic(f"{what} is not supported by the embedded MaxCompute", node)


def parse_failure(error: ParseError | TokenError) -> OdpsError:
    """sqlglot's refusal as MaxCompute words it."""
    first = error.errors[0] if isinstance(error, ParseError) and error.errors else None
    if first is None:
        return OdpsError("ODPS-0130161", f"[1,1] Parse exception - {str(error).splitlines()[0]}")
    where = f"[{first.get('line') or 1},{first.get('col') or 1}]"
    near = first.get("highlight") or ""
    return OdpsError("ODPS-0130161", f"{where} Parse exception - {first.get('description')} near {near!r}")
