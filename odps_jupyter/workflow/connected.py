"""Which MaxCompute a kernel speaks to: how it is found, kept alive and left.

What the user says last holds: ``%odps connect``, or an ``ODPS`` object assigned to ``o``. Where neither is said, the
environment names a project, and where it does not either, the embedded MaxCompute is started.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from odps_jupyter.backends.connection import Connection
    from odps_jupyter.backends.embedded import Lease

ENTRY_NAME = "o"
USERS_OBJECT = "the object o"
ALIVE_SECONDS = 1.0


class Connected:
    """Holds the connection, its entry object in the namespace, and the lease that keeps the embedded one alive."""

    def __init__(self, namespace: MutableMapping[str, Any], environ: Mapping[str, str]) -> None:
        """Args: ``namespace`` is the user's, where ``o`` lives; ``environ`` names credentials."""
        self.connection: Connection | None = None
        #: Whether the user asked for it by ``%odps connect``.
        self.said = False
        self._namespace = namespace
        self._environ = environ
        self._lease: Lease | None = None

    def hold(self, connection: Connection, *, said: bool) -> None:
        """Speak to ``connection`` from now on, and put its entry object into the namespace as ``o``."""
        self._drop_lease()
        self.connection, self.said = connection, said
        self._namespace[ENTRY_NAME] = connection.entry
        # What PyODPS does for the last ODPS object made: its %sql and its pandas frames use it.
        connection.entry.to_global(overwritable=True)
        if connection.service is not None:
            from odps_jupyter.backends.embedded import Lease

            self._lease = Lease(connection.entry, connection.service)
            self._lease.start()

    def find(self) -> Connection:
        """The connection that holds now, which may be another than the one held.

        Raises:
            UserError: nothing answers there, or the embedded MaxCompute does not start.
        """
        from odps import ODPS

        from odps_jupyter.backends import connection as connections

        entry = self._namespace.get(ENTRY_NAME)
        if self.connection is not None and entry is self.connection.entry:
            return self.connection
        if isinstance(entry, ODPS):
            # Assigned after `%odps connect`, it is the later word: the cell's code will use it.
            return connections.from_entry(entry, USERS_OBJECT)
        if self.connection is not None and self.said:
            self._namespace[ENTRY_NAME] = self.connection.entry
            return self.connection
        found = connections.from_environment(self._environ, "the environment")
        if found is not None:
            connections.verify(found)
            return found
        return connections.to_embedded("default")

    def revived(self) -> Connection | None:
        """The embedded MaxCompute, started again where it died; None where nothing died.

        Its entry object is the one held, where tables and the objects made with that one stay good.

        Raises:
            UserError: it does not start.
        """
        held = self.connection
        if held is None or held.service is None or _listens(held.endpoint):
            return None
        from odps_jupyter.backends import connection as connections

        revived = connections.to_embedded(held.origin, held.data_dir, held.service)
        same = (revived.endpoint, revived.service) == (held.endpoint, held.service)
        return replace(revived, entry=held.entry) if same and held.keeps_data else revived

    def leave(self) -> None:
        """Let the embedded MaxCompute go, and take ``o`` back where it is ours."""
        self._drop_lease()
        held = self.connection
        if held is not None and held.origin != USERS_OBJECT and self._namespace.get(ENTRY_NAME) is held.entry:
            del self._namespace[ENTRY_NAME]

    def _drop_lease(self) -> None:
        if self._lease is not None:
            self._lease.close()
            self._lease = None


def _listens(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    with socket.socket() as probe:
        probe.settimeout(ALIVE_SECONDS)
        return probe.connect_ex((parts.hostname or "", parts.port or 80)) == 0
