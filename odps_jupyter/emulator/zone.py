"""The time zone of the service. Stored times are naive UTC; a zone matters for wall clock time in SQL and text."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import pyarrow.compute as pc


def local_zone() -> str:
    """The machine's zone by name, ``UTC`` if it has none.

    PyODPS reads and writes naive datetimes in the client's local zone; taking the same one here gives a notebook on
    this machine its own clock times back.
    """
    candidates = [os.environ.get("TZ", "").lstrip(":")]
    link = Path("/etc/localtime")
    if link.is_symlink():
        candidates.append(str(link.resolve()).partition("zoneinfo/")[2])
    named = Path("/etc/timezone")
    if named.is_file():
        candidates.append(named.read_text().strip())
    for name in candidates:
        if name and _exists(name):
            return name
    return "UTC"


def _exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def to_wall(column: pa.Array, zone: str) -> pa.Array:
    """Naive UTC timestamps to naive wall clock ones."""
    if zone == "UTC":
        return column
    return pc.local_timestamp(
        column.cast(pa.timestamp(column.type.unit, "UTC")).cast(pa.timestamp(column.type.unit, zone))
    )
