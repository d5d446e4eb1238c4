"""Where the executor's side of a comparison runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from odps_jupyter.backends.connection import Connection
    from odps_jupyter.backends.embedded import Lease

#: ``twin`` is the embedded MaxCompute, ``remote`` the project that the expression's tables are in.
Asked = Literal["twin", "remote"]


class Places:
    """Keeps the embedded MaxCompute that stands in for a real project, from its first comparison on."""

    def __init__(self) -> None:
        self._twin: Connection | None = None
        self._lease: Lease | None = None

    def entry(self, asked: Asked, own: Any) -> tuple[Any, str]:
        """The entry object to ask and its name for readers; ``own`` is that of the expression's tables.

        Raises:
            UserError: the embedded MaxCompute does not start.
        """
        from odps_jupyter.backends import connection, embedded

        if embedded.answers(own.endpoint):
            return own, "embedded"
        if asked == "remote":
            return own, str(own.project)
        if self._twin is None or not embedded.answers(self._twin.endpoint):
            self.close()
            self._twin = connection.to_embedded("--compare", beside=True)
            assert self._twin.service is not None
            self._lease = embedded.Lease(self._twin.entry, self._twin.service)
            self._lease.start()
        return self._twin.entry, "embedded"

    def close(self) -> None:
        """Let the embedded MaxCompute go."""
        if self._lease is not None:
            self._lease.close()
        self._twin = self._lease = None
