"""What a script answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .kept import Rows


def told_apart(names: Sequence[str]) -> list[str]:
    """Names of a result's columns, where ``SELECT *`` of a join can give one twice: ``id``, ``id2``.

    So MaxCompute's console shows them (its documentation of JOIN, results of ``SELECT *``).
    """
    told: list[str] = []
    taken = set(names)
    for name in names:
        unique, number = name, 2
        while unique in told or (unique != name and unique in taken):
            unique, number = f"{name}{number}", number + 1
        told.append(unique)
    return told


@dataclass(frozen=True)
class ScriptResult:
    """The answer of a script's last SELECT.

    Attributes:
        columns: name and MaxCompute type of each column; empty if the script selects nothing.
        kept: the rows, typed as ``emulator.types.to_arrow`` says, datetime values in
            the zone of stored values; ``None`` if it selects nothing.
        message: text of a statement that shows something else (DESC, SHOW); empty otherwise.
    """

    columns: tuple[tuple[str, str], ...] = ()
    kept: Rows | None = None
    message: str = ""
