"""Table functions: their input is read once, dealt to parallel streams, and their output becomes a relation.

DISTRIBUTE BY decides the stream of a row, SORT BY the order inside every stream; without DISTRIBUTE BY batches are
dealt in turn. Each stream is one run of the function, ``close()`` included, as an instance of a cluster's job is.
"""

from __future__ import annotations

from collections.abc import Iterator
from queue import Full, Queue
from threading import Event, Thread

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator import types

from .context import Stage
from .protocols import UdfRunner

BATCH_ROWS = 65_536
_WAIT = 0.1


def run(connection: duckdb.DuckDBPyConnection, stage: Stage, udfs: UdfRunner, splits: int) -> pa.Table:
    """Run one table function over its input and answer its rows, columns ``c0``, ``c1``, ...

    Raises:
        OdpsError: whatever the runner raises; the other streams are stopped first.
    """
    schema = pa.schema([pa.field(f"a{i}", types.to_arrow(t)) for i, t in enumerate(stage.arguments)])
    streams = [_Stream(stage, udfs, schema) for _ in range(splits)]
    reader = connection.sql(stage.sql).to_arrow_reader(BATCH_ROWS)
    try:
        for number, batch in enumerate(reader):
            if any(s.error for s in streams):
                break
            if stage.bucket:
                bucket = batch.column(batch.num_columns - 1)
                for index, stream in enumerate(streams):
                    stream.put(batch.filter(pc.equal(bucket, index)))
            else:
                streams[number % splits].put(batch)
        if not any(s.started for s in streams):
            streams[0].start()
    finally:
        for stream in streams:
            stream.finish()
        for stream in streams:
            stream.join()
    for stream in streams:
        if stream.error:
            raise stream.error
    wanted = pa.schema([pa.field(f"c{i}", types.to_arrow(t)) for i, t in enumerate(stage.returns)])
    made = [b for s in streams for b in s.output]
    return pa.Table.from_batches([_shaped(b, wanted) for b in made], wanted)


def _shaped(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [c if c.type == f.type else c.cast(f.type) for c, f in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


class _Stream:
    """One run of the function in a thread of its own, fed through a bounded queue; started by its first rows."""

    def __init__(self, stage: Stage, udfs: UdfRunner, schema: pa.Schema) -> None:
        self.output: list[pa.RecordBatch] = []
        self.error: BaseException | None = None
        self._stage = stage
        self._udfs = udfs
        self._schema = schema
        self._queue: Queue[pa.RecordBatch | None] = Queue(maxsize=4)
        self._done = Event()
        self._thread: Thread | None = None

    @property
    def started(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        self._thread = Thread(target=self._run, name=f"table function {self._stage.function}", daemon=True)
        self._thread.start()

    def put(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        if self._thread is None:
            self.start()
        arrays = [c if c.type == f.type else c.cast(f.type) for c, f in zip(batch.columns, self._schema, strict=False)]
        self._offer(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def finish(self) -> None:
        if self._thread is not None:
            self._offer(None)

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def _offer(self, item: pa.RecordBatch | None) -> None:
        # A stream that has ended no longer takes anything from its queue.
        while not self._done.is_set():
            try:
                self._queue.put(item, timeout=_WAIT)
            except Full:
                continue
            return

    def _run(self) -> None:
        try:
            for batch in self._udfs.process(self._stage.function, self._batches()):
                self.output.append(batch)
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits, and raised there
            self.error = error
        finally:
            self._done.set()

    def _batches(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._queue.get()) is not None:
            yield batch
