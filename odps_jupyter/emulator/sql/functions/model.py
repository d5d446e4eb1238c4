"""What one row of the table of functions says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from odps_jupyter.emulator import types
from odps_jupyter.emulator.sql import conversions
from odps_jupyter.emulator.sql.typed import Typed
from odps_jupyter.emulator.types import NUMBERS, TEXTS, Type

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
        signature: ``"string, bigint -> string"``. A capital letter stands for any one type (``N``: any number; ``D``:
            any decimal, ``decimal(38,D)`` one of its scale; ``A``: each argument keeps its own);
            ``lambda<T,U>`` for ``x -> ...`` from T to U; the last argument may be
            repeated with ``...``.
        to: DuckDB text with ``{0}``, ``{1}`` for the arguments, ``{all}`` for all of them joined by commas, and for
            aggregates ``{distinct}``, ``{order}`` (an ORDER BY inside the call) and ``{over}``; or a callable from the
            arguments (for aggregates, from the arguments, DISTINCT and OVER) to the text.
        example: an expression whose value is ``expects``; each one is run by the tests. An aggregate's example reads
            the rows ``x = 3, 1, NULL, 2``.
        nulls: what NULL arguments lead to; tested for the rows that say ``null`` or ``guard``.
        kind: where the function may stand.
        hive: whether it is so only where the job asked for Hive's meaning, or only where it did not.
        lax: the places of arguments that edition 2.0 too converts though something may be lost, or ``True`` for all:
            their page in the manual says that they are converted, or lists STRING, and not for edition 1.0 alone.
    """

    name: str
    signature: str
    to: str | Callable[..., str]
    example: str
    expects: Any
    nulls: Nulls = "null"
    kind: Kind = "scalar"
    hive: bool | None = None
    lax: bool | tuple[int, ...] = False

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

    def match(self, arguments: Sequence[Type], *, strict: bool = False) -> tuple[int, tuple[Type, ...], Type] | None:
        """How well arguments fit: a cost (0 is exact), the types to bring them to, the type of the value.

        Raises:
            ArgumentError: they fit, and what the value would be is not documented.
        """
        wanted = self.parameters
        if self.variadic:
            if len(arguments) < len(wanted) - 1:
                return None
            wanted = wanted[:-1] + (wanted[-1],) * (len(arguments) - len(wanted) + 1)
        if len(wanted) != len(arguments):
            return None
        bound: dict[str, Type] = {}
        if not all(bind(p, a, bound) for p, a in zip(wanted, arguments, strict=True)):
            return None
        if self.returns == types.DECIMAL and bound.get("D", types.DECIMAL).sizes[1] > types.DECIMAL.sizes[1]:
            raise ArgumentError(f"function {self.name} of {bound['D']}: how many places its value has is not known")
        targets = tuple(a if p.name == "A" else fill(p, bound) for p, a in zip(wanted, arguments, strict=True))
        cost = 0
        for place, (source, target) in enumerate(zip(arguments, targets, strict=True)):
            if not conversions.can_convert(source, target, strict=strict and not self._converts(place)):
                return None
            cost += _cost(source, target)
        return cost, targets, fill(self.returns, bound)

    def _converts(self, place: int) -> bool:
        return self.lax if isinstance(self.lax, bool) else place in self.lax


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
    if text == "decimal(38,D)":
        return Type("decimal", items=(Type("D"),))
    word, _, inner = text.partition("<")
    if word in ("array", "map", "lambda"):
        return Type(word, items=tuple(_pattern(p) for p in _parts(inner.removesuffix(">"))))
    if word == "struct":
        named = [p.partition(":") for p in _parts(inner.removesuffix(">"))]
        items, fields = tuple(_pattern(t) for _, _, t in named), tuple(n.strip() for n, _, _ in named)
        return Type("struct", items=items, fields=fields)
    return types.parse(text)


def _is_letter(kind: Type) -> bool:
    return len(kind.name) == 1


def bind(pattern: Type, kind: Type, bound: dict[str, Type]) -> bool:
    """Note in ``bound`` what the letters of a pattern stand for; whether a type fits it."""
    if pattern.name == "A":
        return kind.name != "lambda"
    if _is_letter(pattern):
        if pattern.name == "N" and kind.name not in (*NUMBERS, "void"):
            return False
        if pattern.name == "D" and kind.name != "decimal":
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
        same = len(kind.items) == len(pattern.items)
        return same and all(bind(p, k, bound) for p, k in zip(pattern.items, kind.items, strict=True))
    return True


def fill(pattern: Type, bound: dict[str, Type]) -> Type:
    """The pattern with its letters replaced by what they stand for."""
    if _is_letter(pattern):
        return bound.get(pattern.name, types.VOID)
    if pattern.name == "decimal" and pattern.items:
        return Type("decimal", (types.DECIMAL.sizes[0], bound["D"].sizes[1]))
    if pattern.items:
        return Type(pattern.name, items=tuple(fill(p, bound) for p in pattern.items), fields=pattern.fields)
    return pattern


def _cost(source: Type, target: Type) -> int:
    if source == target or source.name == "void":
        return 0
    if source.name == target.name:
        return 1
    if source.name in NUMBERS and target.name in NUMBERS:
        if source.name == "decimal" and target.name != "decimal":
            return 50 if target.name == "double" else 100  # its digits are kept where another signature keeps them
        step = NUMBERS.index(target.name) - NUMBERS.index(source.name)
        if source.name in ("float", "double") and target.name == "decimal":
            return 2  # without being asked, and never the other way (its manual, "Type conversions")
        if source.name in types.INTEGERS and target.name == "decimal":
            return len(NUMBERS)  # AVG, ROUND, CEIL of whole numbers compute with doubles, not with decimals
        return step if step > 0 else 100 - step
    if source.name in types.TIMES and target.name in types.TIMES:
        step = types.TIMES.index(target.name) - types.TIMES.index(source.name)
        return step if step > 0 else 20 - step
    if target.name in TEXTS:
        return 300
    # Text beside numbers is a DOUBLE, beside times a DATETIME.
    return 200 if target.name in ("double", "datetime") else 201 if target.name in ("decimal", "date") else 202


def constant_text(value: Typed, what: str) -> str:
    """The text of an argument that must be written in the statement.

    Raises:
        ArgumentError: it is computed.
    """
    if not value.is_constant or not isinstance(value.constant, str):
        raise ArgumentError(f"{what} must be a constant string")
    return value.constant
