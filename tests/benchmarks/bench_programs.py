"""Whole programs through the real client and the embedded MaxCompute, beside what else runs Python over rows.

Run from the repository's root: ``python tests/benchmarks/bench_programs.py [ROWS]``    (1,000,000 by default)

Every figure is a ratio to a bare loop that calls the same function on columns of Python values, rows made of them as
named tuples where the function takes rows, taken in the same run. Results are compared before anything is timed. What
is ours starts at the client's call and ends with its answer: SQL, submission, status, workers, result. PySpark and
Dask are measured where they are installed.

Against the target counts the best of the runs over the best bare loop, the first number of a line: what the machine
gives when nothing disturbs it. The median is that of the ratios of neighbouring runs, which disturbances bring nearer
to each other or apart; it is printed to show how steady the best is.

Where others use the machine as well, ours, which needs two cores, loses more than the bare loop, which needs one: then
"processor time" says more, the time of client, service and workers together, as a ratio to that of the bare loop.

Where the time of ours goes, in milliseconds of processor time of CPython 3.11 (the best of several runs):

- A job of 150 rows takes about 130: PyODPS 50 (it compiles, pickles and sends 16 requests one after the other), the
  service 60 (12 for HTTP, 20 for metadata that is on the disk before it is answered, 25 for reading, translating and
  running the statement), a worker 17 (it is forked, isolated, executes PyODPS's header of 3,300 lines and unpickles).
  A worker begins while the record is written and the statement is read, and ends after the answer.
- 1,000,000 rows of the light function, whose bare loop takes 240, take two workers 330 (the function itself 247, values
  out of their columns 15, back into them 22, the way 7, two starts and ends 40) and the service 80. With two idle cores
  that is about 0.85 of the bare loop, and the job's own 130 are another 0.5: a function so light meets the target with
  more rows, or with less of a job, and not by what is done for each row.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import rivals
from measuring import Cost, Peak, best, seconds, transfer
from odps import ODPS, options
from odps.df import output

from tests.aggregates import Mean

GROUPS = 1_000
#: Rows for what takes minutes for a million.
FEW = 20_000
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
coefficients = [0.1, 0.2, 0.4]


def handle(v: float) -> float:
    """The function of the vendor's own example, its import inside included."""
    import numpy as np

    return float(np.cosh(v)) * sum(coefficients)


def light(v: float) -> float:
    """As little work as a function can do: what shows is the way to it and back."""
    return float(math.cosh(v)) * sum(coefficients)


@output(["x", "y"], ["float", "float"])  # type: ignore[untyped-decorator]
def row(record: Any) -> tuple[float, float]:
    return record.a + record.b, record.c * record.d


@output(["word", "n"], ["string", "int"])  # type: ignore[untyped-decorator]
def mapper(record: Any) -> Iterator[tuple[str, int]]:
    for word in record.s.split():
        yield word, 1


@output(["word", "n"], ["string", "int"])  # type: ignore[untyped-decorator]
def reducer(keys: Any) -> Any:
    total = [0]

    def handle(record: Any, done: bool) -> Iterator[tuple[str, int]]:
        total[0] += record.n
        if done:
            yield keys.word, total[0]

    return handle


class Row(NamedTuple):
    a: float
    b: float
    c: float
    d: float


class Text(NamedTuple):
    s: str


class Pair(NamedTuple):
    word: str
    n: int


def frame_of(rows: int) -> pd.DataFrame:
    """The columns every program reads; sums of ``a`` are exact in any order."""
    frame = pd.DataFrame({name: [i * k % 1024 / 128 for i in range(rows)] for k, name in enumerate("abcd", 3)})
    frame["k"] = [i % GROUPS for i in range(rows)]
    frame["s"] = [f"{WORDS[i % 8]} {WORDS[i % 5]}" for i in range(rows)]
    return frame


@dataclass(frozen=True)
class Program:
    """One line of the table: the bare loop over prepared values, the same with PyODPS, and whole answers of both."""

    name: str
    target: float
    prepare: Callable[[pd.DataFrame], Any]
    bare: Callable[[Any], Any]
    ours: Callable[[Any, float], Any]
    answer: Callable[[Any], Any]
    function: Callable[[float], float] = light


