"""A pickle of PyODPS's with its code objects written as source; all else stays as PyODPS wrote it.

What a code object kept under a number may be mentioned later in the pickle: it is written there, where it is first
needed. Read in PyODPS 0.13.2's ``odps/lib/cloudpickle.py``: protocol 2, and numbers above 255 kept apart from smaller
ones by its unpickler.
"""

from __future__ import annotations

import pickletools
import struct
from bisect import bisect_left
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from odps_jupyter.backends.pickled import Node, Pickle, Unreadable, read_all

from .builder import EXPRESSION
from .codes import is_code, is_function
from .writing import Source

_PUTTING = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
_GETTING = frozenset({"GET", "BINGET", "LONG_BINGET"})
_SILENT = frozenset({"PROTO", "STOP"})
_LEAST_LONG = 256
_DEEPEST = 20


class Stream:
    """Writes one pickle anew."""

    def __init__(
        self,
        source: Callable[[Node], Source],
        keywords: Callable[[Node], bytes | None],
        stand_ins: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Args: ``source`` tells the source of a code object; ``keywords`` gives a pickle of the defaults of a
        function's keyword-only parameters, which PyODPS leaves out, and None where it has none; ``stand_ins`` are
        expressions in the place of globals.
        """
        self.stand_ins = stand_ins
        self._source = source
        self._keywords = keywords
        self._next = _LEAST_LONG
        self._builder: int | None = None
        self._depth = 0

    def rewrite(self, pickled: bytes) -> bytes:
        """The pickle of the same object with its code as source.

        Raises:
            Unreadable: it is no pickle, or has parts that no function needs.
        """
        read = read_all(pickled)
        self._next = max([_LEAST_LONG, *(number + 1 for number in read.memo)])
        return b"\x80\x02" + _Part(self, pickled, read, 0).write() + b"."

    def included(self, pickled: bytes) -> bytes:
        """The opcodes that leave the object of another pickle on the stack."""
        read = read_all(pickled)
        shift = self._next
        self._next += 1 + max(read.memo, default=0)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable("defaults of keyword-only parameters hold one another")
        written = _Part(self, pickled, read, shift).write()
        self._depth -= 1
        return written

    def made(self, code: Node) -> bytes:
        """What stands in place of a code object."""
        source = self._source(code)
        arguments = (
            *(source.file, source.line, source.before, source.text, source.after),
            *(source.path, source.arguments, source.free, source.features),
        )
        return self._mentioned() + _plain(arguments) + b"R"

    def following(self, function: Node) -> bytes:
        """What stands after a function: sets ``__kwdefaults__`` by the state of an object that has slots."""
        keywords = self._keywords(function)
        if keywords is None:
            return b""
        return b"N}" + _plain("__kwdefaults__") + self.included(keywords) + b"s\x86b"

    def _mentioned(self) -> bytes:
        if self._builder is not None:
            return _get(self._builder)
        self._builder, self._next = self._next, self._next + 1
        return _evaluated(EXPRESSION) + _put(self._builder)


class _Part:
    """One pickle as it is written into another: ``shift`` is added to the numbers it keeps objects under."""

    def __init__(self, stream: Stream, pickled: bytes, read: Pickle, shift: int) -> None:
        self._stream = stream
        self._pickled = pickled
        self._memo = read.memo
        self._shift = shift
        self._known: set[int] = set()
        self._opcodes: list[tuple[str, Any, int]] = [
            (opcode.name, argument, at or 0) for opcode, argument, at in pickletools.genops(pickled)
        ]
        self._starts = [at for _, _, at in self._opcodes]
        nodes = list(read.root.walk())
        self._codes = {node.start: node for node in nodes if is_code(node)}
        self._functions = {node.start + node.size: node for node in nodes if is_function(node)}

    def write(self) -> bytes:
        return self._span(0, len(self._pickled))

    def _span(self, start: int, end: int) -> bytes:
        out = bytearray()
        at = bisect_left(self._starts, start)
        while at < len(self._opcodes) and self._starts[at] < end:
            position = self._starts[at]
            function, code = self._functions.get(position), self._codes.get(position)
            if function is not None and start < position:
                out += self._stream.following(function)
            if code is not None and code.start + code.size <= end:
                out += self._stream.made(code)
                at = bisect_left(self._starts, code.start + code.size)
            else:
                out += self._opcode(at)
                at += 1
        return bytes(out)

    def _opcode(self, at: int) -> bytes:
        name, argument, position = self._opcodes[at]
        if name in _SILENT:
            return b""
        if name in _PUTTING:
            self._known.add(argument)
            return _put(argument + self._shift)
        if name == "GLOBAL" and argument in self._stream.stand_ins:
            return _evaluated(self._stream.stand_ins[argument])
        if name not in _GETTING:
            return self._pickled[position : self._starts[at + 1]]
        if argument in self._known:
            return _get(argument + self._shift)
        self._known.add(argument)
        held = self._memo[argument]
        return self._span(held.start, held.start + held.size) + _put(argument + self._shift)


def _evaluated(expression: str) -> bytes:
    return b"c__builtin__\neval\n" + _plain((expression,)) + b"R"


def _put(number: int) -> bytes:
    return b"q" + bytes([number]) if number < _LEAST_LONG else b"r" + struct.pack("<I", number)


def _get(number: int) -> bytes:
    return b"h" + bytes([number]) if number < _LEAST_LONG else b"j" + struct.pack("<I", number)


def _plain(value: str | int | tuple[object, ...]) -> bytes:
    """Opcodes of texts, numbers and tuples of such."""
    if isinstance(value, str):
        encoded = value.encode("utf-8", "surrogatepass")
        return b"X" + struct.pack("<I", len(encoded)) + encoded
    if isinstance(value, int):
        return b"J" + struct.pack("<i", value)
    return b"(" + b"".join(_plain(part) for part in value) + b"t"  # type: ignore[arg-type]
