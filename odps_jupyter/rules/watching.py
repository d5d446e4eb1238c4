"""A setting that remembers what it was asked of files, so that a kept answer is known to hold."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .archives import Contents
from .setting import Setting


@dataclass(frozen=True)
class WatchedSetting(Setting):
    """Files come and go between two checks: what was asked once is asked again, before anything kept is believed."""

    _local: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)
    _libraries: dict[str, tuple[tuple[object, ...], Contents | None]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(cls, setting: Setting) -> WatchedSetting:
        return cls(*_said(setting))

    def still(self, setting: Setting) -> bool:
        """Whether it is ``setting``, and the files are as they were."""
        return (
            _said(setting) == _said(self)
            and all(super(WatchedSetting, self).is_local_file(module) == was for module, was in self._local.items())
            and all(self._state(library) == state for library, (state, _) in self._libraries.items())
        )

    def is_local_file(self, module: str) -> bool:
        found = self._local.get(module)
        if found is None:
            found = self._local[module] = super().is_local_file(module)
        return found

    def contents(self, library: str) -> Contents | None:
        found = self._libraries.get(library)
        if found is None:
            found = self._libraries[library] = (self._state(library), super().contents(library))
        return found[1]

    def _state(self, library: str) -> tuple[object, ...]:
        """When the files a library may be were written, and how long they are."""
        return tuple([_written(folder / library) for folder in (self.resources, self.folder) if folder is not None])


def _said(setting: Setting) -> tuple[Any, ...]:
    """What a setting was made of, in the order it takes it."""
    return tuple([getattr(setting, each.name) for each in fields(Setting)])


def _written(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)
