"""See, prove and run what a PyODPS notebook does here and on the MaxCompute executor.

Only the entry points Jupyter looks for live here; each imports what it needs when it is called, so that
``%load_ext odps_jupyter`` costs milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["__version__", "load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register ``%odps`` and ``%%odps`` (``%load_ext odps_jupyter``)."""
    from odps_jupyter.magics import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Undo :func:`load_ipython_extension` (``%unload_ext odps_jupyter``)."""
    from odps_jupyter.magics import unload

    unload(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "odps-jupyter"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "odps_jupyter.server"}]


def _load_jupyter_server_extension(server_app: Any) -> None:
    from odps_jupyter.server import load

    load(server_app)
