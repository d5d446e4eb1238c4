"""Source quoted in reasons."""

from __future__ import annotations

import ast
from collections.abc import Sequence

#: Longest receiver quoted in a reason, in characters.
_QUOTED = 60


def text(node: ast.expr, lines: Sequence[str]) -> str:
    """``node`` as its author wrote it in ``lines``, on one line and cut where it is long."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    start, end = node.col_offset, node.end_col_offset or node.col_offset
    if first == last:
        line = lines[first]
        found = line[start:end] if line.isascii() else line.encode("utf-8", "surrogatepass")[start:end].decode()
    else:
        head = lines[first].encode("utf-8", "surrogatepass")[start:].decode()
        tail = lines[last].encode("utf-8", "surrogatepass")[:end].decode()
        found = " ".join([head.strip(), *(line.strip() for line in lines[first + 1 : last]), tail.strip()])
        found = found.replace(" .", ".")
    return found if len(found) <= _QUOTED else found[: _QUOTED - 3] + "..."
