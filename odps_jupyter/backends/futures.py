"""Futures that say of a piece of work what is known here, and only then that it has ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any


def relayed(
    source: Future[Any],
    close: Callable[[BaseException | None, Any], BaseException | None],
    convert: Callable[[Any], Any] = lambda result: result,
) -> Future[Any]:
    """A Future that ends as ``source`` does, after ``close`` heard of it.

    Args:
        close: gets the error and the result, one of them None, and says which error it is.
        convert: makes the result of that of ``source``.
    """
    target: Future[Any] = Future()
    target.set_running_or_notify_cancel()

    def relay(done: Future[Any]) -> None:
        error = done.exception()
        result = None if error is not None else done.result()
        try:
            told = close(error, result)
        except BaseException as wrong:  # noqa: BLE001 - a Future carries whatever ended the work
            told = wrong
        if told is not None:
            target.set_exception(told)
        else:
            target.set_result(convert(result))

    source.add_done_callback(relay)
    return target


def all_done(futures: Sequence[Future[Any]], then: Callable[[], None]) -> None:
    """Call ``then`` once, when the last of ``futures`` has ended."""
    left = len(futures)
    lock = threading.Lock()

    def count(_: Future[Any]) -> None:
        nonlocal left
        with lock:
            left -= 1
            last = left == 0
        if last:
            then()

    for future in futures:
        future.add_done_callback(count)