def bare_groups(values: tuple[list[int], list[float]]) -> list[float]:
    mean = Mean()
    buffers: dict[int, list[float]] = {}
    for key, value in zip(*values, strict=True):
        buffer = buffers.get(key)
        if buffer is None:
            buffer = buffers[key] = mean.buffer()
        mean(buffer, value)
    return [mean.getvalue(buffer) for _, buffer in sorted(buffers.items())]


def bare_words(texts: list[str]) -> list[tuple[str, int]]:
    pairs: list[tuple[str, int]] = []
    for text in texts:
        pairs.extend(mapper._func(Text(text)))
    pairs.sort()
    totals: list[tuple[str, int]] = []
    handle, previous = None, None
    for pair in map(Pair._make, pairs):
        changed = previous is None or previous.word != pair.word
        if previous is not None and handle is not None:
            totals.extend(handle(previous, changed))
        if changed:
            handle = reducer._func(pair)
        previous = pair
    totals.extend(handle(previous, True) if handle is not None else ())
    return totals


# `shift` makes an expression that PyODPS has no answer of in its cache.
PROGRAMS = [
    *(
        Program(
            f"scalar map, {note}",
            1.2,
            lambda frame: frame.a.tolist(),
            lambda values, f=function: [f(value) for value in values],
            lambda df, shift, f=function: (df.a + shift).map(f).sum().execute(),
            lambda df, f=function: df[[df.a.map(f).rename("x")]].to_pandas().x.tolist(),
            function,
        )
        for note, function in (("the vendor's example", handle), ("a light function", light))
    ),
    Program(
        "apply, 4 -> 2 columns",
        2.0,
        lambda frame: [frame[name].tolist() for name in "abcd"],
        lambda columns: [row._func(record) for record in map(Row, *columns)],
        lambda df, shift: df[(df.a + shift).rename("a"), df.b, df.c, df.d].apply(row, axis=1).x.sum().execute(),
        lambda df: list(df[["a", "b", "c", "d"]].apply(row, axis=1).to_pandas().itertuples(index=False, name=None)),
    ),
    Program(
        "aggregate, 1,000 groups",
        1.5,
        lambda frame: (frame.k.tolist(), frame.a.tolist()),
        bare_groups,
        lambda df, shift: _mean(df[df.k, (df.a + shift).rename("a")]).m.sum().execute(),
        lambda df: _mean(df).sort_values("k").to_pandas().m.tolist(),
    ),
    Program(
        "word count map_reduce",
        1.5,
        lambda frame: frame.s.tolist(),
        bare_words,
        lambda df, shift: _count(df[df.a > -1 - shift][["s"]]).n.sum().execute(),
        lambda df: sorted(_count(df[["s"]]).to_pandas().itertuples(index=False, name=None)),
    ),
]


def _mean(df: Any) -> Any:
    return df.groupby("k").agg(m=df.a.agg(Mean, rtype="float"))


def _count(df: Any) -> Any:
    return df.map_reduce(mapper, reducer, group="word")


def compiled(folder: str) -> dict[str, str]:
    """The environment of a service whose modules are compiled, as they are once pip has installed them.

    The compiled modules lie in ``folder``.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "PYTHONPYCACHEPREFIX": folder}
    subprocess.run([sys.executable, "-c", "import odps_jupyter.emulator.service"], env=environment, check=True)
    return environment


@contextmanager
def service(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], ODPS]]:
    """A service of its own, and the client on it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "odps_jupyter.emulator", "--data-dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        assert process.stdout is not None
        try:
            facts = json.loads(process.stdout.readline())
            secret = Path(facts["secret_file"]).read_text()
            yield process, ODPS(facts["access_id"], secret, facts["project"], facts["endpoint"])
        finally:
            process.terminate()
            process.wait()


