"""How far a running task is: its statements, the rows its functions have seen, the tables it reads."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from odps_jupyter.emulator.sql.protocols import UdfRunner
from odps_jupyter.emulator.tables.catalog import SessionCatalog
from odps_jupyter.emulator.tables.models import Table

from .models import Stage

#: What is shown at most while a statement runs.
_ALMOST = 99


class Watch:
    """Counts what one task does; asked for by other threads while it runs."""

    def __init__(self, statements: int) -> None:
        self._statements = max(statements, 1)
        self._done: list[Stage] = []
        self._rows = 0
        self._percent = 0
        self._calling = False
        self._lock = threading.Lock()

    def call(self) -> None:
        """Note that the statement calls a Python function: the rows it has worked on tell how far the statement is.

        DuckDB reads ahead of the functions and would call the statement as good as done.
        """
        with self._lock:
            self._calling = True

    def add(self, rows: int) -> None:
        """Note rows that a Python function has worked on."""
        with self._lock:
            self._rows += rows

    def advance(self, made: int = 0) -> None:
        """Note that the statement at work is done."""
        with self._lock:
            self._done.append(Stage(self._name(), 100, self._rows, made))
            self._rows = self._percent = 0
            self._calling = False

    def _name(self) -> str:
        return f"M1_job_{len(self._done)}"

    def stages(self, percent: float, rows: int) -> tuple[Stage, ...]:
        """Every statement that has begun.

        Args:
            percent: what DuckDB says of the query at work; below 0 if it does not know.
            rows: rows of the tables that are read: how many the functions will see, more or less.
        """
        with self._lock:
            if len(self._done) >= self._statements:
                return tuple(self._done)
            of_rows = 100 * self._rows / rows if rows else 0
            self._percent = max(self._percent, min(_ALMOST, int(of_rows if self._calling else max(percent, 0))))
            return (*self._done, Stage(self._name(), self._percent, self._rows))


class CountedUdfs:
    """Passes everything on to another runner of functions and counts rows."""

    def __init__(self, runner: UdfRunner, watch: Watch) -> None:
        self._runner = runner
        self._watch = watch

    def evaluate(self, name: str, batch: pa.RecordBatch) -> Any:
        values = self._runner.evaluate(name, batch)
        self._watch.add(batch.num_rows)
        return values

    def aggregate(self, name: str, groups: Any) -> Any:
        values = self._runner.aggregate(name, groups)
        self._watch.add(len(groups.flatten()))
        return values

    def partials(self, name: str, groups: Any) -> Any:
        buffers = self._runner.partials(name, groups)
        self._watch.add(len(groups.flatten()))
        return buffers

    def merged(self, name: str, buffers: Any) -> Any:
        return self._runner.merged(name, buffers)

    def process(self, name: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return self._runner.process(name, self._counted(batches))

    def beside(self, name: str, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[Any, pa.RecordBatch]]:
        return self._runner.beside(name, self._counted(batches))

    def _counted(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield batch
            self._watch.add(batch.num_rows)


class WatchedCatalog(SessionCatalog):
    """A catalog that remembers the tables it was asked for."""

    seen: dict[int, Table]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.seen = {}

    def table(self, project: str | None, schema: str | None, name: str) -> Table:
        found = super().table(project, schema, name)
        self.seen[found.id] = found
        return found
