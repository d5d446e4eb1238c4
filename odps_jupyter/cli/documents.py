"""What ``check`` is given: files, and the standard input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from odps_jupyter.errors import UserError
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.reading import decode, from_notebook, from_script, read
from odps_jupyter.notebook.writing import write


@dataclass(frozen=True)
class File:
    """A notebook or script on disk."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def folder(self) -> Path:
        return self.path.resolve().parent

    def cells(self) -> list[Cell]:
        return read(self.path)

    def write(self, sources: Sequence[str]) -> None:
        """Put changed cells back.

        Raises:
            UserError: the file cannot be written.
        """
        try:
            write(self.path, sources)
        except OSError as error:
            raise UserError(f"{self.path} cannot be written: {error.strerror or error}.") from error


@dataclass(frozen=True)
class Input:
    """A notebook or script read from the standard input, taken as lying in the current folder."""

    data: bytes
    name: str = "-"

    @property
    def folder(self) -> Path:
        return Path.cwd()

    def cells(self) -> list[Cell]:
        if self.data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return from_notebook(self.data, self.name)
        return from_script(decode(self.data, self.name)[0])

    def write(self, sources: Sequence[str]) -> None:
        raise UserError("The standard input cannot be changed.")


Document = File | Input
