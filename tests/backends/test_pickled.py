"""Reading a pickle without running it."""

from __future__ import annotations

import collections
import datetime
import os
import pickle
from typing import Any

import pytest
from odps.lib import cloudpickle

from odps_jupyter.backends import pickled
from odps_jupyter.backends.pickled import Unreadable, read


class Trap:
    """Loading it would show."""

    sprung = False

    def __reduce__(self) -> tuple[Any, ...]:
        return setattr, (Trap, "sprung", True)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        10**40,
        "text",
        b"bytes",
        [1, [2, (3, 4, 5, 6)]],
        {"a": {1, 2}, "b": frozenset({3})},
        collections.OrderedDict(x=1),
        datetime.datetime(2026, 1, 1),
        os.path.join,
    ],
    ids=lambda value: getattr(value, "__name__", repr(value)),
)
def test_every_protocol_is_read(protocol: int, value: object) -> None:
    data = pickle.dumps(value, protocol)
    root = read(data)
    # The whole but for the head of the pickle and its full stop, and the frames of protocol 4.
    assert len(data) - 16 <= root.size <= len(data)


def test_nothing_is_run() -> None:
    root = read(pickle.dumps(Trap(), 2))
    assert not Trap.sprung
    assert root.kind == "call"
    assert root.parts[0].value == ("__builtin__", "setattr")


def test_what_stands_twice_is_counted_once() -> None:
    shared = "x" * 1000
    root = read(cloudpickle.dumps({"first": shared, "second": shared}))
    sizes = {key: held.size for key, held in root.items()}
    assert sizes["first"] == sizes["second"] > 1000  # the same node, with the size it has where it stands first
    assert root.size < 1100


def test_an_object_within_itself() -> None:
    ring: list[Any] = []
    ring.append(ring)
    root = read(pickle.dumps(ring, 2))
    assert [node.kind for node in root.walk()] == ["list"]


@pytest.mark.parametrize("data", [b"", b"garbage", b"\x80\x02", b"\x80\x02.", b"\x80\x02R.", b"\x80\x02]a."])
def test_what_is_no_pickle_is_said(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data)


def test_more_than_is_worth_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickled, "MOST_OPCODES", 100)
    with pytest.raises(Unreadable, match="more than 100 parts"):
        read(pickle.dumps(list(range(1000))))
