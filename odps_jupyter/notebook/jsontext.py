"""Where the sources of a notebook's cells stand in the text of its file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

_BOM = "\ufeff"
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class Value(NamedTuple):
    """A value in a JSON text, from its first character to behind its last."""

    start: int
    end: int
    value: object


def sources_in(text: str) -> Iterator[Value | None]:
    """Where the source of each code cell stands; None for a cell that has none."""
    start = _skip(text, 1 if text.startswith(_BOM) else 0)
    for cell in items_of(text, dict(members_of(text, start))["cells"].start):
        if text[cell.start] == "{":
            members = dict(members_of(text, cell.start))
            kind = members.get("cell_type")
            if kind is not None and kind.value == "code":
                yield members.get("source")


def members_of(text: str, start: int) -> Iterator[tuple[str, Value]]:
    """The members of the object at ``start``; of a name given twice the last counts, as ``json`` has it."""
    at = _skip(text, start + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # the colon
        value, end = _DECODER.raw_decode(text, at)
        yield name, Value(at, end, value)
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def items_of(text: str, start: int) -> Iterator[Value]:
    """The items of the array at ``start``."""
    at = _skip(text, start + 1)
    while text[at] != "]":
        value, end = _DECODER.raw_decode(text, at)
        yield Value(at, end, value)
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
