"""One code cell, as its author wrote it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell; its index is its position among the code cells of the document.

    Attributes:
        id: stable for the life of the cell (nbformat 4.5's ``id``, or one made when the file is read).
        source: the text as written, magics included.
    """

    id: str
    source: str
