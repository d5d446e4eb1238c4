"""Files that are needed for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from odps_jupyter.executor.temporary import TemporaryFolder


@contextmanager
def scratch(prefix: str) -> Iterator[Path]:
    """A new folder of the system's temporary ones, deleted at the end, or by the next one after a kill."""
    folder = TemporaryFolder(prefix)
    try:
        yield folder.path
    finally:
        try:
            folder.close()
        except KeyboardInterrupt:
            folder.close()
            raise
