"""One notebook as the forms of the report are given it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odps_jupyter.notebook.placing import Placing


@dataclass(frozen=True)
class Told:
    """Attributes:

    report: the notebook as ``check.report`` makes it.
    sources: those of its code cells. ``places``: where they stand in its file.
    """

    report: dict[str, Any]
    sources: Sequence[str]
    places: Placing


def titled(item: dict[str, Any]) -> str:
    """A diagnostic's message, led by its place as people count it."""
    return f"cell {item['cell'] + 1}, line {item['line']}: {item['message']}"


def from_here(path: str) -> Path:
    """A path as viewers of a repository want it: relative to where the run began, if it lies there."""
    given = Path(path)
    here = Path.cwd()
    return given.relative_to(here) if given.is_absolute() and given.is_relative_to(here) else given
