"""A translated expression: DuckDB text and the MaxCompute type of its value."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from odps_jupyter.emulator.types import BIGINT, BOOLEAN, DOUBLE, INT, STRING, VOID, Type

Constant = str | int | float | bool | tuple[object, ...] | None


class Written(float):
    """A DOUBLE constant that has not forgotten its digits: beside a DECIMAL all of them count.

    Attributes:
        digits: the number as it is written.
    """

    digits: Decimal

    def __new__(cls, digits: Decimal) -> Written:
        number = super().__new__(cls, digits)
        number.digits = digits
        return number

    def __neg__(self) -> Written:
        return Written(self.digits.copy_negate())


@dataclass(frozen=True)
class Typed:
    """DuckDB text that can stand anywhere an operand can (it is a call, a name, a literal or in parentheses).

    Attributes:
        sql: the text.
        type: the value's MaxCompute type.
        constant: the value, where ``is_constant``: formats, patterns and units must be known before running.
    """

    sql: str
    type: Type
    constant: Constant = None
    is_constant: bool = False

    def with_type(self, kind: Type) -> Typed:
        """The same text, said to have another type."""
        return replace(self, type=kind)


@dataclass(frozen=True)
class Lambda(Typed):
    """An argument written ``x -> ...``; its type's items are those of the parameters and of the result.

    Attributes:
        variables: names in ``sql`` that nothing around it uses, one per parameter.
        body: from the texts of the parameters to the text of the result.
    """

    variables: Sequence[str] = field(kw_only=True)
    body: Callable[[Sequence[str]], str] = field(kw_only=True)


_VOLATILE = re.compile(r"job_[0-9a-f]{12}_py\d+\(|random\(\)|uuid\(\)|mc_random\(")
# Text this long is bound even if it could be repeated: nested calls would double it again and again.
_LONG = 2_000


def once(values: Sequence[str], build: Callable[[Sequence[str]], str]) -> str:
    """Text that uses operands more than once and still evaluates those with side effects a single time per row.

    A Python function or RANDOM written twice would run twice, and could answer two things; long text is not repeated.
    """
    bound: dict[str, str] = {}
    # A name that no operand's own binding uses: each one inside has its depth in its name.
    depth = sum(v.count("lambda v") for v in values)
    for value in values:
        if value not in bound and (len(value) > _LONG or _VOLATILE.search(value)):
            bound[value] = f"v{depth + len(bound)}$"
    text = build([bound.get(v, v) for v in values])
    for value, variable in reversed(bound.items()):
        text = f"list_transform([{value}], lambda {variable}: {text})[1]"
    return text


def quote(text: str) -> str:
    """A DuckDB string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """A quoted DuckDB identifier."""
    return '"' + text.replace('"', '""') + '"'


def literal(value: str | int | float | bool | None) -> Typed:
    """A constant as MaxCompute types it: integers BIGINT, decimals DOUBLE."""
    if value is None:
        return Typed("NULL", VOID, None, True)
    if isinstance(value, bool):
        return Typed("true" if value else "false", BOOLEAN, value, True)
    if isinstance(value, int):
        return Typed(f"CAST({value} AS BIGINT)", BIGINT, value, True)
    if isinstance(value, float):
        return Typed(f"CAST({quote(repr(value))} AS DOUBLE)", DOUBLE, value, True)
    return Typed(quote(value), STRING, value, True)


def small(value: int) -> Typed:
    """An integer constant of edition 2.0, where those that fit are INT."""
    return Typed(f"CAST({value} AS INTEGER)", INT, value, True)
