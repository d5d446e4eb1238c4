"""Every program of tests/conformance/programs, by area."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .model import Program

FOLDER = Path(__file__).with_name("programs")


def programs(*areas: str) -> list[Program]:
    """The programs of these areas (all where none is named), in the order they are written.

    A file is run as ``__main__``, as a notebook is: what PyODPS ships from it then travels by value.
    """
    found: list[Program] = []
    for path in sorted(FOLDER.glob("*.py")):
        if not areas or path.stem in areas:
            names: dict[str, Any] = {"__name__": "__main__"}
            # This file's own "from __future__ import annotations" is not the program's.
            code = compile(path.read_text(encoding="utf-8"), str(path), "exec", dont_inherit=True)
            exec(code, names)
            found += [value for value in names.values() if isinstance(value, Program)]
    return found
