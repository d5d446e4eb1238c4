"""The edit that silences a diagnostic where it stands: a comment at the end of its line."""

from __future__ import annotations

import io
import tokenize

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.notebook.magics import blank

from .model import Diagnostic, Edit
from .suppressions import COMMENT, KIND


def ignore_edit(item: Diagnostic, source: str) -> Edit | None:
    """The edit of a cell's ``source`` that adds ``# odps: ignore[kind]``; None where no comment can stand.

    That is inside a string over several lines, before a backslash, and on a line that is IPython's own.
    """
    number = item.span.line
    line = source.split("\n")[number - 1]
    if item.kind == KIND or line.endswith("\\") or not _takes_comment(source, number):
        return None
    written = COMMENT.search(line)
    if written is None:
        end = len(line.rstrip().encode())
        span = Span(item.span.cell, number, end, number, len(line.encode()))
        return Edit(span, f"  # odps: ignore[{item.kind}]")
    if written["kinds"] is None:
        return None
    end = len(line[: written.end("kinds")].encode())
    before = ", " if written["kinds"].strip() else ""
    return Edit(Span(item.span.cell, number, end, number, end), f"{before}{item.kind}")


def _takes_comment(source: str, number: int) -> bool:
    plain = blank(source)
    if plain.split("\n")[number - 1] != source.split("\n")[number - 1]:
        return False  # a magic would take the comment for an argument
    inside = False
    try:
        for token in tokenize.generate_tokens(io.StringIO(plain).readline):
            first, last = token.start[0], token.end[0]
            if first > number:
                break
            inside = inside or (first <= number < last and token.type not in (tokenize.NEWLINE, tokenize.NL))
    except (tokenize.TokenError, SyntaxError):
        return False
    return not inside
