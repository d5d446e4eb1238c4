"""Where `ast` points, in the units of the wire."""

from __future__ import annotations


def utf16_column(line: str, column: int) -> int:
    """UTF-16 code units before the character at UTF-8 byte ``column`` of ``line``.

    ``ast`` counts bytes (`ast.AST.col_offset`), editors count UTF-16 code units. A column behind the end of the line
    counts as its end.
    """
    if line.isascii():
        return min(column, len(line))
    before = line.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore")
    return utf16_length(before)


def utf16_length(text: str) -> int:
    """UTF-16 code units of ``text``."""
    return len(text) if text.isascii() else len(text) + sum(1 for character in text if character > "\uffff")