def check(o: ODPS) -> None:
    """Ours and everybody else's answers are those of the bare loop, or nothing is measured."""
    frame = frame_of(2 * GROUPS)
    o.write_table("checked", frame, create_table=True)
    df = o.get_table("checked").to_df()
    for program in PROGRAMS:
        expected = program.bare(program.prepare(frame))
        if program.answer(df) != expected:
            raise SystemExit(f"{program.name}: ours differs from the bare loop")
        for name, run in rivals.of(program.name, program.function, sys.modules[__name__]).items():
            if run(frame) != expected:
                raise SystemExit(f"{program.name}: {name} differs from the bare loop")


def compare(o: ODPS, process: subprocess.Popen[bytes], arguments: argparse.Namespace) -> None:
    """Print the table."""
    rows, repeat = arguments.rows, arguments.repeat
    frame, few = frame_of(rows), frame_of(min(rows, FEW))
    o.write_table("bench", frame, create_table=True)
    df = o.get_table("bench").to_df()
    for program in PROGRAMS:
        if arguments.only not in program.name:
            continue
        values = program.prepare(frame)
        bare, ours = [], []
        with Peak(process.pid) as peak:
            # In turn, so that both meet the same neighbours.
            for number in range(repeat):
                bare.append(Cost.of(partial(program.bare, values), process.pid))
                ours.append(Cost.of(partial(program.ours, df, number + 1), process.pid))
        wall = min(cost.wall for cost in bare)
        cpu = min(cost.cpu for cost in ours) / min(cost.cpu for cost in bare)
        middle = statistics.median(one.wall / base.wall for one, base in zip(ours, bare, strict=True))
        print(f"\n{program.name}: bare loop {wall:.2f} s, load {os.getloadavg()[0]:.1f}")
        note = f"target {program.target}; median {middle:.2f}; processor time {cpu:.2f}; peak {peak.mb:.0f} MB"
        show("odps-jupyter", min(cost.wall for cost in ours) / wall, note)
        if arguments.alone:
            continue
        base_of_few = best(partial(program.bare, program.prepare(few)), repeat)
        for name, run in rivals.of(program.name, program.function, sys.modules[__name__]).items():
            if name in rivals.SLOW:
                show(name, seconds(partial(run, few)) / base_of_few, f"with {len(few):,} rows")
            else:
                show(name, best(partial(run, frame), repeat) / wall, "")


def show(name: str, ratio: float, note: str) -> None:
    print(f"  {name:<36}{ratio:8.2f}   {note}".rstrip(), flush=True)


def small_job(iris: Any, shift: int) -> None:
    (iris.sepal_length + shift).map(handle).sum().execute()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3, help="the best of so many is taken")
    parser.add_argument("--only", default="", metavar="TEXT", help="the programs with this in their name")
    parser.add_argument("--alone", action="store_true", help="leave out what others take")
    arguments = parser.parse_args()
    options.verbose = False
    with tempfile.TemporaryDirectory() as folder:
        measure(arguments, compiled(folder))


def measure(arguments: argparse.Namespace, environment: dict[str, str]) -> None:
    """Everything that is measured."""
    begun = time.perf_counter()
    with service(environment) as (process, o):
        iris = o.get_table("pyodps_iris").to_df()
        iris.sepal_length.map(handle).sum().execute()
        cold = time.perf_counter() - begun
        if not arguments.alone:
            check(o)
        small = [Cost.of(partial(small_job, iris, shift), process.pid) for shift in range(1, 16)]
        print(
            f"{arguments.rows:,} rows, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; ratios to the bare loop\n"
            "held against the target: the first number, best run over best bare loop; the median shows how steady it is"
        )
        compare(o, process, arguments)
        print(f"\ncold: service started to first result {cold:.2f} s (target 2 s)")
        walls = [cost.wall for cost in small]
        cpu = statistics.mean(cost.cpu for cost in small)
        print(
            f"warm: 150 rows {min(walls):.3f} s, median {statistics.median(walls):.3f} s, "
            f"processor time of all processes {cpu:.3f} s (target 0.15 s)"
        )
        if not arguments.alone:
            for line in transfer(o, o.get_table("bench")):
                print(line)


if __name__ == "__main__":
    main()
