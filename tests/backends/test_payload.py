"""What a pickled callable consists of, by what PyODPS's own cloudpickle makes of it."""

from __future__ import annotations

import functools
import linecache
from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from odps.lib import cloudpickle

from odps_jupyter.backends.payload import Place, contents
from odps_jupyter.backends.pickled import read
from odps_jupyter.backends.shipment import Captured, Piece

NUMBERS = count(1)


class Cell:
    """Runs sources as IPython runs cells: in ``__main__``, under names that ``linecache`` knows."""

    def __init__(self) -> None:
        self.file = f"<cell {next(NUMBERS)}>"
        self.namespace: dict[str, Any] = {"__name__": "__main__"}

    def run(self, source: str) -> SimpleNamespace:
        linecache.cache[self.file] = (len(source), None, source.splitlines(keepends=True), self.file)
        exec(compile(source, self.file, "exec"), self.namespace)
        return SimpleNamespace(**self.namespace)

    def contents(self, function: Any) -> tuple[str, tuple[Piece, ...], tuple[str, ...]]:
        return contents(read(cloudpickle.dumps(function)), lambda file: Place(3) if file == self.file else None)


@pytest.fixture
def cell() -> Iterator[Cell]:
    made = Cell()
    yield made
    linecache.cache.pop(made.file, None)


def captures(piece: Piece) -> dict[str, tuple[str, str]]:
    return {capture.name: (capture.type, capture.by) for capture in piece.captures}


def test_a_function_with_everything(cell: Cell) -> None:
    names = cell.run(
        "import json\nimport os.path as paths\nfrom math import sqrt\nimport numpy as np\n"
        "table = {'a': 1}\nweights = np.zeros(1000)\n"
        "def helper(x):\n    return x + table['a']\n"
        "def handle(x, digits=2):\n    import decimal\n    from email import policy\n"
        "    return round(helper(x) + sqrt(weights.sum()), digits), json, paths, len\n"
    )
    name, pieces, modules = cell.contents(names.handle)
    assert name == "handle"
    assert [(piece.name, piece.kind, piece.cell, piece.line) for piece in pieces] == [
        ("handle", "function", 3, 9),
        ("helper", "function", 3, 7),
    ]
    assert captures(pieces[0]) == {
        "json": ("json", "reference"),
        "paths": ("posixpath", "reference"),
        "sqrt": ("math.sqrt", "reference"),
        "weights": ("numpy.ndarray", "value"),
        "digits=": ("int", "value"),
    }
    assert captures(pieces[1]) == {"table": ("dict", "value")}
    assert next(capture.size for capture in pieces[0].captures if capture.name == "weights") > 8000
    assert pieces[0].imports == ("decimal", "email")
    assert pieces[0].source is not None
    assert pieces[0].source.startswith("def handle(x, digits=2):")
    assert {"json", "math", "numpy", "posixpath"} == set(modules)


def test_a_closure_names_its_variables(cell: Cell) -> None:
    names = cell.run(
        "def make(n, m):\n    def inner(x):\n        return x + n * len(m)\n    return inner\nmade = make(2, [])"
    )
    name, pieces, _ = cell.contents(names.made)
    assert name == "make.inner"
    assert captures(pieces[0]) == {"n": ("int", "value"), "m": ("list", "value")}


def test_lambdas_of_one_line_are_told_apart(cell: Cell) -> None:
    names = cell.run("k = 2\na, b = (lambda x: x + 1), (lambda x: x * k)\n")
    assert [cell.contents(function)[1][0].source for function in (names.a, names.b)] == [
        "lambda x: x + 1",
        "lambda x: x * k",
    ]


def test_so_are_those_that_differ_in_a_constant(cell: Cell) -> None:
    names = cell.run("a, b, c = (lambda x: x + 1), (lambda x: x + 1.0), (lambda x: x + 2)\n")
    assert [cell.contents(function)[1][0].source for function in (names.a, names.b, names.c)] == [
        "lambda x: x + 1",
        "lambda x: x + 1.0",
        "lambda x: x + 2",
    ]


def test_of_lambdas_that_are_alike_none_is_guessed(cell: Cell) -> None:
    names = cell.run("a, b = (lambda x: x + 1), (lambda x: x + 1)\n")
    assert cell.contents(names.a)[1][0].source is None


def test_decorators_belong_to_the_source(cell: Cell) -> None:
    names = cell.run("def same(f):\n    return f\n\n@same\n@same\ndef f(x):\n    return x\n")
    piece = cell.contents(names.f)[1][0]
    assert piece.source is not None
    assert piece.source.startswith("@same\n@same\ndef f(x):")
    assert piece.line == 6  # of the word def


def test_a_class_with_its_methods_and_attributes(cell: Cell) -> None:
    names = cell.run(
        "base = [1]\nclass Total:\n    step = 0.5\n    def buffer(self):\n        return list(base)\n"
        "    @staticmethod\n    def twice(x):\n        return 2 * x\n    def __call__(self, b, v):\n        b[0] += v\n"
    )
    name, pieces, _ = cell.contents(names.Total)
    assert name == "Total"
    assert [(piece.name, piece.kind, piece.line) for piece in pieces] == [("Total", "class", 2)]
    assert captures(pieces[0]) == {"base": ("list", "value"), "Total.step": ("float", "value")}
    assert pieces[0].source is not None
    assert pieces[0].source.endswith("b[0] += v")


def test_a_partial_and_a_callable_object(cell: Cell) -> None:
    names = cell.run(
        "class Scale:\n    def __init__(self, k):\n        self.k = k\n"
        "    def __call__(self, x):\n        return x * self.k\n"
        "def add(x, y):\n    return x + y\nscale = Scale(3)\n"
    )
    assert cell.contents(functools.partial(names.add, y=2))[0] == "add"
    assert cell.contents(names.scale)[0] == "Scale"


def test_a_function_that_calls_itself(cell: Cell) -> None:
    names = cell.run("def down(x):\n    return down(x - 1) if x > 0 else x\n")
    _, pieces, _ = cell.contents(names.down)
    assert [piece.name for piece in pieces] == ["down"]
    assert pieces[0].captures == ()


def test_functions_of_modules_travel_by_name() -> None:
    name, pieces, modules = contents(read(cloudpickle.dumps(functools.partial(max, 3))), lambda _: None)
    assert pieces == ()
    assert modules == ("functools",)
    assert name == "functools.partial"


def test_captured_values_are_not_kept(cell: Cell) -> None:
    names = cell.run("word = 'a-secret-word'\ndef f(x):\n    return word\n")
    _, pieces, _ = cell.contents(names.f)
    assert "a-secret-word" not in repr([piece.captures for piece in pieces])
    assert pieces[0].captures == (Captured("word", "str", pieces[0].captures[0].size, "value"),)
