"""How much a function costs on the executor twin, as a ratio to a bare Python loop over the same values.

Run from the repository's root: ``python tests/benchmarks/bench_executor.py [ROWS]``. Every figure is taken in one run
on one machine, so the ratios are what counts. Results are checked for equality before anything is timed. The functions
are what PyODPS generates for the expressions below, run one batch of 65,536 rows at a time, as a service would.
"""

from __future__ import annotations

import functools
import gc
import importlib.util
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from odps_jupyter.executor import interpreters
from odps_jupyter.executor.job import Function, Job
from odps_jupyter.executor.pool import Pool
from odps_jupyter.executor.profiles import profile_for

BATCH = 65_536
WORKERS = 2
CELL = """
import math
from odps.df import output

coeffs = [0.1, 0.2, 0.4]

def scalar(v):
    return float(math.cosh(v)) * sum(coeffs)

@output(["a", "b"], ["float", "string"])
def row(r):
    yield r.w + r.x * r.y, r.s

class Mean:
    def buffer(self):
        return [0.0, 0]
    def __call__(self, buffer, v):
        buffer[0] += v
        buffer[1] += 1
    def merge(self, buffer, other):
        buffer[0] += other[0]
        buffer[1] += other[1]
    def getvalue(self, buffer):
        return buffer[0] / buffer[1]

@output(["word", "n"], ["string", "int"])
def mapper(r):
    for word in r.s.split():
        yield word, 1

@output(["word", "n"], ["string", "int"])
def reducer(keys):
    total = [0]
    def handle(r, done):
        total[0] += r.n
        if done:
            yield keys.word, total[0]
    return handle
"""


class Row(NamedTuple):
    w: float
    x: float
    y: float
    s: str


class Text(NamedTuple):
    s: str


class Pair(NamedTuple):
    word: str
    n: int


def timed(call: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """The best of a few runs, in seconds, and the result."""
    best, result = math.inf, None
    for _ in range(times):
        result = None
        gc.collect()
        start = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - start)
    return best, result


def batches(table: pa.Table) -> list[pa.RecordBatch]:
    """The table in batches of the usual size."""
    return table.combine_chunks().to_batches(max_chunksize=BATCH)


