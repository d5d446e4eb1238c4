"""A difference between two texts, line by line; the signs say what the colours say."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

_KINDS = {"+": "executor", "-": "error"}


def diff_html(lines: Iterable[str]) -> str:
    """The lines of a unified diff."""
    return f"<pre>{chr(10).join(map(_line, lines))}</pre>"


def _line(line: str) -> str:
    kind = None if line.startswith(("+++", "---")) else _KINDS.get(line[:1])
    return escape(line) if kind is None else f'<span class="{kind}">{escape(line)}</span>'
