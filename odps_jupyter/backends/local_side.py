"""Where the local side runs: a PC, a hosted notebook, DataWorks. Only what is documented, or public, tells."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.machinery import PathFinder
from typing import Any, Literal

Kind = Literal["pc", "hosted", "dataworks", "unknown"]
#: Variables of hosted notebooks, by name; PAI-DSW's are told by how they begin. The first two are in no manual that was
#: found; many public programs tell these places by them.
_HOSTED = {
    "COLAB_RELEASE_TAG": "Google Colab",
    "KAGGLE_KERNEL_RUN_TYPE": "a Kaggle notebook",
    "JUPYTERHUB_USER": "a JupyterHub",  # JupyterHub's manual, "Spawners": what a server is started with
}
#: PyODPS 0.13.2 looks for the same (``odps/console.py``, ``get_notebook_backend``).
_DSW = "dsw_"
#: What DataWorks starts a node with: its run logs list them ("List of passing environment").
_NODE = "SKYNET_"
#: What a PyODPS node finds defined (MaxCompute's manual, "Create a PyODPS 2 node"): the entry object twice, and the
#: parameters of its schedule.
_NODE_ENTRY, _NODE_ENTRY_SHORT, _NODE_PARAMETERS = "odps", "o", "args"
#: What a notebook of DataWorks imports its magics from (MaxCompute's manual, "DataWorks Notebook").
_DATAWORKS_MODULE = "dataworks"
#: The platforms of PCs; hosted notebooks and nodes are Linux. A desktop says its name (freedesktop.org's "Desktop Entry
#: Specification").
_PC_PLATFORMS = {"win32": "Windows", "darwin": "macOS", "cygwin": "Windows"}
_DESKTOP = "XDG_CURRENT_DESKTOP"


@dataclass(frozen=True)
class LocalSide:
    """Attributes: ``name`` in words; ``mark`` is what tells it, empty where nothing does."""

    kind: Kind
    name: str
    mark: str

    @property
    def is_dataworks(self) -> bool:
        return self.kind == "dataworks"


def local_side(
    environ: Mapping[str, str],
    namespace: Mapping[str, Any],
    platform: str = sys.platform,
    installed: Callable[[str], bool] = lambda module: PathFinder.find_spec(module) is not None,
) -> LocalSide:
    """Where this kernel runs.

    Args:
        environ: names of variables are looked at, no value is told. ``namespace`` is the user's.
        installed: whether a top-level module can be imported; nothing is.
    """
    for name in sorted(environ):
        if name.startswith(_NODE):
            return LocalSide("dataworks", "a DataWorks node", f"the variable {name}")
    entry = namespace.get(_NODE_ENTRY)
    if (
        _is_entry(entry)
        and entry is namespace.get(_NODE_ENTRY_SHORT)
        and isinstance(namespace.get(_NODE_PARAMETERS), dict)
    ):
        return LocalSide("dataworks", "a DataWorks node", "`odps`, `o` and `args`, which are there from the start")
    if installed(_DATAWORKS_MODULE):
        return LocalSide("dataworks", "a DataWorks notebook", f"the module {_DATAWORKS_MODULE}")
    for name in sorted(environ):
        if name.lower().startswith(_DSW):
            return LocalSide("hosted", "PAI-DSW", f"the variable {name}")
        if name in _HOSTED:
            return LocalSide("hosted", _HOSTED[name], f"the variable {name}")
    if platform in _PC_PLATFORMS:
        return LocalSide("pc", "a PC", _PC_PLATFORMS[platform])
    if environ.get(_DESKTOP):
        return LocalSide("pc", "a PC", f"the variable {_DESKTOP}")
    return LocalSide("unknown", "unknown, taken for a PC", "")


def _is_entry(value: object) -> bool:
    """Whether it is PyODPS's entry object; PyODPS is not imported to find out."""
    kind = type(value)
    return (kind.__module__, kind.__name__) == ("odps.core", "ODPS")
