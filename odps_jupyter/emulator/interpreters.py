"""Python interpreters that kernels registered, for the executor to choose from."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import OdpsError
from .store import Store, first_row


def register(store: Store, executable: str) -> None:
    """Remember an interpreter.

    Raises:
        OdpsError: there is no executable file of that name.
    """
    path = Path(executable)
    if not path.is_absolute() or not path.is_file() or not os.access(path, os.X_OK):
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {executable!r} is no executable file")
    with store.writing() as connection:
        known = first_row(connection, "SELECT 1 FROM meta.interpreters WHERE executable = ?", (executable,))
        if known is None:
            connection.execute("INSERT INTO meta.interpreters VALUES (?)", (executable,))


def known(store: Store) -> list[Path]:
    """The registered interpreters that still exist, latest first."""
    with store.looking() as connection:
        rows = connection.execute("SELECT executable FROM meta.interpreters ORDER BY rowid DESC").fetchall()
    return [path for path in (Path(row[0]) for row in rows) if path.exists()]
