"""How much memory DuckDB may have: enough to work in, and all of the machine's for a job that cannot do with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

#: MiB for each of DuckDB's threads: what its documentation on out-of-memory errors calls the least ("125 MB per
#: thread"). Without a bound it would keep every page it has read and sort in memory whatever fits into 80 % of the
#: machine's; within it, sorting, joining, grouping and windows spill, for about a fifth more processor time.
_PER_THREAD = 128
#: MiB, however few threads there are.
_LEAST = 256


class Memory:
    """The limit of one database, which holds for all its connections (DuckDB's setting ``memory_limit``)."""

    def __init__(self, root: duckdb.DuckDBPyConnection) -> None:
        self._root = root
        [(threads, self._most, allowed)] = root.execute(
            "SELECT current_setting('threads'), limits.most, parse_formatted_bytes(limits.most)"
            " FROM (SELECT current_setting('memory_limit') AS most) AS limits"
        ).fetchall()
        usual = max(_LEAST, _PER_THREAD * threads)
        # A container may have many processors and little memory.
        self._usual = f"{usual}MiB" if usual << 20 < allowed else self._most
        self._lock = threading.Lock()
        self._wanting = 0
        self._is_usual = False
        self.settle()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """As long as the block runs DuckDB may have what it would take by itself.

        For what it cannot spill: the state of an aggregate function such as MEDIAN or WM_CONCAT.
        """
        with self._lock:
            self._is_usual = False
            self._set(self._most)
            self._wanting += 1
        try:
            yield
        finally:
            with self._lock:
                self._wanting -= 1
            self.settle()

    def settle(self) -> None:
        """Go back to the usual limit if nobody wants more; pages that are not in use are given up.

        While another job holds more than that, the limit stays; the job is to call this when it has ended.
        """
        # The last jobs may end when the database is closed already.
        with self._lock, suppress(duckdb.OutOfMemoryException, duckdb.ConnectionException):
            if not self._wanting and not self._is_usual:
                self._set(self._usual)
                self._is_usual = True

    def _set(self, limit: str) -> None:
        # A connection that has an open result takes no other statement: the root's may.
        with self._root.cursor() as connection:
            connection.execute(f"SET GLOBAL memory_limit = '{limit}'").fetchall()
