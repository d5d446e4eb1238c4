"""What one row of the table of functions says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from odps_jupyter.emulator import types
from odps_jupyter.emulator.sql import conversions
from odps_jupyter.emulator.sql.typed import Typed
from odps_jupyter.emulator.types import NUMBERS, Type

Nulls = Literal["null", "guard", "own", "skip"]
"""``null``: NULL if any argument is. ``guard``: the same, where DuckDB alone would answer something else.
``own``: the function's own rule. ``skip``: an aggregate that leaves NULLs out."""

Kind = Literal["scalar", "aggregate", "window"]


class ArgumentError(ValueError):
    """An argument that a translation cannot take, such as a format that is not a constant."""


@dataclass(frozen=True)
class Function:
    """One signature of a MaxCompute function.

    Attributes:
        name: upper case.
        signature: ``"string, bigint -> string"``. A capital letter stands for any one type (``N``: any number); the
            last argument may be repeated with ``...``.
        to: DuckDB text with ``{0}``, ``{1}`` for the arguments, ``{all}`` for all of them joined by commas, and for
            aggregates ``{distinct}`` and ``{over}``; or a callable from the arguments (for aggregates, from the
            arguments, DISTINCT and OVER) to the text.
        example: an expression whose value is ``expects``; each one is run by the tests. An aggregate's example reads
            the rows ``x = 3, 1, NULL, 2``.
        nulls: what NULL arguments lead to; tested for the rows that say ``null`` or ``guard``.
        kind: where the function may stand.
    """

    name: str
    signature: str
    to: str | Callable[..., str]
    example: str
    expects: Any
    nulls: Nulls = "null"
    kind: Kind = "scalar"

    @cached_property
    def parameters(self) -> tuple[Type, ...]:
        """Types of the parameters; the last one stands for any number of arguments if ``variadic``."""
        left = self.signature.partition("->")[0].strip().removesuffix("...")
        return tuple(_pattern(p) for p in _parts(left)) if left else ()

    @cached_property
    def variadic(self) -> bool:
        """Whether the last parameter may be repeated (or left out)."""
        return self.signature.partition("->")[0].strip().endswith("...")

    @cached_property
    def returns(self) -> Type:
        """Type of the value, letters as in the parameters."""
        return _pattern(self.signature.partition("->")[2])

    def match(self, arguments: Sequence[Type]) -> tuple[int, tuple[Type, ...], Type] | None:
        """How well arguments fit: a cost (0 is exact), the types to bring them to, the type of the value."""
        wanted = self.parameters
        if self.variadic:
            if len(arguments) < len(wanted) - 1:
                return None
            wanted = wanted[:-1] + (wanted[-1],) * (len(arguments) - len(wanted) + 1)
        if len(wanted) != len(arguments):
            return None
        bound: dict[str, Type] = {}
        if not all(_bind(p, a, bound) for p, a in zip(wanted, arguments, strict=True)):
            return None
        targets = tuple(_fill(p, bound) for p in wanted)
        cost = 0
        for source, target in zip(arguments, targets, strict=True):
            if not conversions.can_convert(source, target):
                return None
            cost += _cost(source, target)
        return cost, targets, _fill(self.returns, bound)


def _parts(text: str) -> list[str]:
    parts, depth, current = [], 0, ""
    for char in text:
        depth += (char in "<(") - (char in ">)")
        if char == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += char
    return [*parts, current]


def _pattern(text: str) -> Type:
    text = text.strip()
    if len(text) == 1 and text.isupper():
        return Type(text)
    word, _, inner = text.partition("<")
    if word in ("array", "map"):
        return Type(word, items=tuple(_pattern(p) for p in _parts(inner.removesuffix(">"))))
    return types.parse(text)


def _is_letter(kind: Type) -> bool:
    return len(kind.name) == 1


def _bind(pattern: Type, kind: Type, bound: dict[str, Type]) -> bool:
    if _is_letter(pattern):
        if pattern.name == "N" and kind.name not in (*NUMBERS, "void"):
            return False
        merged = conversions.common([bound[pattern.name], kind]) if pattern.name in bound else kind
        if merged is None:
            return False
        bound[pattern.name] = merged
        return True
    if pattern.items:
        if kind.name == "void":
            return True
        if kind.name != pattern.name:
            return False
        return all(_bind(p, k, bound) for p, k in zip(pattern.items, kind.items, strict=True))
    return True


def _fill(pattern: Type, bound: dict[str, Type]) -> Type:
    if _is_letter(pattern):
        return bound.get(pattern.name, types.VOID)
    if pattern.items:
        return Type(pattern.name, items=tuple(_fill(p, bound) for p in pattern.items))
    return pattern


def _cost(source: Type, target: Type) -> int:
    if source == target or source.name == "void":
        return 0
    if source.name == target.name:
        return 1
    if source.name in NUMBERS and target.name in NUMBERS:
        step = NUMBERS.index(target.name) - NUMBERS.index(source.name)
        return step if step > 0 else 100 - step
    if source.name in types.TIMES and target.name in types.TIMES:
        step = types.TIMES.index(target.name) - types.TIMES.index(source.name)
        return step if step > 0 else 20 - step
    return 200


def constant_text(value: Typed, what: str) -> str:
    """The text of an argument that must be written in the statement.

    Raises:
        ArgumentError: it is computed.
    """
    if not value.is_constant or not isinstance(value.constant, str):
        raise ArgumentError(f"{what} must be a constant string")
    return value.constant
