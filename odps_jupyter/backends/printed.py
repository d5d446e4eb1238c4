"""What functions print while they run here: the first and the last of it, and how much is left out between them.

On MaxCompute a function's output is cut, so nobody notices one that prints with each row; here it would fill the
notebook until neither the page nor its file can be opened.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

#: Characters at either end. "sys.stdout and sys.stderr can write 20 KB at most; otherwise, the excessive characters
#: will be ignored": https://www.alibabacloud.com/help/doc-detail/73359.htm, of both together.
KEPT = 20 * 1024
_STREAMS: tuple[Literal["stdout", "stderr"], ...] = ("stdout", "stderr")
#: Held while one is put in or taken out: the streams are the process's, and executions begin and end on any thread.
_PLACES = threading.Lock()
#: The last ones that were taken out. CPython's ``print`` only borrows ``sys.stdout`` (gh-130163): a thread that was in
#: one meanwhile writes its end of the line to freed memory, and the kernel dies.
_BORROWED: deque[_Bounded] = deque(maxlen=64)


class _Amount:
    """What one execution has printed on both streams."""

    def __init__(self, *, spawning: bool) -> None:
        #: Those that were there before: what they print is others'.
        self._own = threading.current_thread()
        self._others = set(threading.enumerate()) - {self._own}
        self._spawning = spawning
        self._lock = threading.Lock()
        self._first = KEPT
        self._last: deque[tuple[Any, str]] = deque()
        self._held = 0
        self._left_out = 0
        self.closed = False

    def is_own(self) -> bool:
        """Whether the thread that prints is one of the execution."""
        thread = threading.current_thread()
        return thread is self._own or (self._spawning and thread not in self._others)

    def take(self, stream: Any, text: str) -> bool:
        """Print the text on ``stream`` or hold it; False where the execution is over, and nothing was done."""
        with self._lock:
            if self.closed:
                return False
            now, later = text[: self._first], text[self._first :]
            self._first -= len(now)
            if later:
                self._hold(stream, later)
        if now:
            stream.write(now)
        return True

    def _hold(self, stream: Any, text: str) -> None:
        kept = text[-KEPT:]
        self._left_out += len(text) - len(kept)
        self._last.append((stream, kept))
        self._held += len(kept)
        while self._held > KEPT:
            oldest, begun = self._last.popleft()
            over = min(len(begun), self._held - KEPT)
            self._held -= over
            self._left_out += over
            if over < len(begun):
                self._last.appendleft((oldest, begun[over:]))

    def close(self) -> None:
        """Print what is still held, after a word on what is not; nothing is taken from then on."""
        with self._lock:
            self.closed = True
            last, self._last = self._last, deque()
            self._held = 0
        if last and self._left_out:
            last[0][0].write(
                f"\n[odps-jupyter: {self._left_out:,} characters that the functions printed are left out here; "
                f"MaxCompute keeps the first {KEPT // 1024} KB.]\n"
            )
        for stream, text in last:
            stream.write(text)


class _Bounded:
    """Stands where a stream was, for as long as an execution lasts.

    Whoever keeps it longer, such as a ``logging.StreamHandler``, prints to what is below; where a ``redirect_stdout``
    puts it back, it goes once it is used.
    """

    def __init__(self, below: Any, amount: _Amount) -> None:
        self.below = below
        self._amount = amount

    @property
    def over(self) -> bool:
        return self._amount.closed

    def __getattr__(self, name: str) -> Any:
        if self.over:
            _drop(self)
        return getattr(self.below, name)

    def write(self, text: str) -> int:
        if self.over:
            _drop(self)
        if self._amount.is_own() and self._amount.take(_ground(self), text):
            return len(text)
        written: int = self.below.write(text)
        return written

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)


@contextmanager
def bounded(*, spawning: bool) -> Iterator[None]:
    """Keep only the ends of what is printed inside, on this thread; on those that begin meanwhile too if ``spawning``.

    Executions may overlap, on threads of their own, and end in any order.
    """
    amount = _Amount(spawning=spawning)
    with ExitStack() as stack:
        for name in _STREAMS:
            with _PLACES:
                mine = _Bounded(_lasting(getattr(sys, name)), amount)
                stack.callback(_take_out, name, mine)
                setattr(sys, name, mine)
        # Before they are taken out: who ends meanwhile puts none back that is over.
        stack.callback(amount.close)
        yield


def _take_out(name: Literal["stdout", "stderr"], mine: _Bounded) -> None:
    """Put back what was below; where another stands above meanwhile, it stands on that."""
    with _PLACES:
        _BORROWED.append(mine)
        above = getattr(sys, name)
        if above is mine:
            setattr(sys, name, _lasting(mine.below))
            return
        while isinstance(above, _Bounded):
            if above.below is mine:
                above.below = mine.below
                return
            above = above.below


def _drop(dead: _Bounded) -> None:
    """Leave a place in which somebody, such as ``%%capture``, has put it back after its execution."""
    with _PLACES:
        _BORROWED.append(dead)
        for name in _STREAMS:
            if getattr(sys, name) is dead:
                setattr(sys, name, _lasting(dead))


def _lasting(stream: Any) -> Any:
    """The stream without those of executions that are over, which somebody else may have put back."""
    while isinstance(stream, _Bounded) and stream.over:
        stream = stream.below
    return stream


def _ground(stream: Any) -> Any:
    while isinstance(stream, _Bounded):
        stream = stream.below
    return stream
