"""One isolated process that runs one function."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from . import columns
from .errors import (
    ChannelBroken,
    DiskExceeded,
    ExecutorError,
    FunctionError,
    MemoryExceeded,
    SessionClosed,
    WorkerDied,
    WorkerTimeout,
)
from .job import Function, Job
from .types import Type, parse_type
from .wire import Channel, ChannelClosed, DeadlinePassed, Frame, Garbled
from .workspace import Layout

_LARGEST_LOG = 20 * 1024
# Rows of a group that are sent at once.
_PIECE = 65_536
# How long a process whose channel has closed may take to be gone before it is killed: on a busy machine one that fails
# may be long in saying why.
_GRACE = 5.0
# The buffers of a group.
_BUFFERS = parse_type("array<binary>")
Row = Callable[[int], dict[str, Any]]


class Session:
    """Runs a function's rows; made by ``Pool.session``. One thread at a time, except ``kill`` and ``close``.

    A FunctionError leaves the session usable; any other ExecutorError ends its process.
    """

    def __init__(
        self,
        job: Job,
        function: Function,
        layout: Layout,
        channel: Channel,
        *,
        end: Callable[[float], int | None],
        forget: Callable[[Session], None],
    ) -> None:
        self._job = job
        self._function = function
        self._layout = layout
        self._channel = channel
        self._end = end
        self._forget = forget
        self._log: str | None = None
        self._end_once = threading.Lock()
        self._disk: int | None = None
        self._waiting: tuple[float, Sequence[str], pa.RecordBatch] | None = None
        self._returns = [Type("*") if name == "*" else parse_type(name) for name in function.signature.returns]
        self.direct = False
        self.preloaded_right = True

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def log(self) -> str:
        """What the function wrote to stdout and stderr, at most 20 KB."""
        return self._read_log() if self._log is None else self._log

    def load(self, head: dict[str, Any], source: bytes) -> None:
        """Hand the function over and wait until it is loaded; called once, by the pool."""
        deadline = self._deadline() if self._job.loading is None else time.monotonic() + self._job.loading
        self._send(b"S", head, [source], deadline)
        frame = self._receive(deadline, None)
        self.direct = bool(frame.head["direct"])
        self.preloaded_right = bool(frame.head["preloaded"])

    def evaluate(self, batch: pa.RecordBatch) -> pa.Array:
        """A scalar function over a batch: column i is argument i; one value per row.

        Raises:
            FunctionError: the user's code failed, or returned what its signature does not allow.
            WorkerDied, WorkerTimeout, MemoryExceeded: the process did not survive the batch.
        """
        self.start(batch)
        return self.finish()

    def start(self, batch: pa.RecordBatch) -> None:
        """Begin ``evaluate`` without waiting, so that one thread can keep several sessions busy; ``finish`` ends it."""
        deadline = self._deadline()
        names = batch.schema.names
        self._send_batch(b"B", {"rows": batch.num_rows}, batch.columns, [], deadline)
        self._waiting = (deadline, names, batch)

    def finish(self) -> pa.Array:
        """The values of the batch that ``start`` began."""
        if self._waiting is None:
            raise SessionClosed("No batch was started in this session.")
        deadline, names, batch = self._waiting
        self._waiting = None
        frame = self._receive(deadline, lambda at: _row(names, batch.columns, at))
        return self._decode(frame, self._returns)[0]

    def aggregate(self, groups: pa.ListArray | pa.LargeListArray) -> pa.Array:
        """An aggregate over groups of rows, each row a struct of the arguments; one value per group.

        Each group's rows are split over two buffers, which go through marshal and are merged, as in the service. A
        large group goes to the process in pieces, so that it needs no room for all of its rows.
        """
        return self._grouped(groups, self._returns, partial=False)

    def partials(self, groups: pa.ListArray | pa.LargeListArray) -> pa.Array:
        """As ``aggregate``, but the buffers are not merged: each group's, as marshal wrote them, as a list."""
        return self._grouped(groups, [_BUFFERS], partial=True)

    def merged(self, buffers: pa.ListArray) -> pa.Array:
        """The values of groups whose buffers ``partials`` has made; also from several lists one after the other."""
        deadline = self._deadline()
        layouts, chunks = columns.encode_columns([_BUFFERS], [buffers])
        head = {"rows": len(buffers), "types": [_BUFFERS.to_wire()], "columns": layouts}
        self._send(b"F", head, chunks, deadline)
        return self._decode(self._receive(deadline, None), self._returns)[0]

    def _grouped(self, groups: pa.ListArray | pa.LargeListArray, kinds: list[Type], *, partial: bool) -> pa.Array:
        if isinstance(groups, pa.ChunkedArray):
            groups = groups.combine_chunks()
        counts = pa.compute.fill_null(pa.compute.list_value_length(groups), 0).cast(pa.int64())
        found = []
        start = 0
        for at in pa.compute.indices_nonzero(pa.compute.greater(counts, _PIECE)).to_pylist():
            if start < at:
                small = groups.slice(start, at - start)
                found.append(self._small(small, counts.slice(start, at - start), kinds, partial=partial))
            found.append(self._large(groups.slice(at, 1).flatten(), kinds, partial=partial))
            start = at + 1
        if start < len(groups) or not found:
            found.append(self._small(groups.slice(start), counts.slice(start), kinds, partial=partial))
        return found[0] if len(found) == 1 else pa.concat_arrays(found)

    def _small(
        self, groups: pa.ListArray | pa.LargeListArray, counts: pa.Array, kinds: list[Type], *, partial: bool
    ) -> pa.Array:
        deadline = self._deadline()
        rows = groups.flatten()
        parts = rows.flatten()
        names = [field.name for field in rows.type]
        lengths = memoryview(counts.buffers()[1])[counts.offset * 8 : (counts.offset + len(counts)) * 8]
        head = {"rows": len(rows), "counts": len(lengths), "partial": partial}
        self._send_batch(b"G", head, parts, [lengths], deadline)
        frame = self._receive(deadline, lambda at: _row(names, parts, at))
        return self._decode(frame, kinds)[0]

    def _large(self, rows: pa.StructArray, kinds: list[Type], *, partial: bool) -> pa.Array:
        names = [field.name for field in rows.type]
        half = (len(rows) + 1) // 2
        for start, end in ((0, half), (half, len(rows))):
            for at in range(start, end, _PIECE):
                deadline = self._deadline()
                piece = rows.slice(at, min(_PIECE, end - at))
                parts = piece.flatten()
                head = {"rows": len(piece), "begins": at == 0, "ends": at + len(piece) == end}
                self._send_batch(b"P", head, parts, [], deadline)
                self._receive(deadline, _row_of(names, parts))
        deadline = self._deadline()
        self._send(b"M", {"partial": partial}, [], deadline)
        return self._decode(self._receive(deadline, None), kinds)[0]

    def process(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """A table function over batches, its ``close`` included; output rows in the order they were forwarded."""
        for batch in batches:
            deadline = self._deadline()
            names = batch.schema.names
            self._send_batch(b"B", {"rows": batch.num_rows, "beside": False}, batch.columns, [], deadline)
            for arrays in self._outputs(deadline, _row_of(names, batch.columns), self._returns):
                yield _batch(arrays)
        for arrays in self._closing():
            yield _batch(arrays)

    def beside(self, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[pa.Array | None, pa.RecordBatch]]:
        """As ``process``, with the rows of the batch that the output rows were made for, by number and in order.

        ``None`` stands beside what ``close`` makes.
        """
        kinds = [Type("bigint"), *self._returns]
        for batch in batches:
            deadline = self._deadline()
            names = batch.schema.names
            self._send_batch(b"B", {"rows": batch.num_rows, "beside": True}, batch.columns, [], deadline)
            for numbers, *arrays in self._outputs(deadline, _row_of(names, batch.columns), kinds):
                yield numbers, _batch(arrays)
        for arrays in self._closing():
            yield None, _batch(arrays)

    def _closing(self) -> Iterator[list[pa.Array]]:
        deadline = self._deadline()
        self._send(b"C", {}, [], deadline)
        yield from self._outputs(deadline, None, self._returns)

    def kill(self) -> None:
        """End the process from any thread: a call that waits for it raises WorkerDied."""
        self._end(0.0)

    def refuse_disk(self, limit: int) -> None:
        """End the process from any thread, because its files take more than ``limit`` bytes: see ``DiskExceeded``."""
        self._disk = limit
        self._end(0.0)

    def close(self) -> None:
        """End the process and remove its files; the log stays readable."""
        with self._end_once:
            if self._log is not None:
                return
            self._channel.close()
            self._end(0.0)
            self._log = self._read_log()
            self._forget(self)

    def _outputs(self, deadline: float, row: Row | None, kinds: list[Type]) -> Iterator[list[pa.Array]]:
        while True:
            frame = self._receive(deadline, row)
            if frame.kind == b"D":
                return
            yield self._decode(frame, kinds)

    def _send_batch(
        self, kind: bytes, head: dict[str, Any], arrays: Sequence[pa.Array], before: list[Any], deadline: float
    ) -> None:
        try:
            kinds = columns.argument_types(self._function.signature.arguments, arrays)
            layouts, chunks = columns.encode_columns(kinds, arrays)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
            raise ExecutorError(f"The arguments do not fit function {self._function.name}: {error}") from error
        head = {**head, "types": [item.to_wire() for item in kinds], "columns": layouts}
        self._send(kind, head, [*before, *chunks], deadline)

    def _decode(self, frame: Frame, kinds: list[Type]) -> list[pa.Array]:
        rows, width = frame.head["rows"], frame.head["width"]
        if kinds[-1].name == "*":
            kinds = [*kinds[:-1], *[Type("string")] * (width - len(kinds) + 1)]
        decoder = columns.Decoder(frame.body)
        layouts = frame.head["columns"]
        try:
            return [decoder.column(kind, layout, rows) for kind, layout in zip(kinds, layouts, strict=True)]
        except (ValueError, TypeError, LookupError) as error:
            # Arrow's own refusals are ValueErrors: a frame whose columns are not what it says.
            self.close()
            raise ChannelBroken(self._function.name, log=self.log) from error

    def _send(self, kind: bytes, head: dict[str, Any], chunks: list[Any], deadline: float) -> None:
        if self._log is not None:
            raise SessionClosed(f"The session of function {self._function.name} is closed.")
        try:
            self._channel.send(kind, head, chunks, deadline=deadline)
        except (ChannelClosed, DeadlinePassed) as error:
            raise self._ended(error) from error

    def _receive(self, deadline: float, row: Row | None) -> Frame:
        try:
            frame = self._channel.receive(deadline=deadline)
        except (ChannelClosed, DeadlinePassed) as error:
            raise self._ended(error) from error
        if frame.kind == b"E":
            raise self._failure(frame.head, row)
        return frame

    def _failure(self, head: dict[str, Any], row: Row | None) -> ExecutorError:
        index = head["index"]
        message, traceback = _printable(head["message"]), _printable(head["traceback"])
        values = row(index) if row is not None and index is not None else None
        if head["kind"] == "memory":
            failure = MemoryExceeded(self._function.name, self._job.memory, traceback=traceback, row=values)
            self.close()
            return failure
        return FunctionError(head["kind"], message, traceback=traceback, row=values)

    def _ended(self, error: ChannelClosed | DeadlinePassed) -> ExecutorError:
        late = isinstance(error, DeadlinePassed)
        garbled = isinstance(error, Garbled)
        status = self._end(0.0 if late or garbled else _GRACE)
        self.close()
        if late:
            return WorkerTimeout(self._function.name, self._job.timeout)
        if self._disk is not None:
            return DiskExceeded(self._function.name, self._disk)
        if garbled:
            return ChannelBroken(self._function.name, log=self.log)
        signal_number = os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else None
        exit_code = os.WEXITSTATUS(status) if status is not None and os.WIFEXITED(status) else None
        return WorkerDied(self._function.name, exit_code=exit_code, signal_number=signal_number, log=self.log)

    def _deadline(self) -> float:
        return time.monotonic() + self._job.timeout

    def _read_log(self) -> str:
        if not self._layout.log.exists():
            return ""
        with self._layout.log.open("rb") as stream:
            return stream.read(_LARGEST_LOG).decode("utf-8", "replace")


def _printable(text: str) -> str:
    """A text that can be sent on: an exception may say halves of surrogate pairs, which no encoding knows."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _batch(arrays: list[pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(arrays, names=[f"c{at}" for at in range(len(arrays))])


def _row_of(names: Sequence[str], arrays: Sequence[pa.Array]) -> Row:
    return lambda at: _row(names, arrays, at)


def _row(names: Sequence[str], arrays: Sequence[pa.Array], at: int) -> dict[str, Any]:
    return {name: array[at].as_py() for name, array in zip(names, arrays, strict=True)}
