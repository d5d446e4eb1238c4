"""Who is connected: leases of kernels, and when the last request came. Decides when the service is idle."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from .errors import OdpsError

#: Longest lease in seconds; a client that lives longer renews it.
MAX_TTL = 3600.0


class Clients:
    """Leases by client id. Times are monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}
        self._last = clock()
        self._lock = threading.Lock()

    def touch(self) -> None:
        """Note that a request came."""
        self._last = self._clock()

    def renew(self, client: str, ttl: float) -> float:
        """Start or prolong a lease; returns the granted seconds.

        Raises:
            OdpsError: ``ttl`` is no positive number.
        """
        if not ttl > 0:
            raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - ttl={ttl} must be above 0")
        granted = min(float(ttl), MAX_TTL)
        with self._lock:
            self._until[client] = self._clock() + granted
        return granted

    def leave(self, client: str) -> None:
        with self._lock:
            self._until.pop(client, None)

    @property
    def connected(self) -> int:
        """How many leases are still valid."""
        now = self._clock()
        with self._lock:
            self._until = {client: until for client, until in self._until.items() if until > now}
            return len(self._until)

    def idle_seconds(self) -> float:
        """Seconds since the last request; 0 while anyone is connected."""
        return 0.0 if self.connected else self._clock() - self._last
