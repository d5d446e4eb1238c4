"""What was made of parts of a model, kept from update to update."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

_Item = TypeVar("_Item")


class Kept:
    """What was made of parts of a model, for as long as those stay the same objects from update to update.

    The parts are held as well, so that their ids stay theirs.
    """

    def __init__(self) -> None:
        self._before: dict[tuple[int, ...], tuple[tuple[object, ...], object]] = {}
        self._now: dict[tuple[int, ...], tuple[tuple[object, ...], object]] = {}

    def turn(self) -> None:
        """An update begins: what the last one did not ask for is forgotten."""
        self._before, self._now = self._now, {}

    def of(self, make: Callable[..., _Item], *parts: object) -> _Item:
        key = tuple(map(id, parts))
        held = self._now[key] = self._now.get(key) or self._before.get(key) or (parts, make(*parts))
        return cast("_Item", held[1])
