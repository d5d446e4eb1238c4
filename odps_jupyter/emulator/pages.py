"""Files of rows that are mapped, and read without holding on to their pages.

Pages that have been looked at count as the process's memory until the kernel wants them. They are given back as the
rows pass, and stay in the kernel's cache for the next one who looks.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import pyarrow as pa

#: Bytes of rows that are looked at before their pages are given back.
_PASSED = 16 << 20


def mapped(file: IO[bytes]) -> mmap.mmap:
    """A file that is not empty, for reading; outlives the file's descriptor."""
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def passing(batches: Iterable[pa.RecordBatch], pages: Sequence[mmap.mmap]) -> Iterator[pa.RecordBatch]:
    """The same batches, which lie in mapped files."""
    passed = 0
    for batch in batches:
        yield batch
        passed += batch.nbytes
        if passed >= _PASSED:
            _give_back(pages)
            passed = 0
    _give_back(pages)


def _give_back(pages: Sequence[mmap.mmap]) -> None:
    for one in pages:
        # Of a file mapped for reading nothing is lost: whoever still reads there finds the same bytes.
        one.madvise(mmap.MADV_DONTNEED)
