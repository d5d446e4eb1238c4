"""Cells in the order of their runs, and names that only the kernel knows."""

from __future__ import annotations

import pytest

from odps_jupyter.analysis import NotebookModel
from odps_jupyter.analysis.course import Course, course
from odps_jupyter.analysis.live import Fact, read_facts
from odps_jupyter.analysis.observed import FROM_KERNEL, Observation, ObservedAnalysis
from odps_jupyter.notebook.cell import Cell


def analyze(cells: list[Cell], observed: Observation | None = None) -> NotebookModel:
    return ObservedAnalysis().update(cells, observed)


def notebook(**sources: str) -> list[Cell]:
    return [Cell(name, source) for name, source in sources.items()]


def sides(model: NotebookModel) -> dict[str, str]:
    return {placement.name: placement.side for placement in model.placement}


@pytest.mark.parametrize(
    ("runs", "edited", "expected"),
    [
        ("", "", "abcd"),
        ("abc", "", "abc|d"),
        ("cab", "", "cab|d"),
        ("abab", "", "ab|cd"),  # the second pass ran all anew
        ("abcabcb", "", "abcb|d"),
        ("babbab", "", "ab|cd"),
        ("baba", "", "aba|cd"),
        ("aba", "", "aba|cd"),  # b used what the first run of a set
        ("abaaaa", "", "aba|cd"),
        ("abc", "b", "abc|bd"),  # what ran gave c its values; what stands there now is still to be run
        ("axb", "", "ab|cd"),
        ("abcd", "", "abcd"),
    ],
)
def test_only_runs_that_something_rests_on_are_followed(runs: str, edited: str, expected: str) -> None:
    made = course("abcd", runs, edited)
    ran, _, rest = expected.partition("|")
    assert "".join("abcd"[cell] for cell in made.cells) == ran + rest
    assert made.ran == (len(ran) if runs else 0)
    assert made.is_document == (made.cells == (0, 1, 2, 3))


def test_jumping_about_keeps_the_work_within_bounds() -> None:
    ids = [str(index) for index in range(40)]
    runs = [ids[(step * 7 + step * step) % 40] for step in range(2_000)]
    made = course(ids, runs)
    assert len(made.cells) <= 3 * len(ids) + len(ids)
    assert set(made.cells) == set(range(40))


PROGRAM = notebook(
    data="df = o.get_table('t').to_df()",
    limit="limit = 1\ndef f(v):\n    return v < limit",
    run="df.x.map(f).execute()",
    other="limit = 2",
)


def test_a_name_has_the_value_of_the_cell_that_ran_last_before_it_travelled() -> None:
    def set_by(*runs: str) -> dict[str, object]:
        (shipped,) = analyze(PROGRAM, Observation(runs)).shipped
        found: dict[str, object] = shipped.details["captures"]["limit"]
        return found

    assert set_by()["set"] == {"cell": 1, "line": 1}
    assert "set_later" not in set_by()
    assert set_by("data", "limit", "other", "run")["set"] == {"cell": 3, "line": 1}
    found = set_by("data", "limit", "run")
    assert (found["set"], found["set_later"]) == ({"cell": 1, "line": 1}, [{"cell": 3, "line": 1, "ran": False}])
    found = set_by("data", "limit", "run", "other", "limit")
    assert found["set"] == {"cell": 1, "line": 1}
    assert found["set_later"] == [{"cell": 3, "line": 1, "ran": True}, {"cell": 1, "line": 1, "ran": True}]


def test_a_cell_run_again_after_its_function_was_handed_over_is_told_once() -> None:
    model = analyze(PROGRAM, Observation(["data", "limit", "run", "limit"]))
    assert [(item.cell, item.name, item.side, item.reason) for item in model.placement] == [
        (1, "f", "executor", "handed over by df.x.map in cell 3, line 1")
    ]
    assert [(item.cell, item.name, len(item.calls)) for item in model.shipped] == [(1, "f", 1)]
    assert [(cell.id, cell.index) for cell in model.cells] == [(c.id, i) for i, c in enumerate(PROGRAM)]


