"""MaxCompute type names, read into a tree both ends of the wire understand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .errors import SignatureError

_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_TEXTS = ("string", "varchar", "char", "json")
_PLAIN = (*_INTEGERS, *_TEXTS, "float", "double", "boolean", "binary", "datetime", "timestamp", "timestamp_ntz", "date")
_TOKEN = re.compile(r"\s*([A-Za-z_][\w]*|`[^`]*`|\d+|[<>(),:])")


@dataclass(frozen=True)
class Type:
    """One MaxCompute type.

    ``name`` is canonical (``bigint``); ``parameters`` are lengths, or precision and scale; ``fields`` are element
    types: one unnamed for an array, key and value for a map, named ones for a struct.
    """

    name: str
    parameters: tuple[int, ...] = ()
    fields: tuple[tuple[str, Type], ...] = ()

    def __str__(self) -> str:
        if self.parameters:
            return f"{self.name}({','.join(map(str, self.parameters))})"
        if self.name == "struct":
            return f"struct<{','.join(f'{name}:{kind}' for name, kind in self.fields)}>"
        if self.fields:
            return f"{self.name}<{','.join(str(kind) for _, kind in self.fields)}>"
        return self.name

    def to_wire(self) -> list[Any]:
        """The JSON form the worker reads: ``[name, parameters, [[field, type], ...]]``."""
        return [self.name, list(self.parameters), [[name, kind.to_wire()] for name, kind in self.fields]]


def parse_type(text: str) -> Type:
    """Read one type, e.g. ``map<string,array<decimal(10,2)>>``.

    Raises:
        SignatureError: the text is no type a Python UDF can use.
    """
    reader = _Reader(text)
    kind = reader.type()
    reader.end()
    return kind


def split_types(text: str) -> tuple[str, ...]:
    """Split ``a,map<b,c>,decimal(1,2)`` at its outer commas; ``*`` stands for itself."""
    parts: list[str] = []
    depth = 0
    current = ""
    for character in text:
        depth += (character in "<(") - (character in ">)")
        if character == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    if current.strip() or parts:
        parts.append(current.strip())
    return tuple(parts)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _TOKEN.findall(text)
        if "".join(text.split()) != "".join("".join(token.split()) for token in self._tokens):
            raise self._error()
        self._at = 0

    def type(self) -> Type:
        name = self._next().lower()
        if name in ("varchar", "char"):
            return Type(name, self._numbers())
        if name == "decimal":
            numbers = self._numbers()
            return Type(name, (*numbers, 0)[:2] if numbers else (38, 18))
        if name in _PLAIN:
            return Type(name)
        if name == "array":
            self._expect("<")
            kind = Type(name, fields=(("", self.type()),))
        elif name == "map":
            self._expect("<")
            key = self.type()
            self._expect(",")
            kind = Type(name, fields=(("key", key), ("value", self.type())))
        elif name == "struct":
            kind = Type(name, fields=tuple(self._fields()))
        else:
            raise self._error()
        self._expect(">")
        return kind

    def end(self) -> None:
        if self._at != len(self._tokens):
            raise self._error()

    def _fields(self) -> list[tuple[str, Type]]:
        fields: list[tuple[str, Type]] = []
        separator = "<"
        while not fields or self._peek() == ",":
            self._expect(separator)
            name = self._next().strip("`")
            self._expect(":")
            fields.append((name, self.type()))
            separator = ","
        return fields

    def _numbers(self) -> tuple[int, ...]:
        if self._peek() != "(":
            return ()
        self._expect("(")
        numbers = [self._number()]
        while self._peek() == ",":
            self._expect(",")
            numbers.append(self._number())
        self._expect(")")
        return tuple(numbers)

    def _number(self) -> int:
        token = self._next()
        if not token.isdigit():
            raise self._error()
        return int(token)

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> str:
        token = self._peek()
        if token is None:
            raise self._error()
        self._at += 1
        return str(token)

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise self._error()

    def _error(self) -> SignatureError:
        return SignatureError(f"{self._text!r} is not a MaxCompute type that a Python function can take or return.")
