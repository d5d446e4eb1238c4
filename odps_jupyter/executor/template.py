"""Recognises the text of the UDFs that PyODPS generates, so that they can be loaded and run faster.

Nothing here changes what a function computes: an unknown text simply takes the ordinary way.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_ANNOTATION_START = b"\n@annotate("
_CLASS_START = b"\nclass "
_CLASS = re.compile(rb"class (\w+)\(")
_LIBRARIES = re.compile(rb"^        libraries = \(l for l in '([^']*)'\.split", re.MULTILINE)
_SUPERSEDE = re.compile(rb"CompressImporter\(\*files, supersede=(True|False)\)")
_INPUTS = re.compile(rb"arg0(?:, arg\d+)*")
# Where the part of a generated class begins that is the same in every one of them.
_COMMON = b"    def _handle_input("
# A header shorter than this costs less to compile than to keep.
_WORTH_CACHING = 16 * 1024

# SHA-256 of that common part with its argument list written as `arg0`. A PyODPS version that words its template
# differently is not in this table and its functions run through their own wrapping.
KNOWN = {
    "scalar": frozenset({"f777e83606e7c63d1929944361a7ae0937a7e5cd60073a58399e971befab5ada"}),
    "table": frozenset({"6be368d72a834b6d9df23129f7de4a19d78271b75b941ee8fff8a0e963ceecd0"}),
    "aggregate": frozenset({"c955eb203017a648fe55506d62c5dc9617513e49c2e4a30a3991190c676f5e6f"}),
}


@dataclass(frozen=True)
class Split:
    """Where a generated source parts: ``offset`` in bytes, and the digest of what stands before it."""

    offset: int
    digest: str


@dataclass(frozen=True)
class Libraries:
    """The archive resources among a generated function's libraries, and whether they go before installed packages."""

    archives: tuple[str, ...]
    supersede: bool


def libraries(source: bytes) -> Libraries | None:
    """The libraries of a generated source; None where the text does not say."""
    offset = source.rfind(_ANNOTATION_START)
    names = _LIBRARIES.search(source, max(offset, 0))
    supersede = _SUPERSEDE.search(source, max(offset, 0))
    if names is None or supersede is None:
        return None
    archives = tuple(name[2:] for name in names[1].decode().split(",") if name.startswith("a:"))
    return Libraries(archives, supersede[1] == b"True")


def is_generated(source: bytes, kind: str) -> bool:
    """Whether the last class of ``source`` behaves, word for word, as PyODPS's template for ``kind`` does."""
    return common_digest(source) in KNOWN[kind]


def common_digest(source: bytes) -> str | None:
    """Digest of the part of a generated class that does not depend on the user's function; None if there is none."""
    # From the end: what stands before the last class is long and says nothing.
    at = source.rfind(_CLASS_START)
    while at >= 0 and not _CLASS.match(source, at + 1):
        at = source.rfind(_CLASS_START, 0, at)
    # A class at the very start has no line before it.
    last = _CLASS.match(source, at + 1)
    if last is None:
        return None
    start = source.find(_COMMON, last.end())
    if start < 0:
        return None
    text = _INPUTS.sub(b"arg0", source[start:]).rstrip()
    return hashlib.sha256(text).hexdigest()


def split(source: bytes) -> Split | None:
    """Part a source into the bundled header, alike in all functions of a client, and the function's own text."""
    offset = source.rfind(_ANNOTATION_START) + 1
    if offset < _WORTH_CACHING:
        return None
    return Split(offset, hashlib.sha256(source[:offset]).hexdigest())
