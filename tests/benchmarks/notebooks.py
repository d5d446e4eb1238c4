"""Notebooks of any length to measure the analyzer on: dense with PyODPS, plain local work, a mix, calls that wait."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.reading import from_script

TESTS = Path(__file__).resolve().parents[1]

_DENSE = (
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
_PLAIN = (
    """\
import re
from collections import Counter
lines_{n} = [line.strip() for line in open('log_{n}.txt') if line.strip()]
print(len(lines_{n}), 'lines', lines_{n}[:3])
""",
    """\
class Parser_{n}:
    pattern = re.compile(r'(\\w+)=(\\d+)')

    def __init__(self, strict=True):
        self.strict = strict
        self.errors = []

    def parse(self, line):
        found = dict(self.pattern.findall(line))
        if self.strict and not found:
            self.errors.append(line)
            raise ValueError(f'no pairs in {{line!r}}')
        return {{key: int(value) for key, value in found.items()}}
""",
    """\
parser_{n} = Parser_{p}(strict=False)
rows_{n} = [parser_{n}.parse(line) for line in lines_{q}]
totals_{n} = Counter()
for row in rows_{n}:
    for key, value in row.items():
        totals_{n}[key] += value
for key, value in sorted(totals_{n}.items(), key=lambda pair: -pair[1])[:10]:
    print(f'{{key:>10}} {{value:8d}}')
""",
    """\
import json
with open('totals_{n}.json', 'w') as handle:
    json.dump(dict(totals_{p}), handle, indent=2)
share_{n} = {{key: value / max(1, sum(totals_{p}.values())) for key, value in totals_{p}.items()}}
assert abs(sum(share_{n}.values()) - 1) < 1e-9 or not share_{n}
""",
)


_WAITING = (
    """\
factor_{n} = {n}

def scaled_{n}(value):
    return np.abs(value) * factor_{n}
""",
    """\
column_{n} = frame.value.map(scaled_{p}, rtype='float')
""",
)
_SETTINGS = """\
import numpy as np
from odps import options
frame = o.get_table('orders').to_df()
options.df.libraries = ['scipy.zip']
options.sql.settings = {'odps.sql.mapper.split.size': 64}
"""


def dense(count: int) -> list[Cell]:
    """Loading, helpers, a PyODPS pipeline, pandas, a plot; again and again."""
    return _repeated(_DENSE, count)


def plain(count: int) -> list[Cell]:
    """Local work without a word of PyODPS."""
    return _repeated(_PLAIN, count)


def waiting(count: int) -> list[Cell]:
    """Half as many shipped functions as cells, under one cell of options, and nothing that executes them."""
    return [Cell("settings", _SETTINGS), *_repeated(_WAITING, count)][:count]


def mixed(count: int) -> list[Cell]:
    """The programs that the rules are tested with, one behind the other, each time with names of their own."""
    programs = [
        [cell.source for cell in from_script(part.partition("\n")[2])]
        for path in sorted((TESTS / "rules" / "programs").glob("*.txt"))
        for part in path.read_text(encoding="utf-8").split("=== ")[1:]
    ]
    found: list[Cell] = []
    turn = 0
    while len(found) < count:
        program = programs[turn % len(programs)]
        own = sorted(_bound(program))
        names = re.compile(rf"(?<![.\w'\"])(?:{'|'.join(own)})\b") if own else None
        for source in program:
            text = names.sub(rf"\g<0>_{turn}", source) if names else source
            found.append(Cell(f"c{len(found)}", text))
        turn += 1
    return found[:count]


def _bound(program: list[str]) -> set[str]:
    """What a program defines and assigns outside its functions."""
    names: set[str] = set()
    for source in program:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for statement in tree.body:
            if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                names.add(statement.name)
            elif isinstance(statement, ast.Assign):
                names.update(target.id for target in statement.targets if isinstance(target, ast.Name))
    return names - {"o", "odps"}


def _repeated(patterns: tuple[str, ...], count: int) -> list[Cell]:
    size = len(patterns)
    return [Cell(f"c{n}", patterns[n % size].format(n=n, p=max(0, n - 1), q=max(0, n - 2))) for n in range(count)]


NOTEBOOKS: dict[str, Callable[[int], list[Cell]]] = {"dense": dense, "plain": plain, "mixed": mixed, "waiting": waiting}
