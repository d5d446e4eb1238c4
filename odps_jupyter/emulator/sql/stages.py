"""Table functions: their input is read once, dealt to parallel streams, and their output becomes a relation.

DISTRIBUTE BY decides the stream of a row, SORT BY the order inside every stream; without DISTRIBUTE BY batches are
dealt in turn. Each stream is one run of the function, ``close()`` included, as an instance of a cluster's job is.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from queue import Full, Queue
from threading import Event, Thread

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator import types

from .batches import MOST_ROWS, Pace
from .context import Stage
from .kept import MEMORY, Kept, Rows
from .outputs import check_width
from .protocols import UdfRunner

_WAIT = 0.1


def run(connection: duckdb.DuckDBPyConnection, stage: Stage, udfs: UdfRunner, splits: int, folder: str | None) -> Rows:
    """Run one table function over its input and answer its rows, columns ``c0``, ``c1``, ...

    Without DISTRIBUTE BY they come in the order of the rows they were made for, and what ``close()`` made after them.

    Raises:
        OdpsError: whatever the runner raises; the other streams are stopped first.
    """
    schema = pa.schema([pa.field(f"a{i}", types.to_arrow(t)) for i, t in enumerate(stage.arguments)])
    wanted = pa.schema([pa.field(f"c{i}", types.to_arrow(t)) for i, t in enumerate(stage.returns)])
    with ExitStack() as open_:
        kept = [open_.enter_context(Kept(wanted, folder, MEMORY // splits)) for _ in range(splits)]
        pace = Pace()
        streams = [_Stream(stage, udfs, schema, one, pace) for one in kept]
        _feed(connection, stage, streams, pace)
        made = [item for s in streams for item in zip(s.numbers, s.output.batches(), strict=True)]
    # Sorted by the number alone, which keeps the streams apart where all numbers are the same.
    table = pa.Table.from_batches([batch for _, batch in sorted(made, key=lambda item: item[0])], wanted)
    return Rows(table, [pages for one in kept for pages in one.pages])


def _feed(connection: duckdb.DuckDBPyConnection, stage: Stage, streams: Sequence[_Stream], pace: Pace) -> None:
    try:
        with connection.sql(stage.sql).to_arrow_reader(MOST_ROWS) as rows:
            for number, batch in enumerate(rows if stage.bucket else pace.slices(rows)):
                if any(s.error for s in streams):
                    break
                if stage.bucket:
                    bucket = batch.column(batch.num_columns - 1)
                    for index, stream in enumerate(streams):
                        stream.put(0, batch.filter(pc.equal(bucket, index)))
                else:
                    streams[number % len(streams)].put(number, batch)
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


class _Stream:
    """One run of the function in a thread of its own, fed through a bounded queue; started by its first rows."""

    def __init__(self, stage: Stage, udfs: UdfRunner, schema: pa.Schema, output: Kept, pace: Pace) -> None:
        self.output = output
        #: For each batch of the output, the number of the input batch it was made for.
        self.numbers: list[float] = []
        self.error: BaseException | None = None
        self._stage = stage
        self._udfs = udfs
        self._schema = schema
        self._pace = pace
        self._queue: Queue[tuple[int, pa.RecordBatch] | None] = Queue(maxsize=4)
        self._number: float = 0
        self._done = Event()
        self._thread: Thread | None = None

    @property
    def started(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        self._thread = Thread(target=self._run, name=f"table function {self._stage.function}", daemon=True)
        self._thread.start()

    def put(self, number: int, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        if self._thread is None:
            self.start()
        arrays = [c if c.type == f.type else c.cast(f.type) for c, f in zip(batch.columns, self._schema, strict=False)]
        self._offer((number, pa.RecordBatch.from_arrays(arrays, schema=self._schema)))

    def finish(self) -> None:
        if self._thread is not None:
            self._offer(None)

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def _offer(self, item: tuple[int, pa.RecordBatch] | None) -> None:
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
                check_width(batch, len(self._stage.returns))
                self.numbers.append(self._number)
                self.output.add(batch)
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits, and raised there
            self.error = error
        finally:
            self._done.set()

    def _batches(self) -> Iterator[pa.RecordBatch]:
        # The runner answers for a batch before it asks for the next one (UdfRunner.process).
        while (item := self._queue.get()) is not None:
            self._number, batch = item
            begun = time.monotonic()
            yield batch
            self._pace.note(batch.num_rows, time.monotonic() - begun)
        self._number = math.inf
