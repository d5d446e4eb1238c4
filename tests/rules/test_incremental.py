"""A check that keeps what it found must say, after any edit, exactly what a fresh one says of the notebook as it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from odps_jupyter.analysis import Analysis, to_json
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.reading import from_script
from odps_jupyter.rules.answers import Answers
from odps_jupyter.rules.checker import Checker, check
from odps_jupyter.rules.model import Diagnostic
from odps_jupyter.rules.setting import Setting
from odps_jupyter.rules.wire import to_panel

SOURCES = (
    "import numpy as np\nimport requests\ndf = o.get_table('t').to_df()",
    "import math\nmath.sqrt = lambda v: v",
    "math.sqrt = abs",
    "import geohash_lite",
    "from odps import options\noptions.df.libraries = ['geohash_lite.zip', 'numpy.whl']",
    "options.df.supersede_libraries = False",
    "seen = []\nlimit = 3",
    "limit = 4",
    "limit = np.zeros(10_000_000)",
    "print(seen)",
    "def f(v):\n    seen.append(v)\n    return g(v) + limit",
    "# é\n\ndef f(v):\n    seen.append(v)\n    return math.sqrt(v)",
    "def f(v):\n    return requests.get(str(v)).status_code",
    "def g(v):\n    import local\n    return local.of(np.log(v))",
    "g = lambda v: open('x').read() + str(limit)",
    "def g(v):\n    return df.count() + helper.gross(v)  # odps: ignore[dataframe-in-udf]",
    "import helper, threading\nlock = threading.Lock()",
    "y = df.x.map(f)",
    "y = df.x.map(f); z = df.x.map(lambda v: g(v))",
    "'é'; y = df.x.map(helper.gross)",
    "y.head()",
    "y.execute(libraries=names)\nnames = ['helper.zip']",
    "for k in (1, 2):\n    df.x.map(lambda v: v + k)\ny.head()",
    "class A:\n    def __init__(self):\n        self.n = []\n    def go(self, v):\n        return str(lock)",
    "df.x.map(A().go).head()",
    "def broken(:",
    "print(1)  # odps: ignore",
    "try:\n    import ujson\nexcept ImportError:\n    ujson = None",
    "w = df.x.map(lambda v: ujson.dumps(v) + geohash_lite.encode(v))",
    "def work(d):\n    return d.x.map(f)",
    "work(df)",
    "",
)
EDITS = st.lists(
    st.tuples(st.sampled_from(("edit", "insert", "delete", "move")), st.integers(0, 9), st.sampled_from(SOURCES)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(SOURCES), min_size=2, max_size=10), EDITS)
def test_after_any_edit_it_says_what_a_fresh_check_says(sources: list[str], edits: list[tuple[str, int, str]]) -> None:
    analysis, checker = Analysis(), Checker()
    cells = [Cell(f"c{index}", source) for index, source in enumerate(sources)]
    for number, (what, place, source) in enumerate([("edit", 0, sources[0]), *edits]):
        position = place % max(1, len(cells))
        cells = list(cells)
        if what == "insert" or not cells:
            cells.insert(position, Cell(f"new{number}", source))
        elif what == "delete":
            del cells[position]
        elif what == "move":
            cells.append(cells.pop(position))
        else:
            cells[position] = Cell(cells[position].id, source)
        model = analysis.update(cells)
        kept = checker.check(analysis.evidence())
        fresh = Analysis()
        assert to_json(model) == to_json(fresh.update(cells))
        assert to_panel(kept, cells) == to_panel(check(fresh.evidence()), cells)


def test_whether_code_that_reads_a_captured_list_ships_by_now_is_asked_again() -> None:
    analysis, checker = Analysis(), Checker()
    sources = [
        "df = o.get_table('t').to_df()\nseen = []",
        "def g(v):\n    return len(seen)",
        "def f(v):\n    seen.append(v)\n    return v",
        "df.x.map(f).execute()",
    ]
    told = []
    for last in ("print(1)", "df.x.map(g).execute()", "print(2)"):
        analysis.update([Cell(f"c{index}", source) for index, source in enumerate([*sources, last])])
        told.append([item.kind for item in checker.check(analysis.evidence()).diagnostics])
    assert told == [["captured-mutation-lost"], [], ["captured-mutation-lost"]]


TESTS = Path(__file__).resolve().parents[1]
#: By file and name, one or two of each: a program that is added must not change all the examples that are drawn.
NAMES = (
    ("rules/programs/captures.txt", "the keys of a dict"),
    ("rules/programs/captures.txt", "executed by a function that the loop calls"),
    ("rules/programs/clean.txt", "a decorator of the notebook"),
    ("rules/programs/clean.txt", "an import under TYPE_CHECKING"),
    ("rules/programs/harmless.txt", "nonlocal state of a reducer"),
    ("rules/programs/harmless.txt", "a name bound again to the same"),
    ("rules/programs/modules.txt", "libraries held in a name"),
    ("rules/programs/modules.txt", "a method of texts on Python 3.7"),
    ("rules/programs/objects.txt", "a value read here"),
    ("rules/programs/objects.txt", "equality without a hash"),
    ("rules/programs/practice.txt", "addresses looked up by a web service"),
    ("rules/programs/practice.txt", "a method of a scorer handed over"),
    ("rules/programs/realistic.txt", "cp37 style"),
    ("rules/programs/realistic.txt", "method of a non shipped class named like rule things"),
    ("rules/programs/sandbox.txt", "a pool of processes"),
    ("rules/programs/sandbox.txt", "a packed file"),
    ("rules/programs/shapes.txt", "getattr with a constant name"),
    ("rules/programs/shapes.txt", "a class attribute changed by its method"),
    ("rules/programs/styles.txt", "numpy imported at the top of the notebook"),
    ("rules/programs/styles.txt", "a partial of a function of a local file"),
    ("rules/programs/suppressions.txt", "a kind that is ignored on its line"),
    ("rules/programs/suppressions.txt", "a suppression that covers nothing"),
    ("rules/programs/values.txt", "pi of numpy"),
    ("rules/programs/values.txt", "an instance that read a number of a collection"),
    ("analysis/programs/callers.txt", "annotated parameters of functions nobody calls"),
    ("analysis/programs/callers.txt", "strings and expressions where a callable could be"),
    ("analysis/programs/choices.txt", "a dict chosen by a constant"),
    ("analysis/programs/choices.txt", "the first definition was shipped, the second not"),
    ("analysis/programs/classes.txt", "inherited calls"),
    ("analysis/programs/classes.txt", "methods with the catalogue's names"),
    ("analysis/programs/closures.txt", "a class attribute dispatch table"),
    ("analysis/programs/pitfalls.txt", "lambda defaults, loop bound"),
    ("analysis/programs/corners.txt", "attribute chains on results"),
    ("analysis/programs/corners.txt", "a singleton and module-level state"),
    ("analysis/programs/flow.txt", "loop over list of pairs"),
    ("analysis/programs/flow.txt", "a property on an instance"),
    ("analysis/programs/handing_over.txt", "an aggregate from odps.df over two columns"),
    ("analysis/programs/handing_over.txt", "the method is handed on before it is called"),
    ("analysis/programs/held.txt", "one entry object for each project"),
    ("analysis/programs/held.txt", "a loop over an object of the notebook"),
    ("analysis/programs/maxframe.txt", "groups, chunks and requirements"),
    ("analysis/programs/maxframe.txt", "what MaxFrame does with other functions is not known"),
    ("analysis/programs/names.txt", "a factory used on both sides"),
    ("analysis/programs/names.txt", "recursion"),
    ("analysis/programs/needs.txt", "a partial of a library function in a shipped function"),
    ("analysis/programs/needs.txt", "a function kept by an instance in a captured list"),
    ("analysis/programs/objects.txt", "decorator that returns a partial"),
    ("analysis/programs/objects.txt", "unpacking with a star, swaps"),
    ("analysis/programs/operators.txt", "a named tuple with another frame"),
    ("analysis/programs/operators.txt", "methodcaller on what is not PyODPS"),
    ("analysis/programs/parents.txt", "what the method of a base returned"),
    ("analysis/programs/parents.txt", "mixins hand on to each other"),
    ("analysis/programs/pitfalls.txt", "try import fallback used in body"),
    ("analysis/programs/pitfalls.txt", "the patch is undone"),
    ("analysis/programs/practice.txt", "words counted by map_reduce with a combiner"),
    ("analysis/programs/practice.txt", "a mapping made of a small table"),
    ("analysis/programs/receivers.txt", "the later import wins"),
    ("analysis/programs/receivers.txt", "handed over in a function that nobody calls"),
    ("analysis/programs/sources.txt", "the same cell twice under other names"),
    ("analysis/programs/sources.txt", "None or a frame"),
    ("analysis/programs/stories.txt", "datetime handled by the function"),
    ("analysis/programs/stories.txt", "partitions day by day"),
    ("analysis/programs/styles.txt", "the newest partition by max"),
    ("analysis/programs/styles.txt", "the same name here and there"),
    ("analysis/programs/tutorials.txt", "apply keeps columns with lateral view"),
    ("analysis/programs/tutorials.txt", "getattr with constant, then map"),
)


def program(path: str, name: str) -> list[str]:
    """The sources of the cells of one program of a fixture file."""
    parts = (TESTS / path).read_text(encoding="utf-8").split("=== ")[1:]
    [source] = [source for title, _, source in (part.partition("\n") for part in parts) if title == name]
    return [cell.source for cell in from_script(source)]


PROGRAMS = [program(path, name) for path, name in NAMES]
CHANGES = ("cut", "repeat", "comment", "type", "take")


def changed(source: str, what: str, place: int, other: str) -> str:
    """``source`` with one of its lines changed, or with another cell in its place."""
    if what == "take":
        return other
    lines = source.split("\n")
    at = place % len(lines)
    line = lines[at]
    written = {"cut": [], "repeat": [line, line], "comment": ["# é", line], "type": [line, line[: len(line) // 2]]}
    return "\n".join([*lines[:at], *written[what], *lines[at + 1 :]])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(PROGRAMS), min_size=1, max_size=4),
    st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=6),
)
def test_after_an_edit_of_a_program_it_says_what_a_fresh_check_says(
    programs: list[list[str]], edits: list[tuple[str, int, int]]
) -> None:
    analysis, checker, answers = Analysis(), Checker(), Answers()
    cells = [Cell(f"c{index}", source) for index, source in enumerate(source for each in programs for source in each)]
    first = list(cells)
    for what, cell, place in [("repeat", 0, 0), *edits]:
        index = cell % len(cells)
        source = changed(cells[index].source, what, place, first[place % len(first)].source)
        # The line is written, and taken back: what an edit did to what is kept is undone by the next.
        for now in (source, cells[index].source, source):
            cells = [*cells[:index], Cell(cells[index].id, now), *cells[index + 1 :]]
            model = analysis.update(cells)
            kept = checker.check(analysis.evidence())
            fresh = Analysis()
            expected = to_json(fresh.update(cells)) | to_panel(check(fresh.evidence()), cells)
            assert json.loads(answers.text(model, kept, cells)) == json.loads(json.dumps(expected))


def test_a_file_that_appears_beside_the_notebook_is_seen(tmp_path: Path) -> None:
    analysis, checker = Analysis(), Checker()
    cells = [Cell("a", "import pricing\ndf = o.get_table('t').to_df()\ndf.x.map(lambda v: pricing.gross(v)).head()")]
    kinds = []
    for name in (None, "pricing.py"):
        if name is not None:
            (tmp_path / name).write_text("def gross(v):\n    return v\n")
        analysis.update(cells)
        report = checker.check(analysis.evidence(), Setting(folder=tmp_path))
        kinds.append([item.kind for item in report.diagnostics])
    assert kinds == [["local-only-package"], ["local-module-code"]]


def test_another_setting_is_another_check(tmp_path: Path) -> None:
    analysis, checker = Analysis(), Checker()
    analysis.update([Cell("a", "df = o.get_table('t').to_df()\ndf.x.map(lambda v: v).head()")])
    evidence = analysis.evidence()
    assert not checker.check(evidence).diagnostics
    assert [item.kind for item in checker.check(evidence, Setting(client=(3, 13))).diagnostics] == [
        "client-python-unsupported"
    ]


def test_what_travels_as_source_keeps_its_defaults() -> None:
    analysis, checker = Analysis(), Checker()
    analysis.update([Cell("a", "df = o.get_table('t').to_df()\ndf.x.map(lambda v, *, by=2: v * by).head()")])
    evidence = analysis.evidence()
    told = [checker.check(evidence, Setting(source=source)).diagnostics for source in (False, True, False)]
    assert [[item.kind for item in found] for found in told] == [["keyword-default-lost"], [], ["keyword-default-lost"]]


def judged(versions: Iterable[Sequence[str]]) -> Iterator[tuple[Diagnostic, ...]]:
    """What one check says of one version of a notebook after the other; each is the sources of its cells."""
    analysis, checker = Analysis(), Checker()
    for sources in versions:
        analysis.update([Cell(f"c{index}", source) for index, source in enumerate(sources)])
        yield checker.check(analysis.evidence()).diagnostics


def test_only_what_an_edit_reaches_is_judged_again() -> None:
    table = "df = o.get_table('t').to_df()"
    one, two = (f"df.x.map(lambda v: open('{name}').read()).head()" for name in ("one", "two"))
    before, after = judged([[table, one, two, "print(1)"], [table, one, f"\n{two}", "print(2)"]])
    assert after[0] is before[0]
    assert after[1] is not before[1]
    assert after[1].span.line == 2


def test_a_cell_above_takes_no_method_out_of_sight() -> None:
    cells = [
        Cell("table", "df = o.get_table('t').to_df()"),
        Cell("class", "class Twice:\n    def __call__(self, v):\n        yield v * 2"),
        Cell("call", "df.x.map(Twice).head()"),
    ]
    analysis, checker = Analysis(), Checker()
    for version in (cells, [Cell("above", "import math"), *cells]):
        analysis.update(version)
        assert [item.kind for item in checker.check(analysis.evidence()).diagnostics] == ["unusable-callable"]


def test_an_edit_elsewhere_that_a_rule_looked_at_is_felt() -> None:
    cells = [
        "df = o.get_table('t').to_df()\nseen = []",
        "def f(v):\n    seen.append(v)\n    return v",
        "df.x.map(f).head()",
    ]
    versions = [[*cells, last] for last in ("print(1)", "print(seen)", "print(2)")]
    kinds = [[item.kind for item in diagnostics] for diagnostics in judged(versions)]
    assert kinds == [[], ["captured-mutation-lost"], []]
