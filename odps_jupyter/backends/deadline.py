"""One time for all that is found out before a submission."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
#: Of a preflight: reading a sample, starting processes, loading the functions and calling them.
SECONDS = 30.0


class TookLonger(Exception):
    """The time was over first; one line."""


class Deadline:
    """Begins when it is made, and is over ``seconds`` later."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = time.monotonic() + seconds

    def __str__(self) -> str:
        return f"took longer than {self.seconds:g} s"

    @property
    def left(self) -> float:
        """Seconds, not below 0."""
        return max(0.0, self._until - time.monotonic())

    @property
    def passed(self) -> bool:
        return self.left == 0.0

    def check(self) -> None:
        """Called between two steps.

        Raises:
            TookLonger: it is over.
        """
        if self.passed:
            raise TookLonger(str(self))

    def within(self, read: Callable[[], T]) -> T:
        """What ``read`` answers, which waits for a network; it goes on by itself, unheard, where it is too late.

        Raises:
            TookLonger: it is over.
            BaseException: what ``read`` raises.
        """
        answer: Future[T] = Future()

        def work() -> None:
            try:
                answer.set_result(read())
            except BaseException as error:  # noqa: BLE001 - a Future carries it to whoever asked
                answer.set_exception(error)

        threading.Thread(target=work, name="odps-jupyter preflight", daemon=True).start()
        try:
            return answer.result(self.left)
        except TimeoutError:
            if answer.done():
                raise  # its own
            raise TookLonger(str(self)) from None

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Call ``end`` on a thread of its own if it is over before the block."""
        timer = threading.Timer(self.left, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
