"""Digests of values, by which one that has changed is known without keeping it."""

from __future__ import annotations

import hashlib
import pickle

import cloudpickle

#: Bytes of a pickle from which on a value is not digested: it would be done after each cell.
MOST_BYTES = 1_000_000


class _TooLong(Exception):
    """More than is digested."""


class _Digest:
    """A file that keeps a digest of what is written."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()
        self._left = MOST_BYTES

    def write(self, data: bytes | memoryview | pickle.PickleBuffer) -> int:
        length = memoryview(data).nbytes
        self._left -= length
        if self._left < 0:
            raise _TooLong
        self.hash.update(data)
        return length


def digest_of(value: object) -> str | None:
    """The digest of a value's pickle; None where it has none, or a long one.

    Equal values have equal digests where they are made of plain types: the pickle says nothing of which of their parts
    are the same object.
    """
    for fast in (True, False):  # what refers to itself can be pickled with its parts' identities only
        file = _Digest()
        pickler = cloudpickle.Pickler(file, protocol=pickle.HIGHEST_PROTOCOL)
        pickler.fast = fast
        try:
            pickler.dump(value)
        except _TooLong:
            return None
        except Exception:  # noqa: BLE001 - a user's class may raise anything here: then its value cannot be watched
            continue
        return file.hash.hexdigest()
    return None
