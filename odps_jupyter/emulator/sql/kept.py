"""Rows that a statement keeps until it has ended: in memory up to a bound, then in a file without a name.

The file is unlinked as soon as it is open, so nothing is left behind whatever is killed when.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.ipc

from odps_jupyter.emulator.pages import mapped, passing

#: Bytes of rows that stay in memory.
MEMORY = 64 << 20


class Rows:
    """Rows that were kept, to be read any number of times; DuckDB reads them by Arrow's stream protocol."""

    def __init__(self, table: pa.Table, pages: Sequence[mmap.mmap] = ()) -> None:
        self.table = table
        self._pages = pages

    @property
    def schema(self) -> pa.Schema:
        return self.table.schema

    def slice(self, start: int, count: int) -> Rows:
        """Some of them."""
        return Rows(self.table.slice(start, count), self._pages)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Their batches, whose pages are given back as they pass."""
        return passing(self.table.to_batches(), self._pages)

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        reader = pa.RecordBatchReader.from_batches(self.schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)


class Kept:
    """Batches, brought to ``schema``; beyond ``memory`` bytes they lie in a file of ``folder``.

    For one thread at a time; to be closed, after which what :meth:`batches` answered is still there.
    """

    def __init__(self, schema: pa.Schema, folder: str | None, memory: int = MEMORY) -> None:
        self._schema = schema
        self._folder = folder
        self._left = memory
        self._batches: list[pa.RecordBatch] = []
        self._file: IO[bytes] | None = None
        self._writer: pa.RecordBatchFileWriter | None = None
        #: What :meth:`batches` has mapped.
        self.pages: list[mmap.mmap] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Keep one more.

        Raises:
            OSError: the disk is full.
        """
        columns = [c if c.type == f.type else c.cast(f.type) for c, f in zip(batch.columns, self._schema, strict=True)]
        batch = pa.RecordBatch.from_arrays(columns, schema=self._schema)
        if self._writer is not None:
            self._writer.write_batch(batch)
            return
        self._batches.append(batch)
        self._left -= batch.nbytes
        if self._left < 0:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - __exit__ closes it
            self._writer = pa.ipc.new_file(pa.PythonFile(self._file, "w"), self._schema)
            for one in self._batches:
                self._writer.write_batch(one)
            self._batches.clear()

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def batches(self) -> list[pa.RecordBatch]:
        """All of them, as they came; asked for once, when nothing more is to be added."""
        if self._writer is None or self._file is None:
            return self._batches
        self._writer.close()
        self._file.flush()
        # The mapping outlives the file's descriptor; its pages are the file's, so the kernel may drop them at any time.
        pages = mapped(self._file)
        self.pages = [pages]
        reader = pa.ipc.open_file(pa.BufferReader(pa.py_buffer(pages)))
        return [reader.get_batch(at) for at in range(reader.num_record_batches)]

    def table(self) -> pa.Table:
        """All rows, in the order in which they came."""
        return pa.Table.from_batches(self.batches(), self._schema)

    def rows(self) -> Rows:
        """The same, to be read without holding on to the file's pages."""
        return Rows(self.table(), self.pages)


def kept(batches: Iterable[pa.RecordBatch], schema: pa.Schema, folder: str | None) -> Rows:
    """Some batches: see :class:`Kept`."""
    with Kept(schema, folder) as found:
        for batch in batches:
            found.add(batch)
        return found.rows()
