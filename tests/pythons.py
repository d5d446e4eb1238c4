"""Other Pythons of this machine, as the executors of tests."""

from __future__ import annotations

import pytest

from odps_jupyter.executor.interpreters import Interpreter, find


def required(python: tuple[int, int], packages: tuple[str, ...] = ()) -> Interpreter:
    """An interpreter of this version with these packages; a test that asks for one which is not here fails."""
    found = find(python, packages=packages)
    version = f"Python {python[0]}.{python[1]}"
    if found is None:
        pytest.fail(f"This machine has no {version}: install it under pyenv or uv.")
    missing = [name for name in packages if name not in found.packages]
    if missing:
        pytest.fail(f"{version} of this machine lacks {', '.join(missing)}: install it there.")
    return found
