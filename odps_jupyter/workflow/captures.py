"""What a captured value weighs: the bytes it would add to the pickle of a function that takes it along.

The pickle is our own, made by cloudpickle to count it; what PyODPS ships goes through its bundled copy of cloudpickle,
and is read with that copy.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import cloudpickle

#: Nobody ships more by accident; counting on would keep the kernel busy for nothing.
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Capture:
    """A value of the kernel, as a shipped function takes it along.

    Attributes:
        name: the user's name for it.
        type: name of its type.
        size: bytes of its pickle, None where it has none.
        more: whether ``size`` is only where counting ended.
        refused: why it cannot be pickled, one line; None where it can.
    """

    name: str
    type: str
    size: int | None = None
    more: bool = False
    refused: str | None = None


class _Full(Exception):
    """More than was to be counted."""


class _Counter:
    """A file that only counts."""

    def __init__(self, most: int) -> None:
        self.size = 0
        self._most = most

    def write(self, data: bytes | memoryview | pickle.PickleBuffer) -> int:
        length = memoryview(data).nbytes
        self.size += length
        if self.size > self._most:
            raise _Full
        return length


def weigh(name: str, value: object, most: int = MOST_BYTES) -> Capture:
    """Count the pickle of ``value`` without keeping it, up to ``most`` bytes."""
    kind, counter = type(value).__name__, _Counter(most)
    try:
        cloudpickle.dump(value, counter, protocol=pickle.HIGHEST_PROTOCOL)
    except _Full:
        return Capture(name, kind, counter.size, more=True)
    except Exception as error:  # noqa: BLE001 - a user's class may raise anything here, and the answer is that it did
        first = (str(error).strip().splitlines() or [""])[0]
        return Capture(name, kind, refused=f"{type(error).__name__}: {first}")
    return Capture(name, kind, counter.size)
