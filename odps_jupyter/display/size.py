"""Bytes in words."""

from __future__ import annotations


def in_words(count: int) -> str:
    """``count`` bytes, such as ``1.2 kB``."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    if count < 1_000_000:
        return f"{count / 1e3:.1f} kB"
    return f"{count / 1e6:.1f} MB" if count < 1_000_000_000 else f"{count / 1e9:.1f} GB"
