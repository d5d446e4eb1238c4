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
from odps.tunnel import TableTunnel
from odps.tunnel.io.reader import TunnelArrowReader, TunnelRecordReader


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


def transfer(o: Any, table: Any) -> Iterator[str]:
    """Lines on how long rows take from the service to Python values, beside what that takes without the service.

    The client's own readers are given the bytes of the same answers from memory: what they take is PyODPS's, and what
    the tunnel takes beyond it is the service's and the way's.

    Four fifths of what the client's reader takes are checksums, each byte twice, so fewer bytes are what helps. The
    columns here repeat themselves and shrink to a tenth. Rounded numbers and words shrink to a third and take the
    client 1.3 times what Arrow IPC takes; numbers and texts of random bits do not shrink and take it 2.2 times.
    """
    session = TableTunnel(o).create_download_session(table.name)
    with session.open_arrow_reader(0, session.count) as reader:
        whole = pa.Table.from_batches(list(reader))
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)
    arrow, records = (answer(session, arrow=is_arrow) for is_arrow in (True, False))

    def by_ipc() -> None:
        for batch in pa.ipc.open_stream(sink.getvalue()):
            _values(batch)

    def by_arrow(opened: Any) -> None:
        for batch in opened:
            _values(batch)

    def by_records(opened: Any) -> None:
        for record in opened:
            record.values  # noqa: B018 - reading is what is measured

    figures = {
        "Arrow IPC in memory": best(by_ipc, 3),
        "Arrow tunnel": best(lambda: by_arrow(session.open_arrow_reader(0, session.count)), 3),
        "  client's reader on the same bytes": best(
            lambda: by_arrow(TunnelArrowReader(session.schema, lambda at: io.BytesIO(arrow))), 3
        ),
        "protobuf tunnel": best(lambda: by_records(session.open_record_reader(0, session.count)), 2),
        "  client's codec on the same bytes": best(
            lambda: by_records(TunnelRecordReader(session.schema, lambda at, **_: None if at else io.BytesIO(records))),
            2,
        ),
    }
    yield f"transfer to Python values, {session.count:,} rows of {whole.num_columns} columns, microseconds a row:"
    notes = {
        "Arrow tunnel": ("Arrow IPC", "Arrow IPC in memory", 1.5),
        "  client's reader on the same bytes": ("Arrow IPC", "Arrow IPC in memory", None),
        "protobuf tunnel": ("the codec", "  client's codec on the same bytes", 1.2),
    }
    for name, seconds_taken in figures.items():
        line = f"  {name:<38}{seconds_taken / session.count * 1e6:6.2f}"
        if name in notes:
            what, base, target = notes[name]
            line += f"   {seconds_taken / figures[base]:.2f} times {what}" + (f" (target {target})" if target else "")
        yield line
    ours = figures["Arrow tunnel"] / figures["  client's reader on the same bytes"]
    yield f"  the Arrow tunnel takes {ours:.2f} times what the client itself takes for its bytes; the rest is ours"


def answer(session: Any, *, arrow: bool) -> bytes:
    """The whole answer of the service, as the client's readers get it."""
    return bytes(session._build_input_stream(0, session.count, columns=None, arrow=arrow).read())


def _values(batch: Any) -> list[list[Any]]:
    return [column.to_pylist() for column in batch.columns]
