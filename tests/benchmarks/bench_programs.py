"""Whole programs through the real client and the embedded MaxCompute, as ratios to a bare loop of the same function.

Run: python tests/benchmarks/bench_programs.py [ROWS]    (1,000,000 by default)
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from odps import ODPS

GROUPS = 1000


def scalar(value: float) -> float:
    return math.cosh(value) * 0.7


def row(record: Any) -> tuple[float, float]:
    return record.a + record.b, record.c * record.d


class Mean:
    def buffer(self) -> list[float]:
        return [0.0, 0]

    def __call__(self, buffer: list[float], value: float) -> None:
        buffer[0] += value
        buffer[1] += 1

    def merge(self, buffer: list[float], other: list[float]) -> None:
        buffer[0] += other[0]
        buffer[1] += other[1]

    def getvalue(self, buffer: list[float]) -> float:
        return buffer[0] / buffer[1]


def small_job(iris: Any, number: int) -> None:
    """A new expression each time: PyODPS would answer the same one from its cache."""
    (iris.sepal_length + number).map(scalar).sum().execute()


def timed(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def bare(frame: pd.DataFrame) -> dict[str, float]:
    """The same functions in plain loops, on values that are Python objects already."""
    a = frame.a.tolist()
    rows = list(frame[["a", "b", "c", "d"]].itertuples(index=False))
    keys = frame.k.tolist()
    mean = Mean()

    def aggregate() -> None:
        buffers: dict[int, list[float]] = {}
        for key, value in zip(keys, a, strict=True):
            buffer = buffers.get(key)
            if buffer is None:
                buffer = buffers[key] = mean.buffer()
            mean(buffer, value)
        for buffer in buffers.values():
            mean.getvalue(buffer)

    return {
        "scalar map": timed(lambda: [scalar(value) for value in a]),
        "apply, 4 -> 2 columns": timed(lambda: [row(record) for record in rows]),
        "aggregate, 1,000 groups": timed(aggregate),
    }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    # A script's functions belong to __main__ and travel by value, as a notebook's do.
    frame = pd.DataFrame({name: [(i * k % 1000) / 100 for i in range(count)] for k, name in enumerate("abcd", 3)})
    frame["k"] = [i % GROUPS for i in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        service = subprocess.Popen(
            [sys.executable, "-m", "odps_jupyter.emulator", "--data-dir", folder], stdout=subprocess.PIPE
        )
        assert service.stdout is not None
        try:
            facts = json.loads(service.stdout.readline())
            o = ODPS(facts["access_id"], Path(facts["secret_file"]).read_text(), facts["project"], facts["endpoint"])
            o.write_table("bench", frame, create_table=True)
            df = o.get_table("bench").to_df()
            programs = {
                "scalar map": lambda: df.a.map(scalar).sum().execute(),
                "apply, 4 -> 2 columns": lambda: (
                    df[["a", "b", "c", "d"]]
                    .apply(row, axis=1, names=["x", "y"], types=["float", "float"])
                    .x.sum()
                    .execute()
                ),
                "aggregate, 1,000 groups": lambda: (
                    df.groupby("k").agg(mean=df.a.agg(Mean, rtype="float")).mean.sum().execute()
                ),
            }
            loops = bare(frame)
            iris = o.get_table("pyodps_iris").to_df()
            iris.sepal_length.map(scalar).sum().execute()
            small = min(timed(partial(small_job, iris, i)) for i in range(5))
            print(f"{count:,} rows            program    bare loop    ratio")
            for name, program in programs.items():
                took = timed(program)
                print(f"{name:<24}{took:8.2f} s  {loops[name]:8.2f} s  {took / loops[name]:7.2f}")
            print(f"150 rows, warm          {small:8.2f} s  (limit 0.15 s)")
        finally:
            service.terminate()
            service.wait()


if __name__ == "__main__":
    main()
