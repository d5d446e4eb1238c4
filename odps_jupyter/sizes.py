"""Bytes in words, and words for bytes: units of a thousand, but for limits that MaxCompute counts in 1,024."""

from __future__ import annotations

import re
from decimal import Decimal

from .errors import UserError

MEBIBYTE = 1 << 20
_UNITS = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def in_words(count: float) -> str:
    """``count`` bytes, such as ``1.2 kB``."""
    for unit, size in _UNITS:
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count:.0f} byte{'' if round(count) == 1 else 's'}"


def limit_in_words(count: int) -> str:
    """A limit of ``count`` bytes that is a round number of mebibytes, such as ``2,048 MiB``: MaxCompute's "2048 MB"."""
    return f"{count / MEBIBYTE:,.0f} MiB"


def bytes_of(text: str) -> int:
    """Read ``4GB`` or ``500 MB``.

    Raises:
        UserError: it is no size.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", text.strip(), re.IGNORECASE)
    if found is None:
        raise UserError(f"{text!r} is no size.", hint="Say one such as 500MB or 4GB.")
    return int(Decimal(found[1]) * 1000 ** " KMGT".index(found[2].upper() or " "))
