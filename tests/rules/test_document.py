"""What is said of a notebook whose cells ran in another order than they stand, or more than once."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from odps_jupyter.analysis.live import Fact
from odps_jupyter.analysis.observed import Observation, ObservedAnalysis
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.rules.checker import Checker
from odps_jupyter.rules.document import in_document
from odps_jupyter.rules.model import Diagnostic

DATA = Cell("data", "df = o.get_table('t').to_df()")


class Panel:
    """Asks as the server does, about one notebook over its runs."""

    def __init__(self) -> None:
        self._analysis = ObservedAnalysis()
        self._checker = Checker()

    def ask(self, cells: list[Cell], observed: Observation | None = None) -> tuple[Diagnostic, ...]:
        self._analysis.update(cells, observed)
        return in_document(self._checker.check(self._analysis.evidence()), self._analysis.course).diagnostics


def kinds(found: tuple[Diagnostic, ...]) -> list[tuple[str, int, int]]:
    return [(item.kind, item.span.cell, item.span.line) for item in found]


def test_a_body_that_ships_in_one_run_of_its_cell_is_local_in_none() -> None:
    cells = [
        DATA,
        Cell("f", "def f(v):\n    import geohash_lite\n    return geohash_lite.encode(v)"),
        Cell("run", "df.x.map(f).execute(libraries=['geohash_lite.zip'])"),
    ]
    panel = Panel()
    assert kinds(panel.ask(cells)) == []
    assert kinds(panel.ask(cells, Observation(["data", "f", "run", "f"]))) == []
    assert kinds(panel.ask(cells, Observation(["data", "f", "run"], ["f"]))) == []


def test_what_two_runs_of_a_cell_show_is_said_once_and_mended_once() -> None:
    cells = [
        DATA,
        Cell("f", "import numpy as np\ndef f(v):\n    return float(np.cosh(v))"),
        Cell("run", "df.x.map(f).execute()"),
        Cell("again", "df.y.map(f).execute()"),
    ]
    found = Panel().ask(cells, Observation(["data", "f", "run", "f", "again"]))
    assert kinds(found) == [("module-imported-outside", 1, 3)]
    assert found[0].fix is not None
    assert [edit.span.cell for edit in found[0].fix.edits] == [1]


def test_options_hold_from_the_run_that_set_them() -> None:
    cells = [
        Cell("run", "from odps import options\ndf = o.get_table('t').to_df()"),
        Cell("f", "def f(v):\n    import numpy as np\n    return float(np.cosh(v))"),
        Cell("go", "df.x.map(f).execute(libraries=['numpy.zip'])"),
        Cell("set", "options.df.supersede_libraries = False"),
    ]
    panel = Panel()
    assert kinds(panel.ask(cells)) == []
    assert kinds(panel.ask(cells, Observation(["run", "f", "set", "go"]))) == [("numpy-supersede-missing", 2, 1)]
    assert kinds(panel.ask(cells, Observation(["run", "f", "go", "set"]))) == []


def test_a_suppression_that_one_run_uses_is_used() -> None:
    cells = [
        DATA,
        Cell("f", "import numpy as np\ndef f(v):\n    return np.cosh(v)  # odps: ignore[module-imported-outside]"),
        Cell("run", "df.x.map(f).execute()"),
    ]
    panel = Panel()
    for observed in (None, Observation(["data", "f", "run", "f"]), Observation(["data", "f", "run"], ["f"])):
        assert kinds(panel.ask(cells, observed)) == []
    cells[2] = Cell("run", "f(1)")
    assert kinds(panel.ask(cells, Observation(["data", "f", "run", "f"]))) == [("unused-suppression", 1, 3)]


def test_a_large_value_is_known_from_the_kernel_until_a_cell_sets_it_anew() -> None:
    cells = [DATA, Cell("make", "table = make()"), Cell("run", "df.x.map(lambda v: v in table).execute()")]
    held = Fact("object", "builtins", "dict", size=20_000_000)
    panel = Panel()
    assert kinds(panel.ask(cells)) == []
    observed = Observation(["data", "make", "run"], (), {"table": held})
    assert kinds(panel.ask(cells, observed)) == [("large-capture", 2, 1)]
    assert kinds(panel.ask([*cells, Cell("later", "table = {}")], observed)) == []


SOURCES = (
    "df = o.get_table('t').to_df()",
    "df = load()",
    "import numpy as np\ndef f(v):\n    return float(np.cosh(v))",
    "def f(v):\n    import geohash_lite\n    seen.append(v)\n    return geohash_lite.encode(v)",
    "df.x.map(f).execute(libraries=['geohash_lite.zip', 'numpy.zip'])",
    "seen = []\nprint(seen)",
    "seen = make()",
    "shipped = df.x.map(lambda v: v in seen)",
    "shipped.execute()",
    "options.df.supersede_libraries = False",
    "def broken(:",
    "f(1)  # odps: ignore[network-access]",
)
IDS = st.lists(st.integers(0, 5).map("c{}".format), max_size=9)
FACTS = st.dictionaries(
    st.sampled_from(["df", "seen"]),
    st.sampled_from([Fact("collection"), Fact("object", "builtins", "list", size=9_000_000)]),
    max_size=2,
)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(SOURCES), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(SOURCES), IDS, IDS, FACTS), min_size=1, max_size=5),
)
def test_after_edits_and_runs_a_panel_says_what_a_new_one_says(
    sources: list[str], steps: list[tuple[int, str, list[str], list[str], dict[str, Fact]]]
) -> None:
    kept = Panel()
    cells = [Cell(f"c{index}", source) for index, source in enumerate(sources)]
    runs: list[str] = []
    for position, source, ran, edited, facts in steps:
        if position < len(cells):
            cells = [*cells[:position], Cell(cells[position].id, source), *cells[position + 1 :]]
        # A notebook is edited more often than run.
        runs = ran or runs
        observed = Observation(runs, edited, facts)
        assert kept.ask(cells, observed) == Panel().ask(cells, observed)
