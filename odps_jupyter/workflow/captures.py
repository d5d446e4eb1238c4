"""What a captured value weighs: the bytes it would add to the pickle of a function that takes it along.

The pickle is our own, made by cloudpickle to count it; what PyODPS ships goes through its bundled copy of cloudpickle,
and is read with that copy.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cloudpickle

from odps_jupyter.backends.carried import carried
from odps_jupyter.errors import UserError
from odps_jupyter.sizes import MEBIBYTE, in_words, limit_in_words

#: Nobody ships more by accident; counting on would keep the kernel busy for nothing.
MOST_BYTES = 64 * MEBIBYTE


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


class TooLarge(UserError):
    """A function that takes more along than PyODPS can send; nothing was sent."""


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


def check_size(text: str, name: str, function: Callable[..., Any], most: int) -> None:
    """Refuse a generated function that PyODPS cannot send: larger resources go in parts, and it reads those from files.

    Args:
        text: of the generated function.
        name: the user's name for it.
        function: what was pickled in it.
        most: bytes that PyODPS sends at once (``options.resource_chunk_size``).

    Raises:
        TooLarge: the text has more.
    """
    if len(text) <= most or len(text.encode()) <= most:
        return
    # What is larger than all that can be sent is not counted to its end.
    weighed = [weigh(name, value, most) for name, value in carried(function)]
    heaviest = max(weighed, key=lambda capture: capture.size or 0, default=None)
    takes = "what it takes along"
    if heaviest is not None and heaviest.size:
        size = f"more than {limit_in_words(most)}" if heaviest.more else in_words(heaviest.size)
        takes = f"{heaviest.name} ({heaviest.type}, {size})"
    raise TooLarge(
        f"{name} is too large to be sent: {takes} makes it {in_words(len(text))} of text, and PyODPS sends at most "
        f"{limit_in_words(most)} with a function. Nothing was sent.",
        hint="Read it on the executor from a resource (`o.create_resource(...)`, then `resources=[...]`), or make a "
        "table of it and join that.",
    )
