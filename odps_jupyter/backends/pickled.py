"""Reads a pickle without running it: what it is made of, and how many bytes each part takes.

PyODPS hands functions over as pickles inside the text of generated UDFs. What is in such a pickle is what travels,
whatever the source suggests; loading it to look would call whatever it names. The opcodes and their effects are those
that the standard library's ``pickletools`` documents.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

#: More opcodes than a person's function has; reading on would keep the kernel busy for nothing.
MOST_OPCODES = 300_000

Kind = Literal["atom", "global", "call", "tuple", "list", "dict", "set", "mark"]
_CONTAINERS: dict[str, Kind] = {
    "EMPTY_TUPLE": "tuple",
    "TUPLE": "tuple",
    "TUPLE1": "tuple",
    "TUPLE2": "tuple",
    "TUPLE3": "tuple",
    "EMPTY_LIST": "list",
    "LIST": "list",
    "EMPTY_DICT": "dict",
    "DICT": "dict",
    "EMPTY_SET": "set",
    "FROZENSET": "set",
}
_TAKEN = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3, "REDUCE": 2, "NEWOBJ": 2, "NEWOBJ_EX": 3}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_ADDING = {"APPEND": 1, "SETITEM": 2, "BUILD": 1}
_ADDING_MANY = frozenset({"APPENDS", "SETITEMS", "ADDITEMS"})
_PUTTING = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
_GETTING = frozenset({"GET", "BINGET", "LONG_BINGET"})
_SILENT = frozenset({"PROTO", "FRAME", "STOP", "READONLY_BUFFER"})
_REFUSED = frozenset({"PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4", "NEXT_BUFFER"})


class Unreadable(ValueError):
    """The bytes are no pickle, hold more than is worth reading, or use what no function needs."""


@dataclass(eq=False, slots=True)
class Node:
    """One object of a pickle.

    Attributes:
        value: of an atom; of a global, the pair of its module and its name.
        parts: of a call, the callable and its arguments, then its state; of a dict, keys and values by turns.
        size: bytes of the pickle it takes where it stands first; later mentions are references.
        start: where in the pickle that is.
    """

    kind: Kind
    value: Any = None
    parts: list[Node] = field(default_factory=list)
    size: int = 0
    start: int = 0

    def items(self) -> Iterator[tuple[Any, Node]]:
        """Keys that are atoms, by their values, and what a dict holds under them."""
        for key, held in zip(self.parts[::2], self.parts[1::2], strict=False):
            if key.kind == "atom":
                yield key.value, held

    def get(self, key: str) -> Node | None:
        """What a dict holds under ``key``."""
        return next((held for name, held in self.items() if name == key), None)

    def walk(self) -> Iterator[Node]:
        """This node and all below it, each once, outer ones first."""
        seen: set[int] = set()
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if id(node) not in seen:
                seen.add(id(node))
                yield node
                waiting.extend(reversed(node.parts))


@dataclass(frozen=True)
class Pickle:
    """The object that a pickle would load as, and what it keeps under numbers to be mentioned again."""

    root: Node
    memo: Mapping[int, Node]


def read(pickled: bytes) -> Node:
    """The object that ``pickled`` would load as.

    Raises:
        Unreadable: see there.
    """
    return read_all(pickled).root


def read_all(pickled: bytes) -> Pickle:
    """As :func:`read`, with what the pickle keeps.

    Raises:
        Unreadable: see there.
    """
    reader = _Reader()
    try:
        for count, (opcode, argument, position) in enumerate(pickletools.genops(pickled)):
            if count > MOST_OPCODES:
                raise Unreadable(f"the pickle has more than {MOST_OPCODES:,} parts")
            reader.take(opcode.name, argument, position or 0)
        return reader.result()
    except (ValueError, IndexError, KeyError) as error:
        raise error if isinstance(error, Unreadable) else Unreadable(f"it is no pickle: {error}") from error


class _Reader:
    """A pickle machine that builds nodes; ``_starts`` are the positions at which what lies on the stack began."""

    def __init__(self) -> None:
        self._stack: list[Node] = []
        self._starts: list[int] = []
        self._memo: dict[int, Node] = {}
        # The size of a node is known when the opcode after it begins.
        self._open: list[tuple[Node, int]] = []

    def take(self, name: str, argument: Any, position: int) -> None:
        for node, start in self._open:
            node.size += position - start
        self._open.clear()
        if name in _SILENT:
            return
        if name in _REFUSED:
            raise Unreadable(f"the pickle uses {name}")
        if name == "MARK":
            self._push(Node("mark"), position)
        elif name in _PUTTING or name == "MEMOIZE":
            self._memo[len(self._memo) if name == "MEMOIZE" else argument] = self._stack[-1]
        elif name in _GETTING:
            self._stack.append(self._memo[argument])
            self._starts.append(position)
        elif name == "DUP":
            self._stack.append(self._stack[-1])
            self._starts.append(position)
        elif name == "POP":
            self._pop(1)
        elif name == "POP_MARK":
            self._pop_marked()
        elif name in _ADDING or name in _ADDING_MANY:
            parts, start = self._pop(_ADDING[name]) if name in _ADDING else self._pop_marked()
            self._stack[-1].parts.extend(parts)
            self._open.append((self._stack[-1], start))
        else:
            self._make(name, argument, position)

    def result(self) -> Pickle:
        return Pickle(self._stack[-1], self._memo)

    def _make(self, name: str, argument: Any, position: int) -> None:
        if name in {"GLOBAL", "STACK_GLOBAL"}:
            parts, start = self._pop(2) if name == "STACK_GLOBAL" else ([], position)
            named = tuple(part.value for part in parts) or tuple(argument.split(" ", 1))
            self._push(Node("global", named), start)
        elif name in {"REDUCE", "NEWOBJ", "NEWOBJ_EX"}:
            parts, start = self._pop(_TAKEN[name])
            self._push(Node("call", parts=parts), start)
        elif name in {"INST", "OBJ"}:
            parts, start = self._pop_marked()
            made = [Node("global", tuple(argument.split(" ", 1)))] if name == "INST" else []
            self._push(Node("call", parts=[*made, *parts]), start)
        elif name in _CONTAINERS:
            if name.startswith("EMPTY"):
                parts, start = [], position
            else:
                parts, start = self._pop(_TAKEN[name]) if name in _TAKEN else self._pop_marked()
            self._push(Node(_CONTAINERS[name], parts=parts), start)
        else:
            self._push(Node("atom", _CONSTANTS.get(name, argument)), position)

    def _push(self, node: Node, start: int) -> None:
        node.start = start
        self._stack.append(node)
        self._starts.append(start)
        self._open.append((node, start))

    def _pop(self, count: int) -> tuple[list[Node], int]:
        parts, start = self._stack[-count:], self._starts[-count]
        if len(parts) < count:
            raise Unreadable("it is no pickle: something is missing")
        del self._stack[-count:], self._starts[-count:]
        return parts, start

    def _pop_marked(self) -> tuple[list[Node], int]:
        at = len(self._stack) - 1
        while self._stack[at].kind != "mark":
            at -= 1
            if at < 0:
                raise Unreadable("it is no pickle: a mark is missing")
        parts, start = self._stack[at + 1 :], self._starts[at]
        del self._stack[at:], self._starts[at:]
        return parts, start
