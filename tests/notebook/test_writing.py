"""A file that a fix changed: all bytes but those of the changed lines are as they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odps_jupyter.notebook.reading import read
from odps_jupyter.notebook.writing import write

#: Numbers, escapes, spacing and line ends that no JSON writer would make the same again.
ODD = (
    '\ufeff{ "cells" :\r\n[\t{"cell_type":"markdown","source":"\\u00e9"},\r\n'
    ' {"outputs": [{"data": {"x": 1.0E5, "y": -0.0, "z": "\\/"}}], "id":"a",\r\n'
    '  "source" : [\r\n      "a = 1\\n", "b = \'\\u00e9 \u4e2d\'\\n",\r\n  "c = 3"  ], "cell_type": "code" },\r\n'
    ' {"cell_type": "code", "source": "d = \'\\/\\u00e9\\\\n\'\\ne = 5\\nf = 6", "metadata": {"x": NaN}}\r\n'
    '], "nbformat": 4, "nbformat_minor": 5, "metadata": {"b": 1, "a": [ ]} }\r\n\r\n'
)


def written(path: Path, sources: list[str]) -> str:
    write(path, sources)
    return path.read_bytes().decode()


def test_nothing_but_the_changed_lines_of_a_notebook_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(ODD.encode())
    first, second = (cell.source for cell in read(path))
    assert written(path, [first, second]) == ODD
    expected = ODD.replace('"c = 3"', '"c = 4"').replace("e = 5", 'e = \\"5\\"')
    assert written(path, [first.replace("c = 3", "c = 4"), second.replace("e = 5", 'e = "5"')]) == expected
    assert [cell.source for cell in read(path)][1] == second.replace("e = 5", 'e = "5"')


def test_lines_come_and_go_between_their_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(ODD.encode())
    first, second = (cell.source for cell in read(path))
    now = written(path, ["new\n" + first.replace("c = 3", "\u00fc"), second.replace("e = 5\n", "")])
    assert '[\r\n      "new\\n", "a = 1\\n", "b = \'\\u00e9 \u4e2d\'\\n",\r\n  "\u00fc"  ], "cell_type"' in now
    assert "\"d = '\\/\\u00e9\\\\n'\\nf = 6\"" in now


@pytest.mark.parametrize("source", ["[]", '""', '["x"]'])
def test_a_cell_that_had_next_to_nothing(source: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(f'{{"cells": [{{"cell_type": "code", "source": {source}}}], "nbformat": 4}}')
    write(path, ["a = 'ü'\nb = 2"])
    assert [cell.source for cell in read(path)] == ["a = 'ü'\nb = 2"]


def test_half_a_surrogate_pair_keeps_its_escape(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text('{"cells": [{"cell_type": "code", "source": "a = \'\\ud800é\'"}]}', encoding="utf-8")
    write(path, [read(path)[0].source + "\nb = 1"])
    assert read(path)[0].source == "a = '\ud800é'\nb = 1"


Text = st.text(st.sampled_from("ab\n\\\"/'é中\u2028\x0c\t#%"), max_size=12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(Text, Text, st.booleans()), max_size=4), st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_any_notebook_reads_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str, bool]], ascii_only: bool, indent: int | None
) -> None:
    path = tmp_path_factory.mktemp("notebook") / "a.ipynb"
    made = [
        {"cell_type": "code", "id": str(n), "source": before.split("\n", 1) if split and "\n" not in before else before}
        for n, (before, _, split) in enumerate(cells)
    ]
    path.write_text(json.dumps({"cells": made}, ensure_ascii=ascii_only, indent=indent), encoding="utf-8")
    same = path.read_bytes()
    write(path, [before for before, _, _ in cells])
    assert path.read_bytes() == same
    write(path, [after for _, after, _ in cells])
    assert [cell.source for cell in read(path)] == [after for _, after, _ in cells]
    assert path.read_bytes().isascii() or not ascii_only


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a = 1\r\nb = 2\nc = 3\r\n", b"a = 1\r\nb = 9\r\nc = 3\r\n"),
        (b"\xef\xbb\xbfa = 1\nb = 2", b"\xef\xbb\xbfa = 1\nb = 9"),
        (b"# coding: latin-1\na = '\xe9'\nb = 2\n\n", b"# coding: latin-1\na = '\xe9'\nb = 9\n\n"),
        (b"# %% one\na = 1\n# %% two\rb = 2\r", b"# %% one\na = 1\n# %% two\rb = 9\n"),
        (b"# %%\nb = 2\n# %% [markdown]\n# b = 2\n", b"# %%\nb = 9\n# %% [markdown]\n# b = 2\n"),
    ],
)  # fmt: skip
def test_a_script_keeps_its_encoding_and_line_ends(before: bytes, after: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(before)
    sources = [cell.source for cell in read(path)]
    write(path, sources)
    assert path.read_bytes() == before
    write(path, [source.replace("b = 2", "b = 9") for source in sources])
    assert path.read_bytes() == after
