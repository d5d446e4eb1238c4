"""What ``check`` is given: files, and the standard input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from odps_jupyter.errors import UserError
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.placing import Placing, placing
from odps_jupyter.notebook.reading import contents, decode, from_notebook, from_script, read
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

    def places(self) -> Placing:
        """Where the cells stand in the file as it is now.

        Raises:
            UserError: the file cannot be read any more.
        """
        return placing(contents(self.path), str(self.path), is_notebook=self.path.suffix == ".ipynb")

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

    @property
    def is_notebook(self) -> bool:
        return self.data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")

    def places(self) -> Placing:
        """Where the cells stand in what was read."""
        return placing(self.data, self.name, is_notebook=self.is_notebook)

    def cells(self) -> list[Cell]:
        if self.is_notebook:
            return from_notebook(self.data, self.name)
        return from_script(decode(self.data, self.name)[0])

    def write(self, sources: Sequence[str]) -> None:
        raise UserError("The standard input cannot be changed.")


Document = File | Input
