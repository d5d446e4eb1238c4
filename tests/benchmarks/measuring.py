"""Clocks and memory for the benchmarks."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa


def seconds(action: Callable[[], Any]) -> float:
    """How long a call takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def best(action: Callable[[], Any], repeat: int) -> float:
    """The shortest of some calls."""
    return min(seconds(action) for _ in range(repeat))


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, and of processor time in this process and those of another one's tree."""

    wall: float
    cpu: float

    @classmethod
    def of(cls, action: Callable[[], Any], pid: int) -> Cost:
        cpu = time.process_time() + _cpu(pid)
        wall = seconds(action)
        return cls(wall, time.process_time() + _cpu(pid) - cpu)


class Peak:
    """The most memory that a process and its descendants have at once, shared pages counted once (Linux's PSS)."""

    def __init__(self, pid: int) -> None:
        self.mb = 0.0
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            self.mb = max(self.mb, sum(map(_pss, _tree(self._pid))))


def _tree(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended meanwhile
            continue
        parents.setdefault(parent, []).append(int(path.parent.name))
    found = [pid]
    for one in found:
        found.extend(parents.get(one, ()))
    return found


def _cpu(pid: int) -> float:
    """Processor time of a process and its descendants, those that have ended included."""
    ticks = 0
    for one in _tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def transfer(table: Any) -> Iterator[str]:
    """Lines on how long rows take from the service to Python values, beside reading the same bytes from memory."""
    with table.open_reader(arrow=True) as reader:
        whole = reader.read_all()
    rows = whole.num_rows
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)

    def by_arrow() -> None:
        with table.open_reader(arrow=True) as opened:
            for batch in opened:
                _values(batch)

    def from_memory() -> None:
        for batch in pa.ipc.open_stream(sink.getvalue()):
            _values(batch)

    def by_protobuf() -> None:
        with table.open_reader() as opened:
            for record in opened:
                record.values  # noqa: B018 - reading is what is measured

    base, arrow, protobuf = best(from_memory, 3), best(by_arrow, 3), best(by_protobuf, 1)
    yield f"transfer to Python values, {rows:,} rows of {whole.num_columns} columns, microseconds a row:"
    yield f"  Arrow IPC in memory {base / rows * 1e6:.2f}"
    yield f"  Arrow tunnel {arrow / rows * 1e6:.2f}, {arrow / base:.2f} times that (target 1.5)"
    yield f"  protobuf tunnel {protobuf / rows * 1e6:.2f}"


def _values(batch: Any) -> list[list[Any]]:
    return [column.to_pylist() for column in batch.columns]
