"""Programs that fail on the executor, and do not once they are fixed: run by the real client on the real service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from odps import ODPS, options

from odps_jupyter.backends.embedded import Service
from odps_jupyter.rules.setting import Setting
from tests.rules.test_fixes import fixed_with

IRIS = "from odps.df import DataFrame, output\niris = DataFrame(o.get_table('pyodps_iris'))\n"
ERRORS = "odps|pickle|_unique"
#: By name: the program, which sets ``result`` last, what it is then, and part of the error it ends in as it is.
PROGRAMS = {
    "a local file": (
        f"from pricing import gross\n{IRIS}"
        "result = iris.sepal_length.map(lambda p: gross(p)).sum().execute()",
        876.5 * 2,
        "pricing",
    ),
    "a local package": (
        f"import shop.prices\n{IRIS}"
        "def net(p):\n    return shop.prices.net(p)\n"
        "result = iris.sepal_length.map(net).sum().execute()",
        876.5 * 3,
        "shop",
    ),
    "a bound method": (
        "class Pricing(object):\n    def convert(self, p):\n        return p + 1\n"
        f"{IRIS}svc = Pricing()\nresult = iris.sepal_length.map(svc.convert).sum().execute()",
        876.5 + 150,
        "odps.df",
    ),
    "equality without a hash": (
        f"{IRIS}class Double(object):\n    def __eq__(self, other):\n        return True\n"
        "    def __call__(self, v):\n        return v * 2\n"
        "result = iris.sepal_length.map(Double()).sum().execute()",
        876.5 * 2,
        "unhashable",
    ),
    "a type": (
        f"{IRIS}result = iris.sepal_length.map(int, 'int').sum().execute()",
        808,
        "'int' object is not callable",
    ),
    "an object that aggregates": (
        f"{IRIS}class Total(object):\n    def buffer(self):\n        return [0.0]\n"
        "    def __call__(self, buffer, v):\n        buffer[0] += v\n"
        "    def merge(self, buffer, other):\n        buffer[0] += other[0]\n"
        "    def getvalue(self, buffer):\n        return buffer[0]\n"
        "result = iris.sepal_length.agg(Total()).execute()",
        876.5,
        "missing 2 required positional arguments",
    ),
    "a function of rows without its axis": (
        f"{IRIS}@output(['twice'], ['float'])\ndef twice(row):\n    return row.sepal_length * 2\n"
        "result = iris.apply(twice).twice.sum().execute()",
        876.5 * 2,
        "no attribute|missing 1 required",
    ),
    "a scalar": (
        f"{IRIS}top = iris.sepal_length.max()\nresult = iris.sepal_length.map(lambda v: v / top).max().execute()",
        1.0,
        ERRORS,
    ),
    "a collection": (
        f"{IRIS}longest = iris.groupby('name').agg(top=iris.sepal_length.max())\n"
        "@output(['share'], ['float'])\ndef share(row):\n"
        "    for each in longest.execute():\n        if each.name == row.name:\n"
        "            return row.sepal_length / each.top\n"
        "result = iris.apply(share, axis=1).share.max().execute()",
        1.0,
        ERRORS,
    ),
    "the entry object": (
        f"{IRIS}result = iris.sepal_length.map(lambda v: float(len(o.project)) * v).sum().execute()",
        None,
        ERRORS,
    ),
    "defaults of keyword-only parameters": (
        f"{IRIS}def shift(v, /, by=1,\n          *, times=2, up=True):\n    return scaled(v, times=times) + by\n"
        "def scaled(v, *, times, base=1):\n    return v * times * base\n"
        "class Scale(object):\n    def __init__(self, *, by=3):\n        self.by = by\n"
        "    def __call__(self, v, *, offset=0.0):\n        return v * self.by + offset\n"
        "result = iris.sepal_length.map(shift).sum().execute() + iris.sepal_length.map(Scale()).sum().execute()",
        876.5 * 5 + 150,
        "missing 2 required keyword-only arguments: 'times' and 'up'",
    ),
    "a count": (
        f"{IRIS}n = 0\ndef count(v):\n    global n\n    if v is None:\n        return\n    if v > 5:\n        n += 1\n"
        "iris.sepal_length.map(count).execute()\nresult = n",
        118,
        None,
    ),
    "a count of nothing": (
        f"{IRIS}n = 7\ndef count(v):\n    global n\n    if v > 500:\n        n += 1\n"
        "iris[iris.sepal_length > 100].sepal_length.map(count).execute()\nresult = n",
        7,
        None,
    ),
    "a list that is filled": (
        f"{IRIS}seen = []\ndef visit(v):\n    seen.append(v * 2)\n"
        "iris.sepal_length.map(visit).execute()\nresult = sum(seen)",
        876.5 * 2,
        None,
    ),
    "a set that is filled": (
        f"{IRIS}seen = set()\ndef visit(v):\n    seen.add(v[:6])\n"
        "iris.name.map(visit).execute()\nresult = len(seen)",
        2,
        None,
    ),
    "a tally": (
        f"{IRIS}counts = {{'Iris-setosa': 1}}\ndef tally(v):\n    counts[v] = counts.get(v, 0) + 1\n    return v\n"
        "iris.name.map(tally).execute()\nresult = sum(counts.values()) * 10 + len(counts)",
        1513,
        None,
    ),
    "a tally in a Counter": (
        f"from collections import Counter\n{IRIS}counts = Counter()\ndef tally(v):\n    'Counts.'\n    counts[v] += 1\n"
        "iris['sepal_length'].map(tally).execute()  # now\nresult = counts[5.0]",
        10,
        None,
    ),
    "functions made in a loop": (
        f"{IRIS}cols = []\nfor k in (1, 2, 3):\n"
        "    cols.append(iris.sepal_length.map(lambda v: v + k).rename('c%d' % k))\n"
        "result = iris[cols].c1.sum().execute()",
        876.5 + 150,
        None,
    ),
}  # fmt: skip


@pytest.fixture
def run(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a program as a kernel does that was started in the notebook's folder."""
    (tmp_path / "pricing.py").write_text("def gross(p):\n    return p * 2\n")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "shop" / "prices.py").write_text("def net(p):\n    return p * 3\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def ran(source: str) -> Any:
        # PyODPS hands the logview host of the last entry object, another suite's, on to the next.
        options.logview_host = None
        entry = ODPS(service.access_id, service.secret(), project=service.project, endpoint=service.endpoint)
        namespace = {"__name__": "__main__", "o": entry}
        exec(compile(source, "<cell>", "exec"), namespace)
        return namespace["result"]

    return ran


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_fixed_program_runs(name: str, run: Any, tmp_path: Path) -> None:
    source, expected, error = PROGRAMS[name]
    if error is not None:
        with pytest.raises(Exception, match=error):
            run(source)
    elif name != "a count of nothing":
        assert run(source) != pytest.approx(expected)
    (after,) = fixed_with(Setting(folder=tmp_path), [source])
    assert after != source
    result = run(after)
    assert expected is None or result == pytest.approx(expected)
