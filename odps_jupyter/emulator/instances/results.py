"""Rows of finished SELECT tasks: Arrow files that are read by range, and as CSV text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc

from odps_jupyter.emulator import types
from odps_jupyter.emulator.csvtext import write_csv
from odps_jupyter.emulator.pages import mapped, passing
from odps_jupyter.emulator.sql.kept import Rows

from .models import RESULT_LIMIT, Task

#: Characters of a task's name that may stand in a file's; a digest, which is one longer, has 64.
_LONGEST = 64


class Results:
    """Result files by instance and task. A file appears only when it is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, instance: str, task: str) -> Path:
        # Every name has a file of its own, however long it is and whatever it holds.
        safe = task if task.isascii() and task.isalnum() and len(task) < _LONGEST else sha256(task.encode()).hexdigest()
        return self._folder / f"{instance}.{safe}.arrow"

    def write(self, instance: str, task: str, rows: Rows) -> None:
        path = self._path(instance, task)
        temporary = path.with_suffix(".part")
        with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
            for batch in rows.batches():
                writer.write_batch(batch)
        temporary.replace(path)

    def read(self, instance: str, task: str, start: int = 0, count: int | None = None) -> Iterator[pa.RecordBatch]:
        """Batches of the rows ``start`` to ``start + count``; nothing if the result is gone."""
        path = self._path(instance, task)
        if not path.exists():
            return
        with path.open("rb") as file:
            pages = mapped(file)
        reader = pa.ipc.open_file(pa.BufferReader(pa.py_buffer(pages)))
        yield from passing(_range(reader, start, count), [pages])

    def csv(self, instance: str, task: Task, zone: str) -> str:
        """The rows as CSV text, at most :data:`RESULT_LIMIT` of them."""
        columns = task.columns or ()
        batches = self.read(instance, task.name, 0, RESULT_LIMIT)
        return write_csv([name for name, _ in columns], [kind for _, kind in columns], batches, zone)

    def files(self) -> list[Path]:
        """What is there now, files under way included."""
        return list(self._folder.iterdir())

    def sweep(self, files: Iterable[Path], known: set[str], live: set[str]) -> None:
        """Delete those of some files that belong to no known instance, or were begun by one that is not live.

        Args:
            files: what was there before the others were asked for, so that no new instance is missing among those.
            known: ids of all instances.
            live: ids of those that have not ended.
        """
        for path in files:
            instance = path.name.partition(".")[0]
            if instance not in (known if path.suffix == ".arrow" else live):
                path.unlink(missing_ok=True)


def _range(reader: pa.RecordBatchFileReader, start: int, count: int | None) -> Iterator[pa.RecordBatch]:
    left = count
    for index in range(reader.num_record_batches):
        if left is not None and left <= 0:
            return
        batch = reader.get_batch(index)
        if start >= batch.num_rows:
            start -= batch.num_rows
            continue
        part = batch.slice(start, left) if left is not None else batch.slice(start)
        start = 0
        left = None if left is None else left - part.num_rows
        yield part


def descriptor(task: Task) -> str:
    """What the client learns of a result before it reads it (``TaskResultDescriptor`` of PyODPS)."""
    if task.columns is None:
        return json.dumps({"IsSelect": False})
    return json.dumps(
        {
            "IsSelect": True,
            "SelectResultStatus": "TRUNCATED" if task.rows > RESULT_LIMIT else "COMPLETE",
            "Schema": {"Columns": [{"Name": name, "Type": kind} for name, kind in task.columns]},
        }
    )


def arrow_schema(columns: tuple[tuple[str, str], ...]) -> pa.Schema:
    """The Arrow schema of a result's rows."""
    return pa.schema([pa.field(name, types.to_arrow(types.parse(kind))) for name, kind in columns])
