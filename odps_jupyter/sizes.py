"""Bytes in words, and words for bytes; of units of a thousand."""

from __future__ import annotations

import re

from .errors import UserError

_UNITS = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def in_words(count: float) -> str:
    """``count`` bytes, such as ``1.2 kB``."""
    for unit, size in _UNITS:
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count:.0f} byte{'' if round(count) == 1 else 's'}"


def bytes_of(text: str) -> int:
    """Read ``4GB`` or ``500 MB``.

    Raises:
        UserError: it is no size.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", text.strip(), re.IGNORECASE)
    if found is None:
        raise UserError(f"{text!r} is no size.", hint="Say one such as 500MB or 4GB.")
    return int(float(found[1]) * 1000 ** " KMGT".index(found[2].upper() or " "))
