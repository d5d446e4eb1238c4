"""The split as readers see it: counted from 1, escaped, in text and HTML alike."""

from __future__ import annotations

from odps_jupyter.analysis import analyze, to_json
from odps_jupyter.display.split import show_split
from odps_jupyter.notebook.cell import Cell

LOAD = "from odps.df import DataFrame\niris = DataFrame(o.get_table('pyodps_iris'))"


def split_of(*sources: str, cell: int | None = None) -> tuple[str, str]:
    model = to_json(analyze([Cell(f"c{i}", source) for i, source in enumerate(sources)]))
    output = show_split(model, cell=cell)
    assert output.html is not None
    return output.text, output.html


def test_positions_count_from_one() -> None:
    text, html = split_of(LOAD, "\ndef double(v):\n    return v * 2", "iris.sepal_length.map(double)")
    assert "executor double (cell 2, line 2): handed over by iris.sepal_length.map in cell 3, line 1" in text
    assert "cell 2, line 2" in html


def test_a_cell_shows_the_functions_it_hands_over_and_no_others() -> None:
    cells = (LOAD, "def double(v):\n    return v * 2", "def elsewhere():\n    pass", "iris.sepal_length.map(double)")
    text, _ = split_of(*cells, cell=3)
    assert "double" in text
    assert "elsewhere" not in text


def test_many_functions_are_counted_in_the_headline_and_named_below() -> None:
    defined = "\n".join(f"def piece_{n}(v):\n    return v" for n in range(20))
    called = "\n".join(f"iris.sepal_length.map(piece_{n})" for n in range(20))
    headline, *lines = split_of(LOAD, defined, called)[0].split("\n")
    assert headline.endswith("piece_10, piece_11 and 8 more. All other lines run here.")
    assert any("piece_19" in line for line in lines)


def test_nothing_handed_over() -> None:
    text, html = split_of("x = 1")
    assert text == "The notebook hands no function to the executor."
    assert "<table" not in html


def test_what_stands_in_a_notebook_is_text() -> None:
    hostile = "iris['<img src=x onerror=alert(1)>'].map(lambda v: v)"
    _, html = split_of(LOAD, hostile)
    assert "<img" not in html
    assert "&lt;img" in html
