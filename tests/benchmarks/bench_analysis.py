"""The analyzer against `ast.parse` on the same cells, as ratios within one run.

    python tests/benchmarks/bench_analysis.py [--cells 1000] [--rounds 5]

Prints the whole check and the re-check after one cell's edit. Targets: whole check <= 3x (then 2x) `ast.parse` cell by
cell, linear to 10,000 cells; an edit that only its own cell feels <= 1 ms in 1,000 cells.
"""

from __future__ import annotations

import argparse
import ast
import gc
import statistics
import sys
import time
from collections.abc import Callable

from odps_jupyter.analysis import Analysis, analyze, to_json
from odps_jupyter.notebook.cell import Cell

_PATTERNS = (
    """\
import numpy as np
import pandas as pd
from odps.df import DataFrame

orders_{n} = DataFrame(o.get_table('orders_{n}'))
limits_{n} = {{'hz': 10, 'sh': 12, 'bj': 7}}
threshold_{n} = 0.{n}
print('orders', orders_{n}.count().execute(), threshold_{n})
""",
    """\
def clean_{n}(value, lower=0.0, upper=100.0):
    \"\"\"Brings a value into its range.\"\"\"
    if value is None:
        return lower
    value = float(value)
    if value < lower:
        return lower
    return min(value, upper)


def score_{n}(value):
    import math

    base = clean_{n}(value)
    total = 0.0
    for name, limit in limits_{p}.items():
        if len(name) > 1 and base > limit:
            total += math.log(base - limit + 1)
    return total * threshold_{p}
""",
    """\
scored_{n} = orders_{q}.price.map(score_{p}, rtype='float')
joined_{n} = orders_{q}[orders_{q}.price > 3, scored_{n}.rename('score')]
summary_{n} = joined_{n}.groupby('store').agg(total=joined_{n}.score.sum(), most=joined_{n}.score.max())
frame_{n} = summary_{n}.sort('total', ascending=False).head(20)
""",
    """\
local_{n} = pd.DataFrame({{'x': np.arange({n}), 'y': np.sqrt(np.arange({n}) + 1.5)}})
local_{n}['z'] = local_{n}['x'].map(lambda v: v * 2 + 1)
grouped_{n} = local_{n}.groupby('x').agg({{'y': 'mean', 'z': 'max'}}).reset_index()
for column in grouped_{n}.columns:
    series = grouped_{n}[column]
    if series.dtype.kind == 'f' and series.max() > {n}:
        print(f'{{column}}: {{series.mean():.3f}} of {{len(series)}} rows')
""",
    """\
# a plot
import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, 2, figsize=(12, 4))
axes[0].plot(local_{p}['x'], local_{p}['y'], label='measured', color='#1f77b4')
axes[0].set_title('Run {n}: ' + str(len(local_{p})))
axes[1].hist([row for row in local_{p}['z'] if row % 2 == 0], bins=20)
axes[1].legend(['even'], loc='upper right')
plt.tight_layout()
plt.show()
""",
)


def notebook(count: int) -> list[Cell]:
    """A notebook of ``count`` cells: loading, helpers, a PyODPS pipeline, pandas, a plot; again and again."""
    return [Cell(f"c{n}", _PATTERNS[n % 5].format(n=n, p=max(0, n - 1), q=max(0, n - 2))) for n in range(count)]


def parse_each(cells: list[Cell]) -> None:
    """The yardstick: each cell parsed, its tree dropped."""
    for cell in cells:
        ast.parse(cell.source)


def best(run: Callable[[], object], rounds: int) -> float:
    """The least of ``rounds`` times, in seconds: what the code costs when the machine leaves it alone."""
    times = []
    for _ in range(rounds):
        gc.collect()
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    out = sys.stdout.write
    for count in (options.cells, options.cells * 10):
        cells = notebook(count)
        rounds = options.rounds if count == options.cells else max(1, options.rounds // 2)
        parse = best(lambda cells=cells: parse_each(cells), rounds)
        whole = best(lambda cells=cells: analyze(cells), rounds)
        out(f"{count:>6} cells  ast.parse {parse * 1e3:8.1f} ms   whole check {whole * 1e3:8.1f} ms")
        out(f"   ratio {whole / parse:5.2f}\n")
    cells = notebook(options.cells)
    analysis = Analysis()
    model = analysis.update(cells)
    out(f"{len(model.placement)} placements, {len(model.shipped)} shipped, {len(model.calls)} calls\n")
    wire = best(lambda: to_json(model), options.rounds)
    out(f"wire of all cells {wire * 1e3:.1f} ms\n")
    for label, offset, edit in (
        ("a plotting cell", 4, lambda source, n: source + f"\nprint({n})"),
        ("a pandas cell", 3, lambda source, n: source.replace("* 2", f"* {n}")),
        ("a body two cells rest on", 1, lambda source, n: source.replace("100.0", f"{n}.0")),
        ("a pipeline", 2, lambda source, n: source.replace("> 3", f"> {n}")),
    ):
        index = options.cells // 2 // 5 * 5 + offset
        times = []
        for n in range(30):
            edited = list(cells)
            edited[index] = Cell(cells[index].id, edit(cells[index].source, n + 10))
            start = time.perf_counter()
            analysis.update(edited)
            times.append(time.perf_counter() - start)
        out(f"edit of {label:26} median {statistics.median(times) * 1e3:6.2f} ms   best {min(times) * 1e3:6.2f} ms\n")


if __name__ == "__main__":
    main()
