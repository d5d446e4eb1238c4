from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_jupyter.notebook.magics import blank


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1", "x = 1"),
        ("x = 5 % 3\ny = '%d' % x", "x = 5 % 3\ny = '%d' % x"),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("!ls -l\nx = 1", "pass\nx = 1"),
        ("if x:\n    !pip install y\nz = 1", "if x:\n    pass\nz = 1"),
        ("files = !ls\nn = %env HOME", "files = ...\nn = ..."),
        ("%%odps --sample 10\ndf = 1", "\ndf = 1"),
        ("\n%%time\nf()", "\n\nf()"),
        ("%%capture out\nf()", "\nf()"),
        ("%%timeit -n 3\nf()", "\nf()"),
        ("%%bash\nfor x in y\ndo z", "\n\n"),
        ("%%html\n<a>", "\n"),
        ("%time f(lambda v: v)", "pass; f(lambda v: v)"),
        ("%time for v in w: f(v)", "for       v in w: f(v)"),
        ("%timeit -n 10 -r 3 f()", "pass;              f()"),
        ("f?\n?f\nf.g??\n%time?", "pass\npass\npass\npass"),
        ("s = '''\n%not a magic\n!nor this\n'''", "s = '''\n%not a magic\n!nor this\n'''"),
        ("x = (a\n% b)", "x = (a\n% b)"),
        ("x = a \\\n% b", "x = a \\\n% b"),
        ("!echo a \\\n  b\nx = 1", "pass\n\nx = 1"),
        ("x = 'what?'", "x = 'what?'"),
        ("# really?\nx = 1", "# really?\nx = 1"),
        ("%%odps\n%time f()\n!ls", "\npass; f()\npass"),
    ],
)
def test_blank(source: str, expected: str) -> None:
    assert blank(source) == expected


@given(st.text(alphabet="ab=%!?'\"\\\n ([{}])#", max_size=60))
def test_every_line_stays_on_its_line(source: str) -> None:
    assert blank(source).count("\n") == source.count("\n")


@given(st.lists(st.sampled_from(["%x a", "!ls", "a = 1", "if a:\n    !b", "a = !ls", "f?", "s = '''\n!no\n'''"])))
def test_what_is_left_is_python(lines: list[str]) -> None:
    ast.parse(blank("\n".join(lines)))
