"""What pandas's runs changed of captured values: the executor is asked as if they had not run here."""

from __future__ import annotations

import copy
import hashlib
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from .functions import Slot, captured, pickled

#: Changed values that are remembered, the latest ones.
KEPT = 50
#: Bytes of pickles: what may be copied for one comparison, and what all that is remembered may take. A value above it
#: is neither copied nor remembered: it travels to the executor as it is, with what pandas's runs changed of it.
LARGEST = 16 << 20


@dataclass(frozen=True)
class Kept:
    """A value at a time: the digest and the size in bytes of its pickle, and a copy unless it was too large."""

    digest: str
    size: int
    copied: bool
    copy: Any = None


@dataclass(frozen=True, eq=False)
class _Change:
    """Attributes:

    holder: the slot's, None once it is gone: what is remembered of a function keeps nothing else of it.
    value: what the slot held afterwards, held likewise. ``in_place``: it held the very same object before.
    before: what it held before the first run that changed it. ``after``: digest of what it held then.
    size: in bytes, of the pickles before and after.
    """

    holder: Callable[[], Any]
    key: str | int
    value: Callable[[], Any]
    in_place: bool
    before: Kept
    after: str
    size: int

    def is_of(self, slot: Slot) -> bool:
        at = self.holder() is slot.holder and self.key == slot.key
        return at or (self.in_place and slot.value is self.value())


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
                stack.enter_context(slot.holding(change.before.copy))
                # Of an object whose state is not in its attributes nothing was undone.
                if _digest(pickled(slot.read())) != change.after:
                    names.append(slot.name)
            yield tuple(dict.fromkeys(names))

    def note(self, before: Mapping[Slot, Kept]) -> tuple[str, ...]:
        """The names of those that changed since :func:`copies` gave ``before``."""
        names: list[str] = []
        earlier = tuple(self._changes)
        for slot, kept in before.items():
            now = slot.read()
            after = pickled(now)
            if after is None or _digest(after) == kept.digest:
                continue
            names.append(slot.name)
            known = next((one for one in self._changes if one.is_of(slot)), None)
            if known is not None:
                self._changes.remove(known)
            # Not where other code has set it since: then this run began with what that set.
            first = next((one.before for one in earlier if one.is_of(slot) and one.after == kept.digest), kept)
            self._remember(slot, now, after, first)
        return tuple(dict.fromkeys(names))

    def _remember(self, slot: Slot, now: Any, after: bytes, first: Kept) -> None:
        size = first.size + len(after)
        if not first.copied or size > LARGEST:
            return
        value = _weakly(now)
        self._changes.append(
            _Change(_weakly(slot.holder), slot.key, value, now is slot.value, first, _digest(after), size)
        )
        while sum(one.size for one in self._changes) > LARGEST:
            self._changes.popleft()


def copies(functions: Iterable[Any]) -> dict[Slot, Kept]:
    """What ``functions`` capture now; what cannot be pickled or copied is left out.

    Reading a pickle again would not do: with an object comes the state that its class had.
    """
    found: dict[Slot, Kept] = {}
    left = LARGEST
    for slot in captured(functions):
        data = pickled(slot.value)
        if data is None:
            continue
        if len(data) > left:
            found[slot] = Kept(_digest(data), len(data), copied=False)
            continue
        try:
            found[slot] = Kept(_digest(data), len(data), copied=True, copy=copy.deepcopy(slot.value))
        except Exception:  # noqa: BLE001 - a user's class may raise anything: such a value cannot be put back
            continue
        left -= len(data)
    return found


def _weakly(value: Any) -> Callable[[], Any]:
    """Gives ``value``, and None once it is gone; lists, dicts and cells have no weak references and stay."""
    try:
        return weakref.ref(value)
    except TypeError:
        return lambda: value


def _digest(data: bytes | None) -> str:
    return hashlib.sha256(data or b"").hexdigest()
