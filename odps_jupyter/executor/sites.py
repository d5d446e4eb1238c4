"""What lies in site directories. A long-lived service asks for every job, so it is read again only after a change."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Mapping
from pathlib import Path

#: Nanoseconds for which a folder that has changed may change once more without its time telling.
_SETTLING = 2_000_000_000


def top_level(site: Path) -> frozenset[str]:
    """The importable top-level names of a site directory; none where there is no such directory."""
    stamp = _stamp(site)
    return _read_names(site) if stamp is None else _names(site, stamp)


def members(site: Path, package: str) -> Mapping[Path, Path]:
    """A package's own entries in its site directory, each with the place that it is really at.

    They are its module, private siblings (numpy.libs) and metadata.
    """
    stamp = _stamp(site)
    return _read_members(site, package) if stamp is None else _members(site, package, stamp)


def _stamp(site: Path) -> int | None:
    """When a folder was last changed, or None where its time cannot tell yet whether it has been since."""
    try:
        changed = site.stat().st_mtime_ns
    except OSError:
        return None
    return changed if time.time_ns() - changed > _SETTLING else None


@functools.lru_cache(maxsize=64)
def _names(site: Path, stamp: int) -> frozenset[str]:
    return _read_names(site)


@functools.lru_cache(maxsize=512)
def _members(site: Path, package: str, stamp: int) -> Mapping[Path, Path]:
    return _read_members(site, package)


def _read_names(site: Path) -> frozenset[str]:
    if not site.is_dir():
        return frozenset()
    names = set()
    with os.scandir(site) as entries:
        for entry in entries:
            name = entry.name.split(".", 1)[0]
            importable = entry.is_dir() if name == entry.name else entry.name.endswith((".py", ".so"))
            if importable and name.isidentifier() and name != "__pycache__":
                names.add(name)
    return frozenset(names)


def _read_members(site: Path, package: str) -> Mapping[Path, Path]:
    found = [site / package, site / f"{package}.py", site / f"{package}.libs", *site.glob(f"{package}.*.so")]
    found += [*site.glob(f"{package}-*.dist-info"), *site.glob(f"{package}-*.egg-info")]
    return {path: path.resolve() for path in found if path.exists()}
