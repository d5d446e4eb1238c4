"""Work of the user's that goes on while the kernel is free for other cells."""

from __future__ import annotations

import contextvars
import ctypes
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


class StopHere(BaseException):
    """Raised in a background thread at the next Python instruction; no ``except Exception`` of the user's catches it.

    PyODPS takes a ``KeyboardInterrupt`` for the end of the program (``odps/df/backends/core.py``, ``_action``).
    """


class Background:
    """Runs ``work`` on a daemon thread, in the context of who makes it; see :attr:`future`.

    A daemon, because the threads of ``concurrent.futures`` are waited for when Python exits, before anybody could stop
    what they do.
    """

    def __init__(self, work: Callable[[], Any], name: str) -> None:
        #: Ends as the work does.
        self.future: Future[Any] = Future()
        self._work = work
        self._lock = threading.Lock()
        self._running = True
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._run,), name=name, daemon=True)

    def start(self) -> None:
        self.future.set_running_or_notify_cancel()
        self._thread.start()

    def stop(self) -> None:
        """Raise :class:`StopHere` in the work; nothing where it has ended."""
        with self._lock:
            if self._running and self._thread.ident is not None:
                stop_thread(self._thread.ident)

    def _run(self) -> None:
        try:
            try:
                result = self._work()
            finally:
                self._ended()
        except BaseException as error:  # noqa: BLE001 - a Future carries whatever ended the work
            self.future.set_exception(error)
        else:
            self.future.set_result(result)

    def _ended(self) -> None:
        with self._lock:
            self._running = False


def stop_thread(ident: int) -> None:
    """Raise :class:`StopHere` on a thread, as soon as what it calls returns to Python.

    CPython's way to do so: https://docs.python.org/3/c-api/init.html#c.PyThreadState_SetAsyncExc
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(StopHere))
