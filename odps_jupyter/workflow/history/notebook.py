"""Which notebook a kernel serves, and where the history of it lies."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
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


def folder() -> Path:
    """Where histories lie: the user's data folder of this product."""
    from platformdirs import user_data_path

    return user_data_path("odps-jupyter", appauthor=False) / "history"


def file_of(notebook: str) -> Path:
    """The file of one notebook; its name tells nothing of it."""
    identity = os.path.realpath(notebook)
    return folder() / f"{hashlib.sha256(identity.encode(errors='surrogateescape')).hexdigest()[:32]}.jsonl"
