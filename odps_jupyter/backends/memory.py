"""How much of this machine's memory the rows of one table or result may take, asked before they are read."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from odps_jupyter.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

#: Rows are in memory twice while one form of them is made of another.
SHARE = 2
#: So few rows of values without a bound are read without a look at them, where nobody asked for a limit: a text has
#: 8 MB at most, and hardly any does.
FEW = 1_000
#: Rows that are read to see how much one takes.
LOOKED_AT = 100
#: Bytes of a row that is a list, of a place in it, and of a number in Python.
_ROW, _PLACE, _NUMBER = 56, 8, 32
#: Types whose values take no more than a number, by the beginning of their names.
_BOUNDED = ("bigint", "int", "smallint", "tinyint", "double", "float", "boolean", "date", "timestamp")
#: The limit, the use and the cache that can be given up, in the files of a control group of version 2 and 1.
_GROUPS = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "total_inactive_file"),
)


class TooLarge(UserError):
    """Rows that would not fit; none were read."""


def free_memory(meminfo: Path = Path("/proc/meminfo"), groups: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Bytes that a program can still take here, by the kernel and by the container's limit.

    Half of the machine's where it does not say more; None where it says nothing.
    """
    found = [
        free for free in (_available(meminfo), *(_in_group(groups, *names) for names in _GROUPS)) if free is not None
    ]
    if found:
        return min(found)
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" in names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return None


def _available(meminfo: Path) -> int | None:
    """``MemAvailable``: https://www.kernel.org/doc/html/latest/filesystems/proc.html."""
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _in_group(groups: Path, limit: str, use: str, cache: str) -> int | None:
    """https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v2.html, "Memory Interface Files"; None where there is
    no limit.
    """
    try:
        most, used = (
            (groups / limit).read_text(encoding="ascii").strip(),
            int((groups / use).read_text(encoding="ascii")),
        )
        stat = ((groups / use).parent / "memory.stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    if not most.isdigit():
        return None
    return max(0, int(most) - used + sum(int(line.split()[1]) for line in stat if line.split()[0] == cache))


@dataclass(frozen=True)
class Rows:
    """Some that would be read.

    Attributes:
        name: of what they are rows, as the subject of a sentence. ``count``: how many.
        widest: bytes of one that has the largest values of its types; None where those have no bound.
        stored: bytes that they take in MaxCompute at the least; 0 where that is unknown.
        width: reads the first ones and says how many bytes one takes here.
    """

    name: str
    count: int
    widest: int | None
    stored: int
    width: Callable[[], float]


@dataclass(frozen=True)
class Room:
    """Attributes:

    asked: bytes, as the user said; what is free decides where None.
    """

    asked: int | None = None
    free: Callable[[], int | None] = field(default=free_memory, repr=False, compare=False)

    @property
    def most(self) -> int | None:
        """Bytes that rows may take; None where nobody knows."""
        if self.asked is not None:
            return self.asked
        free = self.free()
        return None if free is None else free // SHARE

    def check(self, rows: Rows, hint: Callable[[int], str], kept: str = "Nothing was read.") -> None:
        """Args: ``hint`` says what to do, given how many rows would fit; ``kept`` what has become of the rows.

        Raises:
            TooLarge: there is no room for them.
        """
        most = self.most
        if most is None or (rows.widest is not None and rows.count * rows.widest <= most):
            return
        if rows.stored > most:
            width = rows.stored / rows.count
        elif rows.widest is None and rows.count <= FEW and self.asked is None:
            return
        else:
            width = rows.width()
        if rows.count * width <= most:
            return
        raise TooLarge(
            f"{rows.name} has {rows.count:,} rows of about {in_words(width)} to be read, "
            f"{in_words(rows.count * width)} in all, and {in_words(most)} may be taken of this kernel's memory at "
            f"once. {kept}",
            hint=f"{hint(int(most / width))}; `%odps memory SIZE` sets another limit.",
        )


#: For what is known to be little.
ANY = Room(free=lambda: None)


def round_down(rows: int) -> int:
    """A number of rows that is easily said: its first digit and zeros."""
    digits = str(max(1, rows))
    return int(digits[0] + "0" * (len(digits) - 1))


def widest_of(types: Iterable[Any]) -> int | None:
    """Bytes of a row with values of these MaxCompute types in Python; None where one of them has no bound."""
    kinds = [str(kind).lower() for kind in types]
    if not all(kind.startswith(_BOUNDED) for kind in kinds):
        return None
    return _ROW + len(kinds) * (_PLACE + _NUMBER)


def width_of_frame(frame: pd.DataFrame) -> float:
    """Bytes of one of its rows in pandas."""
    if not len(frame):
        return 0.0
    total = 0
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        total += int(column.memory_usage(index=False))
        if column.dtype == object:
            total += sum(map(weight, column))
    return total / len(frame)


def width_of_records(records: Iterable[Any]) -> float:
    """Bytes of one of PyODPS's records as the list it becomes in a result."""
    weights = [_ROW + sum(_PLACE + weight(value) for value in record.values) for record in records]
    return sum(weights) / len(weights) if weights else 0.0


def weight(value: Any) -> int:
    """Bytes of a value of MaxCompute's in Python, with those inside of it."""
    inner: Iterable[Any] = ()
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    elif isinstance(value, list | tuple):
        inner = value
    return sys.getsizeof(value) + sum(map(weight, inner))


def bytes_of(text: str) -> int:
    """Read ``4GB`` or ``500 MB``.

    Raises:
        UserError: it is no size.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", text.strip(), re.IGNORECASE)
    if found is None:
        raise UserError(f"{text!r} is no size.", hint="Say one such as 500MB or 4GB.")
    return int(float(found[1]) * 1000 ** " KMGT".index(found[2].upper() or " "))


def in_words(count: float) -> str:
    """``count`` bytes, such as ``1.2 kB``."""
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count:.0f} bytes"
