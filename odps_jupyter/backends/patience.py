"""Waits out a network that is lost for a while: what can be asked again is asked again, with growing pauses.

PyODPS 0.13.2 (``odps/rest.py``) asks GET, PUT and DELETE again within some three seconds, where the connection broke or
the answer was 502, 503 or 504. A POST it sends once, since one that was never answered may have been obeyed. So two
things are lost without this: a job whose status cannot be read for longer, and a submission without an answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")
#: Answers of what stands before the service, and of a service that is not there yet.
UNREACHED = frozenset({502, 503, 504})
#: What ``http.client`` says of a proxy that takes no connection; of a proxy's, every broken one is a ProxyError.
_REFUSED = "Tunnel connection failed"
WAITING = "Waiting for the network"
#: Seconds that a submission is tried for: whoever waits for it has nothing to lose yet.
SUBMITTING = 30.0


def is_lost(error: BaseException) -> bool:
    """Whether the question did not arrive, or its answer did not."""
    from odps.errors import BaseODPSError, ConnectTimeout
    from requests import exceptions

    if isinstance(error, BaseODPSError) and not isinstance(error, ConnectTimeout):
        return getattr(error, "status_code", None) in UNREACHED
    if isinstance(error, exceptions.SSLError) or (isinstance(error, exceptions.ProxyError) and _REFUSED in str(error)):
        return False  # a certificate does not get better, and a proxy that refuses does so the next time too
    return isinstance(error, exceptions.ConnectionError | exceptions.Timeout | exceptions.ChunkedEncodingError)


@dataclass(frozen=True)
class Patience:
    """For how long a lost network is waited for, all in seconds.

    Attributes:
        seconds: from the first failure on, as long as PyODPS itself waits for a job's status (``_STATUS_QUERY_TIMEOUT``
            of ``odps/models/instance.py``).
        first: the first pause; each is twice as long as the one before, up to ``longest``.
    """

    seconds: float = 300.0
    first: float = 0.5
    longest: float = 10.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def at_most(self, seconds: float) -> Patience:
        """The same with no more than ``seconds``."""
        return replace(self, seconds=min(self.seconds, seconds))

    def ask(self, question: Callable[[], T], waiting: Callable[[str], None]) -> T:
        """The answer to ``question``, which must do no harm when it is asked twice; ``waiting`` is told of each pause.

        Raises:
            Exception: what it ended with: at once where it was answered, else when the time is over.
        """
        begun: float | None = None
        pause = self.first
        while True:
            try:
                return question()
            except Exception as error:
                now = self.clock()
                begun = now if begun is None else begun
                if not is_lost(error) or now - begun + pause > self.seconds:
                    raise
                waiting(WAITING)
            self.sleep(pause)
            pause = min(2 * pause, self.longest)


#: What only reads, of PyODPS's ``Instance``: asked again it answers the same.
_READING = frozenset({"is_terminated", "is_successful", "wait_for_completion", "get_logview_address", "open_reader"})


class PatientInstance:
    """A submitted job of PyODPS, whose state is asked for until it is known."""

    def __init__(
        self, instance: Any, patience: Patience, waiting: Callable[[str], None], ended: Callable[[], None]
    ) -> None:
        """Args: ``ended`` is told where the service has said how the job ended."""
        self._instance = instance
        self._patience = patience
        self._waiting = waiting
        self._ended = ended

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._instance, name)
        if name not in _READING:
            return found

        def read(*args: Any, **options: Any) -> Any:
            return self._ask(lambda: found(*args, **options))

        return read

    def wait_for_success(self, *args: Any, **options: Any) -> None:
        """As PyODPS's."""
        try:
            self._ask(lambda: self._instance.wait_for_success(*args, **options))
        except Exception as error:
            if getattr(error, "instance_id", None) is not None:
                self._ended()
            raise
        self._ended()

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            return self._patience.ask(question, self._waiting)
        except Exception as error:
            from odps.errors import AuthenticationRequestExpired

            if is_lost(error) or isinstance(error, AuthenticationRequestExpired):
                job = self._instance.id
                error.add_note(
                    f"odps-jupyter: job {job} was submitted and may still run: "
                    f"`o.get_instance({job!r})` finds it again, `o.stop_instance({job!r})` stops it."
                )
            raise
