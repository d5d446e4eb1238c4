"""What a script answers."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class ScriptResult:
    """The answer of a script's last SELECT.

    Attributes:
        columns: name and MaxCompute type of each column; empty if the script selects nothing.
        rows: the rows, typed as ``emulator.types.to_arrow`` says, datetime values in
            the zone of stored values; ``None`` if it selects nothing.
        message: text of a statement that shows something else (DESC, SHOW); empty otherwise.
    """

    columns: tuple[tuple[str, str], ...] = ()
    rows: pa.Table | None = None
    message: str = ""
