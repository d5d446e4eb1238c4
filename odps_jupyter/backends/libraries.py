"""What ``libraries=`` brings into the kernel while expressions run on pandas, and how it leaves again."""

from __future__ import annotations

import sys
from typing import Any

from odps_jupyter.executor.guest.legacy import LegacyFinder, LegacyLoader


class ImportedLibraries:
    """Remembers the modules of before; :meth:`forget` takes those that PyODPS's import hook brought out again.

    PyODPS removes its hook after a run and leaves the modules, and the folders it unpacked them into: an ``import``
    in a later cell would succeed by accident, and fail in the next kernel.
    """

    def __init__(self) -> None:
        self._path = list(sys.path)
        self._modules = set(sys.modules)
        # PyODPS's hook is of a kind that Pythons from 3.12 on ask no more.
        self._finder = LegacyFinder() if sys.version_info >= (3, 12) else None
        if self._finder is not None:
            sys.meta_path.append(self._finder)

    def forget(self) -> None:
        """Undo what the run imported; a second call changes nothing."""
        unpacked = tuple(
            f"{entry.rstrip('/')}/" for entry in sys.path if entry not in self._path and _is_unpacked(entry)
        )
        for name in set(sys.modules) - self._modules:
            if _from_library(sys.modules[name], unpacked):
                del sys.modules[name]
        sys.path[:] = [entry for entry in sys.path if entry in self._path or not _is_unpacked(entry)]
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)


def _is_unpacked(entry: str) -> bool:
    """Whether PyODPS's import hook made this folder (``tempfile.mkdtemp(prefix="tmp-pyodps-")``)."""
    return "tmp-pyodps-" in entry


def _from_library(module: Any, unpacked: tuple[str, ...]) -> bool:
    from odps.lib.importer import CompressImporter

    loader = getattr(module, "__loader__", None)
    if isinstance(loader, CompressImporter | LegacyLoader):
        return True
    return bool(unpacked) and str(getattr(module, "__file__", None) or "").startswith(unpacked)
