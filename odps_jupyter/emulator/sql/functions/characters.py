"""Sets of characters that patterns name, as ranges of their codes, and how the ``regex`` library writes them."""

from __future__ import annotations

from collections.abc import Sequence

Ranges = Sequence[tuple[int, int]]

LAST = 0x10FFFF
WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
SPACE: Ranges = ((9, 13), (32, 32))
HORIZONTAL: Ranges = (
    (9, 9), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x180E, 0x180E), (0x2000, 0x200A), (0x202F, 0x202F),
    (0x205F, 0x205F), (0x3000, 0x3000),
)  # fmt: skip
VERTICAL: Ranges = ((10, 13), (0x85, 0x85), (0x2028, 0x2029))
_PUNCTUATION: Ranges = ((33, 47), (58, 64), (91, 96), (123, 126))
SETS = {"d": ((48, 57),), "w": WORD, "s": SPACE, "h": HORIZONTAL, "v": VERTICAL}
POSIX: dict[str, Ranges] = {
    "alpha": ((65, 90), (97, 122)), "digit": ((48, 57),), "alnum": ((48, 57), (65, 90), (97, 122)),
    "upper": ((65, 90),), "lower": ((97, 122),), "space": SPACE, "punct": _PUNCTUATION, "print": ((32, 126),),
    "graph": ((33, 126),), "cntrl": ((0, 31), (127, 127)), "xdigit": ((48, 57), (65, 70), (97, 102)),
    "word": WORD, "blank": ((9, 9), (32, 32)), "ascii": ((0, 127),),
}  # fmt: skip


def inverse(ranges: Ranges) -> Ranges:
    """All other characters."""
    found, start = [], 0
    for low, high in ranges:
        if start < low:
            found.append((start, low - 1))
        start = high + 1
    return [*found, (start, LAST)]


def items(ranges: Ranges) -> str:
    """What stands for ranges of characters inside brackets."""
    return "".join(escaped(low) if low == high else f"{escaped(low)}-{escaped(high)}" for low, high in ranges)


def escaped(code: int) -> str:
    """What stands for one character, anywhere in a pattern."""
    return f"\\U{code:08x}"
