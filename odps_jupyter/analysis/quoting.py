"""Source quoted in reasons."""

from __future__ import annotations

import ast

#: Longest receiver quoted in a reason.
_QUOTED = 60


def text(node: ast.AST) -> str:
    """``node`` as short source, for reasons."""
    parts: list[str] = []
    part = node
    while isinstance(part, ast.Attribute):
        parts.append(part.attr)
        part = part.value
    # Chains of names are most of what is quoted, and unparsing costs as much as parsing.
    found = ".".join([part.id, *reversed(parts)]) if isinstance(part, ast.Name) else ast.unparse(node)
    return found if len(found) <= _QUOTED and "\n" not in found else found[: _QUOTED - 3].replace("\n", " ") + "..."
