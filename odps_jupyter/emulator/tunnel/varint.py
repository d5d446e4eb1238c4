"""Variable-length integers of the protobuf wire format, one at a time."""

from __future__ import annotations


def encode_one(number: int) -> bytes:
    """An unsigned integer."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


#: The most common lengths and tags, ready made.
SMALL = [encode_one(number) for number in range(1 << 14)]


def encode(number: int) -> bytes:
    """An unsigned integer, from the table if it is small."""
    return SMALL[number] if number < 1 << 14 else encode_one(number)


def zigzag(number: int) -> int:
    """A signed 64-bit integer as the unsigned one of protobuf's ``sint64``."""
    return (number << 1) ^ (number >> 63)


def unzigzag(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
