"""Whether a cell still holds what was sent of it."""

from __future__ import annotations

from textwrap import indent
from typing import Literal

import pytest

from odps_jupyter.backends.shipment import Piece
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.workflow.standing import stands

LAMBDA = "lambda x: x + 1"


def stand(kind: Literal["function", "lambda"], source: str, now: str) -> bool | None:
    piece = Piece("f", kind, "<cell>", 1, 1, source, (), ())
    return stands(piece, {1: "a"}, [Cell("a", now)])


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("f = lambda x: x + 1", True),
        ("f = lambda x: x + 1\nprint(f)", True),
        ("f = lambda x: x + 1; g = 2", True),
        ("df.map(lambda x: x + 1, 'int')", True),
        ("df.map(lambda x: x + 1  # one more\n)", True),
        ("%time df.map(lambda x: x + 1)", True),
        ("%%time\nf = lambda x: x + 1\n!ls", True),
        ("table = {lambda x: x + 1: 'key'}", True),
        ("table = {'f': lambda x: x + 1 for _ in 'a'}", True),
        ("f = [lambda x: x + 1][0]", True),
        ("f = (lambda x: x + 1) or None", True),
        ("f = lambda x: x + 1 if x else 0", False),
        ("f = lambda x: x + 10", False),
        ("df.map(lambda x: x + 1\n       * 3)", False),
        ("df.map(lambda x: x + 1 \\\n       * 3)", False),
        ("df.map(lambda x: x + 1  # one more\n       * 3)", False),
        ("f = lambda x: x + 1 in [1]", False),
        ("f = lambda x: x + 1\nprint(", None),
        ("text = 'lambda x: x + 1'", False),
        ("# lambda x: x + 1\n", False),
    ],
)
def test_a_lambda(now: str, expected: bool | None) -> None:
    assert stand("lambda", LAMBDA, now) is expected


CODE = "def f(x):\n    # one more\n    return x + 1"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (CODE, True),
        ("if True:\n" + indent(CODE, "    "), True),
        (f"%matplotlib inline\n{CODE}  \n    # behind it\ng = 1", True),
        (f"{CODE}\n    print(x)", False),
        (f"@cached\n{CODE}", False),
        (f"text = '''\n{CODE}\n'''", False),
        (f"{CODE} + 2", False),
    ],
)
def test_a_function(now: str, expected: bool | None) -> None:
    assert stand("function", CODE, now) is expected
