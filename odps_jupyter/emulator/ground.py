"""What a service stands on: the database of its folder, and the executor's Python, which starts meanwhile.

Both are begun before the rest of the service is imported: that takes a second, and a Python with NumPy half of one, in
a process of its own.
"""

from __future__ import annotations

import logging
import sys
import threading

import duckdb

from odps_jupyter.executor.errors import ExecutorError
from odps_jupyter.executor.interpreters import find
from odps_jupyter.executor.pool import Pool

from . import interpreters
from .folder import Folder, FolderError, unusable
from .store import Store

log = logging.getLogger(__name__)


class Ground:
    """An open folder. Its lock is the caller's; to be closed."""

    def __init__(self, folder: Folder) -> None:
        """Make what is missing in the folder and open its database.

        Raises:
            FolderError: it cannot be used.
        """
        folder.prepare()
        self._folder = folder
        self._pool: Pool | None = None
        self._lock = threading.Lock()
        self._closed = False
        try:
            self.store = Store(folder.database, folder.scratch)
        except (duckdb.Error, OSError) as error:
            raise FolderError(unusable(folder.root, error)) from error

    @property
    def pool(self) -> Pool:
        """The executor's processes.

        Raises:
            ExecutorError: the service stops.
        """
        with self._lock:
            if self._closed:
                raise ExecutorError("The service stops.")
            if self._pool is not None and not self._pool.intact:
                # Somebody has cleaned the system's temporary folder: what was there cannot be used any more.
                self._pool.close()
                self._pool = None
            if self._pool is None:
                self._pool = Pool(scratch=self._folder.executor)
            return self._pool

    def warm(self) -> None:
        """Start the executor's Python of this machine, in a thread, before the first function asks for it."""
        threading.Thread(target=self._warm, name="warm", daemon=True).start()

    def _warm(self) -> None:
        # Nothing depends on it: a job that cannot start its Python says so itself.
        packages = ("numpy",)
        try:
            interpreter = find(sys.version_info[:2], interpreters.known(self.store), packages)
            if interpreter is not None:
                self.pool.warm(interpreter, packages)
        except (ExecutorError, OSError, duckdb.Error):
            log.debug("no warm interpreter", exc_info=True)

    def close(self) -> None:
        """End every process and write everything back."""
        with self._lock:
            self._closed = True
            if self._pool is not None:
                self._pool.close()
        self.store.close()
