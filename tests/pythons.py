"""Other Pythons of this machine, as the executors of tests."""

from __future__ import annotations

import os

import pytest

from odps_jupyter.executor.interpreters import Interpreter, find

#: Set where every Python stands, as in continuous integration: there one that is missing is a failure.
ALL_STAND = "ODPS_JUPYTER_ALL_PYTHONS"


def required(python: tuple[int, int], packages: tuple[str, ...] = ()) -> Interpreter:
    """An interpreter of this version with these packages; where this machine has none, the test is skipped and says so.

    A contributor need not have nine Pythons to run the tests.
    """
    found = find(python, packages=packages)
    missing = [name for name in packages if found is not None and name not in found.packages]
    if found is not None and not missing:
        return found
    version = f"Python {python[0]}.{python[1]}"
    lack = (
        f"this machine has no {version}" if found is None else f"{version} of this machine lacks {', '.join(missing)}"
    )
    if os.environ.get(ALL_STAND):
        pytest.fail(f"{lack}, and {ALL_STAND} says that it stands here")
    pytest.skip(lack)  # a contributor's machine: what it lacks it cannot show, and CI can
