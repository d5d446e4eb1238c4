"""Which NumPy a generated function will get, so that a warm interpreter can have it imported before it forks.

Every function PyODPS generates imports NumPy, if there is one, before it unpickles the user's function, and that
import is most of what a small job costs. The worker checks, once the function is loaded, that the guess was right; if
it was not, the function is loaded again in a process that has nothing preloaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import template

MODULE = "numpy"


@dataclass(frozen=True)
class Preload:
    """What to import and from where: ``before`` and ``after`` stand on sys.path around the standard library."""

    modules: tuple[str, ...]
    before: tuple[Path, ...]
    after: tuple[Path, ...]
    readable: tuple[Path, ...]
    bytecode: tuple[Path, ...]


def plan(source: bytes, archives: Mapping[str, Path], view: Path, readable: tuple[Path, ...]) -> Preload | None:
    """The preload for a generated function, or None where it is not certain what ``import numpy`` will find.

    ``archives`` are the unpacked archive resources by name, ``view`` is the folder of the profile's packages.
    """
    libraries = template.libraries(source)
    if libraries is None:
        return None
    installed = profile_only(view, readable)
    roots = [root for name in libraries.archives if name in archives and (root := _root(archives[name])) is not None]
    if roots and (libraries.supersede or installed is None):
        if len(roots) > 1:
            return None
        owners = tuple(folder for folder in archives.values() if roots[0] == folder or folder in roots[0].parents)
        return Preload((MODULE,), (roots[0],), (view,), (*readable, *owners), owners)
    return installed


def profile_only(view: Path, readable: tuple[Path, ...]) -> Preload | None:
    """The preload for functions without libraries of their own; None where the profile has no NumPy."""
    return Preload((MODULE,), (), (view,), readable, ()) if (view / MODULE).exists() else None


def _root(archive: Path) -> Path | None:
    """The folder of an archive that holds the package; pyodps-pack puts it one level down, in ``packages``."""
    for folder in (archive, archive / "packages"):
        if (folder / MODULE / "__init__.py").exists():
            return folder
    return None
