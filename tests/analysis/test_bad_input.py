"""No source makes the analysis fail, and nothing that is not PyODPS is placed on the executor."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

from odps_jupyter.analysis import analyze
from odps_jupyter.notebook.cell import Cell

STANDARD = ["argparse", "ast", "asyncio", "concurrent.futures", "dataclasses", "enum", "functools", "inspect", "json"]
STANDARD += ["logging", "modulefinder", "multiprocessing.pool", "pickle", "shlex", "typing", "unittest.mock", "zipfile"]


@pytest.mark.parametrize("name", STANDARD)
def test_the_standard_library_is_local(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    model = analyze([Cell("a", source)])
    assert model.cells[0].error is None
    assert {placement.side for placement in model.placement} <= {"local"}
    listed = [p.line for p in model.placement if p.kind != "lambda"]
    assert listed == sorted(listed)
    lambdas = sum(isinstance(node, ast.Lambda) for node in ast.walk(ast.parse(source)))
    assert sum(p.kind == "lambda" for p in model.placement) == lambdas


@pytest.mark.parametrize(
    "source",
    [
        "x = \0",
        "(" * 5000,
        "x = " + "-" * 20000 + "1",
        "x = " + "(" * 150 + ")" * 150,
        "f" + "()" * 3000,
        "x" + ".map(lambda v: v)" * 400,
        "def f():\n" + "".join(f"{' ' * n}if x:\n" for n in range(1, 60)) + " " * 60 + "pass",
        "\ufeffx = 1",
        "def f(): return f()\nf()",
        "x = x\nx.y = x\nx[x] = x(x)\ndel x",
        "return 1\nyield\nawait x\nbreak",
        "class A(A): pass\nA().a.b().c = A\nclass B(A, B): pass\nB()()",
        "for x in x: x = [x, x]; x.append(x)",
        "d = {}\nd['a'] = d\nd.update(d)\nlambda: d",
        "global x\nx: int\nx += 1",
        "*a, b = c\n(d, [e, *f]) = a\nfor (g, h), *i in j: pass",
        "def f(*a, b=1, **c): return a, b, c\nf(1, *x, **y)(z)",
        "x = 1\0",
        "x = '\ud800'",
        'x = """' + "a" * 10_000_000 + '"""',
        "!" + "a" * 10_000,
        "".join(f"x{n} = {n}\n" for n in range(20_000)),
        "if x == 0: pass\n" + "".join(f"elif x == {n}: y = {n}\n" for n in range(900)),
        "fs = [len, print, lambda v: v]\nx = " + "[" * 12 + "f" + "".join(f" for g{n} in fs]" for n in range(12)),
        "fs = [len, lambda v: v]\n" + "".join(f"{' ' * n}for f{n} in fs:\n" for n in range(15)) + " " * 15 + "f0(1)",
        "".join(f"def f{n}(a):\n return f{(n + 1) % 40}([a]), f{n % 7}((a, f{n}))\n" for n in range(40)) + "f0(f1)",
        "def f(a, b):\n f([a], b), f([b], a), f({1: a}, b)\n return b.map(a)\nf(lambda v: v, [1])",
        "globals()['x'] = globals()\nx['y'].z = x\nsetattr(x, 'a', x)\ndel x.a, x['y']",
        "import m\nm.m = m\nm.m.m.m = lambda: m\ndel m.m\nm.m()",
        "a, *b, c = [f, g]\nmatch [print, *b]:\n case [x, *y] if x: pass\n case {'k': v, **r}: pass",
        "x = [1][5]; y = {}[1]; z = (1, 2)[::0]; w = [1, 'a'] < [2]; 1 in 2; 'a' in {'a': 1}; [][0]; (1,)[1:]",
    ],
)
def test_any_source_is_answered(source: str) -> None:
    cells = [Cell("a", source), Cell("b", "df = o.get_table('t').to_df()\ndf.x.map(lambda v: v).head()")]
    model = analyze(cells)
    assert model.cells[1].definitions[0].side == "executor"
