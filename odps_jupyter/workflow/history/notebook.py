"""Which notebook a kernel serves, and where the history of it lies."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

#: Set by Jupyter Server for the kernels it starts: the path of the notebook
#: (``jupyter_server/services/sessions/sessionmanager.py``, ``get_kernel_env``).
SESSION_VARIABLE = "JPY_SESSION_NAME"
#: Set in the kernel's namespace by Visual Studio Code.
CODE_VARIABLE = "__vsc_ipynb_file__"


def notebook_of(environ: Mapping[str, str], namespace: Mapping[str, Any]) -> str | None:
    """The path of the notebook as whoever started the kernel names it; None where nobody says."""
    named = environ.get(SESSION_VARIABLE) or namespace.get(CODE_VARIABLE)
    return named if isinstance(named, str) and named else None


def renamed(known: str, told: str, root: str | None) -> str:
    """Where the notebook ``known`` lies by now, given what a front end calls it; ``known`` where that cannot be told.

    A kernel is told a path when it starts, and the same one when it starts anew: a renamed notebook is not at that
    path any more. One that still is there has another notebook beside it in the same kernel, or a copy.

    Args:
        told: path on the server, with slashes.
        root: folder that it counts from, None where that is not known.
    """
    return known if Path(known).exists() else located(known, told, root) or known


def located(known: str, told: str, root: str | None) -> str | None:
    """Where a notebook lies that a front end calls ``told``, beside ``known``; None where that cannot be told."""
    return next((str(path) for path in _places(Path(known), PurePosixPath(told), root) if path.is_file()), None)


def _places(known: Path, told: PurePosixPath, root: str | None) -> Iterator[Path]:
    if root:
        yield Path(root).expanduser() / told
    above = told.parent.parts
    if known.parent.parts[len(known.parent.parts) - len(above) :] == above:
        yield known.parent / told.name


def folder() -> Path:
    """Where histories lie: the user's data folder of this product."""
    from platformdirs import user_data_path

    return user_data_path("odps-jupyter", appauthor=False) / "history"


def file_of(notebook: str) -> Path:
    """The file of one notebook; its name tells nothing of it."""
    identity = os.path.realpath(notebook)
    return folder() / f"{hashlib.sha256(identity.encode(errors='surrogateescape')).hexdigest()[:32]}.jsonl"
