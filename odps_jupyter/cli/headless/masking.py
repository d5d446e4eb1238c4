"""Keys of accounts, kept out of what is told of a run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

MASK = "***"
#: Shorter texts are found by chance.
SHORTEST = 8


def masked(value: Any, secrets: Collection[str]) -> Any:
    """``value``, made of what JSON has, with each secret in its texts replaced."""
    if isinstance(value, str):
        # The longest first: one may be the beginning of another.
        for secret in sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=len, reverse=True):
            value = value.replace(secret, MASK)
        return value
    if isinstance(value, dict):
        return {masked(key, secrets): masked(item, secrets) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item, secrets) for item in value]
    return value
