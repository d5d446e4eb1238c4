"""Where the characters of cells stand in the file the cells were read from."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from .jsontext import Value, items_of, sources_in
from .positions import utf16_length
from .reading import code_ranges, decode

#: A character as a JSON string writes it; a pair of escapes may be one.
_LETTER = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u.{4}|\\.|.", re.DOTALL)


class Placing(Protocol):
    """A file's own lines and columns for those of its code cells."""

    def place(self, cell: int, line: int, column: int) -> tuple[int, int]:
        """Line and column in the file; all count from 1, the given columns characters, the others UTF-16 units."""

    def written(self, text: str) -> str:
        """``text`` as a source in the file writes it."""


def placing(data: bytes, name: str, *, is_notebook: bool) -> Placing:
    """Where the cells that were read from ``data`` stand in it.

    Raises:
        UserError: it is a script whose encoding is not what it says.
    """
    return _Notebook(data.decode("utf-8")) if is_notebook else _Script(decode(data, name)[0])


class _Script:
    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._starts = [start for start, _ in code_ranges(self._lines)]

    def place(self, cell: int, line: int, column: int) -> tuple[int, int]:
        number = self._starts[cell] + line
        before = self._lines[number - 1][: column - 1] if number <= len(self._lines) else ""
        return number, utf16_length(before) + 1

    def written(self, text: str) -> str:
        return text


class _Notebook:
    """Each cell's source is a JSON string, or a list of them; what a cell writes on one line may be on any line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._cells: dict[int, tuple[str, list[int]]] = {}

    @cached_property
    def _sources(self) -> list[Value | None]:
        return list(sources_in(self._text))

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self._text))]

    def place(self, cell: int, line: int, column: int) -> tuple[int, int]:
        if cell not in self._cells:
            self._cells[cell] = self._letters(self._sources[cell])
        source, offsets = self._cells[cell]
        start = 0
        for _ in range(line - 1):
            start = source.index("\n", start) + 1
        at = offsets[start + column - 1]
        number = bisect_right(self._lines, at)
        return number, utf16_length(self._text[self._lines[number - 1] : at]) + 1

    def written(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=self._text.isascii())[1:-1]

    def _letters(self, held: Value | None) -> tuple[str, list[int]]:
        """A source, and where each of its characters stands in the file; behind them where the last string ends."""
        if held is None:
            return "", [0]
        strings: Sequence[Value] = [held]
        if isinstance(held.value, list):
            strings = [item for item in items_of(self._text, held.start) if isinstance(item.value, str)]
        offsets: list[int] = []
        for string in strings:
            offsets += [match.start() for match in _LETTER.finditer(self._text, string.start + 1, string.end - 1)]
        end = strings[-1].end - 1 if strings else held.start + 1
        return "".join(str(string.value) for string in strings), [*offsets, end]
