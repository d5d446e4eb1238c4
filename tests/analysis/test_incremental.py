"""An edit must leave exactly what a fresh analysis of the edited notebook gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odps_jupyter.analysis import Analysis, analyze, to_json
from odps_jupyter.analysis.live import Fact
from odps_jupyter.analysis.observed import Observation, ObservedAnalysis
from odps_jupyter.notebook.cell import Cell

SOURCES = (
    "df = o.get_table('t').to_df()",
    "df = df[df.x > 0]",
    "import pandas as pd\ndf = pd.DataFrame()",
    "def f(v):\n    return g(v) + limit",
    "\n\ndef f(v):\n    import json\n    return v",
    "def g(v):\n    return v",
    "def g(v):\n    return v\nprint(1)",
    "limit = 4\ndef g(v):\n    return v\nprint(2)",
    "y = df.x.map(f)\nprint(3)",
    "kinds = {}\nclass Base:\n    def __init_subclass__(cls, name):\n        kinds[name] = cls\n        cls.step = g",
    "class First(Base, name='first'):\n    pass\ndf.x.map(kinds['first'].step).head()",
    "g = lambda v: v * limit",
    "limit = 3",
    "limit = [1]\nimport math",
    "y = df.x.map(f)",
    "y = df.x.map(f)\nz = df.x.map(lambda v: g(v))",
    "y.head()",
    "print(f(1))",
    "def run(frame):\n    return frame.x.map(f).head()",
    "run(df)",
    "def broken(:",
    "class A:\n    def __init__(self):\n        self.df = df\n    def go(self):\n        return self.df.x.map(g)",
    "A().go().head()",
    "hs = [f]\nhs.append(g)",
    "for h in hs:\n    df.x.map(h).execute()",
    "import helpers\nhelpers.f = g",
    "import helpers\ndf.x.map(helpers.f).head()",
    "globals()['f'] = g",
    "steps = {'a': f, 'b': g}",
    "for name in ('a', 'b'):\n    df[name].map(steps[name]).head()",
    "for h, k in [(f, 1), (g, 2)]:\n    df.x.map(h).head()",
    "match limit:\n    case 3:\n        h = f\n    case _:\n        h = g\ndf.x.map(h).head()",
    "from math import *",
    "del limit",
    "%%bash\nls",
    "",
)
NOTEBOOKS = st.lists(st.tuples(st.integers(0, 7), st.sampled_from(SOURCES)), max_size=8, unique_by=lambda c: c[0])


@settings(max_examples=60, deadline=None)
@given(st.lists(NOTEBOOKS, min_size=2, max_size=5))
def test_after_any_edits_the_model_is_that_of_a_fresh_analysis(versions: list[list[tuple[int, str]]]) -> None:
    kept = Analysis()
    for version in versions:
        cells = [Cell(f"c{identity}", source) for identity, source in version]
        assert to_json(kept.update(cells)) == to_json(analyze(cells))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(SOURCES), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from(SOURCES)), max_size=6),
)
def test_one_cell_edits(sources: list[str], edits: list[tuple[int, str]]) -> None:
    kept = Analysis()
    cells = [Cell(f"c{index}", source) for index, source in enumerate(sources)]
    kept.update(cells)
    for position, source in edits:
        index = position % len(cells)
        cells = [*cells[:index], Cell(cells[index].id, source), *cells[index + 1 :]]
        assert to_json(kept.update(cells)) == to_json(analyze(cells))


@pytest.mark.parametrize(
    ("sources", "index", "edited"),
    [
        (["pass", "df = o.get_table('t').to_df()", "df.x.map(lambda v: v * limit).head()"], 0, "del limit"),
        (
            ["limit = 3", "pass", "df = o.get_table('t').to_df()", "df.x.map(lambda v: v * limit).head()"],
            1,
            "limit = 3",
        ),
    ],
)
def test_another_cell_that_sets_a_captured_name_is_told(sources: list[str], index: int, edited: str) -> None:
    kept = Analysis()
    kept.update([Cell(f"c{at}", source) for at, source in enumerate(sources)])
    cells = [Cell(f"c{at}", edited if at == index else source) for at, source in enumerate(sources)]
    assert to_json(kept.update(cells)) == to_json(analyze(cells))


def test_only_what_an_edit_reaches_is_told_anew() -> None:
    kept = Analysis()
    cells = [Cell("a", "x = 1"), Cell("b", "def f(v):\n    return v"), Cell("c", "print(x)")]
    before = kept.update(cells)
    after = kept.update([cells[0], cells[1], Cell("c", "print(x, x)")])
    assert after.cells[0] is before.cells[0]
    assert after.cells[1] is before.cells[1]
    assert after.cells[2] is not before.cells[2]


def test_who_follows_a_function_is_evaluated_again_only_if_that_is_written_otherwise() -> None:
    hook = "class Base:\n    def __init_subclass__(cls, name):\n        kinds[name] = step\n"
    sources = ["kinds = {}\n", hook, "def step(v):\n    return v\n", "class A(Base, name='a'):\n    pass\n",
               "df = o.get_table('t').to_df()\n", "y = df.x.map(kinds['a'])\n", "step(1)\ny.head()\n"]  # fmt: skip
    kept = Analysis()
    cells = [Cell(f"c{at}", source) for at, source in enumerate(sources)]
    kept.update(cells)

    def again(index: int, source: str) -> list[int]:
        """Which cells the edit had evaluated again."""
        before = kept.evaluations()
        cells[index] = Cell(cells[index].id, source)
        assert to_json(kept.update(cells)) == to_json(analyze(cells))
        return [at for at, each in enumerate(kept.evaluations()) if each is not before[at]]

    assert again(1, f"{hook}print(1)\n") == [1]
    assert again(2, f"{sources[2]}print(1)\n") == [2]
    assert again(5, f"{sources[5]}print(1)\n") == [5]
    assert again(3, sources[3].replace("'a'", "'b'")) == [3, 5, 6]
    assert again(3, sources[3]) == [3, 5, 6]
    assert again(2, f"print(1)\n{sources[2]}") == [2, 6]
    assert again(5, f"print(1)\n{sources[5]}") == [5, 6]


def test_two_cells_of_one_id_are_two_cells() -> None:
    model = analyze([Cell("same", "def f():\n    pass"), Cell("same", "def g():\n    pass")])
    assert [(placement.cell, placement.name) for placement in model.placement] == [(0, "f"), (1, "g")]


def journeys(analysis: ObservedAnalysis) -> list[tuple[object, ...]]:
    """Without the numbers by which an analysis knows definitions: those are its own."""
    return [
        (
            found.name,
            found.call,
            found.execution,
            [(body.cell, body.line, body.name, body.closed) for body in found.bodies],
        )
        for found in analysis.evidence().journeys
    ]


RUNS = st.lists(st.integers(0, 7).map("c{}".format), max_size=12)
FACTS = st.dictionaries(
    st.sampled_from(["df", "y", "g", "limit", "hs"]),
    st.sampled_from([Fact("collection"), Fact("sequence"), Fact("object", "pandas.core.frame", "DataFrame")]),
    max_size=3,
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from([*SOURCES, "df = load()", "y = %sql select", "g = getattr(df, n)"]), max_size=7),
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from(SOURCES), RUNS, RUNS, FACTS), min_size=1, max_size=4),
)
def test_after_edits_and_runs_the_model_is_that_of_a_fresh_analysis(
    sources: list[str], steps: list[tuple[int, str, list[str], list[str], dict[str, Fact]]]
) -> None:
    kept = ObservedAnalysis()
    cells = [Cell(f"c{index}", source) for index, source in enumerate(sources)]
    for position, source, runs, edited, facts in steps:
        if position < len(cells):
            cells = [*cells[:position], Cell(cells[position].id, source), *cells[position + 1 :]]
        observed = Observation(runs, edited, facts)
        fresh = ObservedAnalysis()
        assert to_json(kept.update(cells, observed)) == to_json(fresh.update(cells, observed))
        assert journeys(kept) == journeys(fresh)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(SOURCES), max_size=7), st.integers(0, 7))
def test_runs_in_the_order_of_the_document_change_nothing(sources: list[str], ran: int) -> None:
    cells = [Cell(f"c{index}", source) for index, source in enumerate(sources)]
    plain = to_json(ObservedAnalysis().update(cells))
    ordered = to_json(ObservedAnalysis().update(cells, Observation([cell.id for cell in cells[:ran]])))
    assert ordered["placement"] == plain["placement"]