def test_an_earlier_run_says_nothing_of_the_cell_as_it_stands() -> None:
    cells = notebook(
        frame="x = {'a': 1}.items()",
        use="y = [x.map(h) for h in hs]",
        table="x = o.get_table('t').to_df().c",
        hs="def h(v):\n    return v\nhs = [h]",
    )
    used = Observation(["hs", "table", "use", "frame", "use"])
    assert sides(analyze(cells, Observation(["hs", "frame", "use", "table", "use"])))["h"] == "executor"
    assert sides(analyze(cells, used))["h"] == "local"


def test_a_cell_changed_since_it_ran_finds_what_stands_above_it() -> None:
    cells = notebook(
        data="df = o.get_table('t').to_df()", new="def handle(v):\n    return v", run="df.x.map(handle).execute()"
    )
    assert sides(analyze(cells, Observation(["data", "run"], ["run"]))) == {"handle": "executor"}


UNKNOWN = notebook(
    load="from jobs import load\ndf = load()\ndef h(v):\n    return v\ndf.x.map(h).execute()",
    magic="%run prepare.py",
    use="frame.map(lambda v: v + 1)",
    star="from helpers import *\ntable.x.map(clean).execute()",
)
RAN = [cell.id for cell in UNKNOWN]


def test_what_the_source_leaves_open_the_kernel_decides() -> None:
    facts = read_facts(
        {
            "df": {"kind": "collection", "unheard": 1},
            "frame": {"kind": "object", "module": "pandas.core.series", "name": "Series"},
            "table": {"kind": "collection"},
            "clean": {"kind": "function", "module": "helpers", "name": "clean"},
            "odd": {"kind": 3},
        }
    )
    assert sides(analyze(UNKNOWN)) == {"h": "local", "lambda": "local"}
    model = analyze(UNKNOWN, Observation(RAN, (), facts))
    reasons = {item.name: (item.side, item.reason) for item in model.placement}
    assert reasons["h"] == ("executor", "handed over by df.x.map in cell 1, line 5" + FROM_KERNEL)
    assert reasons["lambda"] == (
        "local",
        "handed to frame.map of pandas.Series in cell 3, line 1, which runs here" + FROM_KERNEL,
    )
    assert [call.library for call in model.calls if call.cell == 3] == [("helpers.clean",)]


def test_what_the_source_says_surely_stays() -> None:
    cells = notebook(a="df = o.get_table('t').to_df()\ndf.x.map(lambda v: v).execute()")
    model = analyze(cells, Observation(["a"], (), {"df": Fact("object", "pandas.core.frame", "DataFrame")}))
    assert [(item.side, FROM_KERNEL in item.reason) for item in model.placement] == [("executor", False)]


def test_a_fact_is_of_the_last_run_that_set_the_name() -> None:
    cells = notebook(first="x = load()", early="x.map(lambda v: 1)", second="x = reload()", late="x.map(lambda v: 2)")
    facts = {"x": Fact("sequence")}
    assert [p.side for p in analyze(cells, Observation(["first", "early", "second"], (), facts)).placement] == [
        "local",
        "executor",
    ]
    assert [p.side for p in analyze(cells, Observation(["first", "early"], (), facts)).placement] == [
        "executor",
        "local",
    ]
    # The text that ran is gone, and with it what the name would hold.
    edited = Observation(["first", "early"], ["first"], facts)
    assert [p.side for p in analyze(cells, edited).placement] == ["local", "local"]


def test_what_the_kernel_holds_of_an_expression_keeps_what_it_is_made_of() -> None:
    cells = notebook(
        a="def f(v):\n    return v\ny = getattr(o.get_table('t').to_df().x.map(f), name)()",
        b="y.map(lambda v: v).execute()",
    )
    model = analyze(cells, Observation(["a", "b"], (), {"y": Fact("sequence")}))
    assert sides(model) == {"f": "executor", "lambda": "executor"}


def test_a_method_got_by_a_computed_name_is_what_the_kernel_holds() -> None:
    cells = notebook(a="m = getattr(o.get_table('t').to_df().x, name)", b="m(lambda v: v).execute()")
    facts = read_facts({"m": {"kind": "method", "name": "map", "owner": {"kind": "sequence"}}})
    assert sides(analyze(cells, Observation(["a", "b"], (), facts))) == {"lambda": "executor"}


def test_the_course_of_a_document_is_the_document() -> None:
    assert course("ab", "ab") == Course((0, 1), 2)
    assert course("", "") == Course((), 0)