def spread(
    pool: Pool, job: Job, function: Function, workers: int, call: Callable[[Any, Any], Any], parts: list[Any]
) -> list[Any]:
    """``call(session, part)`` for every part, in order, with one thread and session per worker."""
    results: list[Any] = [None] * len(parts)
    numbers = iter(range(len(parts)))
    lock = threading.Lock()

    def work() -> None:
        with pool.session(job, function) as session:
            while True:
                with lock:
                    at = next(numbers, None)
                if at is None:
                    return
                results[at] = call(session, parts[at])

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def main() -> None:
    """Run and print the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    helpers = _load(Path(__file__).parents[1] / "executor" / "generated.py")
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(CELL, "/tmp/ipykernel_1/1.py", "exec"), names)
    version = sys.version_info[:2]
    profile = profile_for("cp311", None, version)
    interpreter = interpreters.find(profile.python, packages=profile.packages)
    if interpreter is None:
        raise SystemExit(f"no interpreter for Python {profile.python}")
    job = Job(profile, interpreter)
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
    table = pa.table(
        {
            "w": pa.array([i % 7 * 0.5 for i in range(rows)]),
            "x": pa.array([i % 11 * 0.25 for i in range(rows)]),
            "y": pa.array([i % 13 * 0.125 for i in range(rows)]),
            "s": pa.array([f"{words[i % 8]} {words[i % 5]}" for i in range(rows)]),
        }
    )
    collection = helpers.collection(w="double", x="double", y="double", s="string")
    with Pool() as pool:
        pool.warm(interpreter, profile.packages)
        print(f"{rows:,} rows, Python {'.'.join(map(str, interpreter.version))}, {os.cpu_count()} cores")
        print(f"{'case':<28}{'bare s':>9}{'1 worker':>10}{'2 workers':>11}")
        for name, bare, ours in (
            ("scalar map", *scalar_case(helpers, names, collection, table, pool, job)),
            ("apply, 4 -> 2 columns", *row_case(helpers, names, collection, table, pool, job)),
            ("aggregate, 1,000 groups", *aggregate_case(helpers, names, collection, table, pool, job)),
            ("word count map_reduce", *reduce_case(helpers, names, collection, table, pool, job)),
        ):
            seconds, expected = timed(bare)
            figures = []
            for workers in (1, WORKERS):
                taken, found = timed(functools.partial(ours, workers))
                if found != expected:
                    raise SystemExit(f"{name}: the results differ")
                figures.append(taken / seconds)
            print(f"{name:<28}{seconds:>9.2f}{figures[0]:>10.2f}{figures[1]:>11.2f}")
        function = helpers.function(collection.x.map(names["scalar"]))
        small = table.slice(0, 150).select(["x"]).combine_chunks().to_batches()[0]

        def job_of_150() -> None:
            with pool.session(job, function) as session:
                session.evaluate(small)

        print(f"150 rows in a session of its own, warm: {timed(job_of_150, 10)[0] * 1000:.0f} ms")


def scalar_case(helpers: Any, names: Any, collection: Any, table: pa.Table, pool: Pool, job: Job) -> tuple[Any, Any]:
    """``x.map(scalar)``."""
    function = helpers.function(collection.x.map(names["scalar"]))
    handle, values = names["scalar"], table.column("x").to_pylist()
    parts = batches(table.select(["x"]))

    def ours(workers: int) -> Any:
        results = spread(pool, job, function, workers, lambda session, part: session.evaluate(part), parts)
        return pa.chunked_array(results)

    return lambda: pa.chunked_array([[handle(value) for value in values]]), ours


def row_case(helpers: Any, names: Any, collection: Any, table: pa.Table, pool: Pool, job: Job) -> tuple[Any, Any]:
    """``apply(row, axis=1)`` of four columns to two."""
    function = helpers.function(collection.apply(names["row"], axis=1))
    handle = names["row"]._func
    parts = batches(table)
    columns = [column.to_pylist() for column in table.columns]

    def bare() -> Any:
        found = []
        for row in map(Row, *columns):
            found.extend(handle(row))
        return pa.table({"c0": [row[0] for row in found], "c1": [row[1] for row in found]})

    def ours(workers: int) -> Any:
        results = spread(pool, job, function, workers, lambda session, part: list(session.process([part])), parts)
        return pa.Table.from_batches([batch for part in results for batch in part])

    return bare, ours


def aggregate_case(helpers: Any, names: Any, collection: Any, table: pa.Table, pool: Pool, job: Job) -> tuple[Any, Any]:
    """A mean of our own over 1,000 groups."""
    function = helpers.function(collection.x.agg(names["Mean"], rtype="float"))
    mean = names["Mean"]()
    size = table.num_rows // 1000
    values = table.column("x").combine_chunks().slice(0, size * 1000)
    flat = values.to_pylist()
    structs = pa.StructArray.from_arrays([values], names=["a0"])
    groups = pa.ListArray.from_arrays(pa.array(range(0, size * 1000 + 1, size), pa.int32()), structs)
    step = max(1, BATCH // size)
    parts = [groups.slice(at, step) for at in range(0, len(groups), step)]

    def bare() -> Any:
        found = []
        for start in range(0, len(flat), size):
            buffer = mean.buffer()
            for value in flat[start : start + size]:
                mean(buffer, value)
            found.append(mean.getvalue(buffer))
        return found

    def ours(workers: int) -> Any:
        results = spread(pool, job, function, workers, lambda session, part: session.aggregate(part), parts)
        return [value for part in results for value in part.to_pylist()]

    return bare, ours


def reduce_case(helpers: Any, names: Any, collection: Any, table: pa.Table, pool: Pool, job: Job) -> tuple[Any, Any]:
    """A word count: mapper, a shuffle by word, reducer."""
    expression = collection[["s"]].map_reduce(names["mapper"], names["reducer"], group="word")
    reduce, map_ = sorted(helpers.functions(expression), key=lambda found: len(found.signature.arguments), reverse=True)
    texts = table.column("s").to_pylist()
    mapper, reducer = names["mapper"]._func, names["reducer"]._func
    parts = batches(table.select(["s"]))

    def bare() -> Any:
        pairs: list[Any] = []
        for text in texts:
            pairs.extend(mapper(Text(text)))
        pairs.sort()
        totals = []
        handle, previous = None, None
        for word, count in pairs:
            pair = Pair(word, count)
            if previous is not None:
                totals.extend(handle(previous, previous.word != word))
            if previous is None or previous.word != word:
                handle = reducer(pair)
            previous = pair
        totals.extend(handle(previous, True))
        return sorted(totals)

    def ours(workers: int) -> Any:
        mapped = spread(pool, job, map_, workers, lambda session, part: list(session.process([part])), parts)
        pairs = pa.Table.from_batches([batch for part in mapped for batch in part])
        ordered = pairs.sort_by("c0")
        cut = ordered.num_rows // 2
        while 0 < cut < ordered.num_rows and ordered["c0"][cut] == ordered["c0"][cut - 1]:
            cut += 1
        halves = [ordered] if workers == 1 else [ordered.slice(0, cut), ordered.slice(cut)]
        reduced = spread(pool, job, reduce, workers, lambda session, part: list(session.process(batches(part))), halves)
        return sorted((row["c0"], row["c1"]) for part in reduced for batch in part for row in batch.to_pylist())

    return bare, ours


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
