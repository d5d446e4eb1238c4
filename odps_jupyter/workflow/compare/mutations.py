"""What pandas's runs changed of captured values: the executor is asked as if they had not run here."""

from __future__ import annotations

import copy
import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from .functions import Slot, captured, pickled

#: Changed values that are remembered, the latest ones.
KEPT = 50


@dataclass(frozen=True)
class Kept:
    """A copy of a value, and the digest of its pickle."""

    digest: str
    copy: Any


@dataclass(frozen=True, eq=False)
class _Change:
    """Attributes:

    value: what the slot held afterwards. ``in_place``: it held the very same object before.
    before: what it held before the first run that changed it, a copy. ``after``: digest of what it held then.
    """

    slot: Slot
    value: Any
    in_place: bool
    before: Any
    after: str

    def is_of(self, slot: Slot) -> bool:
        return slot.is_at(self.slot) or (self.in_place and slot.value is self.value)


class Mutations:
    """Remembers them from one comparison to the next: on the executor no change outlives its job."""

    def __init__(self) -> None:
        self._changes: deque[_Change] = deque(maxlen=KEPT)

    @contextmanager
    def undone(self, functions: Iterable[Any]) -> Iterator[tuple[str, ...]]:
        """Inside, what ``functions`` capture is as it was before pandas changed it; the names of these values.

        What other code has changed since stays as it is: nobody knows what that would have made of the old value.
        """
        names: list[str] = []
        with ExitStack() as stack:
            for slot in list(captured(functions)):
                change = next((one for one in self._changes if one.is_of(slot)), None)
                if change is None:
                    continue
                if _digest(pickled(slot.value)) != change.after:
                    self._changes.remove(change)
                    continue
                stack.enter_context(slot.holding(change.before))
                names.append(slot.name)
            yield tuple(dict.fromkeys(names))

    def note(self, before: Mapping[Slot, Kept]) -> tuple[str, ...]:
        """The names of those that changed since :func:`copies` gave ``before``."""
        names: list[str] = []
        for slot, kept in before.items():
            now = slot.read()
            after = pickled(now)
            if after is None or _digest(after) == kept.digest:
                continue
            names.append(slot.name)
            known = next((one for one in self._changes if one.is_of(slot)), None)
            if known is not None:
                self._changes.remove(known)
            first = kept.copy if known is None else known.before
            self._changes.append(_Change(slot, now, now is slot.value, first, _digest(after)))
        return tuple(dict.fromkeys(names))


def copies(functions: Iterable[Any]) -> dict[Slot, Kept]:
    """What ``functions`` capture now; what cannot be pickled or copied is left out.

    Reading a pickle again would not do: with an object comes the state that its class had.
    """
    found: dict[Slot, Kept] = {}
    for slot in captured(functions):
        data = pickled(slot.value)
        if data is not None:
            try:
                found[slot] = Kept(_digest(data), copy.deepcopy(slot.value))
            except Exception:  # noqa: BLE001 - a user's class may raise anything: such a value cannot be put back
                continue
    return found


def _digest(data: bytes | None) -> str:
    return hashlib.sha256(data or b"").hexdigest()
