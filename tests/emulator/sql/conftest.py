"""A catalog and a function runner small enough to read, for tests of the SQL engine alone."""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from odps_jupyter.emulator import types
from odps_jupyter.emulator.projects.models import create_project
from odps_jupyter.emulator.sql import ScriptResult, run_script
from odps_jupyter.emulator.store import LAYOUT_SQL, Claims
from odps_jupyter.emulator.tables.catalog import SessionCatalog
from odps_jupyter.emulator.tables.models import Table
from odps_jupyter.executor.interpreters import find
from odps_jupyter.executor.job import Function, Job
from odps_jupyter.executor.pool import Pool
from odps_jupyter.executor.profiles import Profile
from odps_jupyter.executor.signature import Signature, read_signature


class PlainFunctions:
    """Python callables in place of worker processes."""

    def __init__(self) -> None:
        self.signatures: dict[str, Signature] = {}
        self.bodies: dict[str, Callable[..., Any]] = {}

    def add(
        self, name: str, kind: str, arguments: Sequence[str], returns: Sequence[str], body: Callable[..., Any]
    ) -> None:
        """A scalar body takes a row's values; an aggregate a list of rows; a table function an iterator of rows."""
        self.signatures[name] = Signature(kind=kind, arguments=tuple(arguments), returns=tuple(returns), client=None)  # type: ignore[arg-type]
        self.bodies[name] = body

    def _array(self, name: str, values: list[Any], position: int = 0) -> pa.Array:
        return pa.array(values, types.to_arrow(types.parse(self.signatures[name].returns[position])))

    def evaluate(self, name: str, batch: pa.RecordBatch) -> pa.Array:
        rows = zip(*(c.to_pylist() for c in batch.columns), strict=True)
        return self._array(name, [self.bodies[name](*row) for row in rows])

    def aggregate(self, name: str, groups: pa.ListArray) -> pa.Array:
        lists = [[tuple(row.values()) for row in group] for group in groups.to_pylist()]
        return self._array(name, [self.bodies[name](rows) for rows in lists])

    def partials(self, name: str, groups: pa.ListArray) -> pa.Array:
        lists = [[marshal.dumps(tuple(row.values())) for row in group] for group in groups.to_pylist()]
        return pa.array(lists, pa.list_(pa.binary()))

    def merged(self, name: str, buffers: pa.ListArray) -> pa.Array:
        lists = [[marshal.loads(row) for row in group] for group in buffers.to_pylist()]
        return self._array(name, [self.bodies[name](rows) for rows in lists])

    def process(self, name: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = (row for batch in batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True))
        for row in self.bodies[name](rows):
            arrays = [self._array(name, [value], i) for i, value in enumerate(row)]
            yield pa.RecordBatch.from_arrays(arrays, [f"c{i}" for i in range(len(arrays))])

    def beside(self, name: str, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[pa.Array | None, pa.RecordBatch]]:
        current = 0

        def rows() -> Iterator[pa.RecordBatch]:
            nonlocal current
            for batch in batches:
                for current in range(batch.num_rows):
                    yield batch.slice(current, 1)

        for made in self.process(name, rows()):
            yield pa.array([current] * made.num_rows, pa.int64()), made


class EngineCatalog(SessionCatalog):
    """The catalog of a project ``p``, whose functions are those of a test."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, functions: PlainFunctions) -> None:
        connection.execute(LAYOUT_SQL)
        create_project(connection, "p", "me")
        super().__init__(connection, Claims(), project="p", owner="me", function=functions.signatures.get)


@dataclass
class Engine:
    """Runs scripts and shows rows as tuples."""

    connection: duckdb.DuckDBPyConnection
    catalog: EngineCatalog
    functions: PlainFunctions

    def run(self, text: str, **settings: str) -> ScriptResult:
        hints = {k.replace("__", "."): v for k, v in settings.items()}
        return run_script(text, connection=self.connection, catalog=self.catalog, udfs=self.functions, settings=hints)

    def table_of(self, text: str, **settings: str) -> pa.Table:
        """The rows of a script's last SELECT."""
        kept = self.run(text, **settings).kept
        assert kept is not None
        return kept.table

    def rows(self, text: str, **settings: str) -> list[tuple[Any, ...]]:
        table = self.table_of(text, **settings)
        return list(zip(*(c.to_pylist() for c in table.columns), strict=True))

    def value(self, text: str, **settings: str) -> Any:
        [(value,)] = self.rows(f"SELECT {text}", **settings)
        return value

    def table(self, name: str) -> Table:
        return self.catalog.table(None, None, name)

    def column(self, text: str, **settings: str) -> list[Any]:
        return [row[0] for row in self.rows(text, **settings)]


class WorkerFunctions(PlainFunctions):
    """Functions by their source text, each run in the executor's isolated processes."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        interpreter = find(sys.version_info[:2], (), ("numpy",))
        assert interpreter is not None
        profile = Profile("local", sys.version_info[:2], None, ("numpy",), False)
        self._job = Job(profile, interpreter)
        self._pool = pool
        self._functions: dict[str, Function] = {}

    def add_source(self, name: str, source: str, class_name: str) -> None:
        """Register the class of a module's text."""
        signature = read_signature(source, class_name)
        self.signatures[name] = signature
        self._functions[name] = Function(name, source, class_name, signature)

    def evaluate(self, name: str, batch: pa.RecordBatch) -> pa.Array:
        with self._pool.session(self._job, self._functions[name]) as session:
            return session.evaluate(batch)

    def aggregate(self, name: str, groups: pa.ListArray) -> pa.Array:
        with self._pool.session(self._job, self._functions[name]) as session:
            return session.aggregate(groups)

    def partials(self, name: str, groups: pa.ListArray) -> pa.Array:
        with self._pool.session(self._job, self._functions[name]) as session:
            return session.partials(groups)

    def merged(self, name: str, buffers: pa.ListArray) -> pa.Array:
        with self._pool.session(self._job, self._functions[name]) as session:
            return session.merged(buffers)

    def process(self, name: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with self._pool.session(self._job, self._functions[name]) as session:
            yield from session.process(batches)

    def beside(self, name: str, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[pa.Array | None, pa.RecordBatch]]:
        with self._pool.session(self._job, self._functions[name]) as session:
            yield from session.beside(batches)


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    with Pool(workers=2) as pool:
        yield pool


def _engine(functions: PlainFunctions) -> Iterator[Engine]:
    connection = duckdb.connect(":memory:", config={"threads": 2})
    yield Engine(connection, EngineCatalog(connection, functions), functions)
    connection.close()


@pytest.fixture
def worker_engine(pool: Pool) -> Iterator[Engine]:
    """An engine whose Python functions run in real workers."""
    yield from _engine(WorkerFunctions(pool))


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine whose Python functions are plain callables."""
    yield from _engine(PlainFunctions())
