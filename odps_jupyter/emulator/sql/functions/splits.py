"""Texts that are cut at delimiters, which may be regular expressions. Source: MaxCompute's documentation, "SPLIT" and
"STR_TO_MAP"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from odps_jupyter.emulator import types
from odps_jupyter.emulator.sql.typed import Typed, quote

from .bodies import Body, each, invalid
from .maps import policy
from .model import ArgumentError
from .model import Function as F
from .regexes import found_in, timed

#: A delimiter without one of these is that text.
_SIGNS = frozenset(r"\.^$*+?()[]{}|")


def _divide(function: str, text: str, pattern: str) -> list[str]:
    """A text at a delimiter that may be a regular expression."""
    if not pattern:
        return list(text) or [""]
    return (
        text.split(pattern)
        if _is_plain(pattern)
        else timed(function, pattern, lambda p: _cut(function, pattern, p, text))
    )


def _is_plain(pattern: str) -> bool:
    return bool(pattern) and _SIGNS.isdisjoint(pattern)


def _split(text: str, pattern: str, trim: bool) -> list[str]:
    parts = _divide("split", text, pattern)
    while trim and len(parts) > 1 and not parts[-1]:
        parts.pop()
    return [] if trim and parts == [""] and text else parts


def _cut(function: str, pattern: str, compiled: Any, text: str) -> list[str]:
    parts, at = [], 0
    for match in _delimiters(function, pattern, compiled, text):
        parts.append(text[at : match.start()])
        at = match.end()
    return [*parts, text[at:]]


def _delimiters(function: str, pattern: str, compiled: Any, text: str) -> Iterator[Any]:
    for match in found_in(compiled, text):
        if match.end() == match.start():
            raise invalid(function, f"{pattern!r} matches between two characters: what it divides is not documented")
        yield match


def _entries(text: str, pairs: str, pair: str) -> list[dict[str, str | None]]:
    return [_entry(part, pair) for part in _divide("str_to_map", text, pairs)]


def _entry(text: str, pair: str) -> dict[str, str | None]:
    """Key and value are parted at the first delimiter; without one there is no value."""
    if _is_plain(pair):
        key, found, value = text.partition(pair)
        return {"key": key, "value": value if found else None}

    def run(compiled: Any) -> dict[str, str | None]:
        match = next(_delimiters("str_to_map", pair, compiled, text), None)
        return {"key": text[: match.start()] if match else text, "value": text[match.end() :] if match else None}

    return timed("str_to_map", pair, run) if pair else {"key": text, "value": None}


_TEXTS = types.array_of(types.STRING)
_ENTRIES = types.array_of(types.struct_of({"key": types.STRING, "value": types.STRING}))

PYTHON: dict[str, Body] = {
    "mc_split": each(_split, _TEXTS),
    "mc_str_to_map": each(_entries, _ENTRIES),
}


def _divided(arguments: Sequence[Typed]) -> str:
    literal = arguments[1].constant
    if isinstance(literal, str) and _is_plain(literal):
        return f"mc_trimmed(string_split({arguments[0].sql}, {arguments[1].sql}))"
    return f"mc_split({arguments[0].sql}, {arguments[1].sql}, true)"


def _mapped(arguments: Sequence[Typed]) -> str:
    first = arguments[0]
    if len(arguments) > 1 and first.is_constant and first.constant in ("exception", "last_win"):
        raise ArgumentError(
            f"STR_TO_MAP: whether {first.constant!r} is the policy for duplicate keys or the text is not documented; "
            "write both delimiters"
        )
    return f"mc_map({_made(arguments)})"


def _mapped_by_policy(arguments: Sequence[Typed]) -> str:
    return f"{policy(arguments[0])}({_made(arguments[1:])})"


def _made(arguments: Sequence[Typed]) -> str:
    defaults = ("", quote(","), quote("="))
    return f"mc_str_to_map({', '.join([*(a.sql for a in arguments), *defaults[len(arguments) :]])})"


SPLITS = (
    # Trailing empty parts are cut off unless the third argument is false (its manual, "SPLIT").
    F("SPLIT", "string, string -> array<string>", _divided, "split('a,b,,', ',')", ["a", "b"]),
    F("SPLIT", "string, string, boolean -> array<string>", "mc_split({0}, {1}, {2})", "split('a|b||', '\\\\|', false)",
      ["a", "b", "", ""]),
    F("STR_TO_MAP", "string -> map<string,string>", _mapped, "str_to_map('a=1,b=2')", [("a", "1"), ("b", "2")]),
    F("STR_TO_MAP", "string, string -> map<string,string>", _mapped, "str_to_map('a=1;a=2', ';')", [("a", "2")]),
    F("STR_TO_MAP", "string, string, string -> map<string,string>", _mapped,
      "str_to_map('test1&1-test2&2', '-', '&')", [("test1", "1"), ("test2", "2")]),
    F("STR_TO_MAP", "string, string, string, string -> map<string,string>", _mapped_by_policy,
      "str_to_map('last_win', 'a=1,a=2', ',', '=')", [("a", "2")], "own"),
)  # fmt: skip
