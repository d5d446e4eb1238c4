"""An entry object that reads like the user's and sends nothing: what PyODPS would write stays here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from odps_jupyter.errors import UserError
from odps_jupyter.executor.job import ResourceFile


class HeldEntry:
    """Answers PyODPS's writes with objects as they would be, and keeps the bytes of what it would have uploaded.

    The public methods of an entry object that PyODPS's SQL engine writes through are below; any other method that
    could write is refused, so that a new one cannot slip through.
    """

    _READS = ("get_", "exist_", "is_", "list_")

    def __init__(self, entry: Any, folder: Path) -> None:
        """Args: ``folder`` takes the files of what would be uploaded."""
        self._entry = entry
        self._folder = folder
        self.files: list[ResourceFile] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._entry, name)
        if callable(found) and not name.startswith(self._READS):
            raise UserError(f"A dry run cannot know what {name} of PyODPS would do; nothing was sent.")
        return found

    def create_resource(self, name: str, type: str | None = None, **options: Any) -> Any:
        """As PyODPS's, for the resources of one job."""
        from odps.models import ArchiveResource, FileResource

        data = options.get("fileobj")
        if isinstance(data, bytes):
            path = self._folder / name
            path.write_bytes(data)
            self.files.append(ResourceFile(name, "archive", path))
        return (ArchiveResource if type == "archive" else FileResource)(name=name)

    def create_function(self, name: str, **options: Any) -> Any:
        """As PyODPS's."""
        from odps.models import Function

        return Function(name=name)

    def run_sql(self, sql: str, **options: Any) -> HeldInstance:
        """As PyODPS's; the instance has ended well already."""
        return HeldInstance()


class HeldInstance:
    """An instance that was never submitted, as far as PyODPS asks before it reads results."""

    id = None

    def get_logview_address(self) -> str:
        return ""

    def is_terminated(self, retry: bool = False) -> bool:
        return True

    def wait_for_success(self) -> None:
        """It did."""
