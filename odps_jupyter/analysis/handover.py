"""A row of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from .values import Role, Shape


@dataclass(frozen=True, slots=True)
class HandOver:
    """One row: method ``method`` of an expression of one of ``shapes`` hands over its argument ``keyword``.

    Attributes:
        position: of the argument among the positional ones.
        role: what the executor does with it, where ``axis`` (position 1) does not say otherwise.
        by_axis: ``axis=1`` hands over a function of rows, ``axis=0`` (the default) a class that aggregates.
        several: the argument may be a list or a dict of callables.
        returns: shape of the result.
    """

    method: str
    shapes: frozenset[Shape]
    position: int
    keyword: str
    role: Role
    returns: Shape
    by_axis: bool = False
    several: bool = False
