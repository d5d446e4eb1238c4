"""Python's own parser, kept quiet."""

from __future__ import annotations

import ast
import threading
import warnings

#: `warnings.catch_warnings` changes the process's filters: one thread at a time.
_FILTERS = threading.Lock()


def parse(source: str) -> ast.Module:
    """`ast.parse` without warnings: an invalid escape in a cell is its author's business, not our output."""
    if "\\" not in source:
        return ast.parse(source)
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)
