"""An execution that is asked to stop, from another thread than the one that runs it."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from odps_jupyter.errors import UserError

from .background import Background, StopHere, stop_thread

#: What notes of ours on exceptions begin with.
SIGN = "odps-jupyter: "


class Stopped(UserError):
    """The execution was stopped before it ended: by ``stop``, by the panel, or with its kernel."""

    def __init__(self) -> None:
        super().__init__("The execution was stopped.", hint="Run the cell again to have its result.")


def interruption(error: BaseException) -> KeyboardInterrupt | None:
    """The interrupt that ended an execution; None where another error did.

    PyODPS 0.13.2 ends the program where it is interrupted (``odps/df/backends/core.py``, ``_action``);
    a kernel goes on.
    """
    if isinstance(error, KeyboardInterrupt):
        return error
    if isinstance(error, SystemExit) and isinstance(error.__context__, KeyboardInterrupt):
        return error.__context__
    return None


def stopped_note(instances: Sequence[str]) -> str:
    """What an interrupt says of the jobs that were stopped for it, as a note of its exception."""
    jobs = f"job {instances[0]} is" if len(instances) == 1 else f"{len(instances)} jobs are"
    return f"{SIGN}its {jobs} stopped."


def stop_instance(entry: Any, instance: str, project: str | None = None) -> None:
    """As PyODPS's method of ``entry``, which would wait here for whoever asks for the status of the same instance: its
    objects of one instance are one, and locked while they are read (0.13.2, ``odps/models/core.py``).

    Raises:
        odps.errors.ODPSError: it has ended, or may not be stopped.
        requests.RequestException: the service cannot be reached.
    """
    from odps.models import Instance

    instances = entry.get_project(project).instances
    body = Instance.InstanceStatus(status="Terminated").serialize()
    entry.rest.put(f"{instances.resource()}/{instance}", body, headers={"Content-Type": "application/xml"})


class Jobs:
    """The instances that one engine has sent, and that it sends none once it was asked to stop."""

    def __init__(self, entry: Any, instances: Callable[[], Sequence[str]]) -> None:
        """Args: ``entry`` is the service's entry object; ``instances`` gives the ids that PyODPS knows of, oldest
        first.
        """
        self._entry = entry
        self._instances = instances
        self._sent: list[str] = []
        self._over: set[str] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self._first = threading.Event()

    @property
    def stopped(self) -> bool:
        return self._stopped

    def ids(self) -> tuple[str, ...]:
        """All that were sent so far, oldest first; PyODPS notes one only some time after it was sent."""
        with self._lock:
            return tuple(dict.fromkeys((*self._instances(), *self._sent)))

    def sending(self) -> None:
        """Called before a job is sent.

        Raises:
            Stopped: it must not be.
        """
        if self._stopped:
            raise Stopped

    def sent(self, instance: str) -> None:
        """Called when one was sent: where it was asked to stop meanwhile, this one stops too."""
        with self._lock:
            self._sent.append(instance)
            stopped = self._stopped
        self._first.set()
        if stopped:
            self._stop(instance)

    def over(self, instance: str) -> None:
        """Called when the service has said how one ended."""
        with self._lock:
            self._over.add(instance)

    def going(self) -> tuple[str, ...]:
        """Those of which nobody has said that they ended, oldest first."""
        return tuple(one for one in self.ids() if one not in self._over)

    def wait_first(self, future: Future[Any]) -> None:
        """Wait until one was sent, or until ``future`` ends without any."""
        future.add_done_callback(lambda _: self._first.set())
        self._first.wait()

    def stop(self) -> None:
        """Stop those that run, and let no other be sent.

        Raises:
            requests.RequestException: the service cannot be reached.
        """
        with self._lock:
            self._stopped = True
        for instance in self.ids():
            self._stop(instance)

    def _stop(self, instance: str) -> None:
        from odps.errors import ODPSError

        try:
            stop_instance(self._entry, instance)
        except ODPSError:
            # It has ended already, or may not be stopped: its own end says which.
            return


class Stoppable:
    """A piece of work in this process, which others may ask to stop; it does as soon as it is back in Python."""

    def __init__(self) -> None:
        self.stopped = False
        self._lock = threading.Lock()
        self._stop: Callable[[], None] | None = None

    def here(self, work: Callable[[], Any]) -> Any:
        """Do it on this thread.

        Raises:
            KeyboardInterrupt: it was asked to stop on the kernel's own thread, which is interrupted as a user would.
            StopHere: it was, on another.
        """
        __tracebackhide__ = True
        on_main = threading.current_thread() is threading.main_thread()
        self._stop = _interrupt if on_main else partial(stop_thread, threading.get_ident())
        try:
            return work()
        finally:
            with self._lock:
                self._stop = None

    def there(self, background: Background) -> None:
        """It is done on a thread of its own."""
        self._stop = background.stop

    def check(self) -> None:
        """Called between two pieces of it.

        Raises:
            StopHere: it was asked to stop in between.
        """
        if self.stopped:
            raise StopHere

    def stop(self) -> None:
        """Ask it to stop; nothing where it has ended."""
        with self._lock:
            self.stopped = True
            if self._stop is not None:
                self._stop()


def _interrupt() -> None:
    """What the stop button does: a signal wakes the main thread where it sleeps, too."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()
